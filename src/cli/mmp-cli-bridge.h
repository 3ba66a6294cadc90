/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "mmp-cli.h"

G_BEGIN_DECLS

/**
 * MmpCliBridge:
 *
 * The options that the commands for bridges have in common, as they were given.
 */
typedef struct
{
  char *user;
  char *user_password;
  char *user_password_file;
  char *ca_file;
  GStrv key_files;
  char *password;
  char *password_file;
  char *bridge_id;
  char *topics;
  char *format;
  char *name;
  char *accept_again;
  int qos;
  int max_age;
  gboolean retain;
  gboolean forget;
  gboolean only_v3;
  gboolean no_tls;
  gboolean json;
  gboolean verbose;
  guint8 id[MMP_BRIDGE_ID_SIZE];
  MmpTopicMode mode;
} MmpCliBridge;

MmpCliBridge *mmp_cli_bridge_new (void);
void mmp_cli_bridge_free (MmpCliBridge *self);
void mmp_cli_bridge_add_options (MmpCliBridge *self,
                                 GOptionContext *context);
gboolean mmp_cli_bridge_settle (MmpCliBridge *self,
                                int argc,
                                char *argv[],
                                GError **error);
gboolean mmp_cli_bridge_has_key (MmpCliBridge *self);
MmpMqttBroker *mmp_cli_bridge_make_broker (MmpCliBridge *self,
                                           const char *host,
                                           guint port,
                                           GError **error);
MmpKeyRing *mmp_cli_bridge_make_keys (MmpCliBridge *self,
                                      GError **error);
MmpRule *mmp_cli_bridge_make_rule (MmpCliBridge *self,
                                   MmpRuleDirection direction,
                                   MmpRuleForm form,
                                   const char *filter,
                                   MmpKeyRing *keys);
MmpCliExit mmp_cli_bridge_complain (const MmpCliCommand *command,
                                    const GError *error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpCliBridge, mmp_cli_bridge_free)

G_END_DECLS
