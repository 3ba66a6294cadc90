/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "diagnose/mmp-nat-kind.h"
#include "diagnose/mmp-stun-probe.h"

G_BEGIN_DECLS

MmpNatRule mmp_nat_probe_mapping (MmpStunProbe *probe,
                                  const MmpStunQuestion *servers,
                                  guint n_servers);
MmpNatRule mmp_nat_probe_filtering (GSocketFamily family,
                                    MmpClock *clock,
                                    MmpWaiter *waiter,
                                    GSocketAddress *server);
gboolean mmp_nat_probe_has_other_address (const MmpStunQuestion *server);

G_END_DECLS
