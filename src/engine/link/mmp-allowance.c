/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-link"

#include "link/mmp-allowance.h"

#include "base/mmp-limits.h"

/* The lowest round trip is kept in buckets, so that what it was is forgotten after 8 to 10 s. */
#define BUCKETS 5
#define BUCKET MMP_SECONDS (2)

/* The delivery rate is the highest of the last spans. A span is long enough that acknowledgements that come in bursts do
 * not look like a faster path. */
#define SPANS 8
#define SPAN MMP_MSEC (100)

#define ROUND_MIN MMP_MSEC (5)

/* A lane's round trip is judged by the lowest of several, since acknowledgements may wait for others. Of the lanes the
 * slowest counts: each has a queue of its own in a carrier. */
#define SAMPLES_MIN 3

/* A carrier has a slow start of its own, and what waits for that looks like a queue. So ours ends only when in so many
 * rounds there was a queue and the path delivered hardly more than before. */
#define FLAT_ROUNDS 2
#define FLAT_GROWTH 1.25

/* A queue that never empties becomes the lowest round trip that is known, and then the aim creeps upwards. If nothing as
 * low was seen for this long, the allowance is taken back for a moment, so that the queue empties. */
#define DRAIN_AFTER MMP_SECONDS (6)

#define MESSAGE_MIN 2048

#define UNKNOWN G_MAXINT64

struct _MmpAllowance
{
  gsize max;
  gint64 queue; /* how much the round trip may be above the lowest one */

  gsize limit;
  gboolean slow_start;
  gint64 heard_at; /* last acknowledgement or pong */

  gint64 lowest[BUCKETS];
  gint64 bucket; /* number of the newest one since time began */
  gint64 fresh_at; /* when a round trip near the lowest was last seen */

  double flat_rate; /* the delivery rate that counts as growth, bytes per microsecond */
  guint flat_rounds;

  gint64 round_start;
  gint64 round_end;
  gsize round_size;
  gint64 round_lowest[MMP_LINK_LANES]; /* round trip in this round */
  guint round_samples[MMP_LINK_LANES];
  gboolean round_limited;

  double rates[SPANS]; /* bytes per microsecond */
  guint span;
  gint64 span_start;
  gsize span_size;
  gboolean span_limited;

  gint64 drain_end; /* 0: not draining */
  gsize drained_from;
};

static gint64
get_lowest (const MmpAllowance *self)
{
  gint64 lowest = UNKNOWN;

  for (guint i = 0; i < BUCKETS; i++)
    lowest = MIN (lowest, self->lowest[i]);

  return lowest;
}

static double
get_rate (const MmpAllowance *self)
{
  double rate = 0;

  for (guint i = 0; i < SPANS; i++)
    rate = MAX (rate, self->rates[i]);

  return rate;
}

/* The round trip that is wanted under load: a little above the lowest, and not too little on a long path, where a message
 * on a slow line takes that long by itself. */
static gint64
get_aim (const MmpAllowance *self)
{
  gint64 lowest = get_lowest (self);

  return lowest + MAX (self->queue, lowest / 10);
}

/* What is on the way on a path without any queue */
static gsize
get_path_size (const MmpAllowance *self)
{
  gint64 lowest = get_lowest (self);

  return lowest == UNKNOWN ? 0 : (gsize) (get_rate (self) * (double) lowest);
}

static void
set_limit (MmpAllowance *self,
           double limit)
{
  self->limit = (gsize) CLAMP (limit, (double) MMP_LINK_ALLOWANCE_MIN, (double) self->max);
}

static void
start_round (MmpAllowance *self,
             gint64 now,
             gint64 length)
{
  self->round_start = now;
  self->round_end = now + MAX (length, ROUND_MIN);
  self->round_size = 0;
  for (guint i = 0; i < MMP_LINK_LANES; i++)
    {
      self->round_lowest[i] = UNKNOWN;
      self->round_samples[i] = 0;
    }
  self->round_limited = FALSE;
}

