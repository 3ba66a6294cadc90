/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-mosquitto.h"

#include <signal.h>
#include <sys/prctl.h>

#include "mmp-test.h"

struct _MmpMosquitto
{
  char *folder;
  char *settings;
  guint port;
  GSubprocess *process; /* nullable */
};

static char *
find_mosquitto (void)
{
  char *path = g_find_program_in_path ("mosquitto");

  /* Not on the PATH of ordinary users */
  if (path == NULL && g_file_test ("/usr/sbin/mosquitto", G_FILE_TEST_IS_EXECUTABLE))
    path = g_strdup ("/usr/sbin/mosquitto");

  return path;
}

static gboolean
can_connect (guint port)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketConnection) connection = NULL;

  g_socket_client_set_enable_proxy (client, FALSE);
  connection = g_socket_client_connect_to_host (client, "127.0.0.1", (guint16) port, NULL, NULL);

  return connection != NULL;
}

/* Also if the test is killed. */
static void
die_with_the_test (gpointer user_data)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

/**
 * mmp_mosquitto_is_here:
 *
 * Returns: whether there is a mosquitto to run; else the test is marked as skipped
 */
gboolean
mmp_mosquitto_is_here (void)
{
  g_autofree char *path = find_mosquitto ();

  if (path == NULL)
    g_test_skip ("mosquitto is not installed");

  return path != NULL;
}

/**
 * mmp_mosquitto_new:
 * @settings: (nullable): more lines for its settings file; `@` stands for its folder, `$` for its port; %NULL: anybody may
 *   connect and nothing else
 *
 * It is not started yet, so that files can be written before.
 *
 * Returns: (transfer full): a broker
 */
MmpMosquitto *
mmp_mosquitto_new (const char *settings)
{
  MmpMosquitto *self = g_new0 (MmpMosquitto, 1);

  self->folder = mmp_test_directory ();
  self->settings = g_strdup (settings != NULL ? settings : "allow_anonymous true\n");
  self->port = mmp_test_free_port ();

  return self;
}

/**
 * mmp_mosquitto_free:
 * @self: (nullable): a broker
 */
void
mmp_mosquitto_free (MmpMosquitto *self)
{
  if (self == NULL)
    return;

  mmp_mosquitto_stop (self);
  mmp_test_directory_free (self->folder);
  g_free (self->settings);
  g_free (self);
}

/**
 * mmp_mosquitto_start:
 *
 * Starts it, or starts it again on the same port, and waits until it takes connections.
 */
void
mmp_mosquitto_start (MmpMosquitto *self)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  g_autofree char *program = find_mosquitto ();
  g_autofree char *path = mmp_mosquitto_get_path (self, "mosquitto.conf");
  g_autoptr (GString) content = g_string_new (NULL);
  g_autofree char *port = g_strdup_printf ("%u", self->port);
  g_autoptr (GError) error = NULL;

  g_assert_null (self->process);
  g_string_append_printf (content, "user root\nlistener %u 127.0.0.1\n%s", self->port, self->settings);
  g_string_replace (content, "@", self->folder, 0);
  g_string_replace (content, "$", port, 0);
  mmp_mosquitto_write (self, "mosquitto.conf", content->str);

  g_subprocess_launcher_set_child_setup (launcher, die_with_the_test, NULL, NULL);
  self->process = g_subprocess_launcher_spawn (launcher, &error, program, "-c", path, NULL);
  g_assert_no_error (error);
  mmp_test_await (can_connect (self->port));
}

/**
 * mmp_mosquitto_stop:
 *
 * Kills it, as a power cut would.
 */
void
mmp_mosquitto_stop (MmpMosquitto *self)
{
  if (self->process == NULL)
    return;

  g_subprocess_force_exit (self->process);
  g_subprocess_wait (self->process, NULL, NULL);
  g_clear_object (&self->process);
}

/**
 * mmp_mosquitto_get_port:
 *
 * Returns: the port of 127.0.0.1 that it listens at
 */
guint
mmp_mosquitto_get_port (MmpMosquitto *self)
{
  return self->port;
}

/**
 * mmp_mosquitto_get_path:
 *
 * Returns: (transfer full): the path of a file in its folder
 */
char *
mmp_mosquitto_get_path (MmpMosquitto *self,
                        const char *name)
{
  return g_build_filename (self->folder, name, NULL);
}

/**
 * mmp_mosquitto_write:
 *
 * Puts a file into its folder.
 */
void
mmp_mosquitto_write (MmpMosquitto *self,
                     const char *name,
                     const char *content)
{
  g_autofree char *path = mmp_mosquitto_get_path (self, name);
  g_autoptr (GError) error = NULL;

  /* 0600: mosquitto warns about anything wider. */
  g_file_set_contents_full (path, content, -1, G_FILE_SET_CONTENTS_NONE, 0600, &error);
  g_assert_no_error (error);
}

/**
 * mmp_test_free_port:
 *
 * Returns: a TCP port of 127.0.0.1 that nothing listened at just now, below those that the system gives to others
 */
guint
mmp_test_free_port (void)
{
  for (;;)
    {
      g_autoptr (GError) error = NULL;
      guint16 port = (guint16) g_random_int_range (20000, 32768);
      g_autoptr (GSocket) socket = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, &error);
      g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string ("127.0.0.1", port);

      g_assert_no_error (error);
      if (g_socket_bind (socket, address, FALSE, NULL))
        return port;
    }
}
