/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-link-pair.h"

static void
test_the_newest_direct_carrier_is_best (MmpLinkPair *pair,
                                        gconstpointer data)
{
  MmpCarrier *old[2];
  MmpCarrier *new[2];

  mmp_link_pair_attach (pair, &mmp_link_pair_relay, NULL);
  mmp_link_pair_run_for (pair, MMP_SECONDS (1));
  mmp_link_pair_attach (pair, &mmp_link_pair_direct, old);
  mmp_link_pair_run_for (pair, MMP_SECONDS (1));
  mmp_link_pair_attach (pair, &mmp_link_pair_direct, new);
  mmp_link_pair_run_for (pair, MMP_SECONDS (1));
  mmp_link_pair_attach (pair, &mmp_link_pair_relay, NULL);
  mmp_link_pair_run_for (pair, MMP_SECONDS (1));
  for (guint i = 0; i < 2; i++)
    {
      g_assert_cmpstr (pair->sides[i].log->str, ==, "carrier relay;carrier direct;carrier direct;");
      g_assert_true (mmp_link_get_carrier (pair->sides[i].link) == new[i]);
      mmp_link_side_clear_log (&pair->sides[i]);
    }

  mmp_loopback_carrier_fail (new[0]);
  mmp_link_pair_run_for (pair, 0);
  g_assert_cmpstr (pair->sides[0].log->str, ==, "lost direct;carrier direct;");
  g_assert_true (mmp_link_get_carrier (pair->sides[0].link) == old[0]);
  mmp_link_detach (pair->sides[0].link, old[0]);
  mmp_link_pair_run_for (pair, 0);
  g_assert_cmpstr (pair->sides[0].log->str, ==, "lost direct;carrier direct;carrier relay;");
}

static void
test_a_stalled_carrier_is_left_and_taken_again (MmpLinkPair *pair,
                                                gconstpointer data)
{
  MmpTestStream *stream;
  MmpCarrier *ends[2];

  mmp_link_pair_attach (pair, &mmp_link_pair_relay, NULL);
  mmp_link_pair_attach (pair, &mmp_link_pair_direct, ends);
  stream = mmp_link_side_open (&pair->sides[0], "long", 0);
  stream->lasting = TRUE;
  mmp_link_pair_run_for (pair, MMP_SECONDS (10) + MMP_MSEC (500));
  mmp_link_side_clear_log (&pair->sides[0]);
  mmp_link_side_clear_log (&pair->sides[1]);

  /* The last PONG came half a second ago. Only one direction dies, and both sides notice. */
  mmp_loopback_carrier_freeze (ends[0]);
  mmp_link_pair_run_for (pair, MMP_SECONDS (1));
  mmp_test_stream_send (stream, 500);
  mmp_link_pair_run_for (pair, MMP_MSEC (1300));
  g_assert_cmpstr (pair->sides[0].log->str, ==, "");
  mmp_link_pair_run_for (pair, MMP_MSEC (700));
  g_assert_cmpstr (pair->sides[0].log->str, ==, "carrier relay;lost direct stalled;");
  g_assert_cmpstr (pair->sides[1].log->str, ==, "carrier relay;lost direct stalled;");
  /* What was on the way is repeated at once, and not only after a time-out. */
  mmp_link_pair_run_for (pair, MMP_MSEC (300));
  g_assert_cmpuint (mmp_link_side_get_stream (&pair->sides[1], 0)->received, ==, 500);
  mmp_test_stream_send (stream, 500);
  mmp_link_pair_run_for (pair, MMP_SECONDS (1));
  g_assert_cmpuint (mmp_link_side_get_stream (&pair->sides[1], 0)->received, ==, 1000);

  mmp_loopback_carrier_thaw (ends[0]);
  mmp_link_pair_run_for (pair, MMP_SECONDS (2));
  g_assert_cmpstr (pair->sides[0].log->str, ==, "carrier relay;lost direct stalled;carrier direct;");
  mmp_test_stream_send (stream, 1000);
  mmp_link_pair_run_for (pair, MMP_SECONDS (1));
  g_assert_cmpuint (mmp_link_side_get_stream (&pair->sides[1], 0)->received, ==, 2000);
}