/* -1: not known yet */
static gint64
get_round_rtt (const MmpAllowance *self)
{
  gint64 rtt = -1;

  for (guint i = 0; i < MMP_LINK_LANES; i++)
    {
      if (self->round_samples[i] >= SAMPLES_MIN)
        rtt = MAX (rtt, self->round_lowest[i]);
    }

  return rtt;
}

static void
note_lowest (MmpAllowance *self,
             gint64 now,
             gint64 rtt)
{
  gint64 bucket = now / BUCKET;

  /* After silence the path may be another one. */
  if (now - self->heard_at > BUCKETS * BUCKET)
    {
      self->slow_start = TRUE;
      self->flat_rate = 0;
      self->flat_rounds = 0;
      set_limit (self, MMP_LINK_ALLOWANCE_MIN);
    }
  self->heard_at = now;

  if (bucket - self->bucket >= BUCKETS)
    self->bucket = bucket - BUCKETS;
  for (; self->bucket < bucket; self->bucket++)
    self->lowest[(self->bucket + 1) % BUCKETS] = UNKNOWN;

  self->lowest[bucket % BUCKETS] = MIN (self->lowest[bucket % BUCKETS], rtt);
  if (rtt <= get_lowest (self) + self->queue / 5)
    self->fresh_at = now;
}

static void
note_delivery (MmpAllowance *self,
               gint64 now,
               gsize size,
               gboolean limited)
{
  gint64 lowest = get_lowest (self);
  gint64 span = MAX (SPAN, lowest == UNKNOWN ? 0 : lowest);
  double rate;

  self->span_size += size;
  self->span_limited |= limited;
  if (now - self->span_start < span)
    return;

  /* What was sent slowly by choice does not say what the path can do, unless it is more than was known. */
  rate = (double) self->span_size / (double) (now - self->span_start);
  if (self->span_limited || rate > get_rate (self))
    self->rates[self->span++ % SPANS] = rate;
  self->span_start = now;
  self->span_size = 0;
  self->span_limited = FALSE;
}

/* At the end of a round in which there was a queue, in the slow start: is that all that the path takes? */
static void
check_flat (MmpAllowance *self,
            gint64 now,
            gint64 rtt)
{
  double rate = (double) self->round_size / (double) (now - self->round_start);

  if (rate >= self->flat_rate)
    {
      self->flat_rate = rate * FLAT_GROWTH;
      self->flat_rounds = 0;
    }
  else if (++self->flat_rounds >= FLAT_ROUNDS)
    {
      self->slow_start = FALSE;
      set_limit (self, (double) self->limit * (double) get_aim (self) / (double) rtt);
    }
}

/* Goes half of the way to where the round trip would be what it should be (as FAST TCP does), and faster up where there is
 * no queue at all. The floor keeps a path whose round trip merely jitters from starving. */
static void
approach_aim (MmpAllowance *self,
              gint64 rtt)
{
  double limit = (double) self->limit;
  double wanted = limit * (double) get_aim (self) / (double) MAX (rtt, 1);

  if (rtt <= get_lowest (self) + self->queue / 4)
    wanted = limit * 1.5;
  wanted = (limit + CLAMP (wanted, limit * 0.5, limit * 1.5)) / 2;
  set_limit (self, MAX (wanted, (double) get_path_size (self)));
}

static void
drain (MmpAllowance *self,
       gint64 now,
       gint64 rtt)
{
  self->drained_from = self->limit;
  self->drain_end = now + 2 * MAX (rtt, ROUND_MIN);
  self->fresh_at = now;
  set_limit (self, (double) get_path_size (self) * 0.75);
}

static void
end_round (MmpAllowance *self,
           gint64 now,
           gint64 rtt)
{
  if (self->slow_start)
    {
      if (rtt > get_aim (self))
        check_flat (self, now, rtt);
    }
  else if (self->round_limited)
    {
      approach_aim (self, rtt);
      if (now - self->fresh_at > DRAIN_AFTER)
        drain (self, now, rtt);
    }
  start_round (self, now, rtt);
}

