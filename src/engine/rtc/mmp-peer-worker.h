/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "rtc/mmp-data-channels.h"
#include "rtc/mmp-peer-event.h"

G_BEGIN_DECLS

/**
 * MmpPeerWorker:
 *
 * The thread of a peer. Whatever may block in webrtcbin is done on it, so that neither control nor I/O ever waits, and
 * whatever happens comes through one queue, so that there is one order of things and no lock. It decides when the other
 * side is verified and when it is over. Reference counted.
 */
typedef struct _MmpPeerWorker MmpPeerWorker;

MmpPeerWorker *mmp_peer_worker_new (MmpPeerRole role,
                                    const MmpIceConfig *config,
                                    guint n_channels,
                                    const char *first_channel,
                                    MmpMailbox *control,
                                    MmpMailbox *io,
                                    GError **error);
void mmp_peer_worker_unref (MmpPeerWorker *self);
void mmp_peer_worker_push (MmpPeerWorker *self,
                           MmpPeerEvent *event);
void mmp_peer_worker_close (MmpPeerWorker *self);
MmpDataChannels *mmp_peer_worker_get_channels (MmpPeerWorker *self);
void mmp_peer_worker_wait_for_all (void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpPeerWorker, mmp_peer_worker_unref)

G_END_DECLS
