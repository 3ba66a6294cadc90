/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-link"

#include "link/mmp-frame.h"

#include <string.h>

#include "base/mmp-error.h"
#include "base/mmp-limits.h"

static guint64
read_number (const guint8 *data,
             gsize size)
{
  guint64 value = 0;

  for (gsize i = size; i > 0; i--)
    value = value << 8 | data[i - 1];

  return value;
}

static void
write_number (guint8 *data,
              gsize size,
              guint64 value)
{
  for (gsize i = 0; i < size; i++, value >>= 8)
    data[i] = (guint8) value;
}

/* How many bytes the number in a frame's body has; 0 for frames whose body is no number */
static gsize
number_size (guint type)
{
  switch (type)
    {
    case MMP_FRAME_RESET:
      return 2;
    case MMP_FRAME_WINDOW:
    case MMP_FRAME_PING:
    case MMP_FRAME_PONG:
      return 8;
    case MMP_FRAME_PATH:
      return 1;
    default:
      return 0;
    }
}

static gboolean
belongs_to_a_stream (guint type)
{
  return type >= MMP_FRAME_OPEN && type <= MMP_FRAME_WINDOW;
}

/**
 * mmp_frame_service_is_valid:
 * @name: bytes, not necessarily NUL-terminated
 *
 * Returns: whether they may name a service: 1 to 63 printable ASCII characters without space
 */
gboolean
mmp_frame_service_is_valid (const char *name,
                            gsize size)
{
  if (size < 1 || size > MMP_SERVICE_NAME_MAX)
    return FALSE;

  for (gsize i = 0; i < size; i++)
    {
      if (!g_ascii_isgraph (name[i]))
        return FALSE;
    }

  return TRUE;
}

/* A frame's body against its type. A type that is not known has any body: the link says what becomes of it. */
static gboolean
check_body (const MmpFrame *frame,
            GError **error)
{
  const char *fault = NULL;

  if (frame->type <= MMP_FRAME_PATH && belongs_to_a_stream (frame->type) != (frame->stream != 0))
    fault = "a frame is for a stream that it cannot be for";
  else if (number_size (frame->type) != 0 && frame->size != number_size (frame->type))
    fault = "a frame's body has the wrong size";
  else if (frame->type == MMP_FRAME_OPEN && !mmp_frame_service_is_valid ((const char *) frame->body, frame->size))
    fault = "a service name is not valid";
  else if (frame->type == MMP_FRAME_DATA && frame->size == 0)
    fault = "a data frame is empty";
  else if (frame->type == MMP_FRAME_FIN && frame->size != 0)
    fault = "a frame's body has the wrong size";
  else if (frame->type == MMP_FRAME_JSON && !g_utf8_validate_len ((const char *) frame->body, frame->size, NULL))
    fault = "signalling text is not UTF-8";

  if (fault == NULL)
    return TRUE;

  g_set_error (error, MMP_ERROR, MMP_ERROR_MESSAGE_INVALID, "%s (type %u)", fault, frame->type);
  return FALSE;
}

/* Splits the first frame off; FALSE if its bytes do not hold a whole one */
static gboolean
split_frame (const guint8 *data,
             gsize size,
             MmpFrame *out)
{
  gsize body_size;

  if (size < MMP_FRAME_HEADER_SIZE)
    return FALSE;
  body_size = (gsize) read_number (data + 5, 2);
  if (size - MMP_FRAME_HEADER_SIZE < body_size)
    return FALSE;

  *out = (MmpFrame) {
    .type = data[0],
    .stream = (guint32) read_number (data + 1, 4),
    .body = data + MMP_FRAME_HEADER_SIZE,
    .size = body_size,
  };
  if (number_size (out->type) == body_size)
    out->value = read_number (out->body, body_size);

  return TRUE;
}

/**
 * mmp_message_is_numbered:
 * @bytes: a message of our own
 *
 * Returns: whether it has a place in the order of its lane, so that it is repeated until it is acknowledged
 */
gboolean
mmp_message_is_numbered (GBytes *bytes)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);

  return size >= MMP_MESSAGE_HEADER_SIZE && read_number (data + 1, 8) != 0;
}

/**
 * mmp_message_decode:
 * @bytes: what a carrier brought
 * @out: (out): valid as long as @bytes
 *
 * Reads a message's header and checks that all of its frames are whole and have bodies of their type. Frames of unknown
 * types pass. Fails with %MMP_ERROR_MESSAGE_INVALID and leaves @out alone.
 */
gboolean
mmp_message_decode (GBytes *bytes,
                    MmpMessage *out,
                    GError **error)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  gsize at = MMP_MESSAGE_HEADER_SIZE;

  if (size < MMP_MESSAGE_HEADER_SIZE || size > MMP_LINK_MESSAGE_MAX)
    {
      g_set_error (error, MMP_ERROR, MMP_ERROR_MESSAGE_INVALID, "a message of %" G_GSIZE_FORMAT " bytes", size);
      return FALSE;
    }
  if (data[0] >= MMP_LINK_LANES)
    {
      g_set_error (error, MMP_ERROR, MMP_ERROR_MESSAGE_INVALID, "there is no lane %u", data[0]);
      return FALSE;
    }

  while (at < size)
    {
      MmpFrame frame;

      if (!split_frame (data + at, size - at, &frame))
        {
          g_set_error_literal (error, MMP_ERROR, MMP_ERROR_MESSAGE_INVALID, "a frame is cut short");
          return FALSE;
        }
      if (!check_body (&frame, error))
        return FALSE;
      at += MMP_FRAME_HEADER_SIZE + frame.size;
    }

  *out = (MmpMessage) {
    .lane = data[0],
    .number = read_number (data + 1, 8),
    .received = read_number (data + 9, 8),
    .frames = data + MMP_MESSAGE_HEADER_SIZE,
    .size = size - MMP_MESSAGE_HEADER_SIZE,
  };

  return TRUE;
}

