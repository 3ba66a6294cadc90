/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-test-stream.h"

/* What a stream carries at a position: no two streams or directions alike, and no short period */
static guint8
byte_at (guint32 key,
         guint64 position)
{
  guint64 mixed = (position + 1) * 0x9e3779b97f4a7c15u ^ key * 0xd1b54a32d192ed03u;

  return (guint8) (mixed >> 37);
}

static gsize
on_pull (MmpStream *stream,
         guint8 *buffer,
         gsize size,
         gpointer user_data)
{
  MmpTestStream *self = user_data;

  g_assert_true (self->stream == stream);

  size = (gsize) MIN ((guint64) size, self->to_send - self->sent);
  if (self->chunk != 0)
    size = MIN (size, self->chunk);
  for (gsize i = 0; i < size; i++)
    buffer[i] = byte_at (self->key, self->sent + i);
  self->sent += size;
  if (size == 0 && !self->lasting)
    mmp_stream_finish (stream);

  return size;
}

static void
on_deliver (MmpStream *stream,
            const guint8 *data,
            gsize size,
            gpointer user_data)
{
  MmpTestStream *self = user_data;

  g_assert_true (self->stream == stream);
  g_assert_false (self->finished);

  for (gsize i = 0; i < size; i++)
    g_assert_cmphex (data[i], ==, byte_at (self->peer_key, self->received + i));
  self->received += size;
  self->unread += size;
  if (self->reading)
    mmp_test_stream_read (self, size);
}

static void
on_finished (MmpStream *stream,
             gpointer user_data)
{
  MmpTestStream *self = user_data;

  g_assert_false (self->finished);
  self->finished = TRUE;
}

static void
on_over (MmpStream *stream,
         guint code,
         gpointer user_data)
{
  MmpTestStream *self = user_data;

  g_assert_true (self->stream == stream);
  g_assert_false (self->over);

  self->stream = NULL;
  self->over = TRUE;
  self->code = code;
}

static const MmpStreamFuncs funcs = {
  .pull = on_pull,
  .deliver = on_deliver,
  .finished = on_finished,
  .over = on_over,
};

/**
 * mmp_test_stream_new:
 * @stream: a stream that was just opened
 * @opener: by this side
 * @to_send: see #MmpTestStream
 *
 * Returns: (transfer full): its user, who reads what comes
 */
MmpTestStream *
mmp_test_stream_new (MmpStream *stream,
                     gboolean opener,
                     guint64 to_send)
{
  MmpTestStream *self = g_new0 (MmpTestStream, 1);
  guint32 id = mmp_stream_get_id (stream);

  self->stream = stream;
  self->key = 2 * id + (opener ? 1 : 0);
  self->peer_key = 2 * id + (opener ? 0 : 1);
  self->to_send = to_send;
  self->reading = TRUE;
  mmp_stream_set_funcs (stream, &funcs, self);
  mmp_stream_set_ready (stream);

  return self;
}

/**
 * mmp_test_stream_free:
 * @self: (nullable): the user of a stream that is over, or of a link that is closed
 */
void
mmp_test_stream_free (MmpTestStream *self)
{
  g_free (self);
}

/**
 * mmp_test_stream_send:
 * @more: bytes to send in addition
 */
void
mmp_test_stream_send (MmpTestStream *self,
                      guint64 more)
{
  self->to_send += more;
  mmp_stream_set_ready (self->stream);
}

/**
 * mmp_test_stream_read:
 * @max: takes at most so many of the bytes that wait
 */
void
mmp_test_stream_read (MmpTestStream *self,
                      gsize max)
{
  gsize size = MIN (self->unread, max);

  if (self->stream == NULL || size == 0)
    return;

  self->unread -= size;
  mmp_stream_consumed (self->stream, size);
}

/**
 * mmp_test_stream_set_reading:
 * @reading: whether it takes at once what comes, and what waits
 */
void
mmp_test_stream_set_reading (MmpTestStream *self,
                             gboolean reading)
{
  self->reading = reading;
  if (reading)
    mmp_test_stream_read (self, self->unread);
}

/**
 * mmp_test_stream_reset:
 *
 * Resets the stream, if it is not over.
 */
void
mmp_test_stream_reset (MmpTestStream *self,
                       MmpStreamCode code)
{
  MmpStream *stream = g_steal_pointer (&self->stream);

  if (stream == NULL)
    return;

  self->over = TRUE;
  self->code = code;
  mmp_stream_reset (stream, code);
}
