/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mmp-waiter.h"

#include "base/mmp-error.h"

#define STOPPED "it was stopped"

struct _MmpWaiter
{
  MmpClock *clock;
  gboolean stopped;
  DexPromise *wake; /* nullable: what mmp_waiter_wait() waits for */
  DexPromise *end; /* nullable: what ends mmp_waiter_await() early */
  guint timer;
};

static void
end (MmpWaiter *self,
     int code,
     const char *clause)
{
  g_autoptr (DexPromise) promise = g_steal_pointer (&self->end);

  if (promise != NULL)
    dex_promise_reject (promise, g_error_new_literal (MMP_ERROR, code, clause));
}

static void
on_due (gpointer user_data)
{
  MmpWaiter *self = user_data;

  self->timer = 0;
  mmp_waiter_wake (self);
  end (self, MMP_ERROR_TIMED_OUT, "there was no answer in time");
}

/**
 * mmp_waiter_new:
 * @clock: for the deadlines; of the default main context, or virtual
 *
 * Returns: (transfer full): a waiter for one fiber, which must be over before it is freed
 */
MmpWaiter *
mmp_waiter_new (MmpClock *clock)
{
  MmpWaiter *self = g_new0 (MmpWaiter, 1);

  self->clock = mmp_clock_ref (clock);

  return self;
}

/**
 * mmp_waiter_free:
 * @self: (nullable): a waiter that nobody waits with
 */
void
mmp_waiter_free (MmpWaiter *self)
{
  if (self == NULL)
    return;

  g_clear_pointer (&self->wake, dex_unref);
  g_clear_pointer (&self->end, dex_unref);
  mmp_clock_remove (self->clock, &self->timer);
  mmp_clock_unref (self->clock);
  g_free (self);
}

/**
 * mmp_waiter_wake:
 *
 * Something changed that the fiber looks at before it waits again. It goes on in a later turn of the main context. A
 * fiber that does not wait in mmp_waiter_wait() just now will look anyway.
 */
void
mmp_waiter_wake (MmpWaiter *self)
{
  g_autoptr (DexPromise) promise = g_steal_pointer (&self->wake);

  if (promise != NULL)
    dex_promise_resolve_boolean (promise, TRUE);
}

/**
 * mmp_waiter_stop:
 *
 * Ends every wait, now and later.
 */
void
mmp_waiter_stop (MmpWaiter *self)
{
  self->stopped = TRUE;
  mmp_waiter_wake (self);
  end (self, MMP_ERROR_CANCELLED, STOPPED);
}

/**
 * mmp_waiter_is_stopped:
 *
 * Returns: whether mmp_waiter_stop() was called
 */
gboolean
mmp_waiter_is_stopped (MmpWaiter *self)
{
  return self->stopped;
}

/**
 * mmp_waiter_wait:
 * @deadline: in microseconds of the clock
 *
 * In a fiber: returns when somebody calls mmp_waiter_wake() or mmp_waiter_stop(), or at @deadline.
 *
 * Returns: %FALSE if it is stopped
 */
gboolean
mmp_waiter_wait (MmpWaiter *self,
                 gint64 deadline)
{
  if (self->stopped)
    return FALSE;

  g_clear_pointer (&self->wake, dex_unref);
  self->wake = dex_promise_new ();
  self->timer = mmp_clock_add (self->clock, deadline, on_due, self);
  dex_await (dex_ref (DEX_FUTURE (self->wake)), NULL);
  mmp_clock_remove (self->clock, &self->timer);

  return !self->stopped;
}

/**
 * mmp_waiter_await:
 * @future: (transfer full): what to wait for
 * @duration: at most, in microseconds
 * @error: return location
 *
 * In a fiber: waits for @future; %MMP_ERROR_TIMED_OUT after @duration, %MMP_ERROR_CANCELLED when stopped.
 *
 * Returns: whether @future resolved and nobody stopped the waiter meanwhile
 */
gboolean
mmp_waiter_await (MmpWaiter *self,
                  DexFuture *future,
                  gint64 duration,
                  GError **error)
{
  g_autoptr (DexFuture) wanted = future;
  gboolean resolved;

  if (self->stopped)
    {
      g_set_error_literal (error, MMP_ERROR, MMP_ERROR_CANCELLED, STOPPED);
      return FALSE;
    }

  g_clear_pointer (&self->end, dex_unref);
  self->end = dex_promise_new ();
  self->timer = mmp_clock_add (self->clock, mmp_clock_now (self->clock) + duration, on_due, self);
  resolved = dex_await (dex_future_first (g_steal_pointer (&wanted), dex_ref (DEX_FUTURE (self->end)), NULL), error);
  mmp_clock_remove (self->clock, &self->timer);
  g_clear_pointer (&self->end, dex_unref);
  if (resolved && self->stopped)
    {
      g_set_error_literal (error, MMP_ERROR, MMP_ERROR_CANCELLED, STOPPED);
      return FALSE;
    }

  return resolved;
}
