/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "tunnel/mmp-crossing.h"

#include "base/mmp-context.h"

struct _MmpCrossing
{
  GMainContext *io;
  gpointer control_side; /* control thread; NULL: ended */
  gpointer io_side; /* I/O thread; NULL: not begun yet, or ended */
  int n_waiting; /* atomic: on the way to control */
};

typedef struct
{
  MmpCrossing *crossing;
  MmpCrossingFunc func;
  MmpCrossingBeginFunc begin;
  GDestroyNotify end;
  gpointer data;
  GDestroyNotify destroy;
} Command;

static void
command_free (gpointer data)
{
  Command *command = data;

  if (command->destroy != NULL)
    command->destroy (command->data);
  mmp_crossing_unref (command->crossing);
  g_free (command);
}

static Command *
command_new (MmpCrossing *self,
             gpointer data,
             GDestroyNotify destroy)
{
  Command *command = g_new0 (Command, 1);

  command->crossing = mmp_crossing_ref (self);
  command->data = data;
  command->destroy = destroy;

  return command;
}

static void
run_begin (gpointer user_data)
{
  Command *command = user_data;

  command->crossing->io_side = command->begin (command->crossing, command->data);
}

static void
run_end (gpointer user_data)
{
  Command *command = user_data;
  gpointer side = g_steal_pointer (&command->crossing->io_side);

  if (side != NULL)
    command->end (side);
}

static void
run_on_io (gpointer user_data)
{
  Command *command = user_data;

  if (command->crossing->io_side != NULL)
    command->func (command->crossing->io_side, command->data);
}

static void
run_on_control (gpointer user_data)
{
  Command *command = user_data;

  g_atomic_int_add (&command->crossing->n_waiting, -1);
  if (command->crossing->control_side != NULL)
    command->func (command->crossing->control_side, command->data);
}

static void
mmp_crossing_clear (gpointer data)
{
  MmpCrossing *self = data;

  g_main_context_unref (self->io);
}

/**
 * mmp_crossing_new:
 * @control_side: (transfer none): the object of this thread; it calls mmp_crossing_end() before it goes
 * @io: the context of the I/O thread
 *
 * Returns: (transfer full): a crossing whose I/O side has not begun
 */
MmpCrossing *
mmp_crossing_new (gpointer control_side,
                  GMainContext *io)
{
  MmpCrossing *self = g_atomic_rc_box_new0 (MmpCrossing);

  self->control_side = control_side;
  self->io = g_main_context_ref (io);

  return self;
}

/**
 * mmp_crossing_ref:
 *
 * May be called on any thread.
 *
 * Returns: (transfer full): @self
 */
MmpCrossing *
mmp_crossing_ref (MmpCrossing *self)
{
  return g_atomic_rc_box_acquire (self);
}

/**
 * mmp_crossing_unref:
 *
 * May be called on any thread.
 */
void
mmp_crossing_unref (MmpCrossing *self)
{
  g_atomic_rc_box_release_full (self, mmp_crossing_clear);
}

/**
 * mmp_crossing_begin:
 * @begin: makes the I/O side, on that thread
 * @data: for @begin
 * @destroy: (nullable): frees @data
 *
 * Control thread, once.
 */
void
mmp_crossing_begin (MmpCrossing *self,
                    MmpCrossingBeginFunc begin,
                    gpointer data,
                    GDestroyNotify destroy)
{
  Command *command = command_new (self, data, destroy);

  command->begin = begin;
  mmp_context_invoke (self->io, run_begin, command, command_free);
}

/**
 * mmp_crossing_end:
 * @end: frees the I/O side, on that thread, after all commands that were given before
 *
 * Control thread. Nothing is called on the control side any more.
 */
void
mmp_crossing_end (MmpCrossing *self,
                  GDestroyNotify end)
{
  Command *command = command_new (self, NULL, NULL);

  self->control_side = NULL;
  command->end = end;
  mmp_context_invoke (self->io, run_end, command, command_free);
}

/**
 * mmp_crossing_to_io:
 * @func: what to run on the I/O thread, if its side is there
 * @data: for @func
 * @destroy: (nullable): frees @data, on that thread
 *
 * Control thread.
 */
void
mmp_crossing_to_io (MmpCrossing *self,
                    MmpCrossingFunc func,
                    gpointer data,
                    GDestroyNotify destroy)
{
  Command *command = command_new (self, data, destroy);

  command->func = func;
  mmp_context_invoke (self->io, run_on_io, command, command_free);
}

/**
 * mmp_crossing_to_control:
 * @func: what to run on the control thread, if its side is there
 * @data: for @func
 * @destroy: (nullable): frees @data, on that thread
 *
 * I/O thread.
 */
void
mmp_crossing_to_control (MmpCrossing *self,
                         MmpCrossingFunc func,
                         gpointer data,
                         GDestroyNotify destroy)
{
  Command *command = command_new (self, data, destroy);

  g_atomic_int_add (&self->n_waiting, 1);
  command->func = func;
  mmp_context_invoke (NULL, run_on_control, command, command_free);
}

/**
 * mmp_crossing_count_waiting:
 *
 * Returns: how many commands are on their way to the control thread; who sends many of them looks here first
 */
guint
mmp_crossing_count_waiting (MmpCrossing *self)
{
  return (guint) g_atomic_int_get (&self->n_waiting);
}
