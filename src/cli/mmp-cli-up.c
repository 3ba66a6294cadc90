/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib-unix.h>
#include <signal.h>
#include <string.h>

#include "mmp-cli-bridge-run.h"
#include "mmp-cli-events.h"
#include "mmp-cli-notify.h"
#include "mmp-cli-options.h"
#include "mmp-cli-profile.h"
#include "mmp-cli-text.h"

typedef struct
{
  MmpAccount *account;
  GPtrArray *connections; /* MmpConnection: those that run here */
  GHashTable *events; /* id -> MmpCliEvents */
  GHashTable *said; /* id -> MmpBridgeStatus, the last one that programs were told of */
  GMainLoop *loop;
  gboolean json;
  gboolean ready;
  MmpCliExit exit;
} Up;

static void
say_ready (Up *self)
{
  self->ready = TRUE;
  mmp_cli_notify ("READY=1");
}

static guint
count_state (Up *self,
             MmpState state)
{
  guint n = 0;

  for (guint i = 0; i < self->connections->len; i++)
    n += mmp_connection_get_status (g_ptr_array_index (self->connections, i))->state == state;

  return n;
}

/* Ready is who has found out how it stands; at first that is nobody. */
static void
tell_manager (Up *self)
{
  guint n_connected = 0;

  for (guint i = 0; i < self->connections->len; i++)
    n_connected += mmp_connection_count_connected (g_ptr_array_index (self->connections, i));
  if (!self->ready && count_state (self, MMP_STATE_CONNECTING) == 0)
    say_ready (self);
  mmp_cli_notify ("STATUS=%u profiles run, %u devices connected", self->connections->len, n_connected);
}

/* Whose problem needs a person cannot go on; who starts this program learns of it when nothing is left. */
static void
give_up_if_all_failed (Up *self)
{
  const GError *cause;

  if (self->exit != MMP_CLI_OK || count_state (self, MMP_STATE_ATTENTION) < self->connections->len)
    return;
  cause = mmp_connection_get_status (g_ptr_array_index (self->connections, 0))->cause;
  self->exit = cause != NULL ? mmp_cli_complain_about (cause) : MMP_CLI_FAILED;
  g_main_loop_quit (self->loop);
}

static void
on_changed (MmpConnection *connection,
            gpointer user_data)
{
  Up *self = user_data;
  MmpCliEvents *events = g_hash_table_lookup (self->events, mmp_connection_get_id (connection));
  GPtrArray *devices = mmp_connection_get_devices (connection);

  mmp_cli_events_status (events, mmp_connection_get_status (connection));
  for (guint i = 0; i < devices->len; i++)
    mmp_cli_events_status (events, g_ptr_array_index (devices, i));
  tell_manager (self);
  give_up_if_all_failed (self);
}

/* What became of messages */
static void
on_figures (MmpConnection *connection,
            gpointer user_data)
{
  Up *self = user_data;
  const MmpBridgeStatus *status = mmp_connection_get_bridge_status (connection);
  const MmpBridgeStatus *said = g_hash_table_lookup (self->said, mmp_connection_get_id (connection));

  if (status == NULL || (said != NULL && memcmp (said->counts, status->counts, sizeof said->counts) == 0))
    return;
  mmp_cli_bridge_say_stats (status);
  g_hash_table_insert (self->said, g_strdup (mmp_connection_get_id (connection)), mmp_bridge_status_copy (status));
}

static void
on_requested (MmpConnection *connection,
              const MmpPublicKey *device,
              const char *name,
              gpointer user_data)
{
  Up *self = user_data;

  mmp_cli_events_request (g_hash_table_lookup (self->events, mmp_connection_get_id (connection)), device, name);
}

static void
on_invited (MmpConnection *connection,
            const MmpPublicKey *device,
            const char *name,
            gpointer user_data)
{
  Up *self = user_data;

  mmp_cli_events_trusted (g_hash_table_lookup (self->events, mmp_connection_get_id (connection)), device, name);
}

static void
on_left (MmpConnection *connection,
         const MmpPublicKey *device,
         gpointer user_data)
{
  Up *self = user_data;

  mmp_cli_events_gone (g_hash_table_lookup (self->events, mmp_connection_get_id (connection)), device);
}

static gboolean
on_stop_signal (gpointer user_data)
{
  Up *self = user_data;

  mmp_cli_notify ("STOPPING=1");
  g_main_loop_quit (self->loop);

  return G_SOURCE_CONTINUE;
}