/**
 * mmp_message_next:
 * @self: a message that mmp_message_decode() made
 * @out: (out): its next frame
 *
 * Takes the next frame out of the message, without a copy.
 *
 * Returns: %FALSE if there is none
 */
gboolean
mmp_message_next (MmpMessage *self,
                  MmpFrame *out)
{
  gsize used;

  if (!split_frame (self->frames, self->size, out))
    return FALSE;

  used = MMP_FRAME_HEADER_SIZE + out->size;
  self->frames += used;
  self->size -= used;

  return TRUE;
}

/**
 * mmp_message_writer_init:
 * @self: (out caller-allocates):
 * @limit: how long the message may become, from %MMP_MESSAGE_HEADER_SIZE to %MMP_LINK_MESSAGE_MAX
 */
void
mmp_message_writer_init (MmpMessageWriter *self,
                         gsize limit)
{
  g_assert (limit >= MMP_MESSAGE_HEADER_SIZE && limit <= MMP_LINK_MESSAGE_MAX);

  self->data = g_malloc (limit);
  self->size = MMP_MESSAGE_HEADER_SIZE;
  self->limit = limit;
}

/**
 * mmp_message_writer_clear:
 *
 * Drops what was written. Harmless after mmp_message_writer_finish().
 */
void
mmp_message_writer_clear (MmpMessageWriter *self)
{
  g_clear_pointer (&self->data, g_free);
}

/**
 * mmp_message_writer_get_room:
 *
 * Returns: how many bytes the body of one more frame may have at most. 0 may also mean that not even a frame without a
 *   body fits, so ask for one byte at least
 */
gsize
mmp_message_writer_get_room (const MmpMessageWriter *self)
{
  gsize left = self->limit - self->size;

  return left > MMP_FRAME_HEADER_SIZE ? left - MMP_FRAME_HEADER_SIZE : 0;
}

/**
 * mmp_message_writer_is_empty:
 *
 * Returns: whether there is no frame in it yet
 */
gboolean
mmp_message_writer_is_empty (const MmpMessageWriter *self)
{
  return self->size == MMP_MESSAGE_HEADER_SIZE;
}

static guint8 *
add_header (MmpMessageWriter *self,
            MmpFrameType type,
            guint32 stream,
            gsize size)
{
  guint8 *frame = self->data + self->size;

  g_assert (self->limit - self->size >= MMP_FRAME_HEADER_SIZE + size);

  frame[0] = (guint8) type;
  write_number (frame + 1, 4, stream);
  write_number (frame + 5, 2, size);
  self->size += MMP_FRAME_HEADER_SIZE + size;

  return frame + MMP_FRAME_HEADER_SIZE;
}

/**
 * mmp_message_writer_add:
 * @body: (array length=size): the frame's body, not longer than there is room for
 *
 * Adds a frame whose body is bytes.
 */
void
mmp_message_writer_add (MmpMessageWriter *self,
                        MmpFrameType type,
                        guint32 stream,
                        const void *body,
                        gsize size)
{
  guint8 *to = add_header (self, type, stream, size);

  if (size > 0)
    memcpy (to, body, size);
}

/**
 * mmp_message_writer_add_number:
 * @type: RESET, WINDOW, PING, PONG or PATH
 *
 * Adds a frame whose body is a number.
 */
void
mmp_message_writer_add_number (MmpMessageWriter *self,
                               MmpFrameType type,
                               guint32 stream,
                               guint64 value)
{
  gsize size = number_size (type);

  g_assert (size > 0);

  write_number (add_header (self, type, stream, size), size, value);
}

/**
 * mmp_message_writer_begin_data:
 *
 * Returns: (transfer none): where the body of a DATA frame goes that mmp_message_writer_end_data() will add, with
 *   mmp_message_writer_get_room() bytes of space, so that it need not be copied. May be given up by doing nothing
 */
guint8 *
mmp_message_writer_begin_data (MmpMessageWriter *self)
{
  return self->data + self->size + MMP_FRAME_HEADER_SIZE;
}

/**
 * mmp_message_writer_end_data:
 * @size: how many bytes were written, at least 1
 *
 * Adds the DATA frame.
 */
void
mmp_message_writer_end_data (MmpMessageWriter *self,
                             guint32 stream,
                             gsize size)
{
  g_assert (size > 0);

  add_header (self, MMP_FRAME_DATA, stream, size);
}

/**
 * mmp_message_writer_finish:
 * @lane: 0 to 3
 * @number: 0: not numbered
 *
 * Returns: (transfer full): the message; @self is empty afterwards
 */
GBytes *
mmp_message_writer_finish (MmpMessageWriter *self,
                           guint lane,
                           guint64 number,
                           guint64 received)
{
  guint8 *data = g_steal_pointer (&self->data);

  data[0] = (guint8) lane;
  write_number (data + 1, 8, number);
  write_number (data + 9, 8, received);
  /* It is kept until it is acknowledged. */
  if (self->size < self->limit)
    data = g_realloc (data, self->size);

  return g_bytes_new_take (data, self->size);
}
