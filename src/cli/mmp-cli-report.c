/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-cli-report.h"

/**
 * mmp_cli_report_listening:
 *
 * As `listening` in #MmpEndpointFuncs.
 */
void
mmp_cli_report_listening (gpointer endpoint,
                          const char *address,
                          guint port,
                          const char *service,
                          gpointer user_data)
{
  MmpCliReport *self = user_data;

  mmp_cli_events_ready (mmp_cli_run_get_events (self->run), address, port, service);
}

/**
 * mmp_cli_report_forward_failed:
 *
 * As `forward_failed` in #MmpEndpointFuncs. It is tried again: who has the port may end.
 */
void
mmp_cli_report_forward_failed (gpointer endpoint,
                               const GError *error,
                               gpointer user_data)
{
  MmpCliReport *self = user_data;

  mmp_cli_events_trouble (mmp_cli_run_get_events (self->run), error);
}

/**
 * mmp_cli_report_stream:
 *
 * As `stream` in #MmpEndpointFuncs.
 */
void
mmp_cli_report_stream (gpointer endpoint,
                       guint32 id,
                       const char *service,
                       gboolean open,
                       guint64 sent,
                       guint64 received,
                       gpointer user_data)
{
  MmpCliReport *self = user_data;

  mmp_cli_events_stream (mmp_cli_run_get_events (self->run), id, service, open, sent, received);
}

/**
 * mmp_cli_report_rtt:
 *
 * As `rtt` in #MmpEndpointFuncs.
 */
void
mmp_cli_report_rtt (gpointer endpoint,
                    const MmpPublicKey *device,
                    double rtt,
                    gpointer user_data)
{
  MmpCliReport *self = user_data;

  mmp_cli_events_rtt (mmp_cli_run_get_events (self->run), device, rtt);
}
