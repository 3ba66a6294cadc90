/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-link-pair.h"
#include "mmp-test.h"

/* What a link does so that a relay, which belongs to somebody else most often, carries little that is not needed, and is there
 * when it is. */

static MmpTestStream *
open_lasting (MmpLinkPair *pair)
{
  MmpTestStream *stream = mmp_link_side_open (&pair->sides[0], "s", 0);

  stream->lasting = TRUE;

  return stream;
}

static void
test_a_relay_rests_while_a_direct_carrier_works (MmpLinkPair *pair,
                                                 gconstpointer data)
{
  MmpCarrier *relays[2];
  MmpTestStream *stream;
  guint n;

  mmp_link_pair_attach (pair, &mmp_link_pair_relay, relays);
  mmp_link_pair_attach (pair, &mmp_link_pair_direct, NULL);
  stream = open_lasting (pair);
  mmp_link_pair_run_for (pair, MMP_SECONDS (5));
  n = mmp_loopback_carrier_get_n_sent (relays[0]);
  for (guint i = 0; i < 60; i++)
    {
      mmp_test_stream_send (stream, 1000);
      mmp_link_pair_run_for (pair, MMP_SECONDS (1));
    }
  /* Four pings of ours and the answers to theirs */
  g_assert_cmpuint (mmp_loopback_carrier_get_n_sent (relays[0]) - n, ==, 8);
  g_assert_cmpuint (mmp_link_side_get_stream (&pair->sides[1], 0)->received, ==, 60000);
}

static void
test_a_doubt_asks_the_relay (MmpLinkPair *pair,
                             gconstpointer data)
{
  gboolean relay_lives = GPOINTER_TO_INT (data);
  MmpCarrier *relays[2];
  MmpCarrier *directs[2];

  /* Without a session there is nothing to doubt. */
  g_assert_false (mmp_link_is_relay_doubtful (pair->sides[0].link));
  mmp_link_pair_attach (pair, &mmp_link_pair_relay, relays);
  mmp_link_pair_attach (pair, &mmp_link_pair_direct, directs);
  open_lasting (pair);
  mmp_link_pair_run_for (pair, MMP_SECONDS (20) + MMP_MSEC (500));
  mmp_link_side_clear_log (&pair->sides[0]);
  g_assert_false (mmp_link_is_relay_doubtful (pair->sides[0].link));

  /* The last pong came half a second ago. */
  mmp_loopback_carrier_freeze (directs[0]);
  if (!relay_lives)
    mmp_loopback_carrier_freeze (relays[0]);
  mmp_link_pair_run_for (pair, MMP_MSEC (1100));
  g_assert_true (mmp_link_is_relay_doubtful (pair->sides[0].link));
  mmp_link_pair_run_for (pair, MMP_MSEC (1600));
  g_assert_cmpint (mmp_link_is_relay_doubtful (pair->sides[0].link), ==, !relay_lives);
  g_assert_cmpint (mmp_link_get_carrier (pair->sides[0].link) == relays[0], ==, relay_lives);

  /* If it was only slow it is taken again. */
  mmp_link_pair_run_for (pair, MMP_SECONDS (2));
  mmp_loopback_carrier_thaw (relays[0]);
  mmp_link_pair_run_for (pair, MMP_SECONDS (2));
  g_assert_true (mmp_link_get_carrier (pair->sides[0].link) == relays[0]);
}

static void
test_acknowledgements_on_a_relay_are_few (MmpLinkPair *pair,
                                          gconstpointer data)
{
  MmpTestStream *streams[3];
  MmpCarrier *relays[2];
  guint n;

  mmp_link_pair_attach (pair, &mmp_link_pair_relay, relays);
  for (guint i = 0; i < G_N_ELEMENTS (streams); i++)
    {
      streams[i] = open_lasting (pair);
      mmp_test_stream_send (streams[i], 10);
      mmp_link_pair_run_for (pair, MMP_MSEC (10));
    }
  mmp_link_pair_run_for (pair, MMP_SECONDS (2));
  n = mmp_loopback_carrier_get_n_sent (relays[1]);
  for (guint i = 0; i < 100; i++)
    {
      for (guint j = 0; j < G_N_ELEMENTS (streams); j++)
        mmp_test_stream_send (streams[j], 100);
      mmp_link_pair_run_for (pair, MMP_MSEC (100));
    }
  /* In ten seconds ten pings, ten pongs and 25 acknowledgements, for three lanes; the windows are not used up. */
  g_assert_cmpuint (mmp_loopback_carrier_get_n_sent (relays[1]) - n, <=, 47);
  mmp_link_pair_run_for (pair, MMP_SECONDS (2));
  for (guint i = 0; i < G_N_ELEMENTS (streams); i++)
    g_assert_cmpuint (mmp_link_side_get_stream (&pair->sides[1], i)->received, ==, 10010);
}

static void
test_a_renewed_carrier_repeats_at_once (MmpLinkPair *pair,
                                        gconstpointer data)
{
  MmpCarrier *relays[2];
  MmpTestStream *stream;

  mmp_link_pair_attach (pair, &mmp_link_pair_relay, relays);
  stream = open_lasting (pair);
  mmp_link_pair_run_for (pair, MMP_SECONDS (1));
  mmp_loopback_carrier_set_noise (relays[0], 1, 0, 0);
  mmp_test_stream_send (stream, 5000);
  mmp_link_pair_run_for (pair, MMP_MSEC (500));
  mmp_loopback_carrier_set_noise (relays[0], 0, 0, 0);
  mmp_link_pair_run_for (pair, MMP_MSEC (500));
  g_assert_cmpuint (mmp_link_side_get_stream (&pair->sides[1], 0)->received, ==, 0);

  mmp_carrier_emit_renewed (relays[0]);
  mmp_link_pair_run_for (pair, MMP_MSEC (200));
  g_assert_cmpuint (mmp_link_side_get_stream (&pair->sides[1], 0)->received, ==, 5000);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define add(name, data, func) g_test_add ("/link-relay/" name, MmpLinkPair, data, mmp_link_pair_set_up, func, mmp_link_pair_tear_down)
  add ("rests-while-a-direct-carrier-works", NULL, test_a_relay_rests_while_a_direct_carrier_works);
  add ("a-doubt-asks-it/it-lives", GINT_TO_POINTER (TRUE), test_a_doubt_asks_the_relay);
  add ("a-doubt-asks-it/it-is-dead", GINT_TO_POINTER (FALSE), test_a_doubt_asks_the_relay);
  add ("acknowledgements-are-few", NULL, test_acknowledgements_on_a_relay_are_few);
  add ("repeats-at-once-when-it-is-renewed", NULL, test_a_renewed_carrier_repeats_at_once);
#undef add

  return g_test_run ();
}
