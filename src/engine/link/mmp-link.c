/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-link"

#include "link/mmp-link.h"

#include <string.h>

#include "base/mmp-error.h"
#include "link/mmp-link-private.h"

/* Signalling is a few texts a minute: so many waiting means that the other side does not take them. */
#define JSON_WAITING_MAX 512
#define JSON_FRAME_MAX (MMP_LINK_MESSAGE_MAX - MMP_MESSAGE_HEADER_SIZE - MMP_FRAME_HEADER_SIZE)

#define STREAM_ID_MAX (G_MAXUINT32 - 2)

G_DEFINE_FINAL_TYPE (MmpLink, mmp_link, G_TYPE_OBJECT)

gint64
mmp_link_now (MmpLink *self)
{
  return mmp_clock_now (self->clock);
}

static gint64
get_hold_due (MmpLink *self)
{
  if (self->current != NULL || g_hash_table_size (self->streams) == 0)
    return MMP_NEVER;

  return MAX (self->outage_since, self->streams_since) + self->hold;
}

/* Takes all streams out of the link. */
static GPtrArray *
take_streams (MmpLink *self)
{
  GPtrArray *streams = g_ptr_array_new_with_free_func ((GDestroyNotify) mmp_stream_unref);
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->streams);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    g_ptr_array_add (streams, mmp_stream_ref (value));
  for (guint i = 0; i < streams->len; i++)
    mmp_link_remove_stream (self, g_ptr_array_index (streams, i));
  g_array_set_size (self->ended, 0);

  return streams;
}

/* Tells the users of streams that were taken out; they may do with the link what they want. */
static void
report_over (GPtrArray *streams)
{
  for (guint i = 0; i < streams->len; i++)
    {
      MmpStream *stream = g_ptr_array_index (streams, i);

      if (stream->funcs.over != NULL)
        stream->funcs.over (stream, MMP_STREAM_IO, stream->user_data);
    }
}

/* There was no carrier for too long. */
static void
expire (MmpLink *self)
{
  g_autoptr (GPtrArray) streams = take_streams (self);

  g_debug ("link: no carrier for too long, %u streams end", streams->len);
  for (guint i = 0; i < streams->len; i++)
    {
      const MmpStream *stream = g_ptr_array_index (streams, i);

      if (stream->service == NULL)
        mmp_link_queue_reset (self, stream->lane, stream->id, MMP_STREAM_IO);
    }
  report_over (streams);
}

/* Streams may be over since the last turn: users are told here and not where it became true, which may be inside a call
 * of theirs. */
static void
turn_streams (MmpLink *self)
{
  guint epoch = self->epoch;

  while (self->epoch == epoch && self->ended->len > 0)
    {
      guint32 id = g_array_index (self->ended, guint32, self->ended->len - 1);
      MmpStream *stream = g_hash_table_lookup (self->streams, GUINT_TO_POINTER (id));

      g_array_set_size (self->ended, self->ended->len - 1);
      if (stream != NULL && mmp_stream_is_over (stream))
        mmp_stream_end (stream, 0);
    }

  if (self->epoch == epoch && get_hold_due (self) <= mmp_link_now (self))
    expire (self);
}

static void
on_timer (gpointer user_data)
{
  g_autoptr (MmpLink) self = g_object_ref (user_data);
  gint64 due;

  self->timer = 0;
  self->turning = TRUE;
  self->again = FALSE;

  mmp_link_turn_paths (self);
  turn_streams (self);
  mmp_link_turn_lanes (self);

  self->turning = FALSE;
  due = MIN (mmp_link_get_paths_due (self), mmp_link_get_lanes_due (self));
  due = MIN (due, get_hold_due (self));
  mmp_link_wake (self, self->again ? mmp_link_now (self) : due);
}

/* Makes sure that the link has a turn at @due at the latest. */
void
mmp_link_wake (MmpLink *self,
               gint64 due)
{
  if (self->closed || due == MMP_NEVER)
    return;
  if (self->turning)
    {
      self->again |= due <= mmp_link_now (self);
      return;
    }
  if (self->timer != 0 && self->timer_due <= due)
    return;

  mmp_clock_remove (self->clock, &self->timer);
  self->timer = mmp_clock_add (self->clock, due, on_timer, self);
  self->timer_due = due;
}

