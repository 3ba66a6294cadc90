/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <libdex.h>

#include "base/mmp-clock.h"

G_BEGIN_DECLS

/**
 * MmpWaiter:
 *
 * How one fiber on control waits: for something to change, or for a future, always with a deadline on an #MmpClock, and
 * until it is told to stop. One fiber waits at a time.
 */
typedef struct _MmpWaiter MmpWaiter;

MmpWaiter *mmp_waiter_new (MmpClock *clock);
void mmp_waiter_free (MmpWaiter *self);
void mmp_waiter_wake (MmpWaiter *self);
void mmp_waiter_stop (MmpWaiter *self);
gboolean mmp_waiter_is_stopped (MmpWaiter *self);

/* in the fiber */
gboolean mmp_waiter_wait (MmpWaiter *self,
                          gint64 deadline);
gboolean mmp_waiter_await (MmpWaiter *self,
                           DexFuture *future,
                           gint64 duration,
                           GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpWaiter, mmp_waiter_free)

G_END_DECLS
