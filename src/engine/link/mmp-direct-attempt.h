/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <libdex.h>

#include "rtc/mmp-peer.h"
#include "session/mmp-signal.h"

G_BEGIN_DECLS

/**
 * MmpDirectAttemptFunc:
 *
 * Sends a signal of the attempt to the other side.
 */
typedef void (*MmpDirectAttemptFunc) (const MmpSignal *signal,
                                      gpointer user_data);

/**
 * MmpDirectAttempt:
 *
 * One attempt at a direct path, as steps that a fiber waits for: a peer, its number, and what both sides have said of it.
 * Control thread. Reference counted.
 */
typedef struct _MmpDirectAttempt MmpDirectAttempt;

MmpDirectAttempt *mmp_direct_attempt_new (MmpPeerRole role,
                                          const MmpIceConfig *config,
                                          guint64 gen,
                                          GMainContext *io,
                                          MmpDirectAttemptFunc send,
                                          gpointer user_data,
                                          GError **error);
MmpDirectAttempt *mmp_direct_attempt_ref (MmpDirectAttempt *self);
void mmp_direct_attempt_unref (MmpDirectAttempt *self);

guint64 mmp_direct_attempt_get_gen (MmpDirectAttempt *self);
const MmpCandidatePair *mmp_direct_attempt_get_pair (MmpDirectAttempt *self);
gboolean mmp_direct_attempt_was_direct_first (MmpDirectAttempt *self);

void mmp_direct_attempt_set_remote (MmpDirectAttempt *self,
                                    const char *sdp);
void mmp_direct_attempt_add_candidate (MmpDirectAttempt *self,
                                       const char *candidate);
void mmp_direct_attempt_cancel (MmpDirectAttempt *self);
MmpPeer *mmp_direct_attempt_steal_peer (MmpDirectAttempt *self);

/* In a fiber: each waits for one step */
gboolean mmp_direct_attempt_await_description (MmpDirectAttempt *self,
                                               GError **error);
gboolean mmp_direct_attempt_await_remote (MmpDirectAttempt *self,
                                          GError **error);
gboolean mmp_direct_attempt_await_verified (MmpDirectAttempt *self,
                                            GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpDirectAttempt, mmp_direct_attempt_unref)

G_END_DECLS
