/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * MmpLane:
 *
 * One lane of a link, both directions: the messages that were sent and are not acknowledged yet, which of them goes out
 * next when they have to be repeated, and what has been received and must be acknowledged. Pure state: it sends nothing
 * and has no clock. "Never" is %G_MAXINT64.
 */
typedef struct _MmpLane MmpLane;

/**
 * MmpLaneProgress:
 * @size: bytes of messages that are newly acknowledged
 * @rtt: from sending the newest of them that was timed to now, microseconds; -1 if there was none
 */
typedef struct
{
  gsize size;
  gint64 rtt;
} MmpLaneProgress;

MmpLane *mmp_lane_new (void);
void mmp_lane_free (MmpLane *self);
void mmp_lane_reset (MmpLane *self);

/* Sending */
guint64 mmp_lane_get_next_number (const MmpLane *self);
void mmp_lane_push (MmpLane *self,
                    GBytes *message,
                    gint64 now,
                    gboolean timed);
GBytes *mmp_lane_get_repeat (const MmpLane *self);
void mmp_lane_repeated (MmpLane *self);
void mmp_lane_restart (MmpLane *self,
                       gint64 now);
gint64 mmp_lane_get_timeout (const MmpLane *self);
void mmp_lane_time_out (MmpLane *self,
                        gint64 now);
gboolean mmp_lane_acknowledge (MmpLane *self,
                               guint64 received,
                               gint64 now,
                               MmpLaneProgress *out);
guint64 mmp_lane_get_acknowledged (const MmpLane *self);
gsize mmp_lane_get_unacknowledged (const MmpLane *self);
gboolean mmp_lane_is_full (const MmpLane *self);

/* Receiving */
gboolean mmp_lane_take (MmpLane *self,
                        guint64 number);
guint64 mmp_lane_get_received (const MmpLane *self);
void mmp_lane_owe (MmpLane *self,
                   gint64 due,
                   gsize size);
gint64 mmp_lane_get_owed (const MmpLane *self);
gsize mmp_lane_get_owed_size (const MmpLane *self);
void mmp_lane_paid (MmpLane *self,
                    gint64 now);
gint64 mmp_lane_get_paid_at (const MmpLane *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpLane, mmp_lane_free)

G_END_DECLS
