/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mmp-limits.h"
#include "link/mmp-lane.h"

static GBytes *
make_message (gsize size)
{
  return g_bytes_new_take (g_malloc0 (size), size);
}

static void
push (MmpLane *lane,
      guint n,
      gint64 now)
{
  for (guint i = 0; i < n; i++)
    mmp_lane_push (lane, make_message (100), now, TRUE);
}

static void
assert_acknowledges (MmpLane *lane,
                     guint64 received,
                     gint64 now,
                     gsize size,
                     gint64 rtt)
{
  MmpLaneProgress progress;

  g_assert_true (mmp_lane_acknowledge (lane, received, now, &progress));
  g_assert_cmpuint (progress.size, ==, size);
  g_assert_cmpint (progress.rtt, ==, rtt);
}

static void
test_takes_only_the_next_number (void)
{
  g_autoptr (MmpLane) lane = mmp_lane_new ();

  g_assert_false (mmp_lane_take (lane, 2));
  g_assert_true (mmp_lane_take (lane, 1));
  g_assert_false (mmp_lane_take (lane, 1));
  g_assert_false (mmp_lane_take (lane, 3));
  g_assert_true (mmp_lane_take (lane, 2));
  g_assert_false (mmp_lane_take (lane, G_MAXUINT64));
  g_assert_cmpuint (mmp_lane_get_received (lane), ==, 2);
}

static void
test_keeps_until_acknowledged (void)
{
  g_autoptr (MmpLane) lane = mmp_lane_new ();

  g_assert_cmpuint (mmp_lane_get_next_number (lane), ==, 1);
  push (lane, 40, 1000);
  g_assert_cmpuint (mmp_lane_get_next_number (lane), ==, 41);
  g_assert_cmpuint (mmp_lane_get_unacknowledged (lane), ==, 4000);
  g_assert_null (mmp_lane_get_repeat (lane));

  assert_acknowledges (lane, 15, 3000, 1500, 2000);
  g_assert_cmpuint (mmp_lane_get_acknowledged (lane), ==, 15);
  /* Older news changes nothing. */
  assert_acknowledges (lane, 15, 4000, 0, -1);
  assert_acknowledges (lane, 3, 4000, 0, -1);
  push (lane, 40, 5000);
  assert_acknowledges (lane, 80, 5500, 6500, 500);
  g_assert_cmpuint (mmp_lane_get_unacknowledged (lane), ==, 0);
  g_assert_cmpint (mmp_lane_get_timeout (lane), ==, G_MAXINT64);
}

static void
test_refuses_what_was_never_sent (void)
{
  g_autoptr (MmpLane) lane = mmp_lane_new ();
  MmpLaneProgress progress;

  g_assert_false (mmp_lane_acknowledge (lane, 1, 0, &progress));
  push (lane, 2, 0);
  g_assert_false (mmp_lane_acknowledge (lane, 3, 0, &progress));
  g_assert_false (mmp_lane_acknowledge (lane, G_MAXUINT64, 0, &progress));
  g_assert_cmpuint (mmp_lane_get_unacknowledged (lane), ==, 200);
}

static void
test_repeats_the_same_bytes_from_the_first (void)
{
  g_autoptr (MmpLane) lane = mmp_lane_new ();
  GBytes *first = make_message (10);
  GBytes *second = make_message (20);

  mmp_lane_push (lane, first, 0, TRUE);
  mmp_lane_push (lane, second, 0, TRUE);
  mmp_lane_restart (lane, 500);
  g_assert_true (mmp_lane_get_repeat (lane) == first);
  mmp_lane_repeated (lane);
  g_assert_true (mmp_lane_get_repeat (lane) == second);

  /* Half-way through, the second arrives by its first sending: nothing is left to repeat. */
  assert_acknowledges (lane, 2, 800, 30, -1);
  g_assert_null (mmp_lane_get_repeat (lane));
  push (lane, 1, 900);
  g_assert_null (mmp_lane_get_repeat (lane));
}

static void
test_a_repeated_message_tells_no_round_trip (void)
{
  g_autoptr (MmpLane) lane = mmp_lane_new ();

  push (lane, 2, 0);
  mmp_lane_restart (lane, 1000);
  mmp_lane_repeated (lane);
  mmp_lane_repeated (lane);
  push (lane, 1, 2000);
  assert_acknowledges (lane, 2, 3000, 200, -1);
  assert_acknowledges (lane, 3, 3000, 100, 1000);
}

static void
test_only_what_was_timed_tells_a_round_trip (void)
{
  g_autoptr (MmpLane) lane = mmp_lane_new ();

  mmp_lane_push (lane, make_message (100), 0, TRUE);
  mmp_lane_push (lane, make_message (100), 500, TRUE);
  mmp_lane_push (lane, make_message (100), 700, FALSE);
  mmp_lane_push (lane, make_message (100), 800, FALSE);
  assert_acknowledges (lane, 3, 1000, 300, 500);
  assert_acknowledges (lane, 4, 1000, 100, -1);
}

