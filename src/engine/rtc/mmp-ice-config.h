/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * MmpIceConfig:
 * @stun_server: (nullable): `stun://host:port`
 * @turn_servers: (nullable): `turn://user:password@host:port?transport=udp|tcp`, or `turns://`, each part percent-encoded; see
 *   mmp_ice_config_add_turn(). The latter are for #MmpTurnServers, not for a peer
 * @turn_ca_file: (nullable): PEM file with the authorities of `turns:` servers instead of this machine's
 * @turn_at_once: ask the TURN servers from the start, not only when no direct pair was found for a while: a path over them is
 *   quickly there, and would be chosen though a direct one exists
 * @loopback: also gather and use loopback addresses (tests and the demo on one machine)
 * @relay_only: use TURN pairs only
 * @direct_only: use no TURN pairs, not even over a server of the other side; see mmp_ice_config_copy_direct()
 * @upnp: ask the router for a port mapping
 * @look_after: when a path over TURN is in use, microseconds until a direct one is looked for the first time; 0: a minute
 *
 * How a direct path is looked for.
 */
typedef struct
{
  char *stun_server;
  GStrv turn_servers;
  char *turn_ca_file;
  gboolean turn_at_once;
  gboolean loopback;
  gboolean relay_only;
  gboolean direct_only;
  gboolean upnp;
  gint64 look_after;
} MmpIceConfig;

MmpIceConfig *mmp_ice_config_new (void);
MmpIceConfig *mmp_ice_config_copy (const MmpIceConfig *self);
MmpIceConfig *mmp_ice_config_copy_direct (const MmpIceConfig *self);
void mmp_ice_config_free (MmpIceConfig *self);

gboolean mmp_ice_config_add_turn (MmpIceConfig *self,
                                  const char *uri,
                                  const char *user,
                                  const char *password,
                                  GError **error);
gboolean mmp_ice_config_check (const MmpIceConfig *self,
                               GError **error);
gboolean mmp_ice_config_wants_candidate (const MmpIceConfig *self,
                                         const char *candidate);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpIceConfig, mmp_ice_config_free)

G_END_DECLS
