/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mmp-error.h"
#include "mmp-link-pair.h"

static void
test_a_stream_carries_both_ways_and_ends (MmpLinkPair *pair,
                                          gconstpointer data)
{
  MmpTestStream *stream;
  MmpTestStream *peer;
  MmpLinkStatus status;

  mmp_link_pair_attach (pair, &mmp_link_pair_direct, NULL);
  pair->sides[1].answer = 300000;
  stream = mmp_link_side_open (&pair->sides[0], "echo", 1000000);
  mmp_link_pair_run_for (pair, MMP_SECONDS (3));

  g_assert_cmpstr (pair->sides[0].log->str, ==, "carrier direct;");
  g_assert_cmpstr (pair->sides[1].log->str, ==, "carrier direct;open echo;");
  peer = mmp_link_side_get_stream (&pair->sides[1], 0);
  g_assert_cmpuint (peer->received, ==, 1000000);
  g_assert_cmpuint (stream->received, ==, 300000);
  g_assert_true (stream->finished && peer->finished);
  g_assert_true (stream->over && peer->over);
  g_assert_cmpuint (stream->code, ==, 0);
  g_assert_cmpuint (peer->code, ==, 0);

  mmp_link_get_status (pair->sides[0].link, &status);
  g_assert_cmpuint (status.bytes_sent, ==, 1000000);
  g_assert_cmpuint (status.bytes_received, ==, 300000);
  g_assert_cmpuint (status.n_streams, ==, 0);
  g_assert_cmpuint (status.unacknowledged, ==, 0);
  g_assert_cmpuint (status.reserved, ==, 0);
  g_assert_cmpint (status.peer_path, ==, MMP_CARRIER_DIRECT);
  g_assert_cmpint (status.rtt, ==, MMP_MSEC (20));
  g_assert_cmpint (status.rtt_median, ==, MMP_MSEC (20));
  g_assert_cmpint (status.rtt_p95, ==, MMP_MSEC (20));
  g_assert_cmpuint (pair->sides[0].n_rtts, >, 0);
}

static void
test_signalling_arrives_once_and_in_order (MmpLinkPair *pair,
                                           gconstpointer data)
{
  MmpLoopbackConfig config = mmp_link_pair_relay;
  g_auto (GStrv) calls = NULL;
  guint n = 0;

  config.loss = 0.4;
  config.reorder = 0.3;
  config.duplicate = 0.3;
  config.seed = 5;
  mmp_link_send_json (pair->sides[0].link, "{\"n\":0}");
  mmp_link_pair_attach (pair, &config, NULL);
  mmp_link_send_json (pair->sides[0].link, "{\"n\":1}");
  mmp_link_pair_run_for (pair, MMP_SECONDS (5));
  mmp_link_send_json (pair->sides[0].link, "{\"n\":2}");
  mmp_link_send_json (pair->sides[0].link, "{\"n\":3}");
  mmp_link_pair_run_for (pair, MMP_SECONDS (120));

  calls = g_strsplit (pair->sides[1].log->str, ";", -1);
  for (guint i = 0; calls[i] != NULL; i++)
    {
      g_autofree char *expected = g_strdup_printf ("json {\"n\":%u}", n);

      if (!g_str_has_prefix (calls[i], "json"))
        continue;
      g_assert_cmpstr (calls[i], ==, expected);
      n++;
    }
  g_assert_cmpuint (n, ==, 4);
}

static void
test_each_direction_ends_on_its_own (MmpLinkPair *pair,
                                     gconstpointer data)
{
  MmpTestStream *stream;
  MmpTestStream *peer;

  mmp_link_pair_attach (pair, &mmp_link_pair_direct, NULL);
  stream = mmp_link_side_open (&pair->sides[1], "echo", 5);
  mmp_link_pair_run_for (pair, MMP_SECONDS (1));
  peer = mmp_link_side_get_stream (&pair->sides[0], 0);
  g_assert_true (peer->finished);
  /* That one sends nothing and so has ended too; here one that goes on. */
  g_assert_true (peer->over && stream->over);

  stream = mmp_link_side_open (&pair->sides[1], "echo", 5);
  stream->lasting = TRUE;
  mmp_link_pair_run_for (pair, MMP_SECONDS (1));
  peer = mmp_link_side_get_stream (&pair->sides[0], 1);
  g_assert_true (stream->finished);
  g_assert_false (peer->finished || peer->over || stream->over);
  mmp_test_stream_send (stream, 1000);
  stream->lasting = FALSE;
  mmp_link_pair_run_for (pair, MMP_SECONDS (1));
  g_assert_cmpuint (peer->received, ==, 1005);
  g_assert_true (peer->over && stream->over);
}

