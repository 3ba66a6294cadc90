/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "rtc/mmp-ice-config.h"

G_BEGIN_DECLS

/**
 * MmpTurnServers:
 *
 * What stands between the `turns:` servers of a configuration and libnice, which would speak plain text to them: a forwarder
 * each.
 */
typedef struct _MmpTurnServers MmpTurnServers;

MmpTurnServers *mmp_turn_servers_new (MmpIceConfig *config,
                                      GMainContext *io);
void mmp_turn_servers_free (MmpTurnServers *self);
GError *mmp_turn_servers_dup_error (MmpTurnServers *self);
void mmp_turn_servers_clear_error (MmpTurnServers *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpTurnServers, mmp_turn_servers_free)

G_END_DECLS
