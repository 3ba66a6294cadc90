/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-link"

#include "link/mmp-stream.h"

#include <string.h>

#include "base/mmp-limits.h"
#include "link/mmp-link-private.h"

/* A stream that sent less than this in a burst, and less a second, is small: its frames go out before those of others.
 * Every stream begins as a small one, but many that begin at once must not be a burst of their own. */
#define TOKENS_START 16384
#define TOKENS_MAX 65536
#define TOKENS_PER_SECOND 32768

/* Less of a DATA frame than this is not worth its header, unless it is all there is. */
#define DATA_MIN 256

static void
mmp_stream_clear (gpointer data)
{
  MmpStream *self = data;

  g_free (self->service);
}

/* A stream belongs to its link; whoever calls out holds a reference meanwhile. */
MmpStream *
mmp_stream_new (MmpLink *link,
                guint32 id,
                guint lane)
{
  MmpStream *self = g_rc_box_new0 (MmpStream);

  self->link = link;
  self->id = id;
  self->lane = lane;
  self->limit = MMP_LINK_WINDOW_MIN;
  self->node.data = self;
  self->tokens = TOKENS_START;
  self->tokens_at = mmp_link_now (link);

  return self;
}

MmpStream *
mmp_stream_ref (MmpStream *self)
{
  return g_rc_box_acquire (self);
}

void
mmp_stream_unref (MmpStream *self)
{
  g_rc_box_release_full (self, mmp_stream_clear);
}

gboolean
mmp_stream_reserve (MmpStream *self,
                    MmpPool *pool)
{
  return mmp_window_init (&self->window, pool);
}

/* Takes the stream out of its link and tells its user. */
void
mmp_stream_end (MmpStream *self,
                guint code)
{
  g_autoptr (MmpStream) alive = mmp_stream_ref (self);

  mmp_link_remove_stream (self->link, self);
  if (self->funcs.over != NULL)
    self->funcs.over (self, code, self->user_data);
}

gboolean
mmp_stream_has_control (const MmpStream *self)
{
  return self->service != NULL || self->window_due || self->finishing;
}

gboolean
mmp_stream_has_data (const MmpStream *self)
{
  return self->ready && self->sent < self->limit;
}

gboolean
mmp_stream_is_small (MmpStream *self,
                     gint64 now)
{
  gint64 earned = (now - self->tokens_at) * TOKENS_PER_SECOND / G_USEC_PER_SEC;

  if (earned > 0)
    {
      self->tokens = MIN (self->tokens + earned, TOKENS_MAX);
      self->tokens_at = now;
    }

  return self->tokens > 0;
}

gboolean
mmp_stream_is_over (const MmpStream *self)
{
  return self->finish_acknowledged && self->finish_received && self->window.consumed == self->window.received;
}

/* Lets the user fill a DATA frame right in the message. Returns how many bytes went in. */
static gsize
pull (MmpStream *self,
      MmpMessageWriter *writer)
{
  gsize room = (gsize) MIN ((guint64) mmp_message_writer_get_room (writer), self->limit - self->sent);
  gsize size;

  /* Cleared before the call, so that one who says "ready" inside it is heard. */
  self->ready = FALSE;
  size = self->funcs.pull != NULL ? self->funcs.pull (self, mmp_message_writer_begin_data (writer), room, self->user_data) : 0;
  g_assert (size <= room);

  if (size > 0)
    {
      mmp_message_writer_end_data (writer, self->id, size);
      self->ready = !self->finishing;
      self->sent += size;
      self->tokens = MAX (self->tokens - (gint64) size, -TOKENS_MAX);
    }

  return size;
}

/* Puts what the stream has to say into the message with this number, which has MMP_STREAM_ROOM_MIN bytes of room. Returns
 * how many bytes of data went in. The stream may be over afterwards, because its user was called. */
gsize
mmp_stream_compose (MmpStream *self,
                    MmpMessageWriter *writer,
                    guint64 number,
                    gboolean small_only,
                    gint64 now)
{
  gsize total = 0;

  if (self->service != NULL)
    {
      mmp_message_writer_add (writer, MMP_FRAME_OPEN, self->id, self->service, strlen (self->service));
      g_clear_pointer (&self->service, g_free);
    }
  if (self->window_due)
    {
      mmp_message_writer_add_number (writer, MMP_FRAME_WINDOW, self->id, self->window.limit);
      self->window_due = FALSE;
    }

  while (self->link != NULL && mmp_stream_has_data (self) && mmp_message_writer_get_room (writer) >= DATA_MIN)
    {
      gsize size;

      if (small_only && !mmp_stream_is_small (self, now))
        break;
      size = pull (self, writer);
      if (size == 0)
        break;
      total += size;
    }

  if (self->link != NULL && self->finishing && mmp_message_writer_get_room (writer) > 0)
    {
      mmp_message_writer_add (writer, MMP_FRAME_FIN, self->id, NULL, 0);
      self->finishing = FALSE;
      self->finish_number = number;
    }

  return total;
}

