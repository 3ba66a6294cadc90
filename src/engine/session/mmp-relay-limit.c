/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/mmp-relay-limit.h"

/* Less than this is not worth one of the few messages. */
#define SPACE_MIN 2048

static double
get_left (double used,
          double rate,
          gint64 then,
          gint64 now)
{
  double seconds = (double) MAX (now - then, 0) / G_USEC_PER_SEC;

  return rate - MAX (used - seconds * rate, 0);
}

static double
get_bytes (const MmpRelayLimit *self,
           gint64 now)
{
  return get_left (self->bytes, MMP_RELAY_LIMIT_BYTES, self->then, now);
}

static double
get_messages (const MmpRelayLimit *self,
              gint64 now)
{
  return get_left (self->messages, MMP_RELAY_LIMIT_MESSAGES, self->then, now);
}

/**
 * mmp_relay_limit_get_space:
 * @now: the time, in microseconds of a clock that does not go back
 *
 * Returns: how many bytes the next message may have; 0: none may go now
 */
gsize
mmp_relay_limit_get_space (const MmpRelayLimit *self,
                           gint64 now)
{
  double bytes = get_bytes (self, now);

  if (now < self->paused_until || get_messages (self, now) < 1 || bytes < SPACE_MIN)
    return 0;

  return (gsize) bytes;
}

/**
 * mmp_relay_limit_take:
 * @size: bytes of one message that was sent, whether or not there was space for it: what is too much is missing later
 */
void
mmp_relay_limit_take (MmpRelayLimit *self,
                      gsize size,
                      gint64 now)
{
  self->bytes = MMP_RELAY_LIMIT_BYTES - get_bytes (self, now) + (double) size;
  self->messages = MMP_RELAY_LIMIT_MESSAGES - get_messages (self, now) + 1;
  self->then = now;
}

/**
 * mmp_relay_limit_pause:
 * @until: when something may be sent again, because the broker said that it was too much
 */
void
mmp_relay_limit_pause (MmpRelayLimit *self,
                       gint64 until)
{
  self->paused_until = until;
}

/**
 * mmp_relay_limit_get_due:
 *
 * Returns: when there will be space if nothing is sent before; @now if there is some
 */
gint64
mmp_relay_limit_get_due (const MmpRelayLimit *self,
                         gint64 now)
{
  double bytes = (SPACE_MIN - get_bytes (self, now)) / MMP_RELAY_LIMIT_BYTES;
  double messages = (1 - get_messages (self, now)) / MMP_RELAY_LIMIT_MESSAGES;
  double seconds = MAX (MAX (bytes, messages), 0);

  return MAX (now + (gint64) (seconds * G_USEC_PER_SEC) + (seconds > 0 ? 1 : 0), self->paused_until);
}
