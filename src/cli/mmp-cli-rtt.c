/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-cli-rtt.h"

#include <glib-unix.h>
#include <signal.h>

#include "mmp-cli-options.h"
#include "mmp-cli-secret.h"
#include "mmp-cli-text.h"

/**
 * mmp_cli_rtt_new:
 *
 * Returns: (transfer full): no option given
 */
MmpCliRtt *
mmp_cli_rtt_new (void)
{
  MmpCliRtt *self = g_new0 (MmpCliRtt, 1);

  self->loop = g_main_loop_new (NULL, FALSE);

  return self;
}

/**
 * mmp_cli_rtt_free:
 */
void
mmp_cli_rtt_free (MmpCliRtt *self)
{
  g_clear_pointer (&self->file, fclose);
  g_main_loop_unref (self->loop);
  g_free (self->user);
  mmp_cli_secret_free (self->password);
  g_free (self->password_file);
  g_free (self->ca_file);
  g_free (self);
}

/**
 * mmp_cli_rtt_add_options:
 */
void
mmp_cli_rtt_add_options (MmpCliRtt *self,
                         GOptionContext *context)
{
  const GOptionEntry entries[] = {
    { "user", 'u', 0, G_OPTION_ARG_STRING, &self->user, N_ ("User name at the broker"), N_ ("USER") },
    { "password", 'p', 0, G_OPTION_ARG_STRING, &self->password, N_ ("Password there; better use --password-file"), N_ ("PASSWORD") },
    { "password-file", 0, 0, G_OPTION_ARG_FILENAME, &self->password_file, N_ ("File with that password, “-” for standard input"), N_ ("FILE") },
    { "notls", 0, 0, G_OPTION_ARG_NONE, &self->no_tls, N_ ("No TLS to the broker"), NULL },
    { "cafile", 0, 0, G_OPTION_ARG_FILENAME, &self->ca_file, N_ ("Certificates of the broker's authority, instead of this machine's"), N_ ("FILE") },
    { "log", 'l', 0, G_OPTION_ARG_NONE, &self->log, N_ ("Add a line for each message to a log file in the present folder"), NULL },
    { "json", 0, 0, G_OPTION_ARG_NONE, &self->json, N_ ("Print one JSON object a line for every event"), NULL },
    { "verbose", 'v', 0, G_OPTION_ARG_NONE, &self->verbose, N_ ("Say more, each message and the engine's log on standard error too"), NULL },
    { NULL },
  };

  g_option_context_add_main_entries (context, entries, NULL);
}

/**
 * mmp_cli_rtt_settle:
 * @positionals: BROKER PORT …, as many as there must be
 * @argv: the process's own arguments
 *
 * To be called right after parsing: takes the password out of the arguments, or reads it from its file.
 *
 * Returns: (transfer full): the broker
 */
MmpMqttBroker *
mmp_cli_rtt_settle (MmpCliRtt *self,
                    GStrv positionals,
                    int argc,
                    char *argv[],
                    GError **error)
{
  static const char *const names[] = { "BROKER", "PORT", "S_TOPIC", "P_TOPIC", NULL };
  guint port;

  if (self->password != NULL)
    {
      mmp_cli_secret_wipe_arguments (self->password, argc, argv);
      mmp_cli_complain (_ ("Warning: a password on the command line can be seen by others on this machine for a moment and stays in the shell's history; use “--password-file”."));
    }
  mmp_cli_options_set_verbose (self->verbose);

  if (self->password != NULL && self->password_file != NULL)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("“--password” and “--password-file” exclude each other"));
  else if (self->no_tls && self->ca_file != NULL)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("“--notls” and “--cafile” exclude each other"));
  else if (mmp_cli_options_count (positionals, names, error) && mmp_cli_options_parse_port (positionals[1], FALSE, &port, error)
           && (self->password_file == NULL || (self->password = mmp_cli_secret_read (self->password_file, error)) != NULL))
    return mmp_cli_options_make_broker (positionals[0], port, !self->no_tls, self->ca_file, self->user, self->password, error);

  return NULL;
}

