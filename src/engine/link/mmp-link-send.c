/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-link"

#include "link/mmp-link-private.h"

#include <string.h>

/* A link shares its thread: after this it lets others have their turn. */
#define TURN_BYTES 1048576
#define TURN_MESSAGES 256

/* A lane with less than this unacknowledged may send whatever the others have. Bulk makes use of that only while its lane
 * has nothing on the way: on a path that takes little, three such lanes would be a queue that small streams feel. */
#define LANE_SHARE 65536

/* Less than this is not worth a message. */
#define MESSAGE_MIN 2048

#define OWED_DIRECT MMP_MSEC (25)
#define OWED_RELAY MMP_MSEC (250)

/* Of messages that only acknowledge there is at most one in this time on the relay, whatever the lane. */
#define PAY_EVERY_RELAY MMP_MSEC (400)

/* So much is acknowledged at once: on direct the other side learns the round trip from it, on a fast relay it must not wait. */
#define OWED_SIZE_DIRECT 16384
#define OWED_SIZE_RELAY 65536

/* An honest other side has at most 256 streams open that it does not know to be reset. */
#define RESETS_MAX 512

void
mmp_schedule_init (MmpSchedule *self)
{
  g_queue_init (&self->small);
  g_queue_init (&self->bulk);
  g_queue_init (&self->finished);
  self->resets = g_array_new (FALSE, FALSE, sizeof (MmpReset));
  self->last_opened = 0;
}

void
mmp_schedule_clear (MmpSchedule *self)
{
  /* The streams were taken out of their queues when they were removed from the link. */
  g_assert (self->small.length == 0 && self->bulk.length == 0);

  g_queue_clear (&self->finished);
  g_clear_pointer (&self->resets, g_array_unref);
}

static void
send_unnumbered (MmpLink *self,
                 MmpPath *path,
                 guint lane,
                 MmpMessageWriter *writer)
{
  g_autoptr (GBytes) message = NULL;

  message = mmp_message_writer_finish (writer, lane, 0, mmp_lane_get_received (self->lanes[lane]));
  if (path == self->current)
    mmp_lane_paid (self->lanes[lane], mmp_link_now (self));
  mmp_carrier_send (path->carrier, lane, message);
}

/* Only `received` */
void
mmp_link_send_bare (MmpLink *self,
                    MmpPath *path,
                    guint lane)
{
  g_auto (MmpMessageWriter) writer;

  mmp_message_writer_init (&writer, MMP_MESSAGE_HEADER_SIZE);
  send_unnumbered (self, path, lane, &writer);
}

/* PING, with PATH, or PONG */
void
mmp_link_send_probe (MmpLink *self,
                     MmpPath *path,
                     MmpFrameType type,
                     guint64 value)
{
  g_auto (MmpMessageWriter) writer;

  mmp_message_writer_init (&writer, MMP_MESSAGE_HEADER_SIZE + 2 * (MMP_FRAME_HEADER_SIZE + 8));
  mmp_message_writer_add_number (&writer, type, 0, value);
  if (type == MMP_FRAME_PING && self->current != NULL)
    mmp_message_writer_add_number (&writer, MMP_FRAME_PATH, 0, self->current->kind);
  send_unnumbered (self, path, 0, &writer);
}

/* Puts a stream where it has to wait for its turn, or nowhere if it has nothing to say. */
void
mmp_link_queue_stream (MmpLink *self,
                       MmpStream *stream)
{
  MmpSchedule *schedule = &self->schedules[stream->lane];
  GQueue *queue = NULL;

  if (mmp_stream_has_control (stream) || (mmp_stream_has_data (stream) && mmp_stream_is_small (stream, mmp_link_now (self))))
    queue = &schedule->small;
  else if (mmp_stream_has_data (stream))
    queue = &schedule->bulk;

  if (stream->queue == queue)
    return;
  if (stream->queue != NULL)
    g_queue_unlink (stream->queue, &stream->node);
  stream->queue = queue;
  if (queue == NULL)
    return;

  g_queue_push_tail_link (queue, &stream->node);
  /* In its turn the link looks at all queues anyway before it ends. */
  if (!self->turning)
    mmp_link_wake (self, mmp_link_now (self));
}

