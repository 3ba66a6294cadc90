/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mmp-context.h"

/* A source that is always ready must not keep a thread from ending. */
#define MAX_LAST_ITERATIONS 1000

typedef struct
{
  MmpContextFunc func;
  gpointer user_data;
  GDestroyNotify destroy;
} Invocation;

struct _MmpIoThread
{
  GMainContext *context;
  GMainLoop *loop;
  GThread *thread;
};

static gboolean
on_invoked (gpointer user_data)
{
  Invocation *invocation = user_data;

  invocation->func (invocation->user_data);

  return G_SOURCE_REMOVE;
}

static void
invocation_free (gpointer data)
{
  Invocation *invocation = data;

  if (invocation->destroy != NULL)
    invocation->destroy (invocation->user_data);
  g_free (invocation);
}

/**
 * mmp_context_invoke:
 * @context: (nullable): where to run @func; %NULL for the global default context
 * @func: what to run
 * @user_data: (nullable): its argument
 * @destroy: (nullable): frees @user_data on that thread after @func ran; if the context ends before @func ran, where
 *   the context is freed
 *
 * Runs @func on the thread of @context, always later, never inside this call; commands to one context run in the order
 * in which they were given. May be called from any thread.
 */
void
mmp_context_invoke (GMainContext *context,
                    MmpContextFunc func,
                    gpointer user_data,
                    GDestroyNotify destroy)
{
  Invocation *invocation = g_new (Invocation, 1);
  g_autoptr (GSource) source = g_idle_source_new ();

  invocation->func = func;
  invocation->user_data = user_data;
  invocation->destroy = destroy;
  g_source_set_static_name (source, "[mmp] invoke");
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, on_invoked, invocation, invocation_free);
  g_source_attach (source, context);
}

static gpointer
io_thread_main (gpointer data)
{
  MmpIoThread *self = data;

  g_main_context_push_thread_default (self->context);
  g_main_loop_run (self->loop);
  /* What was asked for before the end still happens, so that nothing that waits for it is left hanging. */
  for (guint i = 0; i < MAX_LAST_ITERATIONS && g_main_context_iteration (self->context, FALSE); i++)
    ;
  g_main_context_pop_thread_default (self->context);

  return NULL;
}

/**
 * mmp_io_thread_new:
 *
 * Returns: (transfer full): a running thread
 */
MmpIoThread *
mmp_io_thread_new (void)
{
  MmpIoThread *self = g_new0 (MmpIoThread, 1);

  self->context = g_main_context_new ();
  self->loop = g_main_loop_new (self->context, FALSE);
  self->thread = g_thread_new ("mmp-io", io_thread_main, self);

  return self;
}

/**
 * mmp_io_thread_get_context:
 *
 * Returns: (transfer none): the context that the thread runs
 */
GMainContext *
mmp_io_thread_get_context (MmpIoThread *self)
{
  return self->context;
}

static void
on_quit (gpointer user_data)
{
  g_main_loop_quit (user_data);
}

/**
 * mmp_io_thread_free:
 * @self: (nullable): a thread
 *
 * Ends the thread after everything that was asked of it before, and waits for that. Not to be called on the thread
 * itself.
 */
void
mmp_io_thread_free (MmpIoThread *self)
{
  if (self == NULL)
    return;

  mmp_context_invoke (self->context, on_quit, self->loop, NULL);
  g_thread_join (self->thread);
  g_main_loop_unref (self->loop);
  g_main_context_unref (self->context);
  g_free (self);
}
