/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mmp-error.h"
#include "base/mmp-limits.h"
#include "mmp-test-sides.h"
#include "mmp-test.h"

#include <libdex.h>
#include <string.h>

/* Attempts at a direct path between two sides of a link, over loopback. */

/* Lets some time pass, to see that something does not happen in it. */
static gboolean
on_time_passed (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;

  return G_SOURCE_REMOVE;
}

static void
let_time_pass (guint milliseconds)
{
  gboolean passed = FALSE;

  g_timeout_add (milliseconds, on_time_passed, &passed);
  mmp_test_await (passed);
}

static void
test_ten_renewals_lose_nothing (void)
{
  g_autoptr (MmpTestSides) sides = mmp_test_sides_new ();
  int before;

  mmp_test_sides_enable (sides);
  mmp_test_await (sides->a.n_attached == 1 && sides->b.n_attached == 1);
  mmp_test_side_begin_stream (&sides->a);
  for (guint i = 1; i <= 10; i++)
    {
      before = g_atomic_int_get (&sides->b.received);
      mmp_direct_renew (sides->a.direct);
      mmp_test_await (sides->a.n_attached == i + 1 && sides->b.n_attached == i + 1);
      mmp_test_await (g_atomic_int_get (&sides->b.received) > before + 64);
    }
  mmp_test_side_finish_stream (&sides->a);
  g_assert_cmpuint (sides->a.over_code, ==, 0);
  g_assert_cmpuint (sides->b.over_code, ==, 0);
  g_assert_cmpuint (sides->a.sent, ==, sides->b.n_received);
  g_assert_cmpuint (sides->a.n_failed + sides->b.n_failed, ==, 0);
  g_assert_cmpuint (sides->a.gen, ==, 11);
  g_test_message ("%" G_GUINT64_FORMAT " bytes over 11 carriers", sides->b.n_received);
}

/* Whichever side gives the direct path up, the other one learns it at once and does not send into nothing. */
static void
test_a_pause_ends_the_path_at_both_ends (gconstpointer data)
{
  g_autoptr (MmpTestSides) sides = mmp_test_sides_new ();
  MmpTestSide *pauses = GPOINTER_TO_INT (data) ? &sides->a : &sides->b;
  int before;

  mmp_test_sides_enable (sides);
  mmp_test_await (sides->a.n_attached == 1 && sides->b.n_attached == 1);
  mmp_test_side_begin_stream (&sides->a);
  mmp_test_await (g_atomic_int_get (&sides->b.received) > 64);
  mmp_direct_set_paused (pauses->direct, TRUE);
  let_time_pass (300);
  before = g_atomic_int_get (&sides->b.received);
  mmp_direct_renew (sides->a.direct);
  mmp_direct_renew (sides->b.direct);
  let_time_pass (300);
  g_assert_cmpint (g_atomic_int_get (&sides->b.received), ==, before);
  g_assert_cmpuint (sides->a.n_attached + sides->b.n_attached, ==, 2);

  mmp_direct_set_paused (pauses->direct, FALSE);
  mmp_test_await (sides->a.n_attached == 2 && sides->b.n_attached == 2);
  mmp_test_await (g_atomic_int_get (&sides->b.received) > before + 64);
  mmp_test_side_finish_stream (&sides->a);
  g_assert_cmpuint (sides->a.over_code + sides->b.over_code, ==, 0);
  g_assert_cmpuint (sides->a.sent, ==, sides->b.n_received);
}

static void
test_the_listener_asks_for_a_new_attempt (void)
{
  g_autoptr (MmpTestSides) sides = mmp_test_sides_new ();

  mmp_test_sides_enable (sides);
  mmp_test_await (sides->a.n_attached == 1 && sides->b.n_attached == 1);
  let_time_pass (2100); /* an attempt that has just begun would be enough for it */
  mmp_direct_renew (sides->b.direct);
  mmp_test_await (sides->a.n_attached == 2 && sides->b.n_attached == 2);
  g_assert_cmpuint (sides->b.n_wishes, ==, 1);

  /* Many wishes are one. */
  for (guint i = 0; i < 100; i++)
    mmp_direct_renew (sides->b.direct);
  mmp_test_await (sides->a.n_attached == 3 && sides->b.n_attached == 3);
  g_assert_cmpuint (sides->b.n_wishes, <=, 3);
  g_assert_cmpuint (sides->a.n_offers, ==, 3);
}