void
mmp_link_queue_reset (MmpLink *self,
                      guint lane,
                      guint32 stream,
                      guint code)
{
  GArray *resets = self->schedules[lane].resets;
  MmpReset reset = { stream, code };

  if (resets->len >= RESETS_MAX)
    {
      mmp_link_break (self, "far more streams were opened than may be");
      return;
    }

  g_array_append_val (resets, reset);
  mmp_link_wake (self, mmp_link_now (self));
}

/* A message came that has to be acknowledged, or to be refused by an acknowledgement of what came before it. On direct the
 * first of a burst is acknowledged at once and not after the longest time, because that is how the other side learns how
 * long the path is. On a relay every message counts, and something that goes there anyway may come in the meantime. */
void
mmp_link_owe (MmpLink *self,
              guint lane,
              gsize size)
{
  MmpLane *state = self->lanes[lane];
  gboolean direct = self->current != NULL && self->current->kind == MMP_CARRIER_DIRECT;
  gint64 due = mmp_link_now (self);

  if (direct && mmp_lane_get_owed_size (state) + size < OWED_SIZE_DIRECT)
    due = MAX (due, mmp_lane_get_paid_at (state) + OWED_DIRECT);
  else if (!direct && mmp_lane_get_owed_size (state) + size < OWED_SIZE_RELAY)
    due += OWED_RELAY;

  mmp_lane_owe (state, due, size);
  if (self->current != NULL)
    mmp_link_wake (self, mmp_lane_get_owed (state));
}

void
mmp_link_restart_lanes (MmpLink *self)
{
  for (guint i = 0; i < MMP_LINK_LANES; i++)
    mmp_lane_restart (self->lanes[i], mmp_link_now (self));
}

static gsize
get_unacknowledged (MmpLink *self)
{
  gsize sum = 0;

  for (guint i = 1; i < MMP_LINK_LANES; i++)
    sum += mmp_lane_get_unacknowledged (self->lanes[i]);

  return sum;
}

/* Lane 0 is for signalling: it is neither limited nor held up by a carrier that is full. */
static gboolean
has_space (MmpLink *self,
           guint lane)
{
  return lane == 0 || mmp_carrier_get_space (self->current->carrier, lane) > 0;
}

static gboolean
may_compose (MmpLink *self,
             guint lane,
             gboolean small)
{
  MmpSchedule *schedule = &self->schedules[lane];
  gsize unacknowledged = mmp_lane_get_unacknowledged (self->lanes[lane]);
  gsize allowance = mmp_allowance_get (self->allowance);
  gsize share = small ? LANE_SHARE : 1;

  if (small ? schedule->small.length == 0 && schedule->resets->len == 0 && (lane != 0 || self->json.length == 0)
            : schedule->bulk.length == 0)
    return FALSE;
  /* Numbers go out in order. */
  if (mmp_lane_is_full (self->lanes[lane]) || mmp_lane_get_repeat (self->lanes[lane]) != NULL)
    return FALSE;
  if (lane == 0)
    return TRUE;

  if ((unacknowledged < share || get_unacknowledged (self) < allowance) && has_space (self, lane))
    return TRUE;
  self->limited = TRUE;

  return FALSE;
}

/* Takes the stream at the head of @queue and lets it write; then it waits at the tail for what is left. */
static gboolean
compose_stream (MmpLink *self,
                GQueue *queue,
                MmpMessageWriter *writer,
                guint64 number,
                gboolean small)
{
  g_autoptr (MmpStream) stream = mmp_stream_ref (g_queue_peek_head (queue));
  guint epoch = self->epoch;

  g_queue_unlink (queue, &stream->node);
  stream->queue = NULL;
  self->bytes_sent += mmp_stream_compose (stream, writer, number, small, mmp_link_now (self));
  if (self->epoch != epoch)
    return FALSE;

  if (stream->finish_number == number)
    g_queue_push_tail (&self->schedules[stream->lane].finished, GUINT_TO_POINTER (stream->id));
  if (stream->link != NULL)
    mmp_link_queue_stream (self, stream);

  return TRUE;
}

