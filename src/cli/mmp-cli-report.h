/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "mmp-cli-run.h"

G_BEGIN_DECLS

/**
 * MmpCliReport:
 * @run: whose events are told
 *
 * What a command that runs an endpoint begins its own state with. The functions take it as `user_data`: they tell what
 * needs no decision.
 */
typedef struct
{
  MmpCliRun *run;
} MmpCliReport;

void mmp_cli_report_listening (gpointer endpoint,
                               const char *address,
                               guint port,
                               const char *service,
                               gpointer user_data);
void mmp_cli_report_forward_failed (gpointer endpoint,
                                    const GError *error,
                                    gpointer user_data);
void mmp_cli_report_stream (gpointer endpoint,
                            guint32 id,
                            const char *service,
                            gboolean open,
                            guint64 sent,
                            guint64 received,
                            gpointer user_data);
void mmp_cli_report_rtt (gpointer endpoint,
                         const MmpPublicKey *device,
                         double rtt,
                         gpointer user_data);

G_END_DECLS
