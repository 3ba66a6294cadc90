/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "mmp-cli.h"

G_BEGIN_DECLS

/**
 * MmpCliEndpoint:
 *
 * The options that `mmp listener`, `mmp initiator` and `mmp invite` have in common, as they were given.
 */
typedef struct
{
  char *user;
  char *password;
  char *password_file;
  char *topic;
  char *tunnel; /* the service's name */
  char *ca_file;
  char *stun;
  GStrv turn;
  char *turn_user;
  char *turn_ca_file;
  char *turn_password;
  char *turn_password_file;
  GStrv more_brokers;
  char *relay;
  char *path;
  GStrv services;
  GStrv forwards;
  int hold; /* seconds */
  int look_after; /* seconds; for tests */
  gboolean no_tls;
  gboolean no_stun;
  gboolean json;
  gboolean verbose;
  gboolean unsecure;
  gboolean classic;
} MmpCliEndpoint;

MmpCliEndpoint *mmp_cli_endpoint_new (void);
void mmp_cli_endpoint_free (MmpCliEndpoint *self);
void mmp_cli_endpoint_add_broker_options (MmpCliEndpoint *self,
                                          GOptionContext *context);
void mmp_cli_endpoint_add_turn_options (MmpCliEndpoint *self,
                                        GOptionContext *context);
void mmp_cli_endpoint_add_tunnel_options (MmpCliEndpoint *self,
                                          GOptionContext *context);
gboolean mmp_cli_endpoint_settle (MmpCliEndpoint *self,
                                  int argc,
                                  char *argv[],
                                  GError **error);
MmpMqttBroker *mmp_cli_endpoint_make_broker (MmpCliEndpoint *self,
                                             const char *host,
                                             const char *port,
                                             GError **error);
MmpEndpointConfig *mmp_cli_endpoint_make_config (MmpCliEndpoint *self,
                                                 MmpMqttBroker *broker,
                                                 GError **error);
gboolean mmp_cli_endpoint_add_more (MmpCliEndpoint *self,
                                    MmpEndpointConfig *config,
                                    GError **error);
MmpCliExit mmp_cli_endpoint_complain (const MmpCliCommand *command,
                                      const GError *error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpCliEndpoint, mmp_cli_endpoint_free)

G_END_DECLS
