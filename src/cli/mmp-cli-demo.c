/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <gio/gio.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>

#include "mmp-cli-child.h"
#include "mmp-cli-event.h"
#include "mmp-cli-options.h"
#include "mmp-cli-probe.h"
#include "mmp-cli-text.h"

#define START_SECONDS 10
#define CONNECT_SECONDS 30
#define PROBE_SECONDS 30
#define POLL_MS 20

/* One demonstration: everything it starts and makes, so that all of it can be taken away again */
typedef struct
{
  gboolean json;
  gboolean stopped;
  guint signal_sources[3];
  char *directory;
  guint meeting_port; /* of the broker where the two sides meet */
  guint private_port; /* of the broker that is shared */
  MmpCliChild *meeting_broker;
  MmpCliChild *private_broker;
  MmpCliChild *listener;
  MmpCliChild *initiator;
  gboolean all_arrived;
} Demo;

typedef gboolean (*Condition) (gpointer data);

static gboolean
on_signal (gpointer user_data)
{
  Demo *self = user_data;

  self->stopped = TRUE;

  return G_SOURCE_CONTINUE;
}

static gboolean
on_tick (gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

/* Lets everything run until @condition holds. */
static gboolean
wait_until (Demo *self,
            Condition condition,
            gpointer data,
            guint seconds,
            const char *what,
            GError **error)
{
  gint64 end = g_get_monotonic_time () + seconds * G_USEC_PER_SEC;
  guint tick = g_timeout_add (POLL_MS, on_tick, NULL);

  while (!condition (data) && !self->stopped && g_get_monotonic_time () < end)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (tick);

  if (self->stopped)
    g_set_error (error, MMP_ERROR, MMP_ERROR_CANCELLED, "%s", what);
  else if (!condition (data))
    g_set_error (error, MMP_ERROR, MMP_ERROR_TIMED_OUT, "%s", what);
  else
    return TRUE;

  return FALSE;
}

static void
say (Demo *self,
     const char *line)
{
  if (self->json)
    return;

  g_print ("%s\n", line);
  fflush (stdout);
}

static guint
find_free_port (void)
{
  g_autoptr (GSocket) socket = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV4);
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new (loopback, 0);
  g_autoptr (GSocketAddress) bound = NULL;

  if (socket == NULL || !g_socket_bind (socket, any, FALSE, NULL))
    return 0;
  bound = g_socket_get_local_address (socket, NULL);

  return bound != NULL ? g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound)) : 0;
}

static gboolean
is_taken (gpointer data)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketConnection) connection = g_socket_client_connect_to_host (client, "127.0.0.1", (guint16) GPOINTER_TO_UINT (data), NULL, NULL);

  return connection != NULL;
}

/* The Flatpak has one of its own; Debian has it where only the administrator's path leads. */
static char *
find_mosquitto (void)
{
  const char *const others[] = { MMP_LIBEXECDIR "/mosquitto", "/usr/sbin/mosquitto" };
  char *path = g_find_program_in_path ("mosquitto");

  for (guint i = 0; path == NULL && i < G_N_ELEMENTS (others); i++)
    if (g_file_test (others[i], G_FILE_TEST_IS_EXECUTABLE))
      path = g_strdup (others[i]);

  return path;
}

static MmpCliChild *
start_broker (Demo *self,
              const char *program,
              const char *name,
              guint *port,
              GError **error)
{
  g_autofree char *path = g_strdup_printf ("%s/%s.conf", self->directory, name);
  g_autofree char *config = NULL;
  const char *const argv[] = { program, "-c", path, NULL };

  *port = find_free_port ();
  /* A broker that changed to a user of its own would not end with this program any more. */
  config = g_strdup_printf ("listener %u 127.0.0.1\nallow_anonymous true\npersistence false\nset_tcp_nodelay true\nlog_dest none\nuser root\n", *port);
  if (!g_file_set_contents (path, config, -1, error))
    return NULL;

  return mmp_cli_child_new (argv, self->directory, error);
}

