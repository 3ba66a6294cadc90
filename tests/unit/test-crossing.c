/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mmp-context.h"
#include "mmp-test.h"
#include "tunnel/mmp-crossing.h"

/* One side counts what it is told and on which thread. */
typedef struct
{
  MmpCrossing *crossing; /* I/O side only */
  GThread *thread;
  guint n_told;
  guint n_freed;
  gboolean ended;
} Side;

static void
free_side (gpointer data)
{
  Side *side = data;

  g_atomic_int_inc (&side->n_freed);
}

static void
end_side (gpointer data)
{
  Side *side = data;

  g_assert_true (side->thread == g_thread_self ());
  g_atomic_int_set (&side->ended, TRUE);
}

static gpointer
begin_side (MmpCrossing *crossing,
            gpointer data)
{
  Side *side = data;

  side->crossing = crossing;
  side->thread = g_thread_self ();

  return side;
}

static void
tell_control (gpointer data,
              gpointer other)
{
  Side *side = data;

  g_assert_true (side->thread == g_thread_self ());
  side->n_told++;
}

static void
tell_io (gpointer data,
         gpointer other)
{
  Side *side = data;

  g_assert_true (side->thread == g_thread_self ());
  g_atomic_int_inc (&side->n_told);
  mmp_crossing_to_control (side->crossing, tell_control, other, free_side);
}

static void
test_each_side_runs_on_its_thread (void)
{
  g_autoptr (MmpIoThread) thread = mmp_io_thread_new ();
  Side control = { .thread = g_thread_self () };
  Side io = { 0 };
  g_autoptr (MmpCrossing) crossing = mmp_crossing_new (&control, mmp_io_thread_get_context (thread));

  mmp_crossing_begin (crossing, begin_side, &io, NULL);
  for (guint i = 0; i < 100; i++)
    mmp_crossing_to_io (crossing, tell_io, &control, NULL);
  mmp_test_await (control.n_told == 100);
  g_assert_cmpuint (g_atomic_int_get (&io.n_told), ==, 100);
  g_assert_cmpuint (mmp_crossing_count_waiting (crossing), ==, 0);
  mmp_crossing_end (crossing, end_side);
  mmp_test_await (g_atomic_int_get (&io.ended));
}

static void
test_nothing_is_told_after_the_end (void)
{
  MmpIoThread *thread = mmp_io_thread_new ();
  Side control = { .thread = g_thread_self () };
  Side io = { 0 };
  g_autoptr (MmpCrossing) crossing = mmp_crossing_new (&control, mmp_io_thread_get_context (thread));

  mmp_crossing_begin (crossing, begin_side, &io, NULL);
  for (guint i = 0; i < 100; i++)
    mmp_crossing_to_io (crossing, tell_io, &control, NULL);
  mmp_crossing_end (crossing, end_side);
  mmp_crossing_to_io (crossing, tell_io, &control, NULL);
  mmp_io_thread_free (thread);
  g_assert_true (io.ended);
  g_assert_cmpuint (io.n_told, ==, 100);

  /* What was on its way is freed all the same. */
  mmp_test_await (control.n_freed == 100);
  g_assert_cmpuint (control.n_told, ==, 0);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/crossing/each-side-runs-on-its-thread", test_each_side_runs_on_its_thread);
  g_test_add_func ("/crossing/nothing-is-told-after-the-end", test_nothing_is_told_after_the_end);

  return g_test_run ();
}
