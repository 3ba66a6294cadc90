/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mmp-error.h"
#include "base/mmp-limits.h"
#include "base/mmp-waiter.h"

#include "mmp-test.h"

typedef struct
{
  MmpClock *clock;
  MmpWaiter *waiter;
  DexPromise *promise;
  gboolean over;
  gboolean result;
  GError *error;
} Fixture;

static void
set_up (Fixture *f,
        gconstpointer data)
{
  f->clock = mmp_clock_new_virtual ();
  f->waiter = mmp_waiter_new (f->clock);
  f->promise = dex_promise_new ();
}

static void
tear_down (Fixture *f,
           gconstpointer data)
{
  g_clear_error (&f->error);
  dex_unref (f->promise);
  mmp_waiter_free (f->waiter);
  mmp_clock_unref (f->clock);
}

static void
pass (Fixture *f,
      gint64 duration)
{
  gint64 until = mmp_clock_now (f->clock) + duration;

  while (mmp_clock_step (f->clock, until))
    ;
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

static DexFuture *
wait_fiber (gpointer user_data)
{
  Fixture *f = user_data;

  f->result = mmp_waiter_wait (f->waiter, MMP_SECONDS (5));
  f->over = TRUE;

  return dex_future_new_for_boolean (TRUE);
}

static DexFuture *
await_fiber (gpointer user_data)
{
  Fixture *f = user_data;

  f->result = mmp_waiter_await (f->waiter, dex_ref (DEX_FUTURE (f->promise)), MMP_SECONDS (5), &f->error);
  f->over = TRUE;

  return dex_future_new_for_boolean (TRUE);
}

static void
start (Fixture *f,
       DexFiberFunc fiber)
{
  dex_future_disown (dex_scheduler_spawn (NULL, 0, fiber, f, NULL));
  pass (f, 0);
}

static void
test_waiting_ends_at_the_deadline (Fixture *f,
                                   gconstpointer data)
{
  start (f, wait_fiber);
  pass (f, MMP_SECONDS (5) - 1);
  g_assert_false (f->over);
  pass (f, 1);
  mmp_test_await (f->over);
  g_assert_true (f->result);
}

static void
test_waiting_ends_when_woken (Fixture *f,
                              gconstpointer data)
{
  mmp_waiter_wake (f->waiter);
  start (f, wait_fiber);
  g_assert_false (f->over);
  mmp_waiter_wake (f->waiter);
  mmp_waiter_wake (f->waiter);
  /* Never inside the call that wakes */
  g_assert_false (f->over);
  mmp_test_await (f->over);
  g_assert_true (f->result);
  pass (f, MMP_SECONDS (10));
}

static void
test_waiting_ends_when_stopped (Fixture *f,
                                gconstpointer data)
{
  start (f, wait_fiber);
  mmp_waiter_stop (f->waiter);
  mmp_test_await (f->over);
  g_assert_false (f->result);
  g_assert_true (mmp_waiter_is_stopped (f->waiter));

  f->over = FALSE;
  start (f, wait_fiber);
  mmp_test_await (f->over);
  g_assert_false (f->result);
}

static void
test_a_future_resolves (Fixture *f,
                        gconstpointer data)
{
  start (f, await_fiber);
  mmp_waiter_wake (f->waiter);
  pass (f, MMP_SECONDS (1));
  g_assert_false (f->over);
  dex_promise_resolve_boolean (f->promise, TRUE);
  mmp_test_await (f->over);
  g_assert_no_error (f->error);
  g_assert_true (f->result);
}

static void
test_a_future_rejects (Fixture *f,
                       gconstpointer data)
{
  start (f, await_fiber);
  dex_promise_reject (f->promise, g_error_new_literal (MMP_ERROR, MMP_ERROR_BROKER_LOGIN, "wrong password"));
  mmp_test_await (f->over);
  g_assert_error (f->error, MMP_ERROR, MMP_ERROR_BROKER_LOGIN);
  g_assert_false (f->result);
}

static void
test_a_future_that_comes_too_late_is_not_waited_for (Fixture *f,
                                                     gconstpointer data)
{
  start (f, await_fiber);
  pass (f, MMP_SECONDS (5));
  mmp_test_await (f->over);
  g_assert_error (f->error, MMP_ERROR, MMP_ERROR_TIMED_OUT);
  g_assert_false (f->result);
  dex_promise_resolve_boolean (f->promise, TRUE);
}

static void
test_stopping_ends_the_wait_for_a_future (Fixture *f,
                                          gconstpointer data)
{
  start (f, await_fiber);
  mmp_waiter_stop (f->waiter);
  mmp_test_await (f->over);
  g_assert_error (f->error, MMP_ERROR, MMP_ERROR_CANCELLED);
  g_assert_false (f->result);
}

/* Both in the same turn: whoever stopped it must not see it go on. */
static void
test_stopping_wins_over_a_future_that_resolved (Fixture *f,
                                                gconstpointer data)
{
  start (f, await_fiber);
  dex_promise_resolve_boolean (f->promise, TRUE);
  mmp_waiter_stop (f->waiter);
  mmp_test_await (f->over);
  g_assert_error (f->error, MMP_ERROR, MMP_ERROR_CANCELLED);
  g_assert_false (f->result);
}

int
main (int argc,
      char *argv[])
{
  dex_init ();
  g_test_init (&argc, &argv, NULL);

#define ADD(path, func) g_test_add ("/waiter/" path, Fixture, NULL, set_up, func, tear_down)
  ADD ("waiting-ends-at-the-deadline", test_waiting_ends_at_the_deadline);
  ADD ("waiting-ends-when-woken", test_waiting_ends_when_woken);
  ADD ("waiting-ends-when-stopped", test_waiting_ends_when_stopped);
  ADD ("a-future-resolves", test_a_future_resolves);
  ADD ("a-future-rejects", test_a_future_rejects);
  ADD ("a-future-that-comes-too-late-is-not-waited-for", test_a_future_that_comes_too_late_is_not_waited_for);
  ADD ("stopping-ends-the-wait-for-a-future", test_stopping_ends_the_wait_for_a_future);
  ADD ("stopping-wins-over-a-future-that-resolved", test_stopping_wins_over_a_future_that_resolved);

  return g_test_run ();
}
