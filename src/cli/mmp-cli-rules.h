/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "mmp-cli-bridge.h"

G_BEGIN_DECLS

/**
 * MmpCliRules:
 *
 * What goes which way between two brokers, from the command line and from a file that may change.
 */
typedef struct
{
  MmpCliBridge *options;
  MmpRuleForm form;
  MmpRuleWhen when;
  MmpKeyRing *keys; /* nullable */
  GStrv out;
  GStrv in;
  GStrv both;
  char *out_map;
  char *in_map;
  char *prefix;
  char *file;
  char *local;
  char *local_user;
  char *local_password_file;
  char *local_ca_file;
  gboolean local_tls;
} MmpCliRules;

void mmp_cli_rules_clear (MmpCliRules *self);
void mmp_cli_rules_add_options (MmpCliRules *self,
                                GOptionContext *context);
GPtrArray *mmp_cli_rules_make (MmpCliRules *self,
                               GError **error);
GPtrArray *mmp_cli_rules_parse (MmpCliRules *self,
                                const char *text,
                                GError **error);
MmpMqttBroker *mmp_cli_rules_make_local_broker (MmpCliRules *self,
                                                GError **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MmpCliRules, mmp_cli_rules_clear)

G_END_DECLS