static const char *
handle_data (MmpStream *self,
             const MmpFrame *frame,
             gint64 now)
{
  if (self->finish_received)
    return "data came after the end of a stream";
  if (!mmp_window_receive (&self->window, frame->size, now))
    return "more data came than was allowed";

  self->link->bytes_received += frame->size;
  if (self->funcs.deliver != NULL)
    self->funcs.deliver (self, frame->body, frame->size, self->user_data);

  return NULL;
}

static const char *
handle_finish (MmpStream *self)
{
  if (self->finish_received)
    return "a stream ended twice";

  self->finish_received = TRUE;
  self->window_due = FALSE;
  mmp_link_check_stream (self->link, self);
  if (self->funcs.finished != NULL)
    self->funcs.finished (self, self->user_data);

  return NULL;
}

/* A frame other than OPEN for this stream. Returns what is wrong with it, or NULL. The stream may be over afterwards. */
const char *
mmp_stream_handle_frame (MmpStream *self,
                         const MmpFrame *frame,
                         gint64 now)
{
  g_autoptr (MmpStream) alive = mmp_stream_ref (self);

  switch (frame->type)
    {
    case MMP_FRAME_DATA:
      return handle_data (self, frame, now);
    case MMP_FRAME_FIN:
      return handle_finish (self);
    case MMP_FRAME_RESET:
      mmp_stream_end (self, frame->value >= MMP_STREAM_NO_SERVICE && frame->value <= MMP_STREAM_IO ? (guint) frame->value : MMP_STREAM_IO);
      return NULL;
    case MMP_FRAME_WINDOW:
      self->limit = MAX (self->limit, frame->value);
      mmp_link_queue_stream (self->link, self);
      return NULL;
    default:
      g_assert_not_reached ();
    }
}

/**
 * mmp_stream_set_funcs:
 * @funcs: copied
 * @user_data: (nullable): for @funcs
 *
 * Says who uses the stream. To be called at once after mmp_link_open(), or inside the link's `open`.
 */
void
mmp_stream_set_funcs (MmpStream *self,
                      const MmpStreamFuncs *funcs,
                      gpointer user_data)
{
  self->funcs = *funcs;
  self->user_data = user_data;
}

/**
 * mmp_stream_get_id:
 *
 * Returns: the stream's number: odd if the initiator opened it, else even
 */
guint32
mmp_stream_get_id (MmpStream *self)
{
  return self->id;
}

/**
 * mmp_stream_set_ready:
 *
 * There may be bytes to send: `pull` is called when there is room, always later, never inside this call.
 */
void
mmp_stream_set_ready (MmpStream *self)
{
  g_return_if_fail (self->link != NULL);

  if (self->ready || self->finishing || self->finish_number != 0)
    return;

  self->ready = TRUE;
  mmp_link_queue_stream (self->link, self);
}

/**
 * mmp_stream_consumed:
 * @size: bytes that were really handed on, at most those that `deliver` brought and that were not reported yet
 *
 * Lets the other side send more. A stream is not over before all that came was consumed.
 */
void
mmp_stream_consumed (MmpStream *self,
                     gsize size)
{
  g_return_if_fail (self->link != NULL);
  g_return_if_fail (size <= self->window.received - self->window.consumed);

  if (mmp_window_consume (&self->window, size, mmp_link_now (self->link), mmp_link_get_rtt (self->link)) && !self->finish_received)
    {
      self->window_due = TRUE;
      mmp_link_queue_stream (self->link, self);
    }
  mmp_link_check_stream (self->link, self);
}

/**
 * mmp_stream_finish:
 *
 * Ends this direction after what was pulled; `pull` is not called any more. The other direction goes on.
 */
void
mmp_stream_finish (MmpStream *self)
{
  g_return_if_fail (self->link != NULL);

  if (self->finishing || self->finish_number != 0)
    return;

  self->ready = FALSE;
  self->finishing = TRUE;
  mmp_link_queue_stream (self->link, self);
}

/**
 * mmp_stream_reset:
 * @code: why, for the other side
 *
 * Ends both directions now and drops what waits. `over` is not called; the stream must not be used any more.
 */
void
mmp_stream_reset (MmpStream *self,
                  MmpStreamCode code)
{
  MmpLink *link = self->link;

  g_return_if_fail (link != NULL);

  /* The other side never hears of a stream whose OPEN did not go out. */
  if (self->service == NULL)
    mmp_link_queue_reset (link, self->lane, self->id, code);
  mmp_link_remove_stream (link, self);
}

/**
 * mmp_stream_get_sent:
 *
 * Returns: bytes that were pulled
 */
guint64
mmp_stream_get_sent (MmpStream *self)
{
  return self->sent;
}

/**
 * mmp_stream_get_received:
 *
 * Returns: bytes that were delivered
 */
guint64
mmp_stream_get_received (MmpStream *self)
{
  return self->window.received;
}
