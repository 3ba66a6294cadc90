/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* How a server is talked to */
typedef enum
{
  MMP_ICE_TRANSPORT_ANY, /* UDP, and TCP where that does not work */
  MMP_ICE_TRANSPORT_UDP,
  MMP_ICE_TRANSPORT_TCP,
  MMP_ICE_TRANSPORT_TLS,
} MmpIceTransport;

/**
 * MmpIceServer:
 * @turn: a TURN server, else a STUN server
 * @host: name or address
 * @user: (nullable): user name
 * @password: (nullable): password, wiped when freed
 *
 * A STUN or TURN server as people write it: `stun:host`, `turn:user:password@host:3478?transport=tcp`, `turns:user@host`,
 * with or without two slashes.
 */
typedef struct
{
  gboolean turn;
  MmpIceTransport transport;
  char *host;
  guint port;
  char *user;
  char *password;
} MmpIceServer;

MmpIceServer *mmp_ice_server_parse (const char *text,
                                    GError **error);
void mmp_ice_server_free (MmpIceServer *self);
char *mmp_ice_server_to_text (const MmpIceServer *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpIceServer, mmp_ice_server_free)

G_END_DECLS
