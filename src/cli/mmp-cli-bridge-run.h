/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "mmp-cli-bridge.h"

G_BEGIN_DECLS

/* Makes the rules anew, when the program is told to read them again; NULL with an error */
typedef GPtrArray *(*MmpCliBridgeRulesFunc) (gpointer user_data,
                                             GError **error);

MmpCliExit mmp_cli_bridge_run (MmpCliBridge *options,
                               const MmpBridgeConfig *config,
                               MmpCliBridgeRulesFunc rules,
                               gpointer user_data);

void mmp_cli_bridge_say_stats (const MmpBridgeStatus *status);

G_END_DECLS
