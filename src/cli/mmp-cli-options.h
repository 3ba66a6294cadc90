/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "mmp-cli.h"

G_BEGIN_DECLS

GOptionContext *mmp_cli_options_new (const MmpCliCommand *command);
GStrv mmp_cli_options_parse (GOptionContext *context,
                             int argc,
                             char *argv[],
                             GError **error);
MmpCliExit mmp_cli_options_complain (const MmpCliCommand *command,
                                     const GError *error);
void mmp_cli_options_begin_log (void);
void mmp_cli_options_set_verbose (gboolean verbose);
gboolean mmp_cli_options_count (GStrv positionals,
                                const char *const *names,
                                GError **error);
gboolean mmp_cli_options_parse_port (const char *text,
                                     gboolean any,
                                     guint *port,
                                     GError **error);
gboolean mmp_cli_options_parse_address (const char *text,
                                        gboolean any_port,
                                        char **host,
                                        guint *port,
                                        GError **error);
gboolean mmp_cli_options_parse_key (const char *text,
                                    MmpPublicKey *key,
                                    GError **error);
gboolean mmp_cli_options_parse_service (const char *text,
                                        MmpEndpointConfig *config,
                                        GError **error);
gboolean mmp_cli_options_parse_forward (const char *text,
                                        MmpEndpointConfig *config,
                                        GError **error);
MmpMqttBroker *mmp_cli_options_make_broker (const char *host,
                                            guint port,
                                            gboolean tls,
                                            const char *ca_file,
                                            const char *user,
                                            const char *password,
                                            GError **error);

G_END_DECLS
