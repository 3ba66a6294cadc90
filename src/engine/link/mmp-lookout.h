/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/mmp-backoff.h"

G_BEGIN_DECLS

/**
 * MmpLookout:
 * @waits: how long until the next look
 * @due: when it is; 0: the path is no TURN server's
 * @direct_since: when a direct path was found last; 0: never yet
 *
 * When a link that goes over a TURN server looks for a direct path. The looks get rarer while they find nothing, and also
 * while they find paths that do not last, each of which costs its streams a pause. A plain value; times in microseconds, as
 * g_get_monotonic_time() counts.
 */
typedef struct
{
  MmpBackoff waits;
  gint64 due;
  gint64 direct_since;
} MmpLookout;

void mmp_lookout_init (MmpLookout *self,
                       gint64 first);
void mmp_lookout_note_path (MmpLookout *self,
                            gboolean turn,
                            gint64 now);
void mmp_lookout_note_miss (MmpLookout *self,
                            gint64 now);
void mmp_lookout_note_change (MmpLookout *self,
                              gint64 now);
gint64 mmp_lookout_get_wait (const MmpLookout *self,
                             gint64 now);

G_END_DECLS
