/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "profile/mmp-moment.h"

#define A "01234567-89ab-cdef-0123-456789abcdef"
#define B "fedcba98-89ab-cdef-0123-456789abcdef"

static const struct
{
  const char *what;
  MmpMoment begin;
  MmpMoment now;
  gboolean within;
} cases[] = {
  { "at once", { A, 100, 5000 }, { A, 100, 5000 }, TRUE },
  { "in time", { A, 100, 5000 }, { A, 699, 5599 }, TRUE },
  { "late", { A, 100, 5000 }, { A, 700, 5600 }, FALSE },
  { "late, and the clock was set back", { A, 100, 5000 }, { A, 700, 5100 }, FALSE },
  { "in time, and the clock was set forward", { A, 100, 5000 }, { A, 200, 99999 }, TRUE },
  { "in time, and the clock was set back", { A, 100, 5000 }, { A, 200, 0 }, TRUE },
  { "after a restart", { A, 100, 5000 }, { B, 200, 5100 }, FALSE },
  { "an uptime before the beginning", { A, 100, 5000 }, { A, 99, 5000 }, FALSE },
  { "the start is not to be known any more", { A, 100, 5000 }, { "", 0, 5100 }, FALSE },
  { "the start was not to be known", { "", 0, 5000 }, { A, 200, 5100 }, FALSE },
  { "by the clock: in time", { "", 0, 5000 }, { "", 0, 5599 }, TRUE },
  { "by the clock: late", { "", 0, 5000 }, { "", 0, 5600 }, FALSE },
  { "by the clock: before the beginning", { "", 0, 5000 }, { "", 0, 4999 }, FALSE },
  { "far away", { "", 0, 0 }, { "", 0, G_MAXINT64 }, FALSE },
};

static void
test_ends_cannot_be_put_off (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_test_message ("%s", cases[i].what);
      g_assert_cmpint (mmp_moment_is_within (&cases[i].now, &cases[i].begin, 600), ==, cases[i].within);
    }
}

static void
test_now_is_within_now (void)
{
  MmpMoment begin = mmp_moment_now ();
  MmpMoment now = mmp_moment_now ();

  g_assert_true (mmp_moment_is_within (&now, &begin, 600));
  g_assert_cmpint (now.wall, >, 0);
  g_assert_cmpstr (now.boot, ==, begin.boot);
  if (g_file_test ("/proc/sys/kernel/random/boot_id", G_FILE_TEST_EXISTS))
    g_assert_cmpuint (strlen (now.boot), ==, strlen (A));
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/moment/ends-cannot-be-put-off", test_ends_cannot_be_put_off);
  g_test_add_func ("/moment/now-is-within-now", test_now_is_within_now);

  return g_test_run ();
}
