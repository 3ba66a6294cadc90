/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-link"

#include "link/mmp-link-private.h"

static void
handle_open (MmpLink *self,
             guint lane,
             const MmpFrame *frame)
{
  MmpSchedule *schedule = &self->schedules[lane];
  g_autofree char *service = g_strndup ((const char *) frame->body, frame->size);
  g_autoptr (MmpStream) stream = NULL;
  MmpStreamCode code = MMP_STREAM_NO_SERVICE;
  guint epoch = self->epoch;
  gboolean from_initiator = (frame->stream & 1) != 0;

  /* Numbers rise, and a lane keeps the order, so one that does not rise there was used before. */
  if (from_initiator != (self->role == MMP_LINK_ROLE_LISTENER) || frame->stream <= schedule->last_opened || g_hash_table_contains (self->streams, GUINT_TO_POINTER (frame->stream)))
    {
      mmp_link_break (self, "a stream was opened with a number that it cannot have");
      return;
    }
  schedule->last_opened = frame->stream;

  stream = mmp_stream_new (self, frame->stream, lane);
  if (g_hash_table_size (self->streams) >= MMP_LINK_STREAMS_MAX || !mmp_stream_reserve (stream, self->pool))
    {
      mmp_link_queue_reset (self, lane, frame->stream, MMP_STREAM_OVERLOAD);
      return;
    }

  mmp_link_add_stream (self, stream);
  if (self->funcs.open != NULL && self->funcs.open (self, stream, service, &code, self->user_data))
    return;
  if (self->epoch != epoch || stream->link == NULL)
    return;
  mmp_link_queue_reset (self, lane, frame->stream, code);
  if (self->epoch == epoch)
    mmp_link_remove_stream (self, stream);
}

static void
handle_json (MmpLink *self,
             const MmpFrame *frame)
{
  g_autofree char *text = g_strndup ((const char *) frame->body, frame->size);

  if (self->funcs.json != NULL)
    self->funcs.json (self, text, self->user_data);
}

static void
handle_stream_frame (MmpLink *self,
                     guint lane,
                     const MmpFrame *frame)
{
  MmpStream *stream = g_hash_table_lookup (self->streams, GUINT_TO_POINTER (frame->stream));
  const char *fault;

  /* It is over here, and the other side did not know that yet. */
  if (stream == NULL)
    return;

  fault = stream->lane == lane ? mmp_stream_handle_frame (stream, frame, mmp_link_now (self)) : "a stream's frame came in another lane";
  if (fault != NULL)
    mmp_link_break (self, fault);
}

static void
handle_numbered_frame (MmpLink *self,
                       guint lane,
                       const MmpFrame *frame)
{
  if (lane == 0)
    {
      if (frame->type == MMP_FRAME_JSON)
        handle_json (self, frame);
      else
        mmp_link_break (self, "a frame came in the signalling lane that is none");
      return;
    }

  switch (frame->type)
    {
    case MMP_FRAME_OPEN:
      handle_open (self, lane, frame);
      break;
    case MMP_FRAME_DATA:
    case MMP_FRAME_FIN:
    case MMP_FRAME_RESET:
    case MMP_FRAME_WINDOW:
      handle_stream_frame (self, lane, frame);
      break;
    default:
      mmp_link_break (self, "a numbered frame of unknown type came");
    }
}

static void
handle_unnumbered_frame (MmpLink *self,
                         MmpPath *path,
                         const MmpFrame *frame)
{
  switch (frame->type)
    {
    case MMP_FRAME_PING:
      mmp_link_send_probe (self, path, MMP_FRAME_PONG, frame->value);
      break;
    case MMP_FRAME_PONG:
      mmp_link_note_pong (self, path, frame->value);
      break;
    case MMP_FRAME_PATH:
      if (frame->value <= MMP_CARRIER_DIRECT)
        self->peer_path = (int) frame->value;
      break;
    default:
      break;
    }
}

/* Streams whose FIN has arrived at the other side may be over. */
static void
check_finished (MmpLink *self,
                guint lane)
{
  GQueue *finished = &self->schedules[lane].finished;
  guint64 acknowledged = mmp_lane_get_acknowledged (self->lanes[lane]);

  while (finished->length > 0)
    {
      MmpStream *stream = g_hash_table_lookup (self->streams, g_queue_peek_head (finished));

      if (stream != NULL && stream->finish_number > acknowledged)
        break;
      g_queue_pop_head (finished);
      if (stream == NULL)
        continue;
      stream->finish_acknowledged = TRUE;
      mmp_link_check_stream (self, stream);
    }
}

static gboolean
acknowledge (MmpLink *self,
             MmpPath *path,
             const MmpMessage *message)
{
  gint64 now = mmp_link_now (self);
  MmpLaneProgress progress;

  if (!mmp_lane_acknowledge (self->lanes[message->lane], message->received, now, &progress))
    {
      mmp_link_break (self, "something was acknowledged that was never sent");
      return FALSE;
    }
  if (progress.size == 0)
    return TRUE;

  if (message->lane != 0)
    {
      /* What came on another carrier does not tell about this one's round trip. */
      mmp_allowance_acknowledged (self->allowance, now, message->lane, progress.size, path == self->current ? progress.rtt : -1, self->limited);
      self->limited = FALSE;
      check_finished (self, message->lane);
    }
  mmp_link_wake (self, now);

  return TRUE;
}

/* A message came on an attached carrier. */
void
mmp_link_receive (MmpLink *self,
                  MmpPath *path,
                  GBytes *bytes)
{
  g_autoptr (GError) error = NULL;
  MmpCarrier *carrier = path->carrier;
  guint epoch = self->epoch;
  MmpMessage message;
  MmpFrame frame;

  if (path->deaf)
    return;
  if (!mmp_message_decode (bytes, &message, &error))
    {
      mmp_link_break (self, error->message);
      return;
    }
  mmp_link_note_contact (self, path);
  if (!acknowledge (self, path, &message))
    return;

  if (message.number != 0)
    {
      gboolean taken = mmp_lane_take (self->lanes[message.lane], message.number);

      mmp_link_owe (self, message.lane, taken ? g_bytes_get_size (bytes) : 0);
      if (!taken)
        return;
    }

  while (self->epoch == epoch && mmp_message_next (&message, &frame))
    {
      if (message.number != 0)
        handle_numbered_frame (self, message.lane, &frame);
      else if (mmp_link_find_path (self, carrier) == path)
        handle_unnumbered_frame (self, path, &frame);
    }
}
