/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mmp-backoff.h"
#include "base/mmp-limits.h"

static void
assert_about (gint64 wait,
              gint64 middle)
{
  g_assert_cmpint (wait, >=, middle * 3 / 4);
  g_assert_cmpint (wait, <=, middle * 5 / 4);
}

static void
test_waits_grow_to_the_longest (void)
{
  MmpBackoff backoff = { .first = MMP_SECONDS (1), .factor = 2, .max = MMP_SECONDS (60) };
  static const int middles[] = { 1, 2, 4, 8, 16, 32, 60, 60, 60 };

  for (guint i = 0; i < G_N_ELEMENTS (middles); i++)
    assert_about (mmp_backoff_next (&backoff), MMP_SECONDS (middles[i]));
}

static void
test_reset_starts_again (void)
{
  MmpBackoff backoff = { .first = MMP_SECONDS (1), .factor = 3, .max = MMP_SECONDS (100) };

  for (int i = 0; i < 5; i++)
    mmp_backoff_next (&backoff);
  mmp_backoff_reset (&backoff);
  assert_about (mmp_backoff_next (&backoff), MMP_SECONDS (1));
  assert_about (mmp_backoff_next (&backoff), MMP_SECONDS (3));
}

static void
test_first_may_exceed_the_longest (void)
{
  MmpBackoff backoff = { .first = MMP_SECONDS (9), .factor = 2, .max = MMP_SECONDS (5) };

  assert_about (mmp_backoff_next (&backoff), MMP_SECONDS (5));
  assert_about (mmp_backoff_next (&backoff), MMP_SECONDS (5));
}

static void
test_two_devices_do_not_wait_alike (void)
{
  MmpBackoff backoff = { .first = MMP_SECONDS (60), .factor = 1, .max = MMP_SECONDS (60) };
  gint64 first = mmp_backoff_next (&backoff);
  gboolean differs = FALSE;

  for (int i = 0; i < 20; i++)
    differs |= mmp_backoff_next (&backoff) != first;
  g_assert_true (differs);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/backoff/waits-grow-to-the-longest", test_waits_grow_to_the_longest);
  g_test_add_func ("/backoff/reset-starts-again", test_reset_starts_again);
  g_test_add_func ("/backoff/first-may-exceed-the-longest", test_first_may_exceed_the_longest);
  g_test_add_func ("/backoff/two-devices-do-not-wait-alike", test_two_devices_do_not_wait_alike);

  return g_test_run ();
}
