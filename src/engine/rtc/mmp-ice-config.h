/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * MmpIceConfig:
 * @stun_server: (nullable): `stun://host:port`
 * @turn_servers: (nullable): `turn://user:password@host:port?transport=udp|tcp`, for the next version of the path choice
 * @loopback: also gather and use loopback addresses (tests and the demo on one machine)
 * @relay_only: use TURN pairs only
 * @upnp: ask the router for a port mapping
 *
 * How a direct path is looked for.
 */
typedef struct
{
  char *stun_server;
  GStrv turn_servers;
  gboolean loopback;
  gboolean relay_only;
  gboolean upnp;
} MmpIceConfig;

MmpIceConfig *mmp_ice_config_new (void);
MmpIceConfig *mmp_ice_config_copy (const MmpIceConfig *self);
void mmp_ice_config_free (MmpIceConfig *self);

gboolean mmp_ice_config_check (const MmpIceConfig *self,
                               GError **error);
gboolean mmp_ice_config_wants_candidate (const MmpIceConfig *self,
                                         const char *candidate);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpIceConfig, mmp_ice_config_free)

G_END_DECLS
