/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gst/gst.h>

#include "rtc/mmp-mailbox.h"

G_BEGIN_DECLS

/**
 * MmpDataChannels:
 *
 * The data channels of one webrtcbin, and a gate that all messages have to pass, which is closed at first: meanwhile what
 * comes is dropped unread and nothing can be sent. Either a fixed number of them, labelled `0`, `1`, …, or one to begin with
 * and others that come and go. Reference counted, because GStreamer's callbacks hold it.
 */
typedef struct _MmpDataChannels MmpDataChannels;

MmpDataChannels *mmp_data_channels_new (guint n_channels,
                                        const char *first,
                                        GAsyncQueue *events,
                                        MmpMailbox *data);
MmpDataChannels *mmp_data_channels_ref (MmpDataChannels *self);
void mmp_data_channels_unref (MmpDataChannels *self);

gboolean mmp_data_channels_open (MmpDataChannels *self,
                                 GstElement *webrtcbin,
                                 GError **error);
gboolean mmp_data_channels_adopt (MmpDataChannels *self,
                                  gpointer channel);
guint mmp_data_channels_get_next_number (MmpDataChannels *self);
void mmp_data_channels_add (MmpDataChannels *self,
                            guint number,
                            const char *label);
void mmp_data_channels_remove (MmpDataChannels *self,
                               guint number);
void mmp_data_channels_forget (MmpDataChannels *self,
                               guint number);
gint64 mmp_data_channels_get_pause (MmpDataChannels *self);
void mmp_data_channels_watch (MmpDataChannels *self,
                              GstElement *element);
void mmp_data_channels_set_gate (MmpDataChannels *self,
                                 gboolean open);
gboolean mmp_data_channels_send (MmpDataChannels *self,
                                 guint channel,
                                 GBytes *message,
                                 GError **error);
void mmp_data_channels_nudge (MmpDataChannels *self,
                              guint channel);
gsize mmp_data_channels_get_buffered (MmpDataChannels *self,
                                      guint channel);
void mmp_data_channels_stop (MmpDataChannels *self);
void mmp_data_channels_clear (MmpDataChannels *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpDataChannels, mmp_data_channels_unref)

G_END_DECLS
