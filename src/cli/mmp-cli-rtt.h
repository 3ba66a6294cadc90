/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdio.h>

#include "mmp-cli.h"

G_BEGIN_DECLS

/**
 * MmpCliRtt:
 *
 * What `mmp rtt-analyzer` and `mmp rtt-mirror` have in common: the options for one broker and two topics, and a run that
 * lasts until a signal or its end.
 */
typedef struct
{
  char *user;
  char *password;
  char *password_file;
  char *ca_file;
  gboolean no_tls;
  gboolean log;
  gboolean json;
  gboolean verbose;

  GMainLoop *loop;
  MmpCliExit exit;
  FILE *file; /* nullable: the log */
  gboolean complained; /* about the present trouble */
} MmpCliRtt;

MmpCliRtt *mmp_cli_rtt_new (void);
void mmp_cli_rtt_free (MmpCliRtt *self);
void mmp_cli_rtt_add_options (MmpCliRtt *self,
                              GOptionContext *context);
MmpMqttBroker *mmp_cli_rtt_settle (MmpCliRtt *self,
                                   GStrv positionals,
                                   int argc,
                                   char *argv[],
                                   GError **error);
MmpCliExit mmp_cli_rtt_complain (const MmpCliCommand *command,
                                 const GError *error);
gboolean mmp_cli_rtt_open_log (MmpCliRtt *self,
                               const char *path,
                               GError **error);
void mmp_cli_rtt_write_log (MmpCliRtt *self,
                            gint64 timestamp,
                            const char *text);
void mmp_cli_rtt_tell_state (MmpCliRtt *self,
                             MmpMqttState state,
                             const GError *cause);
void mmp_cli_rtt_fail (MmpCliRtt *self,
                       const GError *error);
MmpCliExit mmp_cli_rtt_wait (MmpCliRtt *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpCliRtt, mmp_cli_rtt_free)

G_END_DECLS