static void
test_is_not_over_before_all_was_consumed (MmpLinkPair *pair,
                                          gconstpointer data)
{
  MmpTestStream *stream;
  MmpTestStream *peer;
  MmpLinkStatus status;

  mmp_link_pair_attach (pair, &mmp_link_pair_direct, NULL);
  stream = mmp_link_side_open (&pair->sides[0], "slow", 100);
  mmp_link_pair_run_for (pair, MMP_MSEC (9));
  stream->reading = FALSE;
  pair->sides[1].answer = 1000;
  mmp_link_pair_run_for (pair, MMP_SECONDS (1));
  peer = mmp_link_side_get_stream (&pair->sides[1], 0);
  g_assert_true (peer->over);
  g_assert_true (stream->finished);
  g_assert_false (stream->over);
  mmp_link_get_status (pair->sides[0].link, &status);
  g_assert_cmpuint (status.reserved, ==, 65536);

  mmp_test_stream_read (stream, 999);
  mmp_link_pair_run_for (pair, MMP_SECONDS (1));
  g_assert_false (stream->over);
  mmp_test_stream_read (stream, 1);
  /* Not from inside the call. */
  g_assert_false (stream->over);
  mmp_link_pair_run_for (pair, 0);
  g_assert_true (stream->over);
}

static void
test_a_reset_says_why (MmpLinkPair *pair,
                       gconstpointer data)
{
  MmpTestStream *refused;
  MmpTestStream *reset;
  MmpTestStream *unheard;

  mmp_link_pair_attach (pair, &mmp_link_pair_direct, NULL);
  pair->sides[1].refuse = MMP_STREAM_DENIED;
  refused = mmp_link_side_open (&pair->sides[0], "x", 100000);
  mmp_link_pair_run_for (pair, MMP_SECONDS (1));
  g_assert_cmpuint (refused->code, ==, MMP_STREAM_DENIED);

  pair->sides[1].refuse = 0;
  reset = mmp_link_side_open (&pair->sides[0], "y", 10);
  reset->lasting = TRUE;
  mmp_link_pair_run_for (pair, MMP_SECONDS (1));
  mmp_test_stream_reset (mmp_link_side_get_stream (&pair->sides[1], 0), MMP_STREAM_UNREACHABLE);
  mmp_link_pair_run_for (pair, MMP_SECONDS (1));
  g_assert_cmpuint (reset->code, ==, MMP_STREAM_UNREACHABLE);

  /* The other side never hears of one that was reset before it could go out. */
  mmp_link_side_clear_log (&pair->sides[1]);
  unheard = mmp_link_side_open (&pair->sides[0], "z", 10);
  mmp_test_stream_reset (unheard, MMP_STREAM_IO);
  mmp_link_pair_run_for (pair, MMP_SECONDS (1));
  g_assert_cmpstr (pair->sides[1].log->str, ==, "");
}

static void
test_opening_has_limits (MmpLinkPair *pair,
                         gconstpointer data)
{
  static const char *const names[] = { "", "two words", "b\303\244r", "0123456789012345678901234567890123456789012345678901234567890123" };
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_assert_null (mmp_link_open (pair->sides[0].link, names[i], &error));
      g_assert_error (error, MMP_ERROR, MMP_ERROR_NO_SERVICE);
      g_clear_error (&error);
    }
  for (guint i = 0; i < MMP_LINK_STREAMS_MAX; i++)
    {
      MmpTestStream *stream = mmp_link_side_open (&pair->sides[0], "s", 10);

      g_assert_cmpuint (mmp_stream_get_id (stream->stream), ==, 2 * i + 1);
    }
  g_assert_null (mmp_link_open (pair->sides[0].link, "s", &error));
  g_assert_error (error, MMP_ERROR, MMP_ERROR_LIMIT);
  g_clear_error (&error);

  mmp_link_pair_attach (pair, &mmp_link_pair_direct, NULL);
  mmp_link_pair_run_for (pair, MMP_SECONDS (3));
  for (guint i = 0; i < MMP_LINK_STREAMS_MAX; i++)
    g_assert_true (((MmpTestStream *) g_ptr_array_index (pair->sides[0].opened, i))->over);
  mmp_link_close (pair->sides[0].link);
  g_assert_null (mmp_link_open (pair->sides[0].link, "s", &error));
  g_assert_error (error, MMP_ERROR, MMP_ERROR_LINK_LOST);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define add(name, func) g_test_add ("/link/" name, MmpLinkPair, NULL, mmp_link_pair_set_up, func, mmp_link_pair_tear_down)
  add ("a-stream-carries-both-ways-and-ends", test_a_stream_carries_both_ways_and_ends);
  add ("signalling-arrives-once-and-in-order", test_signalling_arrives_once_and_in_order);
  add ("each-direction-ends-on-its-own", test_each_direction_ends_on_its_own);
  add ("is-not-over-before-all-was-consumed", test_is_not_over_before_all_was_consumed);
  add ("a-reset-says-why", test_a_reset_says_why);
  add ("opening-has-limits", test_opening_has_limits);
#undef add

  return g_test_run ();
}