static gboolean
start_brokers (Demo *self,
               GError **error)
{
  g_autofree char *program = find_mosquitto ();

  if (program == NULL)
    {
      g_set_error (error, MMP_ERROR, MMP_ERROR_FAILED, _ ("the demonstration needs the broker “mosquitto”; on Debian or Ubuntu: sudo apt install mosquitto"));
      return FALSE;
    }

  say (self, _ ("Starting two MQTT brokers: one where the two sides meet, and a private one to be shared…"));
  self->meeting_broker = start_broker (self, program, "meeting", &self->meeting_port, error);
  if (self->meeting_broker == NULL)
    return FALSE;
  self->private_broker = start_broker (self, program, "private", &self->private_port, error);
  if (self->private_broker == NULL)
    return FALSE;

  return wait_until (self, is_taken, GUINT_TO_POINTER (self->meeting_port), START_SECONDS, _ ("the first broker does not start"), error) && wait_until (self, is_taken, GUINT_TO_POINTER (self->private_port), START_SECONDS, _ ("the second broker does not start"), error);
}

static char *
make_key (Demo *self,
          const char *name,
          char **private_path,
          GError **error)
{
  g_autoptr (MmpKeyPair) key_pair = mmp_key_pair_generate ();
  g_autofree char *directory = g_build_filename (self->directory, name, NULL);

  if (!mmp_key_pair_save (key_pair, directory, FALSE, error))
    return NULL;
  *private_path = g_build_filename (directory, "key.private", NULL);

  return mmp_public_key_to_text (mmp_key_pair_get_public (key_pair));
}

static gboolean
is_waiting (gpointer data)
{
  MmpCliChild *child = data;

  return mmp_cli_child_has_ended (child) || g_strcmp0 (mmp_cli_child_get_state (child), "waiting") == 0;
}

static gboolean
is_connected (gpointer data)
{
  MmpCliChild *child = data;

  return mmp_cli_child_has_ended (child) || (mmp_cli_child_get_port (child) != 0 && g_strcmp0 (mmp_cli_child_get_state (child), "connected") == 0 && g_str_has_prefix (mmp_cli_child_get_path (child), "direct"));
}

static gboolean
is_relayed (gpointer data)
{
  MmpCliChild *child = data;

  return mmp_cli_child_has_ended (child) || g_strcmp0 (mmp_cli_child_get_path (child), "relay") == 0;
}

static gboolean
wait_for_child (Demo *self,
                MmpCliChild *child,
                Condition condition,
                const char *what,
                GError **error)
{
  if (!wait_until (self, condition, child, CONNECT_SECONDS, what, error))
    return FALSE;
  if (!mmp_cli_child_has_ended (child))
    return TRUE;

  g_set_error (error, MMP_ERROR, MMP_ERROR_FAILED, "%s: %s", what, mmp_cli_child_get_error (child) != NULL ? mmp_cli_child_get_error (child) : _ ("it ended"));

  return FALSE;
}

/* The command lines are those that anybody would type, but for the ports. */
static gboolean
start_tunnel (Demo *self,
              GError **error)
{
  g_autofree char *program = g_file_read_link ("/proc/self/exe", error);
  g_autofree char *trusted = g_build_filename (self->directory, "trusted", NULL);
  g_autofree char *meeting_port = g_strdup_printf ("%u", self->meeting_port);
  g_autofree char *private_port = g_strdup_printf ("%u", self->private_port);
  g_autofree char *listener_key = NULL;
  g_autofree char *initiator_key = NULL;
  g_autofree char *listener_path = NULL;
  g_autofree char *initiator_path = NULL;

  say (self, _ ("Making a key pair for each side, and starting “mmp listener” and “mmp initiator”…"));
  if (program == NULL || (listener_key = make_key (self, "listener", &listener_path, error)) == NULL || (initiator_key = make_key (self, "initiator", &initiator_path, error)) == NULL || !g_file_set_contents (trusted, initiator_key, -1, error))
    return FALSE;

  const char *const listener[] = { program, "listener", "--json", "--notls", "--no-stun", "--relay", "unlimited", "-i", trusted, "127.0.0.1", meeting_port, "127.0.0.1", private_port, listener_path, NULL };
  const char *const initiator[] = { program, "initiator", "--json", "--notls", "--no-stun", "--relay", "unlimited", "-pk", initiator_path, "127.0.0.1", meeting_port, "127.0.0.1", "0", listener_key, NULL };

  self->listener = mmp_cli_child_new (listener, self->directory, error);
  if (self->listener == NULL || !wait_for_child (self, self->listener, is_waiting, _ ("the listener does not start"), error))
    return FALSE;
  self->initiator = mmp_cli_child_new (initiator, self->directory, error);

  return self->initiator != NULL && wait_for_child (self, self->initiator, is_connected, _ ("the two sides do not connect"), error);
}

