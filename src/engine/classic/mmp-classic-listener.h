/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "tunnel/mmp-endpoint.h"

G_BEGIN_DECLS

#define MMP_TYPE_CLASSIC_LISTENER (mmp_classic_listener_get_type ())

G_DECLARE_FINAL_TYPE (MmpClassicListener, mmp_classic_listener, MMP, CLASSIC_LISTENER, GObject)

/**
 * MmpClassicListener:
 *
 * Shares one service with initiators of the thesis's program, or ours in classic mode, that it trusts. Control thread.
 */
MmpClassicListener *mmp_classic_listener_new (const MmpEndpointConfig *config,
                                              GMainContext *io,
                                              const MmpEndpointFuncs *funcs,
                                              gpointer user_data);
void mmp_classic_listener_start (MmpClassicListener *self);
void mmp_classic_listener_stop (MmpClassicListener *self);
void mmp_classic_listener_kick (MmpClassicListener *self);
void mmp_classic_listener_disconnect (MmpClassicListener *self,
                                      const MmpPublicKey *device);
void mmp_classic_listener_trust_changed (MmpClassicListener *self);

G_END_DECLS
