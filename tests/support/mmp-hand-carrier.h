/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "link/mmp-carrier.h"

G_BEGIN_DECLS

#define MMP_TYPE_HAND_CARRIER (mmp_hand_carrier_get_type ())

G_DECLARE_FINAL_TYPE (MmpHandCarrier, mmp_hand_carrier, MMP, HAND_CARRIER, MmpCarrier)

/**
 * MmpHandCarrier:
 *
 * A carrier whose other side is played by hand, message by message.
 */
MmpHandCarrier *mmp_hand_carrier_new (MmpCarrierKind kind);
void mmp_hand_carrier_put (MmpHandCarrier *self,
                           guint lane,
                           guint64 number,
                           guint64 received,
                           const char *frames);
char *mmp_hand_carrier_take (MmpHandCarrier *self);
GPtrArray *mmp_hand_carrier_get_sent (MmpHandCarrier *self);
void mmp_hand_carrier_set_space (MmpHandCarrier *self,
                                 gsize space);
void mmp_hand_carrier_set_space_once (MmpHandCarrier *self,
                                      gsize space);
void mmp_hand_carrier_set_message_max (MmpHandCarrier *self,
                                       gsize size);
guint mmp_hand_carrier_get_n_closed (MmpHandCarrier *self);

G_END_DECLS
