/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/mmp-clock.h"
#include "rtc/mmp-peer.h"

G_BEGIN_DECLS

/**
 * MmpClassicCall:
 *
 * One peer connection of the classic kind, from its complete description to its end. Control thread.
 */
typedef struct _MmpClassicCall MmpClassicCall;

/**
 * MmpClassicCallFuncs:
 * @described: this side's offer or answer, with all candidates, is to be sent
 * @up: the other side is verified; bytes may flow
 * @over: it failed, or broke (errors of #MmpPeerFuncs, %MMP_ERROR_NO_ANSWER, %MMP_ERROR_MESSAGE_INVALID). Called once, and
 *   nothing after it; the call may be freed from inside of this one only
 */
typedef struct
{
  void (*described) (MmpClassicCall *self, const char *sdp, gpointer user_data);
  void (*up) (MmpClassicCall *self, const MmpCandidatePair *pair, gpointer user_data);
  void (*over) (MmpClassicCall *self, const GError *error, gpointer user_data);
} MmpClassicCallFuncs;

MmpClassicCall *mmp_classic_call_new (MmpPeerRole role,
                                      const MmpIceConfig *config,
                                      GMainContext *io,
                                      const MmpClassicCallFuncs *funcs,
                                      gpointer user_data,
                                      GError **error);
void mmp_classic_call_free (MmpClassicCall *self);
void mmp_classic_call_set_remote (MmpClassicCall *self,
                                  const char *sdp);
void mmp_classic_call_fail (MmpClassicCall *self,
                            GError *error);
gboolean mmp_classic_call_is_up (MmpClassicCall *self);
MmpPeer *mmp_classic_call_get_peer (MmpClassicCall *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpClassicCall, mmp_classic_call_free)

G_END_DECLS
