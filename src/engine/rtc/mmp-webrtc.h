/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "rtc/mmp-data-channels.h"
#include "rtc/mmp-peer.h"

G_BEGIN_DECLS

typedef enum
{
  MMP_WEBRTC_CONNECTING,
  MMP_WEBRTC_CONNECTED,
  MMP_WEBRTC_FAILED,
} MmpWebrtcState;

/**
 * MmpWebrtc:
 *
 * One webrtcbin in its own pipeline, without any policy: what happens becomes #MmpPeerEvent objects, what comes goes to
 * a mailbox. All of its functions are for one thread that may block (the peer's own). Reference counted, because GStreamer's
 * callbacks hold it.
 */
typedef struct _MmpWebrtc MmpWebrtc;

MmpWebrtc *mmp_webrtc_new (MmpPeerRole role,
                           const MmpIceConfig *config,
                           guint n_channels,
                           const char *first_channel,
                           GAsyncQueue *events,
                           MmpMailbox *data);
MmpWebrtc *mmp_webrtc_ref (MmpWebrtc *self);
void mmp_webrtc_unref (MmpWebrtc *self);

gboolean mmp_webrtc_start (MmpWebrtc *self,
                           GError **error);
void mmp_webrtc_close (MmpWebrtc *self);
void mmp_webrtc_add_turn (MmpWebrtc *self);
void mmp_webrtc_describe (MmpWebrtc *self);
gboolean mmp_webrtc_set_remote (MmpWebrtc *self,
                                const char *sdp,
                                GError **error);
void mmp_webrtc_add_candidate (MmpWebrtc *self,
                               const char *candidate);

MmpWebrtcState mmp_webrtc_get_state (MmpWebrtc *self);
void mmp_webrtc_get_pair (MmpWebrtc *self,
                          MmpCandidatePair *pair);
void mmp_webrtc_widen_sockets (MmpWebrtc *self);
void mmp_webrtc_set_gate (MmpWebrtc *self,
                          gboolean open);

MmpDataChannels *mmp_webrtc_get_channels (MmpWebrtc *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpWebrtc, mmp_webrtc_unref)

G_END_DECLS
