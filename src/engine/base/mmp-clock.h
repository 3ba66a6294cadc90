/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * MmpClock:
 *
 * Time and timers as one value, so that code with deadlines runs the same on real time (a #GMainContext) and on
 * virtual time (tests: an hour passes in a millisecond and every run is repeatable). Not thread-safe: a clock and
 * its timers belong to the thread of its context. Reference counted.
 */
typedef struct _MmpClock MmpClock;

/**
 * MmpTimerFunc:
 * @user_data: what mmp_clock_add() was given
 *
 * A timer that came due. It is over before this is called; add it again to repeat it.
 */
typedef void (*MmpTimerFunc) (gpointer user_data);

MmpClock *mmp_clock_new (GMainContext *context);
MmpClock *mmp_clock_new_virtual (void);
MmpClock *mmp_clock_ref (MmpClock *self);
void mmp_clock_unref (MmpClock *self);

gint64 mmp_clock_now (MmpClock *self);
guint mmp_clock_add (MmpClock *self,
                     gint64 due,
                     MmpTimerFunc func,
                     gpointer user_data);
void mmp_clock_remove (MmpClock *self,
                       guint *id);

gboolean mmp_clock_step (MmpClock *self,
                         gint64 until);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpClock, mmp_clock_unref)

G_END_DECLS