static void
test_nothing_begins_before_it_is_enabled (void)
{
  g_autoptr (MmpTestSides) sides = mmp_test_sides_new ();

  mmp_direct_renew (sides->a.direct);
  mmp_direct_renew (sides->b.direct);
  let_time_pass (300);
  g_assert_cmpuint (sides->a.n_offers, ==, 0);
  g_assert_cmpuint (sides->b.n_wishes, ==, 0);

  mmp_direct_set_enabled (sides->a.direct, TRUE);
  mmp_test_await (sides->a.n_attached == 1 && sides->b.n_attached == 1);
}

static gboolean
spoil_answer (MmpSignal *signal)
{
  if (signal->type == MMP_SIGNAL_ANSWER && signal->gen == 1)
    g_set_str (&signal->sdp, "v=0\r\n");

  return TRUE;
}

static void
test_a_failure_is_tried_again (void)
{
  g_autoptr (MmpTestSides) sides = mmp_test_sides_new ();

  sides->b.filter = spoil_answer;
  mmp_test_sides_enable (sides);
  mmp_test_await (sides->a.n_failed == 1);
  g_assert_error (sides->a.error, MMP_ERROR, MMP_ERROR_MESSAGE_INVALID);
  mmp_test_await (sides->a.n_attached == 1 && sides->b.n_attached == 1);
  g_assert_cmpuint (sides->a.gen, ==, 2);
}

static gboolean
lose_offers (MmpSignal *signal)
{
  return signal->type != MMP_SIGNAL_OFFER;
}

static void
test_an_offer_without_answer_fails (void)
{
  g_autoptr (MmpTestSides) sides = mmp_test_sides_new ();

  sides->a.filter = lose_offers;
  mmp_test_sides_enable (sides);
  mmp_test_await (sides->a.n_failed == 1);
  g_assert_error (sides->a.error, MMP_ERROR, MMP_ERROR_NO_ANSWER);
  sides->a.filter = NULL;
  mmp_test_await (sides->a.n_attached == 1 && sides->b.n_attached == 1);
}

static gboolean
lose_candidates (MmpSignal *signal)
{
  return signal->type != MMP_SIGNAL_CANDIDATE;
}

static void
test_an_attempt_without_candidates_fails (void)
{
  g_autoptr (MmpTestSides) sides = mmp_test_sides_new ();

  sides->a.filter = lose_candidates;
  sides->b.filter = lose_candidates;
  mmp_test_sides_enable (sides);
  mmp_test_await (sides->a.n_failed == 1 && sides->b.n_failed == 1);
  g_assert_error (sides->a.error, MMP_ERROR, MMP_ERROR_NO_DIRECT_PATH);
  g_assert_error (sides->b.error, MMP_ERROR, MMP_ERROR_NO_DIRECT_PATH);
}

static void
alter_fingerprint (MmpSignal *signal)
{
  char *text = strstr (signal->sdp, "a=fingerprint:sha-256 ") + strlen ("a=fingerprint:sha-256 ");

  *text = *text == '0' ? '1' : '0';
}

static gboolean
alter_answer (MmpSignal *signal)
{
  if (signal->type == MMP_SIGNAL_ANSWER)
    alter_fingerprint (signal);

  return TRUE;
}

static void
test_a_wrong_certificate_waits_for_somebody (void)
{
  g_autoptr (MmpTestSides) sides = mmp_test_sides_new ();

  sides->b.filter = alter_answer;
  mmp_test_sides_enable (sides);
  mmp_test_await (sides->a.n_failed == 1);
  g_assert_error (sides->a.error, MMP_ERROR, MMP_ERROR_IDENTITY_MISMATCH);

  /* Neither time, nor the broker's coming back, nor the other side makes a second attempt. */
  let_time_pass (2500);
  mmp_direct_set_enabled (sides->a.direct, FALSE);
  mmp_direct_set_enabled (sides->a.direct, TRUE);
  mmp_direct_renew (sides->b.direct);
  mmp_test_await (sides->b.n_wishes == 1);
  let_time_pass (300);
  g_assert_cmpuint (sides->a.n_offers, ==, 1);
  g_assert_cmpuint (sides->a.n_attached + sides->b.n_attached, ==, 0);

  sides->b.filter = NULL;
  mmp_direct_renew (sides->a.direct);
  mmp_test_await (sides->a.n_attached == 1 && sides->b.n_attached == 1);
}

