/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "hub/mmp-hub.h"

G_BEGIN_DECLS

/**
 * MmpHubKind:
 * @stop: says bye and closes everything
 * @kick: the network changed
 * @trust_changed: (nullable): the trust list did
 * @set_direct: (nullable): see mmp_hub_set_direct()
 * @disconnect: (nullable): see mmp_hub_disconnect()
 *
 * What the hub does with what runs, whatever it is.
 */
typedef struct
{
  void (*stop) (gpointer endpoint);
  void (*kick) (gpointer endpoint);
  void (*trust_changed) (gpointer endpoint);
  void (*set_direct) (gpointer endpoint, gboolean direct);
  void (*disconnect) (gpointer endpoint, const MmpPublicKey *device);
} MmpHubKind;

GMainContext *mmp_hub_ensure_io (MmpHub *self);
MmpEndpointConfig *mmp_hub_add_memory (MmpHub *self,
                                       const MmpEndpointConfig *config);
void mmp_hub_add (MmpHub *self,
                  gpointer endpoint,
                  const MmpHubKind *kind);

G_END_DECLS
