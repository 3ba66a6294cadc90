/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-hand-carrier.h"

#include <string.h>

#include "base/mmp-limits.h"
#include "link/mmp-frame.h"

#define SPACE_DEFAULT 131072
#define UNKNOWN_TYPE 77

/* By type */
static const char *const names[] = { "unknown", "open", "data", "fin", "reset", "window", "ping", "pong", "json", "path" };

struct _MmpHandCarrier
{
  MmpCarrier parent_instance;
  GPtrArray *sent; /* GBytes */
  gsize space;
  gsize message_max;
  gboolean shrinks;
  guint n_closed;
};

G_DEFINE_FINAL_TYPE (MmpHandCarrier, mmp_hand_carrier, MMP_TYPE_CARRIER)

static void
mmp_hand_carrier_send (MmpCarrier *carrier,
                       guint lane,
                       GBytes *message)
{
  g_ptr_array_add (MMP_HAND_CARRIER (carrier)->sent, g_bytes_ref (message));
}

static gsize
mmp_hand_carrier_get_space (MmpCarrier *carrier,
                            guint lane)
{
  MmpHandCarrier *self = MMP_HAND_CARRIER (carrier);
  gsize space = self->space;

  if (self->shrinks)
    self->space = 0;

  return space;
}

static gsize
mmp_hand_carrier_get_message_max (MmpCarrier *carrier)
{
  return MMP_HAND_CARRIER (carrier)->message_max;
}

static void
mmp_hand_carrier_close (MmpCarrier *carrier)
{
  MMP_HAND_CARRIER (carrier)->n_closed++;
}

static void
mmp_hand_carrier_finalize (GObject *object)
{
  g_ptr_array_unref (MMP_HAND_CARRIER (object)->sent);

  G_OBJECT_CLASS (mmp_hand_carrier_parent_class)->finalize (object);
}

static void
mmp_hand_carrier_class_init (MmpHandCarrierClass *klass)
{
  MmpCarrierClass *carrier_class = MMP_CARRIER_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = mmp_hand_carrier_finalize;
  carrier_class->send = mmp_hand_carrier_send;
  carrier_class->get_space = mmp_hand_carrier_get_space;
  carrier_class->get_message_max = mmp_hand_carrier_get_message_max;
  carrier_class->close = mmp_hand_carrier_close;
}

static void
mmp_hand_carrier_init (MmpHandCarrier *self)
{
  self->sent = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  self->space = SPACE_DEFAULT;
  self->message_max = MMP_LINK_MESSAGE_MAX;
}

/* One frame from a text such as "data 1 5" (five bytes) */
static void
write_frame (MmpMessageWriter *writer,
             const char *text)
{
  g_auto (GStrv) words = g_strsplit (text, " ", -1);
  guint n = g_strv_length (words);
  guint32 stream = n > 1 ? (guint32) g_ascii_strtoull (words[1], NULL, 10) : 0;
  guint64 value = n > 2 ? g_ascii_strtoull (words[2], NULL, 10) : 0;
  g_autofree char *filler = g_strnfill (value < MMP_LINK_MESSAGE_MAX ? value : 0, 'y');
  guint type = 1;

  while (type < G_N_ELEMENTS (names) && !g_str_equal (words[0], names[type]))
    type++;
  g_assert_true (type < G_N_ELEMENTS (names) || g_str_equal (words[0], names[0]));
  if (type == MMP_FRAME_OPEN || type == MMP_FRAME_JSON)
    mmp_message_writer_add (writer, type, stream, words[2], strlen (words[2]));
  else if (type == MMP_FRAME_DATA)
    mmp_message_writer_add (writer, type, stream, filler, value);
  else if (type == MMP_FRAME_FIN || type == G_N_ELEMENTS (names))
    mmp_message_writer_add (writer, type == MMP_FRAME_FIN ? MMP_FRAME_FIN : UNKNOWN_TYPE, stream, NULL, 0);
  else
    mmp_message_writer_add_number (writer, type, stream, value);
}

