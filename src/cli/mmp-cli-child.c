/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-cli-child.h"

#include <gio/gio.h>
#include <json-glib/json-glib.h>
#include <signal.h>
#include <string.h>

#define STOP_SECONDS 5

struct _MmpCliChild
{
  GSubprocess *process;
  GDataInputStream *output;
  GCancellable *cancellable;
  gboolean ended;
  char *state;
  char *path;
  char *error;
  guint port;
};

static void
set_member (char **field,
            JsonObject *event,
            const char *name)
{
  g_set_str (field, json_object_get_string_member_with_default (event, name, NULL));
}

static void
take_event (MmpCliChild *self,
            JsonObject *event)
{
  const char *name = json_object_get_string_member_with_default (event, "event", "");
  const char *listen;

  if (g_str_equal (name, "state"))
    {
      set_member (&self->state, event, "state");
      set_member (&self->path, event, "path");
    }
  else if (g_str_equal (name, "error"))
    {
      set_member (&self->error, event, "message");
    }
  else if (g_str_equal (name, "ready"))
    {
      listen = strrchr (json_object_get_string_member_with_default (event, "listen", ""), ':');
      self->port = listen != NULL ? (guint) g_ascii_strtoull (listen + 1, NULL, 10) : 0;
    }
}

static void
take_line (MmpCliChild *self,
           const char *line)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonNode *root;

  json_parser_set_strict (parser, TRUE);
  if (!json_parser_load_from_data (parser, line, -1, NULL))
    return;
  root = json_parser_get_root (parser);
  if (root != NULL && JSON_NODE_HOLDS_OBJECT (root))
    take_event (self, json_node_get_object (root));
}

static void read_next_line (MmpCliChild *self);

static void
on_line (GObject *source,
         GAsyncResult *result,
         gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *line = g_data_input_stream_read_line_finish_utf8 (G_DATA_INPUT_STREAM (source), result, NULL, &error);
  MmpCliChild *self = user_data;

  /* A cancelled call may come after the child was freed. */
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || line == NULL)
    return;

  take_line (self, line);
  read_next_line (self);
}

static void
read_next_line (MmpCliChild *self)
{
  g_data_input_stream_read_line_async (self->output, G_PRIORITY_DEFAULT, self->cancellable, on_line, self);
}

static void
on_ended (GObject *source,
          GAsyncResult *result,
          gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  MmpCliChild *self = user_data;

  if (!g_subprocess_wait_finish (G_SUBPROCESS (source), result, &error) && g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;

  self->ended = TRUE;
}

/**
 * mmp_cli_child_new:
 * @argv: (array zero-terminated=1): the program and its arguments
 * @data_directory: its `XDG_DATA_HOME`, so that it leaves this account's files alone
 *
 * Starts a program whose standard output is read here. Its standard error is dropped: what matters comes as an event.
 *
 * Returns: (transfer full): the running program
 */
MmpCliChild *
mmp_cli_child_new (const char *const *argv,
                   const char *data_directory,
                   GError **error)
{
  g_autoptr (GSubprocessLauncher) launcher = mmp_helper_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  g_autoptr (GSubprocess) process = NULL;
  MmpCliChild *self;

  g_subprocess_launcher_setenv (launcher, "XDG_DATA_HOME", data_directory, TRUE);
  process = g_subprocess_launcher_spawnv (launcher, argv, error);
  if (process == NULL)
    return NULL;

  self = g_new0 (MmpCliChild, 1);
  self->process = g_steal_pointer (&process);
  self->cancellable = g_cancellable_new ();
  self->output = g_data_input_stream_new (g_subprocess_get_stdout_pipe (self->process));
  read_next_line (self);
  g_subprocess_wait_async (self->process, self->cancellable, on_ended, self);

  return self;
}

/**
 * mmp_cli_child_signal:
 * @number: a signal
 */
void
mmp_cli_child_signal (MmpCliChild *self,
                      int number)
{
  if (!self->ended)
    g_subprocess_send_signal (self->process, number);
}

/**
 * mmp_cli_child_stop:
 *
 * Asks it to end; mmp_cli_child_free() waits for that.
 */
void
mmp_cli_child_stop (MmpCliChild *self)
{
  mmp_cli_child_signal (self, SIGTERM);
}

static gboolean
on_patience_over (gpointer user_data)
{
  g_subprocess_force_exit (user_data);

  return G_SOURCE_CONTINUE;
}

/**
 * mmp_cli_child_free:
 *
 * Ends it, kindly at first, and waits until it is gone.
 */
void
mmp_cli_child_free (MmpCliChild *self)
{
  guint patience;

  mmp_cli_child_stop (self);
  patience = g_timeout_add_seconds (STOP_SECONDS, on_patience_over, self->process);
  while (!self->ended)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (patience);

  g_cancellable_cancel (self->cancellable);
  g_object_unref (self->cancellable);
  g_object_unref (self->output);
  g_object_unref (self->process);
  g_free (self->state);
  g_free (self->path);
  g_free (self->error);
  g_free (self);
}

/**
 * mmp_cli_child_has_ended:
 */
gboolean
mmp_cli_child_has_ended (MmpCliChild *self)
{
  return self->ended;
}

/**
 * mmp_cli_child_get_state:
 *
 * Returns: (nullable): the state of its last `state` event
 */
const char *
mmp_cli_child_get_state (MmpCliChild *self)
{
  return self->state;
}

/**
 * mmp_cli_child_get_path:
 *
 * Returns: (nullable): the path of that event
 */
const char *
mmp_cli_child_get_path (MmpCliChild *self)
{
  return self->path;
}

/**
 * mmp_cli_child_get_error:
 *
 * Returns: (nullable): the message of its last `error` event
 */
const char *
mmp_cli_child_get_error (MmpCliChild *self)
{
  return self->error;
}

/**
 * mmp_cli_child_get_port:
 *
 * Returns: the local port of its last `ready` event, 0 if none came yet
 */
guint
mmp_cli_child_get_port (MmpCliChild *self)
{
  return self->port;
}