/**
 * mmp_cli_rtt_complain:
 *
 * Says what is wrong with the options or a file.
 *
 * Returns: the exit code for that
 */
MmpCliExit
mmp_cli_rtt_complain (const MmpCliCommand *command,
                      const GError *error)
{
  if (error->domain == G_OPTION_ERROR)
    return mmp_cli_options_complain (command, error);

  return mmp_cli_complain_about (error);
}

/**
 * mmp_cli_rtt_open_log:
 * @path: the log file
 *
 * Opens the log if `-l` was given; what is in it stays.
 */
gboolean
mmp_cli_rtt_open_log (MmpCliRtt *self,
                      const char *path,
                      GError **error)
{
  if (!self->log)
    return TRUE;

  self->file = fopen (path, "ae");
  if (self->file == NULL)
    {
      g_set_error (error, MMP_ERROR, MMP_ERROR_FILE_INVALID, "cannot write %s: %s", path, g_strerror (errno));
      return FALSE;
    }
  setvbuf (self->file, NULL, _IOLBF, 0);

  return TRUE;
}

/**
 * mmp_cli_rtt_write_log:
 * @timestamp: microseconds since 1970
 *
 * Adds a line to the log, and says it with `-v`.
 */
void
mmp_cli_rtt_write_log (MmpCliRtt *self,
                       gint64 timestamp,
                       const char *text)
{
  g_autoptr (GDateTime) seconds = NULL;
  g_autoptr (GDateTime) local = NULL;
  g_autofree char *time = NULL;

  if (self->file == NULL && !self->verbose)
    return;

  seconds = g_date_time_new_from_unix_utc_usec (timestamp);
  local = seconds != NULL ? g_date_time_to_local (seconds) : NULL;
  time = local != NULL ? g_date_time_format (local, "%Y-%m-%d %H:%M:%S.%f") : g_strdup ("?");
  if (self->file != NULL)
    fprintf (self->file, "%s %s\n", time, text);
  if (self->verbose && !self->json)
    g_print ("%s %s\n", time, text);
}

/**
 * mmp_cli_rtt_tell_state:
 *
 * Says once why there is no connection to the broker, and when there is one again; ends the program if waiting cannot help.
 */
void
mmp_cli_rtt_tell_state (MmpCliRtt *self,
                        MmpMqttState state,
                        const GError *cause)
{
  if (state == MMP_MQTT_STATE_ONLINE && self->complained)
    {
      self->complained = FALSE;
      mmp_cli_complain (_ ("The broker is back."));
    }
  if (cause == NULL)
    return;

  if (mmp_cause_needs_person (cause))
    mmp_cli_rtt_fail (self, cause);
  else if (!self->complained)
    {
      g_autofree char *explanation = mmp_cli_text_explain (cause);

      self->complained = TRUE;
      mmp_cli_complain (_ ("%s It is tried again."), explanation);
    }
}

/**
 * mmp_cli_rtt_fail:
 *
 * Says why it cannot go on, and ends it with the exit code for that.
 */
void
mmp_cli_rtt_fail (MmpCliRtt *self,
                  const GError *error)
{
  if (self->exit != MMP_CLI_OK)
    return;

  self->exit = mmp_cli_complain_about (error);
  g_main_loop_quit (self->loop);
}

static gboolean
on_stop_signal (gpointer user_data)
{
  MmpCliRtt *self = user_data;

  g_main_loop_quit (self->loop);

  return G_SOURCE_CONTINUE;
}

/**
 * mmp_cli_rtt_wait:
 *
 * Runs until SIGINT, SIGTERM, the end of the loop, or mmp_cli_rtt_fail().
 *
 * Returns: the exit code
 */
MmpCliExit
mmp_cli_rtt_wait (MmpCliRtt *self)
{
  guint sources[] = {
    g_unix_signal_add (SIGINT, on_stop_signal, self),
    g_unix_signal_add (SIGTERM, on_stop_signal, self),
  };

  if (self->exit == MMP_CLI_OK)
    g_main_loop_run (self->loop);
  for (guint i = 0; i < G_N_ELEMENTS (sources); i++)
    g_source_remove (sources[i]);

  return self->exit;
}