/**
 * mmp_hand_carrier_new:
 *
 * Returns: (transfer full): a carrier with space for 128 KiB
 */
MmpHandCarrier *
mmp_hand_carrier_new (MmpCarrierKind kind)
{
  return g_object_new (MMP_TYPE_HAND_CARRIER, "kind", kind, NULL);
}

/**
 * mmp_hand_carrier_put:
 * @frames: separated by ", ": "open 1 service", "data 1 5" (five bytes), "fin 1", "reset 1 7", "window 1 65536",
 *   "json 0 {}", "ping 0 1", "pong 0 1", "path 0 1", "unknown 1"
 *
 * The other side's message comes.
 */
void
mmp_hand_carrier_put (MmpHandCarrier *self,
                      guint lane,
                      guint64 number,
                      guint64 received,
                      const char *frames)
{
  g_auto (GStrv) list = g_strsplit (frames, ", ", -1);
  g_auto (MmpMessageWriter) writer;
  g_autoptr (GBytes) message = NULL;

  mmp_message_writer_init (&writer, MMP_LINK_MESSAGE_MAX);
  for (guint i = 0; list[i] != NULL; i++)
    write_frame (&writer, list[i]);
  message = mmp_message_writer_finish (&writer, lane, number, received);
  mmp_carrier_emit_received (MMP_CARRIER (self), message);
}

/**
 * mmp_hand_carrier_take:
 *
 * Returns: (transfer full): everything that the link sent since the last call, as
 *   "lane:number/received frame frame; lane:…"
 */
char *
mmp_hand_carrier_take (MmpHandCarrier *self)
{
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < self->sent->len; i++)
    {
      MmpMessage message;
      MmpFrame frame;

      g_assert_true (mmp_message_decode (g_ptr_array_index (self->sent, i), &message, NULL));
      g_string_append_printf (out, "%s%u:%" G_GUINT64_FORMAT "/%" G_GUINT64_FORMAT, i > 0 ? "; " : "",
                              message.lane, message.number, message.received);
      while (mmp_message_next (&message, &frame))
        {
          g_string_append_printf (out, " %s", names[frame.type]);
          if (frame.stream != 0)
            g_string_append_printf (out, "(%u)", frame.stream);
          if (frame.type == MMP_FRAME_RESET || frame.type == MMP_FRAME_WINDOW)
            g_string_append_printf (out, "=%" G_GUINT64_FORMAT, frame.value);
        }
    }
  g_ptr_array_set_size (self->sent, 0);

  return g_string_free (out, FALSE);
}

/**
 * mmp_hand_carrier_get_sent:
 *
 * Returns: (transfer none): the messages (#GBytes) that the link sent since mmp_hand_carrier_take()
 */
GPtrArray *
mmp_hand_carrier_get_sent (MmpHandCarrier *self)
{
  return self->sent;
}

/**
 * mmp_hand_carrier_set_space:
 *
 * Sets what mmp_carrier_get_space() says; emitting `writable` is up to the test.
 */
void
mmp_hand_carrier_set_space (MmpHandCarrier *self,
                            gsize space)
{
  self->space = space;
  self->shrinks = FALSE;
}

/**
 * mmp_hand_carrier_set_message_max:
 * @size: what mmp_carrier_get_message_max() says from now on
 */
void
mmp_hand_carrier_set_message_max (MmpHandCarrier *self,
                                  gsize size)
{
  self->message_max = size;
}

/**
 * mmp_hand_carrier_set_space_once:
 *
 * As mmp_hand_carrier_set_space(), but who asks again is told that there is none: other threads may fill a carrier.
 */
void
mmp_hand_carrier_set_space_once (MmpHandCarrier *self,
                                 gsize space)
{
  self->space = space;
  self->shrinks = TRUE;
}

/**
 * mmp_hand_carrier_get_n_closed:
 *
 * Returns: how often it was closed
 */
guint
mmp_hand_carrier_get_n_closed (MmpHandCarrier *self)
{
  return self->n_closed;
}