/* What a hostile or confused device may send on lane 0. */
static void
test_strange_signals_are_ignored (void)
{
  static const MmpSignalType types[] = { MMP_SIGNAL_OFFER, MMP_SIGNAL_ANSWER, MMP_SIGNAL_CANDIDATE, MMP_SIGNAL_REOFFER };
  static const guint64 gens[] = { 0, 1, 2, 1000, G_MAXINT64 };
  g_autoptr (MmpTestSides) sides = mmp_test_sides_new ();

  mmp_test_sides_enable (sides);
  mmp_test_await (sides->a.n_attached == 1 && sides->b.n_attached == 1);
  for (gsize i = 0; i < G_N_ELEMENTS (types); i++)
    {
      for (gsize j = 0; j < G_N_ELEMENTS (gens); j++)
        {
          g_autoptr (MmpSignal) signal = mmp_signal_new (types[i]);

          signal->gen = gens[j];
          signal->sdp = g_strdup ("v=0\r\n");
          signal->candidate = g_strdup ("candidate:junk");
          mmp_direct_receive (sides->a.direct, signal); /* offers are not for it */
          if (types[i] != MMP_SIGNAL_OFFER || gens[j] <= 1)
            mmp_direct_receive (sides->b.direct, signal);
        }
    }
  let_time_pass (300);
  g_assert_cmpuint (sides->a.n_offers, ==, 1);
  g_assert_cmpuint (sides->b.n_answers, ==, 1);
  g_assert_cmpuint (sides->a.n_failed + sides->b.n_failed, ==, 0);
}

static void
test_a_flood_of_offers_costs_one_attempt (void)
{
  g_autoptr (MmpTestSides) sides = mmp_test_sides_new ();

  for (guint i = 1; i <= 1000; i++)
    {
      g_autoptr (MmpSignal) signal = mmp_signal_new (MMP_SIGNAL_OFFER);
      g_autoptr (MmpSignal) candidate = mmp_signal_new (MMP_SIGNAL_CANDIDATE);

      signal->gen = i;
      signal->sdp = g_strdup ("v=0\r\n");
      mmp_direct_receive (sides->b.direct, signal);
      candidate->gen = i;
      candidate->candidate = g_strdup ("candidate:1 1 UDP 1 127.0.0.1 9 typ host");
      for (guint j = 0; j < 100; j++)
        mmp_direct_receive (sides->b.direct, candidate);
    }
  mmp_test_await (sides->b.n_failed == 1);
  g_assert_error (sides->b.error, MMP_ERROR, MMP_ERROR_MESSAGE_INVALID);
  let_time_pass (300);
  g_assert_cmpuint (sides->b.n_failed, ==, 1);
  g_assert_cmpuint (sides->b.n_answers, ==, 0);
}

static gboolean
never (MmpTestSides *sides)
{
  return TRUE;
}

static gboolean
offered (MmpTestSides *sides)
{
  return sides->a.n_offers > 0;
}

static gboolean
answered (MmpTestSides *sides)
{
  return sides->b.n_answers > 0;
}

static gboolean
attached (MmpTestSides *sides)
{
  return sides->a.n_attached > 0;
}

static void
test_it_stops_at_every_stage (void)
{
  static gboolean (*const stages[]) (MmpTestSides *sides) = { never, offered, answered, attached };

  for (gsize i = 0; i < G_N_ELEMENTS (stages); i++)
    {
      g_autoptr (MmpTestSides) sides = mmp_test_sides_new ();

      mmp_test_sides_enable (sides);
      mmp_test_await (stages[i](sides));
    }
}

int
main (int argc,
      char *argv[])
{
  dex_init ();
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/direct/ten-renewals-lose-nothing", test_ten_renewals_lose_nothing);
  g_test_add_data_func ("/direct/a-pause-ends-the-path-at-both-ends/initiator", GINT_TO_POINTER (TRUE), test_a_pause_ends_the_path_at_both_ends);
  g_test_add_data_func ("/direct/a-pause-ends-the-path-at-both-ends/listener", GINT_TO_POINTER (FALSE), test_a_pause_ends_the_path_at_both_ends);
  g_test_add_func ("/direct/the-listener-asks-for-a-new-attempt", test_the_listener_asks_for_a_new_attempt);
  g_test_add_func ("/direct/nothing-begins-before-it-is-enabled", test_nothing_begins_before_it_is_enabled);
  g_test_add_func ("/direct/a-failure-is-tried-again", test_a_failure_is_tried_again);
  g_test_add_func ("/direct/an-offer-without-answer-fails", test_an_offer_without_answer_fails);
  g_test_add_func ("/direct/an-attempt-without-candidates-fails", test_an_attempt_without_candidates_fails);
  g_test_add_func ("/direct/a-wrong-certificate-waits-for-somebody", test_a_wrong_certificate_waits_for_somebody);
  g_test_add_func ("/direct/strange-signals-are-ignored", test_strange_signals_are_ignored);
  g_test_add_func ("/direct/a-flood-of-offers-costs-one-attempt", test_a_flood_of_offers_costs_one_attempt);
  g_test_add_func ("/direct/it-stops-at-every-stage", test_it_stops_at_every_stage);

  return g_test_run ();
}
