/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mmp-error.h"
#include "base/mmp-limits.h"
#include "link/mmp-frame.h"
#include "mmp-test.h"

#include <string.h>

static GBytes *
bytes_from_hex (const char *hex)
{
  GByteArray *out = g_byte_array_new ();

  for (const char *p = hex; *p != '\0';)
    {
      guint8 byte;

      if (*p == ' ')
        {
          p++;
          continue;
        }
      g_assert_true (g_ascii_isxdigit (p[0]) && g_ascii_isxdigit (p[1]));
      byte = (guint8) (g_ascii_xdigit_value (p[0]) << 4 | g_ascii_xdigit_value (p[1]));
      g_byte_array_append (out, &byte, 1);
      p += 2;
    }

  return g_byte_array_free_to_bytes (out);
}

static void
append_frame (GString *out,
              const MmpFrame *frame)
{
  static const char *const names[] = { NULL, "open", "data", "fin", "reset", "window", "ping", "pong", "json", "path" };

  if (frame->type >= 1 && frame->type < G_N_ELEMENTS (names))
    g_string_append_printf (out, " %s(", names[frame->type]);
  else
    g_string_append_printf (out, " unknown-%u(", frame->type);

  switch (frame->type)
    {
    case MMP_FRAME_OPEN:
      g_string_append_printf (out, "%u %.*s", frame->stream, (int) frame->size, (const char *) frame->body);
      break;
    case MMP_FRAME_FIN:
      g_string_append_printf (out, "%u", frame->stream);
      break;
    case MMP_FRAME_RESET:
    case MMP_FRAME_WINDOW:
      g_string_append_printf (out, "%u %" G_GUINT64_FORMAT, frame->stream, frame->value);
      break;
    case MMP_FRAME_PING:
    case MMP_FRAME_PONG:
    case MMP_FRAME_PATH:
      g_string_append_printf (out, "%" G_GUINT64_FORMAT, frame->value);
      break;
    case MMP_FRAME_JSON:
      g_string_append_len (out, (const char *) frame->body, (gssize) frame->size);
      break;
    default:
      g_string_append_printf (out, "%u ", frame->stream);
      for (gsize i = 0; i < frame->size; i++)
        g_string_append_printf (out, "%02x", frame->body[i]);
    }

  g_string_append_c (out, ')');
}

static char *
describe (const MmpMessage *message)
{
  GString *out = g_string_new (NULL);
  MmpMessage rest = *message;
  MmpFrame frame;

  g_string_append_printf (out, "lane %u number %" G_GUINT64_FORMAT " received %" G_GUINT64_FORMAT,
                          message->lane, message->number, message->received);
  while (mmp_message_next (&rest, &frame))
    append_frame (out, &frame);

  return g_string_free (out, FALSE);
}

static GBytes *
encode (const MmpMessage *message)
{
  g_auto (MmpMessageWriter) writer;
  MmpMessage rest = *message;
  MmpFrame frame;

  mmp_message_writer_init (&writer, MMP_LINK_MESSAGE_MAX);
  while (mmp_message_next (&rest, &frame))
    {
      g_assert_cmpuint (mmp_message_writer_get_room (&writer), >=, frame.size);
      if (frame.type == MMP_FRAME_DATA)
        {
          memcpy (mmp_message_writer_begin_data (&writer), frame.body, frame.size);
          mmp_message_writer_end_data (&writer, frame.stream, frame.size);
        }
      else if (frame.value != 0)
        {
          mmp_message_writer_add_number (&writer, frame.type, frame.stream, frame.value);
        }
      else
        {
          mmp_message_writer_add (&writer, frame.type, frame.stream, frame.body, frame.size);
        }
    }

  return mmp_message_writer_finish (&writer, message->lane, message->number, message->received);
}

static void
check_good (GBytes *bytes,
            const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) again = NULL;
  g_autofree char *text = NULL;
  MmpMessage message;

  mmp_message_decode (bytes, &message, &error);
  g_assert_no_error (error);
  text = describe (&message);
  g_assert_cmpstr (text, ==, expected);
  again = encode (&message);
  g_assert_true (g_bytes_equal (bytes, again));
}

static void
check_bad (GBytes *bytes)
{
  g_autoptr (GError) error = NULL;
  MmpMessage message = { .lane = 99, .number = 98 };

  g_assert_false (mmp_message_decode (bytes, &message, &error));
  g_assert_error (error, MMP_ERROR, MMP_ERROR_MESSAGE_INVALID);
  g_assert_cmpuint (message.lane, ==, 99);
  g_assert_cmpuint (message.number, ==, 98);
}

