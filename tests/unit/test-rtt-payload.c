/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "rtt/mmp-rtt-payload.h"

#include <string.h>

#include "base/mmp-error.h"

static void
test_the_payload_is_the_thesiss (void)
{
  g_autoptr (GBytes) payload = mmp_rtt_payload_encode (G_GINT64_CONSTANT (1758000000000042));
  g_autoptr (GBytes) expected = g_bytes_new_static ("{\"timestamp\": 1758000000.000042}", 32);

  g_assert_cmpmem (g_bytes_get_data (payload, NULL), g_bytes_get_size (payload), g_bytes_get_data (expected, NULL), g_bytes_get_size (expected));
}

static void
test_microseconds_survive (void)
{
  for (gint64 i = 0; i < 100000; i++)
    {
      gint64 sent = G_GINT64_CONSTANT (1758000000000000) + i * 9973;
      g_autoptr (GBytes) payload = mmp_rtt_payload_encode (sent);
      gint64 received;

      g_assert_true (mmp_rtt_payload_decode (payload, &received, NULL));
      g_assert_cmpint (received, ==, sent);
    }
}

static void
test_every_writer_is_understood (void)
{
  static const struct
  {
    const char *text;
    gint64 timestamp;
  } cases[] = {
    { "{\"timestamp\": 1758000000.25}", G_GINT64_CONSTANT (1758000000250000) },
    { "{\"timestamp\":1758000000}", G_GINT64_CONSTANT (1758000000000000) },
    { " { \"n\" : [1, {}], \"timestamp\" : 1.75e9 } ", G_GINT64_CONSTANT (1750000000000000) },
    { "{\"timestamp\": 0.0}", 0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GBytes) payload = g_bytes_new_static (cases[i].text, strlen (cases[i].text));
      gint64 timestamp;

      g_assert_true (mmp_rtt_payload_decode (payload, &timestamp, NULL));
      g_assert_cmpint (timestamp, ==, cases[i].timestamp);
    }
}

static void
test_junk_is_refused (void)
{
  g_autofree char *huge = g_strdup_printf ("{\"timestamp\": 1%0300d}", 0);
  g_autofree char *deep = g_strnfill (MMP_RTT_PAYLOAD_MAX, '[');
  const char *const cases[] = {
    "",
    "x",
    "1758000000.25",
    "[1758000000.25]",
    "{}",
    "{} {\"timestamp\": 1}",
    "{\"timestamp\": \"1758000000.25\"}",
    "{\"timestamp\": null}",
    "{\"timestamp\": true}",
    "{\"timestamp\": [1]}",
    "{\"timestamp\": NaN}",
    "{\"timestamp\": Infinity}",
    "{\"timestamp\": 1e999}",
    "{\"timestamp\": -0.5}",
    "{\"timestamp\": -1758000000}",
    "{\"timestamp\": 99999999999}",
    "{\"timestamp\": 1758000000.25",
    "{\"timestamp\": 1 /* comment */}",
    "{\"Timestamp\": 1758000000.25}",
    "{\"timestamp\": 1\xff}",
    huge,
    deep,
  };
  g_autoptr (GBytes) zeros = g_bytes_new_take (g_malloc0 (32), 32);
  gint64 timestamp = -7;

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GBytes) payload = g_bytes_new (cases[i], strlen (cases[i]));
      g_autoptr (GError) error = NULL;

      g_test_message ("case %u", i);
      g_assert_false (mmp_rtt_payload_decode (payload, &timestamp, &error));
      g_assert_error (error, MMP_ERROR, MMP_ERROR_MESSAGE_INVALID);
      g_assert_cmpint (timestamp, ==, -7);
    }
  g_assert_false (mmp_rtt_payload_decode (zeros, &timestamp, NULL));
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/rtt-payload/the-payload-is-the-thesiss", test_the_payload_is_the_thesiss);
  g_test_add_func ("/rtt-payload/microseconds-survive", test_microseconds_survive);
  g_test_add_func ("/rtt-payload/every-writer-is-understood", test_every_writer_is_understood);
  g_test_add_func ("/rtt-payload/junk-is-refused", test_junk_is_refused);

  return g_test_run ();
}
