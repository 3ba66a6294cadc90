/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "crypto/mmp-replay-window.h"

static gboolean
take (MmpReplayWindow *window,
      guint64 number)
{
  if (!mmp_replay_window_is_new (window, number))
    return FALSE;
  mmp_replay_window_mark (window, number);

  return TRUE;
}

static void
test_every_number_passes_once (void)
{
  MmpReplayWindow window = { 0 };

  for (guint64 i = 0; i < 5000; i++)
    {
      g_assert_true (take (&window, i));
      g_assert_false (take (&window, i));
    }
}

static void
test_order_does_not_matter_within_the_window (void)
{
  MmpReplayWindow window = { 0 };

  for (guint64 base = 0; base < 8 * MMP_REPLAY_WINDOW_SIZE; base += MMP_REPLAY_WINDOW_SIZE)
    {
      for (guint64 i = MMP_REPLAY_WINDOW_SIZE; i > 0; i--)
        g_assert_true (take (&window, base + i - 1));
      for (guint64 i = 0; i < MMP_REPLAY_WINDOW_SIZE; i++)
        g_assert_false (take (&window, base + i));
    }
}

static void
test_too_old_numbers_are_refused (void)
{
  MmpReplayWindow window = { 0 };

  g_assert_true (take (&window, 5000));
  g_assert_false (take (&window, 5000 - MMP_REPLAY_WINDOW_SIZE));
  g_assert_true (take (&window, 5000 - MMP_REPLAY_WINDOW_SIZE + 1));
  g_assert_false (take (&window, 0));
}

static void
test_looking_changes_nothing (void)
{
  MmpReplayWindow window = { 0 };

  g_assert_true (mmp_replay_window_is_new (&window, 1 << 20));
  g_assert_true (mmp_replay_window_is_new (&window, 1 << 20));
  g_assert_true (take (&window, 0));
}

/* The plainest implementation there is: a table of all numbers. */
static void
test_it_agrees_with_a_model (void)
{
  MmpReplayWindow window = { 0 };
  g_autofree guint8 *seen = g_malloc0 (1 << 17);
  guint64 highest = 0;

  for (guint i = 0; i < 200000; i++)
    {
      gint64 jump = g_test_rand_int_range (0, 100) == 0 ? g_test_rand_int_range (0, 200) : g_test_rand_int_range (-1100, 3);
      gint64 number = CLAMP ((gint64) highest + jump, 0, (1 << 17) - 1);
      gboolean expected = !seen[number] && (gint64) highest - number < MMP_REPLAY_WINDOW_SIZE;

      g_assert_cmpint (take (&window, number), ==, expected);
      if (expected)
        seen[number] = 1;
      highest = MAX (highest, (guint64) number * expected);
    }
  g_assert_cmpuint (highest, >, 10 * MMP_REPLAY_WINDOW_SIZE);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/replay-window/every-number-passes-once", test_every_number_passes_once);
  g_test_add_func ("/replay-window/order-does-not-matter-within-the-window", test_order_does_not_matter_within_the_window);
  g_test_add_func ("/replay-window/too-old-numbers-are-refused", test_too_old_numbers_are_refused);
  g_test_add_func ("/replay-window/looking-changes-nothing", test_looking_changes_nothing);
  g_test_add_func ("/replay-window/it-agrees-with-a-model", test_it_agrees_with_a_model);

  return g_test_run ();
}
