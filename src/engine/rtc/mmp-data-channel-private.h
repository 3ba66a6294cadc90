/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gst/webrtc/webrtc.h>

#include "rtc/mmp-data-channels.h"

G_BEGIN_DECLS

/* Reference counted, since in the open kind channels come and go while handlers of theirs run on other threads */
typedef struct
{
  MmpDataChannels *all; /* not a reference; what is connected to a channel's signals holds one */
  guint number;
  GstWebRTCDataChannel *object;
  gint opened; /* atomic */
  gint overflowed; /* atomic: a message of it was lost, so what comes after it is worthless */
} MmpDataChannel;

struct _MmpDataChannels
{
  gatomicrefcount ref_count;
  GAsyncQueue *events; /* MmpPeerEvent */
  MmpMailbox *data; /* MmpPeerEvent */
  guint n_channels; /* how many there are from the beginning */
  char *first; /* nullable: label of the only one of these; others come and go */
  GstElement *webrtcbin; /* not a reference */
  gint gate; /* atomic; closed for good once it is stopped */
  gint stopped; /* atomic */
  gint last_number; /* atomic */
  gint64 closed_at; /* with the lock held: when a channel was over last; 0: none yet */
  GMutex lock; /* held while sending, so that nothing is sent into a pipeline that is taken down */
  GHashTable *channels; /* with the lock held: MmpDataChannel by its number */
  GQueue graves; /* of what is over, the oldest first */
};

MmpDataChannel *mmp_data_channel_take (MmpDataChannels *self,
                                       guint number,
                                       GstWebRTCDataChannel *object);
void mmp_data_channel_unref (gpointer data);
void mmp_data_channel_watch_open (MmpDataChannel *self);
void mmp_data_channel_say_opened (MmpDataChannel *self,
                                  const char *label);

G_END_DECLS
