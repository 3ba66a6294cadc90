/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib/gi18n.h>

#include "mmp.h"

G_BEGIN_DECLS

/* What the program's exit code says; scripts rely on it. */
typedef enum
{
  MMP_CLI_OK = 0, /* done, or stopped by a signal after a clean end */
  MMP_CLI_FAILED = 1, /* failed while running */
  MMP_CLI_USAGE = 2, /* wrong usage */
  MMP_CLI_REFUSED = 3, /* the other side said no, or is not who it should be */
  MMP_CLI_FILE = 4, /* a wrong or unreadable key or file */
} MmpCliExit;

/**
 * MmpCliCommand:
 * @name: as typed
 * @arguments: what stands behind the options, for the usage line
 * @summary: one line for the list of commands
 * @description: what `--help` says below the usage line
 * @run: does it; argv[0] is the command's name. Returns the exit code
 *
 * A sub-command. Texts are marked with N_() and translated where they are shown.
 */
typedef struct _MmpCliCommand MmpCliCommand;

struct _MmpCliCommand
{
  const char *name;
  const char *arguments;
  const char *summary;
  const char *description;
  MmpCliExit (*run) (const MmpCliCommand *self, int argc, char *argv[]);
};

extern const MmpCliCommand mmp_cli_bridge;
extern const MmpCliCommand mmp_cli_demo;
extern const MmpCliCommand mmp_cli_doctor;
extern const MmpCliCommand mmp_cli_export;
extern const MmpCliCommand mmp_cli_import;
extern const MmpCliCommand mmp_cli_initiator;
extern const MmpCliCommand mmp_cli_invite;
extern const MmpCliCommand mmp_cli_keygen;
extern const MmpCliCommand mmp_cli_list;
extern const MmpCliCommand mmp_cli_listener;
extern const MmpCliCommand mmp_cli_rtt_analyzer;
extern const MmpCliCommand mmp_cli_rtt_mirror;
extern const MmpCliCommand mmp_cli_mosquitto_conf;
extern const MmpCliCommand mmp_cli_portal;
extern const MmpCliCommand mmp_cli_secure_bridge;
extern const MmpCliCommand mmp_cli_secure_bridge_keygen;
extern const MmpCliCommand mmp_cli_status;
extern const MmpCliCommand mmp_cli_trust;
extern const MmpCliCommand mmp_cli_up;

G_END_DECLS