static void
test_pings_are_rare_without_streams (MmpLinkPair *pair,
                                     gconstpointer data)
{
  MmpTestStream *stream;
  MmpCarrier *directs[2];
  MmpCarrier *relays[2];
  guint n[2];

  mmp_link_pair_attach (pair, &mmp_link_pair_relay, relays);
  mmp_link_pair_attach (pair, &mmp_link_pair_direct, directs);
  mmp_link_pair_run_for (pair, MMP_SECONDS (1));
  n[0] = mmp_loopback_carrier_get_n_sent (directs[0]);
  n[1] = mmp_loopback_carrier_get_n_sent (relays[0]);
  mmp_link_pair_run_for (pair, MMP_SECONDS (30));
  /* Our pings and the answers to theirs */
  g_assert_cmpuint (mmp_loopback_carrier_get_n_sent (directs[0]) - n[0], ==, 12);
  g_assert_cmpuint (mmp_loopback_carrier_get_n_sent (relays[0]) - n[1], ==, 4);

  /* From the first stream on they come each second, and the long silence before is no stall. */
  mmp_link_side_clear_log (&pair->sides[0]);
  mmp_loopback_carrier_freeze (directs[0]);
  mmp_link_pair_run_for (pair, MMP_SECONDS (4));
  stream = mmp_link_side_open (&pair->sides[0], "s", 0);
  stream->lasting = TRUE;
  mmp_link_pair_run_for (pair, MMP_MSEC (2900));
  g_assert_cmpstr (pair->sides[0].log->str, ==, "");
  mmp_link_pair_run_for (pair, MMP_MSEC (200));
  g_assert_cmpstr (pair->sides[0].log->str, ==, "carrier relay;lost direct stalled;");
  n[1] = mmp_loopback_carrier_get_n_sent (relays[1]);
  mmp_link_pair_run_for (pair, MMP_SECONDS (10));
  g_assert_cmpuint (mmp_loopback_carrier_get_n_sent (relays[1]) - n[1], >=, 20);
}

static void
test_a_probe_finds_a_dead_carrier_soon (MmpLinkPair *pair,
                                        gconstpointer data)
{
  MmpCarrier *ends[2];
  guint n;

  mmp_link_pair_attach (pair, &mmp_link_pair_direct, ends);
  mmp_link_pair_run_for (pair, MMP_SECONDS (21));
  mmp_link_side_clear_log (&pair->sides[0]);

  /* One that lives is not hurt, and has its rest again. */
  mmp_link_probe (pair->sides[0].link);
  mmp_link_pair_run_for (pair, MMP_SECONDS (10));
  n = mmp_loopback_carrier_get_n_sent (ends[0]);
  mmp_link_pair_run_for (pair, MMP_SECONDS (30));
  g_assert_cmpuint (mmp_loopback_carrier_get_n_sent (ends[0]) - n, ==, 12);
  g_assert_cmpstr (pair->sides[0].log->str, ==, "");

  mmp_loopback_carrier_freeze (ends[1]);
  mmp_link_probe (pair->sides[0].link);
  mmp_link_pair_run_for (pair, MMP_MSEC (2900));
  g_assert_cmpstr (pair->sides[0].log->str, ==, "");
  mmp_link_pair_run_for (pair, MMP_MSEC (200));
  g_assert_cmpstr (pair->sides[0].log->str, ==, "carrier none;lost direct stalled;");
}

static void
test_streams_outlive_an_outage (MmpLinkPair *pair,
                                gconstpointer data)
{
  MmpTestStream *stream;
  MmpCarrier *ends[2];

  mmp_link_pair_attach (pair, &mmp_link_pair_direct, ends);
  stream = mmp_link_side_open (&pair->sides[0], "s", 1000);
  stream->lasting = TRUE;
  mmp_link_pair_run_for (pair, MMP_SECONDS (1));
  mmp_loopback_carrier_fail (ends[0]);
  mmp_loopback_carrier_fail (ends[1]);
  mmp_test_stream_send (stream, 200000);
  mmp_link_pair_run_for (pair, MMP_SECONDS (59));
  g_assert_null (mmp_link_get_carrier (pair->sides[0].link));
  mmp_link_pair_attach (pair, &mmp_link_pair_relay, NULL);
  mmp_link_pair_run_for (pair, MMP_SECONDS (20));
  g_assert_false (stream->over);
  g_assert_cmpuint (mmp_link_side_get_stream (&pair->sides[1], 0)->received, ==, 201000);
}