/* The other side broke the protocol: nothing that it sends can be trusted to mean what it says. */
void
mmp_link_break (MmpLink *self,
                const char *reason)
{
  g_autoptr (GError) error = g_error_new (MMP_ERROR, MMP_ERROR_PROTOCOL, "The other side broke the protocol: %s", reason);
  MmpLinkFuncs funcs = self->funcs;

  if (self->closed)
    return;

  g_debug ("link: %s", error->message);
  mmp_link_close (self);
  if (funcs.closed != NULL)
    funcs.closed (self, error, self->user_data);
}

void
mmp_link_add_stream (MmpLink *self,
                     MmpStream *stream)
{
  if (g_hash_table_size (self->streams) == 0)
    self->streams_since = mmp_link_now (self);
  g_hash_table_insert (self->streams, GUINT_TO_POINTER (stream->id), mmp_stream_ref (stream));
  /* Pings come faster from now on. */
  mmp_link_wake (self, mmp_link_now (self));
}

void
mmp_link_remove_stream (MmpLink *self,
                        MmpStream *stream)
{
  if (stream->queue != NULL)
    g_queue_unlink (stream->queue, &stream->node);
  stream->queue = NULL;
  stream->link = NULL;
  mmp_window_clear (&stream->window);
  g_hash_table_remove (self->streams, GUINT_TO_POINTER (stream->id));
}

void
mmp_link_check_stream (MmpLink *self,
                       MmpStream *stream)
{
  if (!mmp_stream_is_over (stream))
    return;

  g_array_append_val (self->ended, stream->id);
  mmp_link_wake (self, mmp_link_now (self));
}

static void
init_lanes (MmpLink *self)
{
  for (guint i = 0; i < MMP_LINK_LANES; i++)
    {
      self->lanes[i] = mmp_lane_new ();
      mmp_schedule_init (&self->schedules[i]);
    }
}

static void
clear_lanes (MmpLink *self)
{
  for (guint i = 0; i < MMP_LINK_LANES; i++)
    {
      g_clear_pointer (&self->lanes[i], mmp_lane_free);
      mmp_schedule_clear (&self->schedules[i]);
    }
  g_queue_clear_full (&self->json, g_free);
}

static void
mmp_link_dispose (GObject *object)
{
  mmp_link_close (MMP_LINK (object));

  G_OBJECT_CLASS (mmp_link_parent_class)->dispose (object);
}

static void
mmp_link_finalize (GObject *object)
{
  MmpLink *self = MMP_LINK (object);

  clear_lanes (self);
  g_ptr_array_unref (self->paths);
  g_hash_table_unref (self->streams);
  g_array_unref (self->ended);
  mmp_allowance_free (self->allowance);
  mmp_pool_free (self->pool);
  g_clear_pointer (&self->clock, mmp_clock_unref);

  G_OBJECT_CLASS (mmp_link_parent_class)->finalize (object);
}

static void
mmp_link_class_init (MmpLinkClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = mmp_link_dispose;
  object_class->finalize = mmp_link_finalize;
}

static void
mmp_link_init (MmpLink *self)
{
  self->paths = g_ptr_array_new_with_free_func (mmp_path_free);
  self->streams = g_hash_table_new_full (NULL, NULL, NULL, (GDestroyNotify) mmp_stream_unref);
  self->ended = g_array_new (FALSE, FALSE, sizeof (guint32));
  self->allowance = mmp_allowance_new ();
  self->pool = mmp_pool_new ();
  self->hold = MMP_LINK_HOLD;
  self->peer_path = -1;
  self->probed_at = -1;
  self->paid_at = G_MININT64 / 2;
  g_queue_init (&self->json);
  init_lanes (self);
}

