/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "link/mmp-link.h"
#include "rtc/mmp-peer.h"
#include "session/mmp-signal.h"

G_BEGIN_DECLS

#define MMP_TYPE_DIRECT (mmp_direct_get_type ())

G_DECLARE_FINAL_TYPE (MmpDirect, mmp_direct, MMP, DIRECT, GObject)

/**
 * MmpDirectFuncs:
 * @send: send this on lane 0
 * @attached: an attempt was verified and its carrier is attached to the link; @direct_first tells whether a direct path had
 *   a start in it before any TURN server was asked, so that one over TURN means that there is no other
 * @failed: an attempt ended without; it is tried again by itself, except after %MMP_ERROR_IDENTITY_MISMATCH
 *
 * Called on control.
 */
typedef struct
{
  void (*send) (MmpDirect *self, const MmpSignal *signal, gpointer user_data);
  void (*attached) (MmpDirect *self, const MmpCandidatePair *pair, gboolean direct_first, gpointer user_data);
  void (*failed) (MmpDirect *self, const GError *error, gpointer user_data);
} MmpDirectFuncs;

MmpDirect *mmp_direct_new (MmpPeerRole role,
                           const MmpIceConfig *config,
                           MmpLink *link,
                           GMainContext *io,
                           const MmpDirectFuncs *funcs,
                           gpointer user_data);
void mmp_direct_set_enabled (MmpDirect *self,
                             gboolean enabled);
void mmp_direct_receive (MmpDirect *self,
                         const MmpSignal *signal);
void mmp_direct_renew (MmpDirect *self);
void mmp_direct_set_paused (MmpDirect *self,
                            gboolean paused);
void mmp_direct_stop (MmpDirect *self);

G_END_DECLS