static void
compose_json (MmpLink *self,
              MmpMessageWriter *writer)
{
  const char *text;

  while ((text = g_queue_peek_head (&self->json)) != NULL && mmp_message_writer_get_room (writer) >= strlen (text))
    {
      mmp_message_writer_add (writer, MMP_FRAME_JSON, 0, text, strlen (text));
      g_free (g_queue_pop_head (&self->json));
    }
}

static void
compose_resets (GArray *resets,
                MmpMessageWriter *writer)
{
  guint n = 0;

  for (; n < resets->len && mmp_message_writer_get_room (writer) >= 2; n++)
    {
      const MmpReset *reset = &g_array_index (resets, MmpReset, n);

      mmp_message_writer_add_number (writer, MMP_FRAME_RESET, reset->stream, reset->code);
    }
  if (n > 0)
    g_array_remove_range (resets, 0, n);
}

/* A message is repeated as it is on whatever carrier comes next, so it has to fit all that there are. */
static gsize
get_message_max (MmpLink *self)
{
  gsize max = MMP_LINK_MESSAGE_MAX;

  for (guint i = 0; i < self->paths->len; i++)
    {
      const MmpPath *path = g_ptr_array_index (self->paths, i);
      gsize of_path = path->deaf ? 0 : mmp_carrier_get_message_max (path->carrier);

      if (of_path > 0)
        max = MIN (max, of_path);
    }

  return max;
}

static gsize
get_message_size (MmpLink *self,
                  guint lane)
{
  gsize size;
  gsize space;

  if (lane == 0)
    return MMP_LINK_MESSAGE_MAX;
  size = MIN (mmp_allowance_get_message_size (self->allowance), get_message_max (self));

  /* Asked once: a carrier's space changes at any time. */
  space = mmp_carrier_get_space (self->current->carrier, lane);

  return CLAMP (space, MESSAGE_MIN, size);
}

/* Makes the next message of a lane and sends it. A message has small things or bulk, so that small ones are not held up
 * by what shares their message. Returns its size, 0 if there was nothing in the end. */
static gsize
compose (MmpLink *self,
         guint lane,
         gboolean small)
{
  g_auto (MmpMessageWriter) writer;
  g_autoptr (GBytes) message = NULL;
  MmpSchedule *schedule = &self->schedules[lane];
  guint64 number = mmp_lane_get_next_number (self->lanes[lane]);
  GQueue *queue = small ? &schedule->small : &schedule->bulk;

  mmp_message_writer_init (&writer, get_message_size (self, lane));
  if (lane == 0)
    compose_json (self, &writer);
  else if (small)
    compose_resets (schedule->resets, &writer);

  /* A stream that does not fit keeps its place: OPENs must not overtake each other. */
  for (guint n = small ? queue->length : 1; n > 0 && queue->length > 0 && mmp_message_writer_get_room (&writer) >= MMP_STREAM_ROOM_MIN; n--)
    {
      if (!compose_stream (self, queue, &writer, number, small))
        return 0;
    }
  if (mmp_message_writer_is_empty (&writer))
    return 0;

  message = mmp_message_writer_finish (&writer, lane, number, mmp_lane_get_received (self->lanes[lane]));
  mmp_lane_paid (self->lanes[lane], mmp_link_now (self));
  /* Small things overtake bulk in a carrier's queues, so only bulk tells how long those are. */
  mmp_lane_push (self->lanes[lane], g_bytes_ref (message), mmp_link_now (self), !small);
  /* The user of a stream may have detached the carrier; then it goes out with the next one. */
  if (self->current != NULL)
    mmp_carrier_send (self->current->carrier, lane, message);

  return g_bytes_get_size (message);
}

