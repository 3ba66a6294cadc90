/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "mmp-cli-events.h"

G_BEGIN_DECLS

/**
 * MmpCliRun:
 *
 * A program that runs until it is stopped: the hub, what is said, and the signals. SIGINT and SIGTERM end it cleanly, a second
 * one at once. SIGHUP says that the network changed; but when it comes because the terminal went away, it ends the
 * program as well.
 */
typedef struct _MmpCliRun MmpCliRun;

typedef void (*MmpCliRunFunc) (gpointer user_data);

MmpCliRun *mmp_cli_run_new (MmpCliEvents *events,
                            GError **error);
void mmp_cli_run_free (MmpCliRun *self);
MmpHub *mmp_cli_run_get_hub (MmpCliRun *self);
MmpCliEvents *mmp_cli_run_get_events (MmpCliRun *self);
void mmp_cli_run_set_hangup (MmpCliRun *self,
                             MmpCliRunFunc func,
                             gpointer user_data);
MmpCliExit mmp_cli_run_wait (MmpCliRun *self);
void mmp_cli_run_fail (MmpCliRun *self,
                       const GError *error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpCliRun, mmp_cli_run_free)

G_END_DECLS