static void
test_time_outs_grow_until_progress (void)
{
  static const gint64 seconds[] = { 3, 6, 12, 24, 30, 30 };
  g_autoptr (MmpLane) lane = mmp_lane_new ();
  gint64 now = 0;

  push (lane, 2, now);
  for (guint i = 0; i < G_N_ELEMENTS (seconds); i++)
    {
      g_assert_cmpint (mmp_lane_get_timeout (lane), ==, now + MMP_SECONDS (seconds[i]));
      now = mmp_lane_get_timeout (lane);
      mmp_lane_time_out (lane, now);
      while (mmp_lane_get_repeat (lane) != NULL)
        mmp_lane_repeated (lane);
    }

  assert_acknowledges (lane, 1, now, 100, -1);
  g_assert_cmpint (mmp_lane_get_timeout (lane), ==, now + MMP_SECONDS (3));
  mmp_lane_time_out (lane, now);
  mmp_lane_restart (lane, now);
  g_assert_cmpint (mmp_lane_get_timeout (lane), ==, now + MMP_SECONDS (3));
}

static void
test_what_did_not_go_out_does_not_lengthen_the_time_out (void)
{
  g_autoptr (MmpLane) lane = mmp_lane_new ();

  push (lane, 1, 0);
  mmp_lane_restart (lane, 0);
  mmp_lane_time_out (lane, MMP_SECONDS (3));
  g_assert_cmpint (mmp_lane_get_timeout (lane), ==, MMP_SECONDS (6));
}

static void
test_is_full_at_last (void)
{
  g_autoptr (MmpLane) lane = mmp_lane_new ();

  push (lane, 4095, 0);
  g_assert_false (mmp_lane_is_full (lane));
  push (lane, 1, 0);
  g_assert_true (mmp_lane_is_full (lane));
  assert_acknowledges (lane, 1, 0, 100, 0);
  g_assert_false (mmp_lane_is_full (lane));
}

static void
test_owes_at_the_earliest_time (void)
{
  g_autoptr (MmpLane) lane = mmp_lane_new ();

  g_assert_cmpint (mmp_lane_get_owed (lane), ==, G_MAXINT64);
  mmp_lane_owe (lane, 500, 10);
  mmp_lane_owe (lane, 900, 20);
  mmp_lane_owe (lane, 400, 0);
  g_assert_cmpint (mmp_lane_get_owed (lane), ==, 400);
  g_assert_cmpuint (mmp_lane_get_owed_size (lane), ==, 30);
  mmp_lane_paid (lane, 300);
  g_assert_cmpint (mmp_lane_get_owed (lane), ==, G_MAXINT64);
  g_assert_cmpuint (mmp_lane_get_owed_size (lane), ==, 0);
  g_assert_cmpint (mmp_lane_get_paid_at (lane), ==, 300);
}

static void
test_begins_anew (void)
{
  g_autoptr (MmpLane) lane = mmp_lane_new ();

  push (lane, 3, 0);
  g_assert_true (mmp_lane_take (lane, 1));
  mmp_lane_owe (lane, 500, 10);
  mmp_lane_reset (lane);
  g_assert_cmpuint (mmp_lane_get_next_number (lane), ==, 1);
  g_assert_cmpuint (mmp_lane_get_unacknowledged (lane), ==, 0);
  g_assert_cmpint (mmp_lane_get_owed (lane), ==, G_MAXINT64);
  g_assert_true (mmp_lane_take (lane, 1));
  push (lane, 1, 0);
  assert_acknowledges (lane, 1, 0, 100, 0);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/lane/takes-only-the-next-number", test_takes_only_the_next_number);
  g_test_add_func ("/lane/keeps-until-acknowledged", test_keeps_until_acknowledged);
  g_test_add_func ("/lane/refuses-what-was-never-sent", test_refuses_what_was_never_sent);
  g_test_add_func ("/lane/repeats-the-same-bytes-from-the-first", test_repeats_the_same_bytes_from_the_first);
  g_test_add_func ("/lane/a-repeated-message-tells-no-round-trip", test_a_repeated_message_tells_no_round_trip);
  g_test_add_func ("/lane/only-what-was-timed-tells-a-round-trip", test_only_what_was_timed_tells_a_round_trip);
  g_test_add_func ("/lane/time-outs-grow-until-progress", test_time_outs_grow_until_progress);
  g_test_add_func ("/lane/what-did-not-go-out-does-not-lengthen-the-time-out", test_what_did_not_go_out_does_not_lengthen_the_time_out);
  g_test_add_func ("/lane/is-full-at-last", test_is_full_at_last);
  g_test_add_func ("/lane/owes-at-the-earliest-time", test_owes_at_the_earliest_time);
  g_test_add_func ("/lane/begins-anew", test_begins_anew);

  return g_test_run ();
}
