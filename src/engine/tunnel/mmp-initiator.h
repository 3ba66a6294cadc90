/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "tunnel/mmp-endpoint.h"

G_BEGIN_DECLS

#define MMP_TYPE_INITIATOR (mmp_initiator_get_type ())

G_DECLARE_FINAL_TYPE (MmpInitiator, mmp_initiator, MMP, INITIATOR, GObject)

/**
 * MmpInitiator:
 *
 * Calls one listener and keeps a link with it. Control thread.
 */
MmpInitiator *mmp_initiator_new (const MmpEndpointConfig *config,
                                 GMainContext *io,
                                 const MmpEndpointFuncs *funcs,
                                 gpointer user_data);
void mmp_initiator_start (MmpInitiator *self);
void mmp_initiator_stop (MmpInitiator *self); /* bye; no callback any more */
void mmp_initiator_kick (MmpInitiator *self); /* network change */
void mmp_initiator_set_direct (MmpInitiator *self, gboolean direct);

G_END_DECLS
