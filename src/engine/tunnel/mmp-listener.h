/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "tunnel/mmp-endpoint.h"

G_BEGIN_DECLS

#define MMP_TYPE_LISTENER (mmp_listener_get_type ())

G_DECLARE_FINAL_TYPE (MmpListener, mmp_listener, MMP, LISTENER, GObject)

/**
 * MmpListener:
 *
 * Shares services with every device that it trusts. Control thread.
 */
MmpListener *mmp_listener_new (const MmpEndpointConfig *config,
                               GMainContext *io,
                               const MmpEndpointFuncs *funcs,
                               gpointer user_data);
void mmp_listener_start (MmpListener *self);
void mmp_listener_stop (MmpListener *self);
void mmp_listener_kick (MmpListener *self);
void mmp_listener_set_direct (MmpListener *self, gboolean direct);
void mmp_listener_answer (MmpListener *self,
                          const MmpPublicKey *device,
                          MmpAnswer answer);
void mmp_listener_disconnect (MmpListener *self,
                              const MmpPublicKey *device);
void mmp_listener_trust_changed (MmpListener *self); /* drops devices that are not trusted any more */

G_END_DECLS