static gboolean
is_probe_ready (gpointer data)
{
  return mmp_cli_probe_is_ready (data);
}

static gboolean
is_probe_done (gpointer data)
{
  return mmp_cli_probe_is_done (data);
}

static void
print_row_for_programs (const char *path,
                        MmpCliProbe *probe)
{
  MmpSeries *series = mmp_cli_probe_get_series (probe);
  g_autoptr (JsonBuilder) builder = mmp_cli_event_new ("row");
  const struct
  {
    const char *name;
    double value;
  } figures[] = {
    { "mean", mmp_series_get_mean (series) },
    { "median", mmp_series_get_quantile (series, 0.5) },
    { "p95", mmp_series_get_quantile (series, 0.95) },
    { "max", mmp_series_get_max (series) },
  };

  mmp_cli_event_add_string (builder, "path", path);
  mmp_cli_event_add_int (builder, "count", MMP_CLI_PROBE_MESSAGES);
  mmp_cli_event_add_int (builder, "lost", mmp_cli_probe_count_lost (probe));
  mmp_cli_event_add_int (builder, "repeated", mmp_cli_probe_count_repeated (probe));
  for (guint i = 0; i < G_N_ELEMENTS (figures); i++)
    mmp_cli_event_add_double (builder, figures[i].name, figures[i].value);
  mmp_cli_event_say (builder);
}

static void
print_row (Demo *self,
           const char *path,
           const char *title,
           MmpCliProbe *probe)
{
  MmpSeries *series = mmp_cli_probe_get_series (probe);

  if (self->json)
    print_row_for_programs (path, probe);
  else
    g_print ("%-28s %8d %6u %9u %8.2f %8.2f %8.2f %8.2f\n", title, MMP_CLI_PROBE_MESSAGES,
             mmp_cli_probe_count_lost (probe), mmp_cli_probe_count_repeated (probe),
             mmp_series_get_mean (series), mmp_series_get_quantile (series, 0.5),
             mmp_series_get_quantile (series, 0.95), mmp_series_get_max (series));
}

static gboolean
finish_probe (Demo *self,
              MmpCliProbe *probe,
              GError **error)
{
  g_autoptr (GError) late = NULL;

  /* What did not come back in time is in the table as lost. */
  if (!wait_until (self, is_probe_done, probe, PROBE_SECONDS, _ ("messages were on their way"), &late) && self->stopped)
    {
      g_propagate_error (error, g_steal_pointer (&late));
      return FALSE;
    }
  self->all_arrived = self->all_arrived && mmp_cli_probe_count_lost (probe) == 0 && mmp_cli_probe_count_repeated (probe) == 0;

  return TRUE;
}

static MmpCliProbe *
start_probe (Demo *self,
             guint analyzer_port,
             const char *topic,
             GError **error)
{
  g_autoptr (MmpCliProbe) probe = mmp_cli_probe_new (analyzer_port, self->private_port, topic);

  if (!wait_until (self, is_probe_ready, probe, CONNECT_SECONDS, _ ("an MQTT client cannot reach the broker"), error))
    return NULL;
  mmp_cli_probe_start (probe);

  return g_steal_pointer (&probe);
}

static gboolean
probe_path (Demo *self,
            guint analyzer_port,
            const char *topic,
            MmpCliProbe **probe,
            GError **error)
{
  *probe = start_probe (self, analyzer_port, topic, error);

  return *probe != NULL && finish_probe (self, *probe, error);
}

/* The MQTT clients connect and begin while there is a direct path, and then there is none any more. */
static gboolean
probe_switch (Demo *self,
              MmpCliProbe **probe,
              GError **error)
{
  *probe = start_probe (self, mmp_cli_child_get_port (self->initiator), "demo/switch", error);
  if (*probe == NULL)
    return FALSE;
  mmp_cli_child_signal (self->initiator, SIGUSR1);
  if (!wait_for_child (self, self->initiator, is_relayed, _ ("the tunnel does not go on through the broker"), error))
    return FALSE;

  return finish_probe (self, *probe, error);
}

