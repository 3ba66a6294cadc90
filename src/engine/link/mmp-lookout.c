/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "link/mmp-lookout.h"

#include "base/mmp-limits.h"

#define FIRST MMP_SECONDS (60)
#define LONGEST MMP_SECONDS (3600)

/* A direct path that held for so long is none of those that come and go. */
#define LASTING MMP_SECONDS (600)

static void
plan (MmpLookout *self,
      gint64 now)
{
  self->due = now + mmp_backoff_next (&self->waits);
}

/**
 * mmp_lookout_init:
 * @first: microseconds from the first use of a TURN server to the first look; 0: a minute
 *
 * There is no path yet.
 */
void
mmp_lookout_init (MmpLookout *self,
                  gint64 first)
{
  *self = (MmpLookout) {
    .waits = { .first = first > 0 ? first : FIRST, .factor = 2, .max = LONGEST },
  };
}

/**
 * mmp_lookout_note_path:
 * @turn: whether it goes over a TURN server
 * @now: the time
 *
 * A path was found. A look that is planned stays so if it is another one over TURN.
 */
void
mmp_lookout_note_path (MmpLookout *self,
                       gboolean turn,
                       gint64 now)
{
  if (!turn)
    {
      self->due = 0;
      self->direct_since = now;
    }
  else if (self->due == 0)
    {
      if (self->direct_since != 0 && now - self->direct_since >= LASTING)
        mmp_backoff_reset (&self->waits);
      plan (self, now);
    }
}

/**
 * mmp_lookout_note_miss:
 * @now: the time
 *
 * A look found nothing.
 */
void
mmp_lookout_note_miss (MmpLookout *self,
                       gint64 now)
{
  if (self->due != 0)
    plan (self, now);
}

/**
 * mmp_lookout_note_change:
 * @now: the time
 *
 * The network changed, here or at the other side, or the path over TURN was lost: what the looks found says nothing any more.
 */
void
mmp_lookout_note_change (MmpLookout *self,
                         gint64 now)
{
  if (self->due == 0)
    return;

  mmp_backoff_reset (&self->waits);
  plan (self, now);
}

/**
 * mmp_lookout_get_wait:
 * @now: the time
 *
 * Returns: microseconds until the next look; 0: now; -1: there is no need of one
 */
gint64
mmp_lookout_get_wait (const MmpLookout *self,
                      gint64 now)
{
  return self->due != 0 ? MAX (self->due - now, 0) : -1;
}