static void
test_vectors (void)
{
  g_autofree char *text = mmp_test_data ("link-messages.txt", NULL);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  guint n_good = 0;
  guint n_bad = 0;

  for (guint i = 0; lines[i] != NULL; i++)
    {
      g_auto (GStrv) parts = g_strsplit (lines[i], " = ", 2);
      g_autoptr (GBytes) bytes = NULL;
      const char *hex;

      if (lines[i][0] == '#' || lines[i][0] == '\0')
        continue;
      g_test_message ("line %u: %s", i + 1, lines[i]);
      g_assert_cmpuint (g_strv_length (parts), ==, 2);
      hex = strchr (parts[0], ' ');
      bytes = bytes_from_hex (hex != NULL ? hex : "");
      if (g_str_has_prefix (lines[i], "good "))
        {
          check_good (bytes, parts[1]);
          n_good++;
        }
      else
        {
          g_assert_true (g_str_has_prefix (lines[i], "bad "));
          check_bad (bytes);
          n_bad++;
        }
    }

  g_assert_cmpuint (n_good, >=, 10);
  g_assert_cmpuint (n_bad, >=, 20);
}

static void
test_a_message_may_be_exactly_full (void)
{
  g_auto (MmpMessageWriter) writer;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;
  gsize room;
  MmpMessage message;
  MmpFrame frame;

  mmp_message_writer_init (&writer, MMP_LINK_MESSAGE_MAX);
  g_assert_true (mmp_message_writer_is_empty (&writer));
  room = mmp_message_writer_get_room (&writer);
  memset (mmp_message_writer_begin_data (&writer), 'x', room);
  mmp_message_writer_end_data (&writer, 5, room);
  g_assert_false (mmp_message_writer_is_empty (&writer));
  g_assert_cmpuint (mmp_message_writer_get_room (&writer), ==, 0);
  bytes = mmp_message_writer_finish (&writer, 2, 1, 0);

  g_assert_cmpuint (g_bytes_get_size (bytes), ==, MMP_LINK_MESSAGE_MAX);
  g_assert_true (mmp_message_decode (bytes, &message, &error));
  g_assert_true (mmp_message_next (&message, &frame));
  g_assert_cmpuint (frame.size, ==, room);
  g_assert_false (mmp_message_next (&message, &frame));
}

static void
test_an_oversize_message_is_refused (void)
{
  g_autofree guint8 *data = g_malloc0 (MMP_LINK_MESSAGE_MAX + 1);
  g_autoptr (GBytes) bytes = NULL;

  /* One unknown frame that fills it to the last byte: nothing else is wrong with it. */
  data[MMP_MESSAGE_HEADER_SIZE] = 200;
  data[MMP_MESSAGE_HEADER_SIZE + 5] = (MMP_LINK_MESSAGE_MAX + 1 - MMP_MESSAGE_HEADER_SIZE - MMP_FRAME_HEADER_SIZE) & 0xff;
  data[MMP_MESSAGE_HEADER_SIZE + 6] = (MMP_LINK_MESSAGE_MAX + 1 - MMP_MESSAGE_HEADER_SIZE - MMP_FRAME_HEADER_SIZE) >> 8;
  bytes = g_bytes_new (data, MMP_LINK_MESSAGE_MAX + 1);
  check_bad (bytes);
}

static void
test_service_names (void)
{
  char name[MMP_SERVICE_NAME_MAX + 1];

  memset (name, 'n', sizeof name);
  g_assert_true (mmp_frame_service_is_valid (name, MMP_SERVICE_NAME_MAX));
  g_assert_false (mmp_frame_service_is_valid (name, MMP_SERVICE_NAME_MAX + 1));
  g_assert_false (mmp_frame_service_is_valid (name, 0));
  g_assert_true (mmp_frame_service_is_valid ("!", 1));
  g_assert_true (mmp_frame_service_is_valid ("~", 1));
  g_assert_false (mmp_frame_service_is_valid (" ", 1));
  g_assert_false (mmp_frame_service_is_valid ("\n", 1));
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/frame/vectors", test_vectors);
  g_test_add_func ("/frame/a-message-may-be-exactly-full", test_a_message_may_be_exactly_full);
  g_test_add_func ("/frame/an-oversize-message-is-refused", test_an_oversize_message_is_refused);
  g_test_add_func ("/frame/service-names", test_service_names);

  return g_test_run ();
}
