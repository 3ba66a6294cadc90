/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mmp-clock.h"

typedef struct
{
  MmpClock *clock; /* owned by the clock's table, so not a reference */
  guint id;
  gint64 due;
  MmpTimerFunc func;
  gpointer user_data;
  GSource *source; /* real time */
  GSequenceIter *iter; /* virtual time */
} MmpTimer;

struct _MmpClock
{
  GMainContext *context; /* NULL: virtual time */
  gint64 now; /* virtual time only */
  guint last_id;
  GHashTable *timers; /* id -> MmpTimer */
  GSequence *queue; /* virtual time only: MmpTimer by (due, id) */
};

static void
mmp_timer_free (gpointer data)
{
  MmpTimer *timer = data;

  if (timer->source != NULL)
    {
      g_source_destroy (timer->source);
      g_source_unref (timer->source);
    }
  if (timer->iter != NULL)
    g_sequence_remove (timer->iter);
  g_free (timer);
}

static int
compare_timers (gconstpointer a,
                gconstpointer b,
                gpointer user_data)
{
  const MmpTimer *first = a;
  const MmpTimer *second = b;

  if (first->due != second->due)
    return first->due < second->due ? -1 : 1;

  return first->id < second->id ? -1 : first->id > second->id;
}

static void
fire (MmpTimer *timer)
{
  MmpTimerFunc func = timer->func;
  gpointer user_data = timer->user_data;

  g_hash_table_remove (timer->clock->timers, GUINT_TO_POINTER (timer->id));
  func (user_data);
}

static gboolean
on_source_ready (gpointer user_data)
{
  fire (user_data);

  return G_SOURCE_REMOVE;
}

static MmpClock *
mmp_clock_alloc (GMainContext *context)
{
  MmpClock *self = g_rc_box_new0 (MmpClock);

  self->context = context;
  self->timers = g_hash_table_new_full (NULL, NULL, NULL, mmp_timer_free);

  return self;
}

/**
 * mmp_clock_new:
 * @context: (nullable): the context that runs the timers; %NULL for the global default one
 *
 * Returns: (transfer full): a clock on the machine's monotonic time
 */
MmpClock *
mmp_clock_new (GMainContext *context)
{
  if (context == NULL)
    context = g_main_context_default ();

  return mmp_clock_alloc (g_main_context_ref (context));
}

/**
 * mmp_clock_new_virtual:
 *
 * Returns: (transfer full): a clock that starts at 0 and moves only by mmp_clock_step()
 */
MmpClock *
mmp_clock_new_virtual (void)
{
  MmpClock *self = mmp_clock_alloc (NULL);

  self->queue = g_sequence_new (NULL);

  return self;
}

/**
 * mmp_clock_ref:
 *
 * Returns: (transfer full): @self
 */
MmpClock *
mmp_clock_ref (MmpClock *self)
{
  return g_rc_box_acquire (self);
}

static void
mmp_clock_clear (gpointer data)
{
  MmpClock *self = data;

  g_hash_table_unref (self->timers);
  g_clear_pointer (&self->queue, g_sequence_free);
  g_clear_pointer (&self->context, g_main_context_unref);
}

/**
 * mmp_clock_unref:
 *
 * With the last reference, timers that still wait are dropped.
 */
void
mmp_clock_unref (MmpClock *self)
{
  g_rc_box_release_full (self, mmp_clock_clear);
}

/**
 * mmp_clock_now:
 *
 * Returns: microseconds since some fixed start
 */
gint64
mmp_clock_now (MmpClock *self)
{
  return self->context != NULL ? g_get_monotonic_time () : self->now;
}

/**
 * mmp_clock_add:
 * @due: when to call @func, in microseconds on mmp_clock_now()'s scale; the past means as soon as possible
 *
 * Calls @func once. It is never called from inside this function.
 *
 * Returns: the timer's id, never 0
 */
guint
mmp_clock_add (MmpClock *self,
               gint64 due,
               MmpTimerFunc func,
               gpointer user_data)
{
  MmpTimer *timer = g_new0 (MmpTimer, 1);

  if (++self->last_id == 0)
    self->last_id = 1;
  timer->clock = self;
  timer->id = self->last_id;
  timer->due = due;
  timer->func = func;
  timer->user_data = user_data;

  if (self->context != NULL)
    {
      timer->source = g_timeout_source_new (0);
      g_source_set_ready_time (timer->source, MAX (due, 0));
      g_source_set_static_name (timer->source, "[mmp] clock");
      g_source_set_callback (timer->source, on_source_ready, timer, NULL);
      g_source_attach (timer->source, self->context);
    }
  else
    {
      timer->iter = g_sequence_insert_sorted (self->queue, timer, compare_timers, NULL);
    }
  g_hash_table_insert (self->timers, GUINT_TO_POINTER (timer->id), timer);

  return timer->id;
}

/**
 * mmp_clock_remove:
 * @id: (inout): a timer's id, or 0; set to 0
 *
 * Forgets a timer. One that fired already, and 0, are ignored.
 */
void
mmp_clock_remove (MmpClock *self,
                  guint *id)
{
  if (*id != 0)
    g_hash_table_remove (self->timers, GUINT_TO_POINTER (*id));
  *id = 0;
}

/**
 * mmp_clock_step:
 * @until: latest time to move to, in microseconds
 *
 * Virtual time only: moves to the next timer that is due at or before @until and runs it, or else to @until.
 *
 * Returns: %TRUE if a timer ran
 */
gboolean
mmp_clock_step (MmpClock *self,
                gint64 until)
{
  GSequenceIter *first;
  MmpTimer *timer;

  g_return_val_if_fail (self->context == NULL, FALSE);

  first = g_sequence_get_begin_iter (self->queue);
  timer = g_sequence_iter_is_end (first) ? NULL : g_sequence_get (first);
  if (timer == NULL || timer->due > until)
    {
      self->now = MAX (self->now, until);
      return FALSE;
    }

  self->now = MAX (self->now, timer->due);
  fire (timer);

  return TRUE;
}
