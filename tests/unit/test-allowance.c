/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mmp-limits.h"
#include "link/mmp-allowance.h"

#define KIB 1024

/* A path that is sent on as fast as the allowance says: a line with a rate and a queue of any length before it */
typedef struct
{
  MmpAllowance *allowance;
  gint64 now;
  gint64 base; /* round trip without a queue, microseconds */
  double rate; /* bytes per microsecond */
  gint64 jitter; /* every fourth acknowledgement comes so much later */
  gsize lowest; /* allowance that was seen */
  gsize highest;
} Path;

static void
path_init (Path *path,
           gint64 base,
           double rate)
{
  *path = (Path) { .allowance = mmp_allowance_new (), .now = MMP_SECONDS (1000), .base = base, .rate = rate, .lowest = G_MAXSIZE };
  mmp_allowance_restart (path->allowance, MMP_CARRIER_DIRECT, path->now);
  mmp_allowance_ping (path->allowance, path->now, base);
}

/* As long as the allowance fits the line there is no queue; what is more than that waits. */
static gint64
get_rtt (const Path *path)
{
  return MAX (path->base, (gint64) ((double) mmp_allowance_get (path->allowance) / path->rate));
}

static void
run_for (Path *path,
         gint64 duration)
{
  gint64 end = path->now + duration;

  path->lowest = G_MAXSIZE;
  path->highest = 0;
  for (guint n = 0; path->now < end; n++)
    {
      gsize allowance = mmp_allowance_get (path->allowance);
      gint64 rtt = get_rtt (path);
      gsize size = mmp_allowance_get_message_size (path->allowance);

      path->lowest = MIN (path->lowest, allowance);
      path->highest = MAX (path->highest, allowance);
      path->now += MAX (1, (gint64) ((double) size * (double) rtt / (double) allowance));
      mmp_allowance_acknowledged (path->allowance, path->now, 1, size, rtt + (n % 4 == 3 ? path->jitter : 0), TRUE);
    }
}

static void
path_clear (Path *path)
{
  mmp_allowance_free (path->allowance);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Path, path_clear)

static void
test_grows_fast_on_a_fast_path (void)
{
  g_auto (Path) path = { NULL };

  path_init (&path, MMP_MSEC (50), 100);
  g_assert_cmpuint (mmp_allowance_get (path.allowance), ==, 64 * KIB);
  g_assert_cmpuint (mmp_allowance_get_message_size (path.allowance), ==, 4 * KIB);
  run_for (&path, 8 * MMP_MSEC (50));
  g_assert_cmpuint (mmp_allowance_get (path.allowance), ==, 1024 * KIB);
  g_assert_cmpuint (mmp_allowance_get_message_size (path.allowance), ==, 16 * KIB);
  run_for (&path, MMP_SECONDS (30));
  g_assert_cmpuint (path.lowest, >=, 768 * KIB);
}

/* 20 Mbit/s and 20 ms: 50 kB fit the path, and 25 kB are a queue of 10 ms. */
static void
test_settles_where_the_queue_is_short (void)
{
  g_auto (Path) path = { NULL };

  path_init (&path, MMP_MSEC (20), 2.5);
  run_for (&path, MMP_SECONDS (1));
  run_for (&path, MMP_SECONDS (60));
  g_assert_cmpuint (path.lowest, ==, 64 * KIB);
  g_assert_cmpuint (path.highest, <=, 115 * KIB);
  g_assert_cmpuint (mmp_allowance_get_message_size (path.allowance), <=, 7 * KIB);
}

/* 12 MB/s and 50 ms: 600 kB fit the path. */
static void
test_keeps_a_long_path_busy (void)
{
  g_auto (Path) path = { NULL };

  path_init (&path, MMP_MSEC (50), 12);
  run_for (&path, MMP_SECONDS (1));
  run_for (&path, MMP_SECONDS (60));
  g_assert_cmpuint (path.lowest, >=, 400 * KIB);
  g_assert_cmpuint (path.highest, <=, 900 * KIB);
}