static void
test_streams_end_after_a_long_outage (MmpLinkPair *pair,
                                      gconstpointer data)
{
  MmpTestStream *stream;
  MmpTestStream *next;
  MmpTestStream *peer;
  MmpCarrier *ends[2];

  mmp_link_set_hold (pair->sides[0].link, MMP_SECONDS (30));
  mmp_link_pair_attach (pair, &mmp_link_pair_direct, ends);
  stream = mmp_link_side_open (&pair->sides[0], "s", 1000);
  stream->lasting = TRUE;
  mmp_link_pair_run_for (pair, MMP_SECONDS (1));
  peer = mmp_link_side_get_stream (&pair->sides[1], 0);
  mmp_loopback_carrier_fail (ends[0]);
  mmp_loopback_carrier_fail (ends[1]);
  mmp_link_pair_run_for (pair, MMP_SECONDS (30) - 1);
  g_assert_false (stream->over);
  mmp_link_pair_run_for (pair, 1);
  g_assert_true (stream->over);
  g_assert_cmpuint (stream->code, ==, MMP_STREAM_IO);
  g_assert_false (peer->over);

  /* The other side learns it when there is a carrier again, and the link goes on. */
  mmp_link_pair_attach (pair, &mmp_link_pair_relay, NULL);
  mmp_link_pair_run_for (pair, MMP_SECONDS (1));
  g_assert_true (peer->over);
  g_assert_cmpuint (peer->code, ==, MMP_STREAM_IO);
  next = mmp_link_side_open (&pair->sides[0], "t", 10);
  mmp_link_pair_run_for (pair, MMP_SECONDS (2));
  g_assert_cmpuint (next->code, ==, 0);
  g_assert_true (next->over);
}

static void
test_a_forgotten_link_begins_anew (MmpLinkPair *pair,
                                   gconstpointer data)
{
  MmpTestStream *stream;
  MmpTestStream *next;
  MmpCarrier *ends[2];

  mmp_link_pair_attach (pair, &mmp_link_pair_relay, ends);
  stream = mmp_link_side_open (&pair->sides[0], "s", 100000);
  stream->lasting = TRUE;
  mmp_link_pair_run_for (pair, MMP_SECONDS (1));
  mmp_test_stream_send (stream, 100000);
  mmp_link_pair_run_for (pair, MMP_MSEC (10));
  mmp_link_side_clear_log (&pair->sides[0]);

  /* What is on the way on the old carrier must not reach the new life of either. */
  for (guint i = 0; i < 2; i++)
    mmp_link_forget (pair->sides[i].link);
  g_assert_true (stream->over);
  g_assert_cmpuint (stream->code, ==, MMP_STREAM_IO);
  g_assert_true (mmp_link_side_get_stream (&pair->sides[1], 0)->over);
  mmp_link_pair_attach (pair, &mmp_link_pair_relay, NULL);
  next = mmp_link_side_open (&pair->sides[0], "t", 50000);
  mmp_link_pair_run_for (pair, MMP_SECONDS (5));
  g_assert_cmpstr (pair->sides[0].log->str, ==, "carrier none;lost relay stalled;carrier relay;");
  g_assert_true (next->over);
  g_assert_cmpuint (next->code, ==, 0);
  g_assert_cmpuint (mmp_link_side_get_stream (&pair->sides[1], 1)->received, ==, 50000);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define add(name, func) g_test_add ("/link-paths/" name, MmpLinkPair, NULL, mmp_link_pair_set_up, func, mmp_link_pair_tear_down)
  add ("the-newest-direct-carrier-is-best", test_the_newest_direct_carrier_is_best);
  add ("a-stalled-carrier-is-left-and-taken-again", test_a_stalled_carrier_is_left_and_taken_again);
  add ("pings-are-rare-without-streams", test_pings_are_rare_without_streams);
  add ("a-probe-finds-a-dead-carrier-soon", test_a_probe_finds_a_dead_carrier_soon);
  add ("streams-outlive-an-outage", test_streams_outlive_an_outage);
  add ("streams-end-after-a-long-outage", test_streams_end_after_a_long_outage);
  add ("a-forgotten-link-begins-anew", test_a_forgotten_link_begins_anew);
#undef add

  return g_test_run ();
}