/**
 * mmp_allowance_new:
 *
 * Returns: (transfer full): an allowance; call mmp_allowance_restart() when it is known what is sent on
 */
MmpAllowance *
mmp_allowance_new (void)
{
  MmpAllowance *self = g_new0 (MmpAllowance, 1);

  mmp_allowance_restart (self, MMP_CARRIER_RELAY, 0);

  return self;
}

/**
 * mmp_allowance_free:
 * @self: (nullable): an allowance
 */
void
mmp_allowance_free (MmpAllowance *self)
{
  g_free (self);
}

/**
 * mmp_allowance_restart:
 * @kind: of the carrier that is sent on from now
 *
 * Forgets what was learned about another path.
 */
void
mmp_allowance_restart (MmpAllowance *self,
                       MmpCarrierKind kind,
                       gint64 now)
{
  gboolean direct = kind == MMP_CARRIER_DIRECT;

  *self = (MmpAllowance) {
    .max = direct ? MMP_LINK_ALLOWANCE_MAX : MMP_LINK_ALLOWANCE_RELAY_MAX,
    .queue = direct ? MMP_MSEC (10) : MMP_MSEC (500),
    .limit = MMP_LINK_ALLOWANCE_MIN,
    .slow_start = TRUE,
    .bucket = now / BUCKET,
    .heard_at = now,
    .fresh_at = now,
    .span_start = now,
  };
  for (guint i = 0; i < BUCKETS; i++)
    self->lowest[i] = UNKNOWN;
  start_round (self, now, 0);
}

/**
 * mmp_allowance_ping:
 * @rtt: a round trip of a PING, microseconds
 *
 * Pings overtake bulk in the queues of a carrier, so they tell how short the path can be and not how long it is.
 */
void
mmp_allowance_ping (MmpAllowance *self,
                    gint64 now,
                    gint64 rtt)
{
  note_lowest (self, now, rtt);
}

/**
 * mmp_allowance_acknowledged:
 * @lane: where
 * @size: bytes that were acknowledged
 * @rtt: from sending the newest of them to now, microseconds; -1: not known
 * @limited: something had to wait for the allowance, or for space in the carrier, since the last call
 *
 * Learns from an acknowledgement.
 */
void
mmp_allowance_acknowledged (MmpAllowance *self,
                            gint64 now,
                            guint lane,
                            gsize size,
                            gint64 rtt,
                            gboolean limited)
{
  if (rtt >= 0)
    note_lowest (self, now, rtt);
  note_delivery (self, now, size, limited);
  self->round_size += size;
  self->round_limited |= limited;

  if (self->drain_end != 0)
    {
      if (now < self->drain_end)
        return;
      self->drain_end = 0;
      set_limit (self, (double) self->drained_from);
      start_round (self, now, rtt);
    }

  if (rtt < 0)
    return;

  self->round_lowest[lane] = MIN (self->round_lowest[lane], rtt);
  self->round_samples[lane]++;
  if (self->slow_start && limited && self->round_lowest[lane] <= get_aim (self))
    set_limit (self, (double) self->limit + (double) size / 2);
  if (now >= self->round_end && get_round_rtt (self) >= 0)
    end_round (self, now, get_round_rtt (self));
}

/**
 * mmp_allowance_get:
 *
 * Returns: how many bytes may be unacknowledged
 */
gsize
mmp_allowance_get (const MmpAllowance *self)
{
  return self->limit;
}

/**
 * mmp_allowance_get_message_size:
 *
 * Returns: how long a message should become: where little may be on the way, a long one holds up what comes behind it
 */
gsize
mmp_allowance_get_message_size (const MmpAllowance *self)
{
  return CLAMP (self->limit / 16, MESSAGE_MIN, MMP_LINK_MESSAGE_MAX);
}
