/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/mmp-token-bucket.h"

static double
get_used (const MmpTokenBucket *self,
          gint64 now)
{
  double seconds = (double) MAX (now - self->then, 0) / G_USEC_PER_SEC;

  return MAX (self->used - seconds * self->rate, 0);
}

/**
 * mmp_token_bucket_take:
 * @now: the time, in microseconds of any clock that does not go back
 *
 * Returns: %TRUE if it may happen now; a token is gone then
 */
gboolean
mmp_token_bucket_take (MmpTokenBucket *self,
                       gint64 now)
{
  double used = get_used (self, now);

  if (used + 1 > self->burst)
    return FALSE;
  self->used = used + 1;
  self->then = now;

  return TRUE;
}

/**
 * mmp_token_bucket_is_full:
 * @now: as for mmp_token_bucket_take()
 *
 * Returns: whether it is like new, so that it need not be kept
 */
gboolean
mmp_token_bucket_is_full (const MmpTokenBucket *self,
                          gint64 now)
{
  return get_used (self, now) <= 0;
}
