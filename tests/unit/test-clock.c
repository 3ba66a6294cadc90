/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mmp-clock.h"
#include "base/mmp-limits.h"
#include "mmp-test.h"

static void
append_a (gpointer user_data)
{
  g_string_append_c (user_data, 'a');
}

static void
append_b (gpointer user_data)
{
  g_string_append_c (user_data, 'b');
}

static void
test_virtual_timers_run_in_order (void)
{
  g_autoptr (MmpClock) clock = mmp_clock_new_virtual ();
  g_autoptr (GString) log = g_string_new (NULL);
  guint removed;

  mmp_clock_add (clock, 20, append_b, log);
  mmp_clock_add (clock, 10, append_a, log);
  removed = mmp_clock_add (clock, 15, append_b, log);
  mmp_clock_remove (clock, &removed);
  g_assert_cmpuint (removed, ==, 0);

  while (mmp_clock_step (clock, 10))
    ;
  g_assert_cmpstr (log->str, ==, "a");
  g_assert_cmpint (mmp_clock_now (clock), ==, 10);

  while (mmp_clock_step (clock, 100))
    ;
  g_assert_cmpstr (log->str, ==, "ab");
  g_assert_cmpint (mmp_clock_now (clock), ==, 100);
}

static void
test_real_timers_run_in_the_context (void)
{
  g_autoptr (MmpClock) clock = mmp_clock_new (NULL);
  g_autoptr (GString) log = g_string_new (NULL);
  guint far = mmp_clock_add (clock, mmp_clock_now (clock) + MMP_SECONDS (3600), append_b, log);

  mmp_clock_add (clock, 0, append_a, log);
  g_assert_cmpstr (log->str, ==, "");
  mmp_test_await (log->len > 0);
  g_assert_cmpstr (log->str, ==, "a");

  mmp_clock_remove (clock, &far);
  mmp_clock_add (clock, mmp_clock_now (clock) + 2000, append_b, log);
  mmp_test_await (log->len > 1);
  g_assert_cmpstr (log->str, ==, "ab");
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/clock/virtual-timers-run-in-order", test_virtual_timers_run_in_order);
  g_test_add_func ("/clock/real-timers-run-in-the-context", test_real_timers_run_in_the_context);

  return g_test_run ();
}
