/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "tunnel/mmp-endpoint.h"

G_BEGIN_DECLS

#define MMP_TYPE_CLASSIC_INITIATOR (mmp_classic_initiator_get_type ())

G_DECLARE_FINAL_TYPE (MmpClassicInitiator, mmp_classic_initiator, MMP, CLASSIC_INITIATOR, GObject)

/**
 * MmpClassicInitiator:
 *
 * Calls a listener of the thesis's program, or one of ours in classic mode. Control thread.
 */
MmpClassicInitiator *mmp_classic_initiator_new (const MmpEndpointConfig *config,
                                                GMainContext *io,
                                                const MmpEndpointFuncs *funcs,
                                                gpointer user_data);
void mmp_classic_initiator_start (MmpClassicInitiator *self);
void mmp_classic_initiator_stop (MmpClassicInitiator *self); /* bye; no callback any more */
void mmp_classic_initiator_kick (MmpClassicInitiator *self); /* network change */

G_END_DECLS