/**
 * mmp_link_new:
 * @role: decides which stream numbers are ours
 * @clock: its time and its thread
 * @funcs: copied
 * @user_data: (nullable): for @funcs
 *
 * Returns: (transfer full): a link without carriers. End it with mmp_link_close()
 */
MmpLink *
mmp_link_new (MmpLinkRole role,
              MmpClock *clock,
              const MmpLinkFuncs *funcs,
              gpointer user_data)
{
  MmpLink *self = g_object_new (MMP_TYPE_LINK, NULL);

  self->role = role;
  self->clock = mmp_clock_ref (clock);
  self->funcs = *funcs;
  self->user_data = user_data;
  self->outage_since = mmp_link_now (self);

  return self;
}

/**
 * mmp_link_send_json:
 * @text: UTF-8, at most 16,360 bytes
 *
 * Sends a signalling object in lane 0: once and in order, as soon as there is a carrier.
 */
void
mmp_link_send_json (MmpLink *self,
                    const char *text)
{
  g_return_if_fail (MMP_IS_LINK (self));
  g_return_if_fail (strlen (text) <= JSON_FRAME_MAX);

  if (self->closed)
    return;
  if (self->json.length >= JSON_WAITING_MAX)
    {
      g_debug ("link: signalling is dropped, too much of it waits");
      return;
    }

  g_queue_push_tail (&self->json, g_strdup (text));
  mmp_link_wake (self, mmp_link_now (self));
}

/* The lane with the fewest bytes on the way; of equals the one with the fewest streams */
static guint
pick_lane (MmpLink *self)
{
  guint n_streams[MMP_LINK_LANES] = { 0 };
  guint best = 1;
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->streams);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    n_streams[((MmpStream *) value)->lane]++;

  for (guint i = 2; i < MMP_LINK_LANES; i++)
    {
      gsize size = mmp_lane_get_unacknowledged (self->lanes[i]);
      gsize best_size = mmp_lane_get_unacknowledged (self->lanes[best]);

      if (size < best_size || (size == best_size && n_streams[i] < n_streams[best]))
        best = i;
    }

  return best;
}

/**
 * mmp_link_open:
 * @service: one that the other side offers
 *
 * Opens a stream. Data may be sent at once; whether the service exists is known only later (`over` with its code). Call
 * mmp_stream_set_funcs() at once.
 *
 * Returns: (transfer none): the stream; %NULL and %MMP_ERROR_LIMIT if there are too many, %MMP_ERROR_NO_SERVICE if that
 *   cannot be a service's name, %MMP_ERROR_LINK_LOST if the link is closed
 */
MmpStream *
mmp_link_open (MmpLink *self,
               const char *service,
               GError **error)
{
  g_autoptr (MmpStream) stream = NULL;
  guint32 id;

  g_return_val_if_fail (MMP_IS_LINK (self), NULL);

  if (self->closed)
    {
      g_set_error_literal (error, MMP_ERROR, MMP_ERROR_LINK_LOST, "the link is closed");
      return NULL;
    }
  if (!mmp_frame_service_is_valid (service, strlen (service)))
    {
      g_set_error (error, MMP_ERROR, MMP_ERROR_NO_SERVICE, "a service cannot be called “%s”", service);
      return NULL;
    }
  if (g_hash_table_size (self->streams) >= MMP_LINK_STREAMS_MAX || self->last_stream >= STREAM_ID_MAX)
    {
      g_set_error_literal (error, MMP_ERROR, MMP_ERROR_LIMIT, "too many connections at once");
      return NULL;
    }

  if (self->last_stream != 0)
    id = self->last_stream + 2;
  else
    id = self->role == MMP_LINK_ROLE_INITIATOR ? 1 : 2;
  stream = mmp_stream_new (self, id, pick_lane (self));
  if (!mmp_stream_reserve (stream, self->pool))
    {
      g_set_error_literal (error, MMP_ERROR, MMP_ERROR_LIMIT, "too many connections at once for the memory that they may take");
      return NULL;
    }

  self->last_stream = id;
  stream->service = g_strdup (service);
  mmp_link_add_stream (self, stream);
  mmp_link_queue_stream (self, stream);

  return stream;
}