/* The next lane that has something to send and may: small things of any lane before bulk of any lane, and of equals the one
 * with the least on the way, so that no lane's queue grows longer than the others'. */
static gboolean
pick_lane (MmpLink *self,
           guint *lane,
           gboolean *small)
{
  for (guint pass = 0; pass < 2; pass++)
    {
      gsize least = G_MAXSIZE;

      for (guint i = 0; i < MMP_LINK_LANES; i++)
        {
          gsize unacknowledged = mmp_lane_get_unacknowledged (self->lanes[i]);

          if (unacknowledged >= least || !may_compose (self, i, pass == 0))
            continue;
          least = unacknowledged;
          *lane = i;
          *small = pass == 0;
        }
      if (least != G_MAXSIZE)
        return TRUE;
    }

  return FALSE;
}

/* Repeats what has to be repeated in a lane. Returns how many bytes went out, or more than is left of the turn. */
static gsize
repeat (MmpLink *self,
        guint lane,
        gsize left)
{
  gsize sent = 0;
  GBytes *message;

  while (sent < left && (message = mmp_lane_get_repeat (self->lanes[lane])) != NULL && has_space (self, lane))
    {
      mmp_carrier_send (self->current->carrier, lane, message);
      sent += g_bytes_get_size (message);
      mmp_lane_repeated (self->lanes[lane]);
    }

  return sent;
}

/* When what a lane owes is paid. A relay costs somebody else, so there the lanes take turns. */
static gint64
get_pay_due (MmpLink *self,
             const MmpLane *lane)
{
  gint64 owed = mmp_lane_get_owed (lane);

  if (self->current->kind == MMP_CARRIER_DIRECT || mmp_lane_get_owed_size (lane) >= OWED_SIZE_RELAY)
    return owed;

  return MAX (owed, self->paid_at + PAY_EVERY_RELAY);
}

static void
pay (MmpLink *self)
{
  gint64 now = mmp_link_now (self);

  for (guint n = 0; n < MMP_LINK_LANES; n++)
    {
      guint lane = self->paid_lane % MMP_LINK_LANES;

      self->paid_lane++;
      if (get_pay_due (self, self->lanes[lane]) > now)
        continue;
      self->paid_at = now;
      mmp_link_send_bare (self, self->current, lane);
    }
}

/* Sends what can be sent now, and stops in time. */
void
mmp_link_turn_lanes (MmpLink *self)
{
  gsize sent = 0;
  guint n_messages = 0;
  guint epoch = self->epoch;
  gboolean small;
  guint lane;

  if (self->current == NULL)
    return;

  for (guint i = 0; i < MMP_LINK_LANES; i++)
    {
      if (mmp_lane_get_timeout (self->lanes[i]) <= mmp_link_now (self))
        mmp_lane_time_out (self->lanes[i], mmp_link_now (self));
      sent += repeat (self, i, sent < TURN_BYTES ? TURN_BYTES - sent : 0);
    }

  while (sent < TURN_BYTES && n_messages < TURN_MESSAGES && pick_lane (self, &lane, &small))
    {
      sent += compose (self, lane, small);
      n_messages++;
      /* Users of streams were called, who may have done anything. */
      if (self->epoch != epoch || self->current == NULL)
        return;
    }
  if (sent >= TURN_BYTES || n_messages >= TURN_MESSAGES)
    self->again = TRUE;

  pay (self);
}

/* When to look again even if nothing happens */
gint64
mmp_link_get_lanes_due (MmpLink *self)
{
  gint64 due = MMP_NEVER;

  if (self->current == NULL)
    return MMP_NEVER;

  for (guint i = 0; i < MMP_LINK_LANES; i++)
    {
      due = MIN (due, mmp_lane_get_timeout (self->lanes[i]));
      due = MIN (due, get_pay_due (self, self->lanes[i]));
    }

  return due;
}
