/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-link"

#include "link/mmp-lane.h"

#include "base/mmp-limits.h"

#define TIMEOUT_MIN MMP_SECONDS (3)
#define TIMEOUT_MAX MMP_SECONDS (30)

/* Small messages cost more memory than their bytes. */
#define MESSAGES_MAX 4096

#define NEVER G_MAXINT64
#define LONG_AGO (-MMP_SECONDS (3600))

typedef struct
{
  GBytes *bytes;
  gint64 sent_at; /* -1: tells no round trip */
} Sent;

struct _MmpLane
{
  Sent *ring; /* what is not acknowledged, from the oldest on; the size is a power of two */
  guint size;
  guint head;
  guint count;
  guint position; /* how many of them were sent since the last restart */
  gsize bytes;
  guint64 last_number;
  gint64 timeout;
  gint64 waiting_since; /* valid while count > 0 */

  guint64 received;
  gint64 owed; /* when `received` has to be sent */
  gsize owed_size; /* bytes that came since it was sent */
  gint64 paid_at; /* when it was last sent */
};

static Sent *
get_sent (const MmpLane *self,
          guint i)
{
  return &self->ring[(self->head + i) & (self->size - 1)];
}

static void
grow (MmpLane *self)
{
  guint size = MAX (self->size * 2, 16);
  Sent *ring = g_new (Sent, size);

  for (guint i = 0; i < self->count; i++)
    ring[i] = *get_sent (self, i);
  g_free (self->ring);
  self->ring = ring;
  self->size = size;
  self->head = 0;
}

static void
pop (MmpLane *self)
{
  Sent *sent = get_sent (self, 0);

  self->bytes -= g_bytes_get_size (sent->bytes);
  g_clear_pointer (&sent->bytes, g_bytes_unref);
  self->head = (self->head + 1) & (self->size - 1);
  self->count--;
  if (self->position > 0)
    self->position--;
}

/**
 * mmp_lane_new:
 *
 * Returns: (transfer full): a lane on which nothing was sent or received
 */
MmpLane *
mmp_lane_new (void)
{
  MmpLane *self = g_new0 (MmpLane, 1);

  mmp_lane_reset (self);

  return self;
}

/**
 * mmp_lane_free:
 * @self: (nullable): a lane
 */
void
mmp_lane_free (MmpLane *self)
{
  if (self == NULL)
    return;

  mmp_lane_reset (self);
  g_free (self);
}

/**
 * mmp_lane_reset:
 *
 * Makes it as new: numbers start at 1 again in both directions.
 */
void
mmp_lane_reset (MmpLane *self)
{
  while (self->count > 0)
    pop (self);
  g_free (self->ring);
  *self = (MmpLane) { .timeout = TIMEOUT_MIN, .owed = NEVER, .paid_at = LONG_AGO };
}

/**
 * mmp_lane_get_next_number:
 *
 * Returns: the number of the message that mmp_lane_push() takes next
 */
guint64
mmp_lane_get_next_number (const MmpLane *self)
{
  return self->last_number + 1;
}

/**
 * mmp_lane_push:
 * @message: (transfer full): the message with the next number, which goes out now. There must be nothing to repeat
 * @timed: whether its acknowledgement shall tell the round trip; never if it is sent more than once (Karn's rule)
 *
 * Keeps a message until it is acknowledged.
 */
void
mmp_lane_push (MmpLane *self,
               GBytes *message,
               gint64 now,
               gboolean timed)
{
  g_assert (self->position == self->count);

  if (self->count == self->size)
    grow (self);
  if (self->count == 0)
    {
      self->waiting_since = now;
      self->timeout = TIMEOUT_MIN;
    }
  *get_sent (self, self->count) = (Sent) { message, timed ? now : -1 };
  self->count++;
  self->position++;
  self->bytes += g_bytes_get_size (message);
  self->last_number++;
}

/**
 * mmp_lane_get_repeat:
 *
 * Returns: (transfer none) (nullable): the message that has to go out again before any new one
 */
GBytes *
mmp_lane_get_repeat (const MmpLane *self)
{
  return self->position < self->count ? get_sent (self, self->position)->bytes : NULL;
}

/**
 * mmp_lane_repeated:
 *
 * The message of mmp_lane_get_repeat() went out.
 */
void
mmp_lane_repeated (MmpLane *self)
{
  g_assert (self->position < self->count);

  get_sent (self, self->position)->sent_at = -1;
  self->position++;
}

/**
 * mmp_lane_restart:
 *
 * Another carrier is sent on from now: everything that is not acknowledged has to be repeated, and the time-out starts
 * anew.
 */
