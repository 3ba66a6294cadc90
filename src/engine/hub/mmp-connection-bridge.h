/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "bridge/mmp-bridge-status.h"
#include "hub/mmp-connection.h"

G_BEGIN_DECLS

/* What connections of bridges and portals have beside what all have. */

const MmpBridgeStatus *mmp_connection_get_bridge_status (MmpConnection *self);
const MmpStatus *mmp_connection_get_tunnel_status (MmpConnection *self);
char *mmp_connection_get_fingerprint (MmpConnection *self);

G_END_DECLS
