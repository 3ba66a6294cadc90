/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "link/mmp-carrier.h"

G_BEGIN_DECLS

/**
 * MmpAllowance:
 *
 * How many bytes a link may have unacknowledged on the carrier that it sends on, so that the path is kept busy and its
 * queues short. It follows the round trip: grows by half each time at first, then settles where that is a little above the
 * lowest of the last 10 s (10 ms on direct). Pure state: the caller says what time it is.
 */
typedef struct _MmpAllowance MmpAllowance;

MmpAllowance *mmp_allowance_new (void);
void mmp_allowance_free (MmpAllowance *self);
void mmp_allowance_restart (MmpAllowance *self,
                            MmpCarrierKind kind,
                            gint64 now);
void mmp_allowance_ping (MmpAllowance *self,
                         gint64 now,
                         gint64 rtt);
void mmp_allowance_acknowledged (MmpAllowance *self,
                                 gint64 now,
                                 guint lane,
                                 gsize size,
                                 gint64 rtt,
                                 gboolean limited);
gsize mmp_allowance_get (const MmpAllowance *self);
gsize mmp_allowance_get_message_size (const MmpAllowance *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpAllowance, mmp_allowance_free)

G_END_DECLS
