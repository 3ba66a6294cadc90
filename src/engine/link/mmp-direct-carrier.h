/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "link/mmp-carrier.h"
#include "rtc/mmp-peer.h"

G_BEGIN_DECLS

#define MMP_TYPE_DIRECT_CARRIER (mmp_direct_carrier_get_type ())

G_DECLARE_FINAL_TYPE (MmpDirectCarrier, mmp_direct_carrier, MMP, DIRECT_CARRIER, MmpCarrier)

MmpDirectCarrier *mmp_direct_carrier_new (MmpPeer *peer,
                                          guint64 generation,
                                          const MmpCandidatePair *pair,
                                          GMainContext *control);
const MmpCandidatePair *mmp_direct_carrier_get_pair (MmpDirectCarrier *self);
gboolean mmp_direct_carrier_is_closed (MmpDirectCarrier *self);

G_END_DECLS