static gboolean
measure (Demo *self,
         GError **error)
{
  g_autofree char *line = g_strdup_printf (_ ("Connected directly. Sending %d MQTT messages there and back, to the private broker itself and through the tunnel…"), MMP_CLI_PROBE_MESSAGES);
  g_autoptr (MmpCliProbe) plain = NULL;
  g_autoptr (MmpCliProbe) direct = NULL;
  g_autoptr (MmpCliProbe) relayed = NULL;
  guint port = mmp_cli_child_get_port (self->initiator);

  say (self, line);
  self->all_arrived = TRUE;
  if (!probe_path (self, self->private_port, "demo/plain", &plain, error) || !probe_path (self, port, "demo/direct", &direct, error))
    return FALSE;
  say (self, _ ("Giving the direct path up while messages are on their way: they go on, sealed, through the broker where the two sides met…"));
  if (!probe_switch (self, &relayed, error))
    return FALSE;

  if (!self->json)
    g_print ("\n%-28s %8s %6s %9s %8s %8s %8s %8s\n", _ ("Round trips, milliseconds"), C_ ("table", "messages"), C_ ("table", "lost"), C_ ("table", "repeated"), C_ ("table", "mean"), C_ ("table", "median"), C_ ("table", "p95"), C_ ("table", "max"));
  print_row (self, "broker", _ ("private broker, no tunnel"), plain);
  print_row (self, "direct", _ ("through the direct tunnel"), direct);
  print_row (self, "relay", _ ("switched to the broker"), relayed);
  say (self, self->all_arrived ? _ ("\nEvery message arrived exactly once, in both directions.") : _ ("\nNot every message arrived exactly once."));

  return TRUE;
}

static void
remove_tree (const char *path)
{
  GDir *directory = g_file_test (path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open (path, 0, NULL);
  const char *name;

  while (directory != NULL && (name = g_dir_read_name (directory)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      remove_tree (child);
    }
  g_clear_pointer (&directory, g_dir_close);
  g_remove (path);
}

/* The brokers go last, so that the two sides can say goodbye. */
static void
clean_up (Demo *self)
{
  MmpCliChild **children[] = { &self->initiator, &self->listener, &self->private_broker, &self->meeting_broker };

  for (guint i = 0; i < G_N_ELEMENTS (children); i++)
    g_clear_pointer (children[i], mmp_cli_child_free);
  if (self->directory != NULL)
    remove_tree (self->directory);
  g_clear_pointer (&self->directory, g_free);
  for (guint i = 0; i < G_N_ELEMENTS (self->signal_sources); i++)
    g_clear_handle_id (&self->signal_sources[i], g_source_remove);
}

static MmpCliExit
show (gboolean json)
{
  static const int signals[] = { SIGINT, SIGTERM, SIGHUP };
  Demo self = { .json = json };
  g_autoptr (GError) error = NULL;
  gboolean done;

  for (guint i = 0; i < G_N_ELEMENTS (signals); i++)
    self.signal_sources[i] = g_unix_signal_add (signals[i], on_signal, &self);
  self.directory = g_dir_make_tmp ("mmp-demo-XXXXXX", &error);
  done = self.directory != NULL && start_brokers (&self, &error) && start_tunnel (&self, &error) && measure (&self, &error);
  clean_up (&self);

  if (!done)
    {
      mmp_cli_complain_about (error);
      return MMP_CLI_FAILED;
    }

  return self.all_arrived ? MMP_CLI_OK : MMP_CLI_FAILED;
}

static MmpCliExit
run (const MmpCliCommand *command,
     int argc,
     char *argv[])
{
  gboolean json = FALSE;
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, N_ ("Print one JSON object a line for every row of the table"), NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = mmp_cli_options_new (command);
  g_auto (GStrv) positionals = NULL;
  g_autoptr (GError) error = NULL;
  const char *const names[] = { NULL };

  g_option_context_add_main_entries (context, entries, NULL);
  positionals = mmp_cli_options_parse (context, argc, argv, &error);
  if (positionals == NULL || !mmp_cli_options_count (positionals, names, &error))
    return mmp_cli_options_complain (command, error);

  return show (json);
}

const MmpCliCommand mmp_cli_demo = {
  .name = "demo",
  .arguments = "",
  .summary = N_ ("Show the tunnel at work, on this machine only"),
  .description = N_ ("Starts two private MQTT brokers, a listener and an initiator on this machine, sends MQTT messages through the tunnel\n"
                     "both ways, gives the direct path up on the way, and prints a table of round-trip times. Ends with 0 if every message\n"
                     "arrived exactly once. Needs the program “mosquitto”; nothing of this account is touched and nothing leaves this machine."),
  .run = run,
};
