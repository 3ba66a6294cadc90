/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * MmpTurnForwarder:
 *
 * The way to a TURN server over TCP: a port of this machine's loopback that leads there, through TLS for `turns:`, which
 * libnice would speak plain text to. The agent is given `turn://user:password@127.0.0.1:PORT?transport=tcp` instead, and
 * does not see when the server closes the connection, which it might not survive. The port serves only connections of this
 * very process.
 */
typedef struct _MmpTurnForwarder MmpTurnForwarder;

/**
 * MmpTurnForwarderFunc:
 * @error: %MMP_ERROR_TURN_NAME, _UNREACHABLE or _TLS
 *
 * A connection of the agent could not be led on to the server. Called on the forwarder's context.
 */
typedef void (*MmpTurnForwarderFunc) (const GError *error,
                                      gpointer user_data);

MmpTurnForwarder *mmp_turn_forwarder_new (GMainContext *context,
                                          const char *host,
                                          guint port,
                                          gboolean tls,
                                          const char *ca_file,
                                          MmpTurnForwarderFunc failed,
                                          gpointer user_data,
                                          GError **error);
guint mmp_turn_forwarder_get_port (MmpTurnForwarder *self);
void mmp_turn_forwarder_free (MmpTurnForwarder *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpTurnForwarder, mmp_turn_forwarder_free)

G_END_DECLS
