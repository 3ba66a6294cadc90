/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "rtc/mmp-peer.h"

G_BEGIN_DECLS

typedef enum
{
  /* from control to the peer's own thread */
  MMP_PEER_EVENT_START,
  MMP_PEER_EVENT_REMOTE_DESCRIPTION, /* text, fingerprint */
  MMP_PEER_EVENT_REMOTE_CANDIDATE, /* text */
  MMP_PEER_EVENT_CLOSE,
  /* from I/O to the peer's own thread */
  MMP_PEER_EVENT_OPEN_CHANNEL, /* channel, text */
  MMP_PEER_EVENT_CLOSE_CHANNEL, /* channel */
  /* from GStreamer's threads to the peer's own thread */
  MMP_PEER_EVENT_REMOTE_SET,
  MMP_PEER_EVENT_CONNECTION_STATE,
  MMP_PEER_EVENT_CERTIFICATE, /* fingerprint; NULL: what was shown is no certificate */
  MMP_PEER_EVENT_CHANNEL_OPENED, /* channel; to I/O as well, if channels come and go: text, if the other side opened it */
  MMP_PEER_EVENT_CHANNEL_CLOSED, /* channel; likewise */
  MMP_PEER_EVENT_ERROR, /* error */
  /* the same, and on to control */
  MMP_PEER_EVENT_LOCAL_DESCRIPTION, /* text */
  MMP_PEER_EVENT_LOCAL_CANDIDATE, /* text */
  MMP_PEER_EVENT_VERIFIED, /* pair */
  MMP_PEER_EVENT_FAILED, /* error */
  /* from GStreamer's threads to I/O */
  MMP_PEER_EVENT_DATA, /* channel, message */
  MMP_PEER_EVENT_WRITABLE, /* channel */
  MMP_PEER_EVENT_CHANNEL_OVERFLOWED, /* channel */
  MMP_PEER_EVENT_ENDED,
} MmpPeerEventType;

/**
 * MmpPeerEvent:
 *
 * What crosses a thread inside a peer: a command, a change or a message. Only the fields of its type are set.
 */
typedef struct
{
  MmpPeerEventType type;
  guint channel;
  char *text;
  guint8 *fingerprint;
  MmpCandidatePair *pair;
  GBytes *message;
  GError *error;
} MmpPeerEvent;

MmpPeerEvent *mmp_peer_event_new (MmpPeerEventType type);
MmpPeerEvent *mmp_peer_event_new_text (MmpPeerEventType type,
                                       const char *text);
MmpPeerEvent *mmp_peer_event_new_channel (MmpPeerEventType type,
                                          guint channel);
MmpPeerEvent *mmp_peer_event_new_error (MmpPeerEventType type,
                                        GError *error);
void mmp_peer_event_free (MmpPeerEvent *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpPeerEvent, mmp_peer_event_free)

G_END_DECLS