void
mmp_lane_restart (MmpLane *self,
                  gint64 now)
{
  self->position = 0;
  self->timeout = TIMEOUT_MIN;
  self->waiting_since = now;
}

/**
 * mmp_lane_get_timeout:
 *
 * Returns: when to call mmp_lane_time_out() if nothing is acknowledged until then
 */
gint64
mmp_lane_get_timeout (const MmpLane *self)
{
  return self->count > 0 ? self->waiting_since + self->timeout : NEVER;
}

/**
 * mmp_lane_time_out:
 *
 * Nothing was acknowledged for too long: everything has to be repeated, and the next time-out is longer. If nothing went
 * out since the last restart, nothing can have been lost, and it only waits on.
 */
void
mmp_lane_time_out (MmpLane *self,
                   gint64 now)
{
  if (self->position > 0)
    self->timeout = MIN (self->timeout * 2, TIMEOUT_MAX);
  self->position = 0;
  self->waiting_since = now;
}

/**
 * mmp_lane_acknowledge:
 * @received: what a message of the other side says has arrived there
 * @out: (out): what that changed
 *
 * Lets go of what has arrived.
 *
 * Returns: %FALSE if that number was never sent
 */
gboolean
mmp_lane_acknowledge (MmpLane *self,
                      guint64 received,
                      gint64 now,
                      MmpLaneProgress *out)
{
  *out = (MmpLaneProgress) { 0, -1 };
  if (received > self->last_number)
    return FALSE;
  if (received <= mmp_lane_get_acknowledged (self))
    return TRUE;

  while (mmp_lane_get_acknowledged (self) < received)
    {
      const Sent *sent = get_sent (self, 0);

      out->size += g_bytes_get_size (sent->bytes);
      /* What did not go out since a restart came by another carrier. */
      if (self->position > 0 && sent->sent_at >= 0)
        out->rtt = now - sent->sent_at;
      pop (self);
    }
  self->timeout = TIMEOUT_MIN;
  self->waiting_since = now;

  return TRUE;
}

/**
 * mmp_lane_get_acknowledged:
 *
 * Returns: the number up to which everything has arrived at the other side
 */
guint64
mmp_lane_get_acknowledged (const MmpLane *self)
{
  return self->last_number - self->count;
}

/**
 * mmp_lane_get_unacknowledged:
 *
 * Returns: bytes of the messages that are kept
 */
gsize
mmp_lane_get_unacknowledged (const MmpLane *self)
{
  return self->bytes;
}

/**
 * mmp_lane_is_full:
 *
 * Returns: whether so many messages are kept that no new one should be made
 */
gboolean
mmp_lane_is_full (const MmpLane *self)
{
  return self->count >= MESSAGES_MAX;
}

/**
 * mmp_lane_take:
 * @number: that of a message that came, from whichever carrier
 *
 * Returns: whether it is the next one. Any other is a repeat, or comes after a gap, and must be dropped
 */
gboolean
mmp_lane_take (MmpLane *self,
               guint64 number)
{
  if (number != self->received + 1)
    return FALSE;

  self->received = number;

  return TRUE;
}

/**
 * mmp_lane_get_received:
 *
 * Returns: the number of the last message that was taken
 */
guint64
mmp_lane_get_received (const MmpLane *self)
{
  return self->received;
}

/**
 * mmp_lane_owe:
 * @due: when `received` has to be sent at the latest
 * @size: of the message that makes it so
 */
void
mmp_lane_owe (MmpLane *self,
              gint64 due,
              gsize size)
{
  self->owed = MIN (self->owed, due);
  self->owed_size += size;
}

/**
 * mmp_lane_get_owed:
 *
 * Returns: when `received` has to be sent
 */
gint64
mmp_lane_get_owed (const MmpLane *self)
{
  return self->owed;
}

/**
 * mmp_lane_get_owed_size:
 *
 * Returns: how many bytes came since `received` was sent
 */
gsize
mmp_lane_get_owed_size (const MmpLane *self)
{
  return self->owed_size;
}

/**
 * mmp_lane_paid:
 *
 * A message with the present `received` went out.
 */
void
mmp_lane_paid (MmpLane *self,
               gint64 now)
{
  self->owed = NEVER;
  self->owed_size = 0;
  self->paid_at = now;
}

/**
 * mmp_lane_get_paid_at:
 *
 * Returns: when a message with `received` last went out; long ago if none did
 */
gint64
mmp_lane_get_paid_at (const MmpLane *self)
{
  return self->paid_at;
}
