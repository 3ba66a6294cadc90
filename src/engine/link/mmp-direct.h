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
 * @attached: an attempt was verified and its carrier is attached to the link
 * @failed: an attempt ended without; it is tried again by itself except after IDENTITY_MISMATCH
 *
 * Called on control.
 */
typedef struct
{
  void (*send) (MmpDirect *self, const MmpSignal *signal, gpointer user_data);
  void (*attached) (MmpDirect *self, const MmpCandidatePair *pair, gpointer user_data);
  void (*failed) (MmpDirect *self, const GError *error, gpointer user_data);
} MmpDirectFuncs;

/**
 * MmpDirect:
 *
 * Makes direct carriers for one link: attempts with generation numbers, deadlines and back-off; offers at the initiator, answers at the listener.
 * When an attempt is verified its carrier is attached to the link (on I/O); the older one stays until the newer one carries, then it is closed. Control thread.
 */
MmpDirect *mmp_direct_new (MmpPeerRole role, const MmpIceConfig *config, MmpLink *link, GMainContext *io, const MmpDirectFuncs *funcs, gpointer user_data);
void mmp_direct_set_enabled (MmpDirect *self, gboolean enabled); /* attempts only while the broker is connected and a session stands */
void mmp_direct_receive (MmpDirect *self, const MmpSignal *signal);
void mmp_direct_renew (MmpDirect *self); /* a new attempt now, back-off reset: carrier stalled or lost, network change, or wanted */
void mmp_direct_stop (MmpDirect *self); /* closes attempts; attached carriers are the link's; no callback any more */

G_END_DECLS
