/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * MmpCrossing:
 *
 * Joins an object on the control thread and one on the I/O thread. Each is touched on its own thread only; what crosses is
 * a small command with its data. Whichever side ends first is simply not there any more for what the other one still sends.
 */
typedef struct _MmpCrossing MmpCrossing;

/* @side: the object of the thread that this runs on */
typedef void (*MmpCrossingFunc) (gpointer side,
                                 gpointer data);

/* Makes the object of the I/O thread */
typedef gpointer (*MmpCrossingBeginFunc) (MmpCrossing *self,
                                          gpointer data);

MmpCrossing *mmp_crossing_new (gpointer control_side,
                               GMainContext *io);
MmpCrossing *mmp_crossing_ref (MmpCrossing *self);
void mmp_crossing_unref (MmpCrossing *self);
void mmp_crossing_begin (MmpCrossing *self,
                         MmpCrossingBeginFunc begin,
                         gpointer data,
                         GDestroyNotify destroy);
void mmp_crossing_end (MmpCrossing *self,
                       GDestroyNotify end);
void mmp_crossing_to_io (MmpCrossing *self,
                         MmpCrossingFunc func,
                         gpointer data,
                         GDestroyNotify destroy);
void mmp_crossing_to_control (MmpCrossing *self,
                              MmpCrossingFunc func,
                              gpointer data,
                              GDestroyNotify destroy);
guint mmp_crossing_count_waiting (MmpCrossing *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpCrossing, mmp_crossing_unref)

G_END_DECLS
