/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "mmp-cli.h"

G_BEGIN_DECLS

#define MMP_CLI_PROBE_MESSAGES 200

/**
 * MmpCliProbe:
 *
 * Two MQTT clients: one sends messages and takes the time until they are back, the other one mirrors them. So each
 * message goes both ways, and each is counted at both ends.
 */
typedef struct _MmpCliProbe MmpCliProbe;

MmpCliProbe *mmp_cli_probe_new (guint analyzer_port,
                                guint mirror_port,
                                const char *topic);
void mmp_cli_probe_free (MmpCliProbe *self);
gboolean mmp_cli_probe_is_ready (MmpCliProbe *self);
void mmp_cli_probe_start (MmpCliProbe *self);
gboolean mmp_cli_probe_is_done (MmpCliProbe *self);
MmpSeries *mmp_cli_probe_get_series (MmpCliProbe *self);
guint mmp_cli_probe_count_lost (MmpCliProbe *self);
guint mmp_cli_probe_count_repeated (MmpCliProbe *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpCliProbe, mmp_cli_probe_free)

G_END_DECLS
