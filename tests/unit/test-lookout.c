/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mmp-limits.h"
#include "link/mmp-lookout.h"

typedef enum
{
  TURN,
  DIRECT,
  MISS,
  CHANGE,
} Event;

typedef struct
{
  int at; /* seconds */
  Event event;
  int wait; /* seconds until the next look, about; -1: none */
} Step;

#define MINUTES(n) ((n) * 60)
#define HOURS(n) ((n) * 3600)

static void
check (const Step *steps,
       gsize n_steps)
{
  MmpLookout lookout;

  mmp_lookout_init (&lookout, 0);
  g_assert_cmpint (mmp_lookout_get_wait (&lookout, MMP_SECONDS (1)), ==, -1);
  for (gsize i = 0; i < n_steps; i++)
    {
      gint64 now = MMP_SECONDS (1 + steps[i].at);
      gint64 wait;

      if (steps[i].event == MISS)
        mmp_lookout_note_miss (&lookout, now);
      else if (steps[i].event == CHANGE)
        mmp_lookout_note_change (&lookout, now);
      else
        mmp_lookout_note_path (&lookout, steps[i].event == TURN, now);

      wait = mmp_lookout_get_wait (&lookout, now);
      g_test_message ("step %" G_GSIZE_FORMAT ": %.1f s", i, (double) wait / G_USEC_PER_SEC);
      if (steps[i].wait < 0)
        {
          g_assert_cmpint (wait, ==, -1);
          continue;
        }
      g_assert_cmpint (wait, >=, MMP_SECONDS (steps[i].wait) * 3 / 4);
      g_assert_cmpint (wait, <=, MMP_SECONDS (steps[i].wait) * 5 / 4);
    }
}

static void
test_looks_that_find_nothing_get_rarer (void)
{
  static const Step steps[] = {
    { 0, TURN, 60 },
    { 100, MISS, MINUTES (2) },
    { 300, MISS, MINUTES (4) },
    { 700, MISS, MINUTES (8) },
    { 1400, MISS, MINUTES (16) },
    { 3000, MISS, MINUTES (32) },
    { 6000, MISS, HOURS (1) },
    { 12000, MISS, HOURS (1) },
    { 18000, MISS, HOURS (1) },
  };

  check (steps, G_N_ELEMENTS (steps));
}

static void
test_a_change_of_the_network_starts_over (void)
{
  static const Step steps[] = {
    { 0, CHANGE, -1 },
    { 0, TURN, 60 },
    { 100, MISS, MINUTES (2) },
    { 300, MISS, MINUTES (4) },
    { 310, CHANGE, 60 },
    { 420, MISS, MINUTES (2) },
    { 421, CHANGE, 60 },
    { 422, CHANGE, 60 },
  };

  check (steps, G_N_ELEMENTS (steps));
}

static void
test_a_direct_path_ends_the_looks (void)
{
  static const Step steps[] = {
    { 0, DIRECT, -1 },
    { 10, MISS, -1 },
    { 20, CHANGE, -1 },
    { 30, TURN, 60 },
    { 100, DIRECT, -1 },
    { 110, DIRECT, -1 },
    { 120, CHANGE, -1 },
  };

  check (steps, G_N_ELEMENTS (steps));
}

/* A firewall that lets a connection begin and then drops it would cost a pause each minute. */
static void
test_direct_paths_that_do_not_last_make_looks_rarer (void)
{
  static const Step steps[] = {
    { 0, TURN, 60 },
    { 60, DIRECT, -1 },
    { 65, CHANGE, -1 },
    { 70, TURN, MINUTES (2) },
    { 200, DIRECT, -1 },
    { 230, TURN, MINUTES (4) },
    { 500, DIRECT, -1 },
    { 500 + MINUTES (10) - 1, TURN, MINUTES (8) },
    /* This one was good. */
    { 2000, DIRECT, -1 },
    { 2000 + MINUTES (10), TURN, 60 },
  };

  check (steps, G_N_ELEMENTS (steps));
}

static void
test_another_path_over_turn_puts_nothing_off (void)
{
  MmpLookout lookout;
  gint64 due;

  mmp_lookout_init (&lookout, 0);
  mmp_lookout_note_path (&lookout, TRUE, MMP_SECONDS (100));
  due = MMP_SECONDS (100) + mmp_lookout_get_wait (&lookout, MMP_SECONDS (100));
  mmp_lookout_note_path (&lookout, TRUE, MMP_SECONDS (130));
  g_assert_cmpint (mmp_lookout_get_wait (&lookout, MMP_SECONDS (130)), ==, due - MMP_SECONDS (130));
  g_assert_cmpint (mmp_lookout_get_wait (&lookout, due), ==, 0);
  g_assert_cmpint (mmp_lookout_get_wait (&lookout, due + 1), ==, 0);
}

static void
test_the_first_wait_can_be_set (void)
{
  MmpLookout lookout;

  mmp_lookout_init (&lookout, MMP_SECONDS (2));
  mmp_lookout_note_path (&lookout, TRUE, MMP_SECONDS (100));
  g_assert_cmpint (mmp_lookout_get_wait (&lookout, MMP_SECONDS (100)), <=, MMP_SECONDS (3));
  mmp_lookout_note_miss (&lookout, MMP_SECONDS (103));
  g_assert_cmpint (mmp_lookout_get_wait (&lookout, MMP_SECONDS (103)), >=, MMP_SECONDS (3));
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/lookout/looks-that-find-nothing-get-rarer", test_looks_that_find_nothing_get_rarer);
  g_test_add_func ("/lookout/a-change-of-the-network-starts-over", test_a_change_of_the_network_starts_over);
  g_test_add_func ("/lookout/a-direct-path-ends-the-looks", test_a_direct_path_ends_the_looks);
  g_test_add_func ("/lookout/direct-paths-that-do-not-last-make-looks-rarer", test_direct_paths_that_do_not_last_make_looks_rarer);
  g_test_add_func ("/lookout/another-path-over-turn-puts-nothing-off", test_another_path_over_turn_puts_nothing_off);
  g_test_add_func ("/lookout/the-first-wait-can-be-set", test_the_first_wait_can_be_set);

  return g_test_run ();
}
