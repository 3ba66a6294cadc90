/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "link/mmp-carrier.h"
#include "session/mmp-session.h"

G_BEGIN_DECLS

#define MMP_TYPE_RELAY_CARRIER (mmp_relay_carrier_get_type ())

G_DECLARE_FINAL_TYPE (MmpRelayCarrier, mmp_relay_carrier, MMP, RELAY_CARRIER, MmpCarrier)

/**
 * MmpRelayCarrier:
 *
 * Link messages as sealed messages of a session, through the broker. I/O thread.
 */
MmpCarrier *mmp_relay_carrier_new (MmpSession *session,
                                   gboolean streams);
void mmp_relay_carrier_set_streams (MmpRelayCarrier *self,
                                    gboolean streams);

G_END_DECLS
