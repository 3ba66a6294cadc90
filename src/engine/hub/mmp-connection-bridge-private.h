/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "hub/mmp-connection-private.h"

G_BEGIN_DECLS

gboolean mmp_connection_bridge_start (MmpConnection *self,
                                      const char *tunnel,
                                      guint port,
                                      GError **error);
void mmp_connection_bridge_halt (MmpConnection *self);
void mmp_connection_bridge_update (MmpConnection *self);
gboolean mmp_connection_bridge_change_rules (MmpConnection *self,
                                             const MmpProfile *profile);

G_END_DECLS