/**
 * mmp_link_set_hold:
 * @duration: microseconds
 *
 * Says how long streams outlive the last carrier; then they end on this side, and the other side is told when there is a
 * carrier again. 60 s unless set.
 */
void
mmp_link_set_hold (MmpLink *self,
                   gint64 duration)
{
  g_return_if_fail (MMP_IS_LINK (self));

  self->hold = duration;
  mmp_link_wake (self, mmp_link_now (self));
}

/**
 * mmp_link_forget:
 *
 * The other side does not know this link any more (`resumed` is false): streams end on this side, and numbers begin at 1
 * again. Carriers stay attached, but those on which something came before belong to the past: what still comes on them is
 * dropped, and they are reported as lost. So attach the new session's carrier in the same breath, before or after this.
 */
void
mmp_link_forget (MmpLink *self)
{
  g_autoptr (GPtrArray) streams = NULL;

  g_return_if_fail (MMP_IS_LINK (self));

  if (self->closed)
    return;

  streams = take_streams (self);
  clear_lanes (self);
  init_lanes (self);
  self->epoch++;
  self->current = NULL;
  self->outage_since = mmp_link_now (self);
  self->peer_path = -1;
  for (guint i = 0; i < self->paths->len; i++)
    {
      MmpPath *path = g_ptr_array_index (self->paths, i);

      if (path->deaf || path->heard_at < 0)
        continue;
      path->deaf = TRUE;
      path->report = TRUE;
    }
  mmp_link_wake (self, mmp_link_now (self));
  report_over (streams);
}

/**
 * mmp_link_close:
 *
 * Ends the link: all streams end on this side (their `over` is called from inside), all carriers are closed. Nothing is
 * called afterwards.
 */
void
mmp_link_close (MmpLink *self)
{
  g_autoptr (GPtrArray) streams = NULL;

  g_return_if_fail (MMP_IS_LINK (self));

  if (self->closed)
    return;

  self->closed = TRUE;
  self->epoch++;
  self->current = NULL;
  self->funcs = (MmpLinkFuncs) { NULL };
  mmp_clock_remove (self->clock, &self->timer);
  for (guint i = 0; i < self->paths->len; i++)
    mmp_carrier_close (((MmpPath *) g_ptr_array_index (self->paths, i))->carrier);
  g_ptr_array_set_size (self->paths, 0);
  streams = take_streams (self);
  report_over (streams);
}

/**
 * mmp_link_get_status:
 * @out: (out caller-allocates): figures as of now
 */
void
mmp_link_get_status (MmpLink *self,
                     MmpLinkStatus *out)
{
  g_return_if_fail (MMP_IS_LINK (self));

  *out = (MmpLinkStatus) {
    .path = self->current != NULL ? self->current->kind : MMP_CARRIER_RELAY,
    .alive = self->current != NULL,
    .rtt = self->current != NULL ? self->current->rtt : -1,
    .n_streams = g_hash_table_size (self->streams),
    .bytes_sent = self->bytes_sent,
    .bytes_received = self->bytes_received,
    .allowance = mmp_allowance_get (self->allowance),
    .reserved = mmp_pool_get_reserved (self->pool),
    .peer_path = self->peer_path,
  };
  out->rtt_median = out->rtt_p95 = -1;
  if (out->rtt >= 0)
    {
      out->rtt_median = (gint64) mmp_series_get_quantile (self->current->rtts, 0.5);
      out->rtt_p95 = (gint64) mmp_series_get_quantile (self->current->rtts, 0.95);
    }
  for (guint i = 0; i < MMP_LINK_LANES; i++)
    out->unacknowledged += mmp_lane_get_unacknowledged (self->lanes[i]);
}

/**
 * mmp_link_get_carrier:
 *
 * Returns: (transfer none) (nullable): what is sent on now; %NULL if no carrier is alive
 */
MmpCarrier *
mmp_link_get_carrier (MmpLink *self)
{
  g_return_val_if_fail (MMP_IS_LINK (self), NULL);

  return self->current != NULL ? self->current->carrier : NULL;
}