static void
test_jitter_does_not_starve_it (void)
{
  g_auto (Path) path = { NULL };

  path_init (&path, MMP_MSEC (50), 12);
  path.jitter = MMP_MSEC (40);
  run_for (&path, MMP_SECONDS (1));
  run_for (&path, MMP_SECONDS (60));
  g_assert_cmpuint (path.lowest, >=, 400 * KIB);
}

static void
test_follows_a_path_that_becomes_slower (void)
{
  g_auto (Path) path = { NULL };

  path_init (&path, MMP_MSEC (50), 12);
  run_for (&path, MMP_SECONDS (5));
  path.rate = 2;
  run_for (&path, MMP_SECONDS (5));
  run_for (&path, MMP_SECONDS (20));
  g_assert_cmpuint (path.highest, <=, 160 * KIB);
  path.rate = 12;
  run_for (&path, MMP_SECONDS (5));
  g_assert_cmpuint (path.highest, >=, 500 * KIB);
}

/* A queue that never empties would be taken for the path after 10 s, then a longer one, and so on. */
static void
test_does_not_creep (void)
{
  g_auto (Path) path = { NULL };

  path_init (&path, MMP_MSEC (50), 4);
  run_for (&path, MMP_SECONDS (10));
  run_for (&path, MMP_SECONDS (300));
  g_assert_cmpuint (path.highest, <=, 320 * KIB);
}

static void
test_grows_only_if_it_is_what_limits (void)
{
  g_auto (Path) path = { NULL };

  path_init (&path, MMP_MSEC (50), 12);
  for (guint i = 0; i < 1000; i++)
    mmp_allowance_acknowledged (path.allowance, path.now += MMP_MSEC (5), 1, 1000, MMP_MSEC (50), FALSE);
  g_assert_cmpuint (mmp_allowance_get (path.allowance), ==, 64 * KIB);
}

static void
test_begins_anew_after_silence (void)
{
  g_auto (Path) path = { NULL };

  path_init (&path, MMP_MSEC (50), 12);
  run_for (&path, MMP_SECONDS (5));
  path.now += MMP_SECONDS (11);
  mmp_allowance_ping (path.allowance, path.now, MMP_MSEC (50));
  g_assert_cmpuint (mmp_allowance_get (path.allowance), ==, 64 * KIB);
}

static void
test_a_relay_gets_less (void)
{
  g_auto (Path) path = { NULL };

  path_init (&path, MMP_MSEC (100), 100);
  mmp_allowance_restart (path.allowance, MMP_CARRIER_RELAY, path.now);
  run_for (&path, MMP_SECONDS (10));
  g_assert_cmpuint (path.highest, ==, 256 * KIB);
}

static void
test_learns_nothing_without_a_round_trip (void)
{
  g_autoptr (MmpAllowance) allowance = mmp_allowance_new ();

  mmp_allowance_restart (allowance, MMP_CARRIER_DIRECT, 0);
  for (gint64 now = 0; now < MMP_SECONDS (20); now += MMP_MSEC (10))
    mmp_allowance_acknowledged (allowance, now, 1, 10000, -1, TRUE);
  g_assert_cmpuint (mmp_allowance_get (allowance), ==, 64 * KIB);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/allowance/grows-fast-on-a-fast-path", test_grows_fast_on_a_fast_path);
  g_test_add_func ("/allowance/settles-where-the-queue-is-short", test_settles_where_the_queue_is_short);
  g_test_add_func ("/allowance/keeps-a-long-path-busy", test_keeps_a_long_path_busy);
  g_test_add_func ("/allowance/jitter-does-not-starve-it", test_jitter_does_not_starve_it);
  g_test_add_func ("/allowance/follows-a-path-that-becomes-slower", test_follows_a_path_that_becomes_slower);
  g_test_add_func ("/allowance/does-not-creep", test_does_not_creep);
  g_test_add_func ("/allowance/grows-only-if-it-is-what-limits", test_grows_only_if_it_is_what_limits);
  g_test_add_func ("/allowance/begins-anew-after-silence", test_begins_anew_after_silence);
  g_test_add_func ("/allowance/a-relay-gets-less", test_a_relay_gets_less);
  g_test_add_func ("/allowance/learns-nothing-without-a-round-trip", test_learns_nothing_without_a_round_trip);

  return g_test_run ();
}
