/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-cli-run.h"

#include <glib-unix.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include "mmp-cli-text.h"

struct _MmpCliRun
{
  MmpHub *hub;
  MmpCliEvents *events; /* not owned */
  GMainLoop *loop;
  MmpCliExit exit;
  gboolean on_terminal;
  MmpCliRunFunc hangup; /* nullable */
  gpointer hangup_data;
  guint stop_sources[2];
  guint hangup_source;
  guint relay_source;
  guint direct_source;
};

static const int stop_signals[] = { SIGINT, SIGTERM };

/* Without their sources the signals are the system's again, so that the next one ends the program at once. */
static void
restore_signals (MmpCliRun *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (stop_signals); i++)
    g_clear_handle_id (&self->stop_sources[i], g_source_remove);
}

static gboolean
on_stop_signal (gpointer user_data)
{
  MmpCliRun *self = user_data;

  mmp_cli_events_note (self->events, _ ("Stopping…"));
  restore_signals (self);
  g_main_loop_quit (self->loop);

  return G_SOURCE_REMOVE;
}

static gboolean
on_hangup (gpointer user_data)
{
  MmpCliRun *self = user_data;
  struct termios attributes;

  /* A terminal that was closed does not answer any more. */
  if (self->on_terminal && tcgetattr (STDIN_FILENO, &attributes) != 0)
    g_main_loop_quit (self->loop);
  else if (self->hangup != NULL)
    self->hangup (self->hangup_data);
  else
    mmp_hub_kick (self->hub);

  return G_SOURCE_CONTINUE;
}

static gboolean
on_relay_signal (gpointer user_data)
{
  mmp_hub_set_direct (((MmpCliRun *) user_data)->hub, FALSE);

  return G_SOURCE_CONTINUE;
}

static gboolean
on_direct_signal (gpointer user_data)
{
  mmp_hub_set_direct (((MmpCliRun *) user_data)->hub, TRUE);

  return G_SOURCE_CONTINUE;
}

/**
 * mmp_cli_run_new:
 * @events: where it says things; not owned
 *
 * Returns: (transfer full): the hub of this account's own files, and signals caught
 */
MmpCliRun *
mmp_cli_run_new (MmpCliEvents *events,
                 GError **error)
{
  g_autoptr (MmpHub) hub = mmp_hub_new (NULL, error);
  MmpCliRun *self;

  if (hub == NULL)
    return NULL;

  self = g_new0 (MmpCliRun, 1);
  self->hub = g_steal_pointer (&hub);
  self->events = events;
  self->loop = g_main_loop_new (NULL, FALSE);
  for (guint i = 0; i < G_N_ELEMENTS (stop_signals); i++)
    self->stop_sources[i] = g_unix_signal_add (stop_signals[i], on_stop_signal, self);
  self->on_terminal = isatty (STDIN_FILENO);
  self->hangup_source = g_unix_signal_add (SIGHUP, on_hangup, self);
  self->relay_source = g_unix_signal_add (SIGUSR1, on_relay_signal, self);
  self->direct_source = g_unix_signal_add (SIGUSR2, on_direct_signal, self);

  return self;
}

/**
 * mmp_cli_run_free:
 *
 * Stops what runs, and waits until the other sides were told.
 */
void
mmp_cli_run_free (MmpCliRun *self)
{
  restore_signals (self);
  mmp_hub_free (self->hub);
  g_clear_handle_id (&self->hangup_source, g_source_remove);
  g_clear_handle_id (&self->relay_source, g_source_remove);
  g_clear_handle_id (&self->direct_source, g_source_remove);
  g_main_loop_unref (self->loop);
  g_free (self);
}

/**
 * mmp_cli_run_get_hub:
 */
MmpHub *
mmp_cli_run_get_hub (MmpCliRun *self)
{
  return self->hub;
}

/**
 * mmp_cli_run_get_events:
 */
MmpCliEvents *
mmp_cli_run_get_events (MmpCliRun *self)
{
  return self->events;
}

/**
 * mmp_cli_run_set_hangup:
 * @func: what SIGHUP means from now on, unless it is that the terminal went away
 */
void
mmp_cli_run_set_hangup (MmpCliRun *self,
                        MmpCliRunFunc func,
                        gpointer user_data)
{
  self->hangup = func;
  self->hangup_data = user_data;
}

/**
 * mmp_cli_run_wait:
 *
 * Runs until a signal or mmp_cli_run_fail().
 *
 * Returns: the exit code
 */
MmpCliExit
mmp_cli_run_wait (MmpCliRun *self)
{
  if (self->exit == MMP_CLI_OK)
    g_main_loop_run (self->loop);

  return self->exit;
}

/**
 * mmp_cli_run_fail:
 *
 * Says why it cannot go on, and ends it with the exit code for that. Only the first call counts. Programs that read events
 * know the cause from the state already.
 */
void
mmp_cli_run_fail (MmpCliRun *self,
                  const GError *error)
{
  if (self->exit != MMP_CLI_OK)
    return;

  self->exit = mmp_cli_complain_about (error);
  g_main_loop_quit (self->loop);
}
