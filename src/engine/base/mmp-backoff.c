/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mmp-backoff.h"

#define JITTER 0.25

/**
 * mmp_backoff_next:
 *
 * Returns: how long to wait now, in microseconds: the next step, up to a quarter shorter or longer
 */
gint64
mmp_backoff_next (MmpBackoff *self)
{
  gint64 wait = self->next > 0 ? self->next : MIN (self->first, self->max);
  double grown = (double) wait * MAX (self->factor, 1);

  self->next = grown < (double) self->max ? (gint64) grown : self->max;

  return (gint64) ((double) wait * g_random_double_range (1 - JITTER, 1 + JITTER));
}

/**
 * mmp_backoff_reset:
 *
 * Starts again at the first wait: things work.
 */
void
mmp_backoff_reset (MmpBackoff *self)
{
  self->next = 0;
}