/* What is on the disk is followed anyway; what else a reload can mean is that the network is another one. */
static gboolean
on_hangup (gpointer user_data)
{
  Up *self = user_data;

  mmp_cli_notify ("RELOADING=1\nMONOTONIC_USEC=%" G_GINT64_FORMAT, g_get_monotonic_time ());
  mmp_hub_kick (mmp_account_get_hub (self->account));
  say_ready (self);

  return G_SOURCE_CONTINUE;
}

static void
take (Up *self,
      MmpConnection *connection)
{
  if (g_ptr_array_find (self->connections, connection, NULL))
    return;
  g_ptr_array_add (self->connections, connection);
  g_hash_table_insert (self->events, g_strdup (mmp_connection_get_id (connection)), mmp_cli_events_new (self->json, FALSE));
}

/* Those that are named, or those that start by themselves */
static gboolean
choose (Up *self,
        GStrv names,
        GError **error)
{
  g_autoptr (GPtrArray) list = mmp_cli_profile_list (self->account);

  for (guint i = 0; names[i] != NULL; i++)
    {
      MmpConnection *connection = mmp_cli_profile_find (self->account, names[i], error);

      if (connection == NULL)
        return FALSE;
      take (self, connection);
    }
  for (guint i = 0; names[0] == NULL && i < list->len; i++)
    {
      MmpConnection *connection = g_ptr_array_index (list, i);
      const MmpProfile *profile = mmp_connection_get_profile (connection);

      if (profile != NULL && profile->autostart)
        take (self, connection);
    }
  if (self->connections->len == 0)
    {
      g_set_error (error, MMP_ERROR, MMP_ERROR_FILE_INVALID, _ ("no profile starts by itself; name one that “mmp list” shows"));
      return FALSE;
    }

  return TRUE;
}

static void
run_until_stopped (Up *self)
{
  guint sources[] = {
    g_unix_signal_add (SIGINT, on_stop_signal, self),
    g_unix_signal_add (SIGTERM, on_stop_signal, self),
    g_unix_signal_add (SIGHUP, on_hangup, self),
  };

  for (guint i = 0; i < self->connections->len; i++)
    {
      MmpConnection *connection = g_ptr_array_index (self->connections, i);

      g_signal_connect (connection, "changed", G_CALLBACK (on_changed), self);
      if (self->json)
        g_signal_connect (connection, "figures", G_CALLBACK (on_figures), self);
      g_signal_connect (connection, "requested", G_CALLBACK (on_requested), self);
      g_signal_connect (connection, "invited", G_CALLBACK (on_invited), self);
      g_signal_connect (connection, "left", G_CALLBACK (on_left), self);
      mmp_connection_start (connection);
    }
  if (self->exit == MMP_CLI_OK)
    g_main_loop_run (self->loop);
  for (guint i = 0; i < self->connections->len; i++)
    g_signal_handlers_disconnect_by_data (g_ptr_array_index (self->connections, i), self);
  mmp_account_stop (self->account);
  for (guint i = 0; i < G_N_ELEMENTS (sources); i++)
    g_source_remove (sources[i]);
}

static MmpCliExit
run (const MmpCliCommand *command,
     int argc,
     char *argv[])
{
  Up self = { .exit = MMP_CLI_OK };
  gboolean verbose = FALSE;
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &self.json, N_ ("Print one JSON object a line for every event"), NULL },
    { "verbose", 'v', 0, G_OPTION_ARG_NONE, &verbose, N_ ("The engine's log on standard error too"), NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = mmp_cli_options_new (command);
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) positionals = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  positionals = mmp_cli_options_parse (context, argc, argv, &error);
  if (positionals == NULL)
    return mmp_cli_options_complain (command, error);
  mmp_cli_options_set_verbose (verbose);

  self.account = mmp_account_new (NULL, NULL, &error);
  if (self.account == NULL)
    return mmp_cli_complain_about (error);
  self.connections = g_ptr_array_new ();
  self.events = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) mmp_cli_events_free);
  self.said = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) mmp_bridge_status_free);
  self.loop = g_main_loop_new (NULL, FALSE);
  if (choose (&self, positionals, &error))
    run_until_stopped (&self);
  else
    self.exit = mmp_cli_complain_about (error);

  g_main_loop_unref (self.loop);
  g_hash_table_unref (self.events);
  g_hash_table_unref (self.said);
  g_ptr_array_unref (self.connections);
  g_object_unref (self.account);

  return self.exit;
}

const MmpCliCommand mmp_cli_up = {
  .name = "up",
  .arguments = "[PROFILE…]",
  .summary = N_ ("Run profiles until stopped"),
  .description = N_ ("Runs the profiles with these names or ids, or those that start by themselves, until SIGINT or SIGTERM. Tells the\n"
                     "service manager when they are ready (Type=notify-reload). SIGHUP says that the network changed."),
  .run = run,
};
