/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mmp-context.h"
#include "base/mmp-error.h"
#include "rtc/mmp-turn-forwarder.h"

#include <string.h>

#include "mmp-certificates.h"
#include "mmp-mosquitto.h"
#include "mmp-test.h"

#define SIZE 300000

static MmpCertificates *certificates; /* nullable: made once, because making keys takes time */

/* A TLS server that sends back what it gets, and looks at the first bytes that came over the wire */
typedef struct
{
  MmpIoThread *io;
  GSocketService *service; /* on a thread of its own: the tests block */
  gint port; /* atomic */
  char *certificate; /* nullable: no TLS; only the first bytes are looked at */
  guint8 first[3];
  gint n_started; /* atomic */
  gint n_connections; /* atomic: that are over */
} Server;

static gboolean
on_connection (GThreadedSocketService *service,
               GSocketConnection *connection,
               GObject *source,
               gpointer user_data)
{
  Server *server = user_data;
  GInputStream *input = g_io_stream_get_input_stream (G_IO_STREAM (connection));
  g_autoptr (GTlsCertificate) certificate = NULL;
  g_autoptr (GIOStream) tls = NULL;

  if (server->certificate == NULL)
    {
      g_input_stream_read_all (input, server->first, sizeof server->first, NULL, NULL, NULL);
    }
  else
    {
      certificate = mmp_certificates_load (certificates, server->certificate);
      tls = g_tls_server_connection_new (G_IO_STREAM (connection), certificate, NULL);
      if (g_tls_connection_handshake (G_TLS_CONNECTION (tls), NULL, NULL))
        g_output_stream_splice (g_io_stream_get_output_stream (tls), g_io_stream_get_input_stream (tls), G_OUTPUT_STREAM_SPLICE_NONE, NULL, NULL);
    }
  g_atomic_int_inc (&server->n_connections);

  return TRUE;
}

static gboolean
on_incoming (GSocketService *service,
             GSocketConnection *connection,
             GObject *source,
             gpointer user_data)
{
  Server *server = user_data;

  g_atomic_int_inc (&server->n_started);

  return FALSE;
}

static void
open_service (gpointer user_data)
{
  Server *server = user_data;
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  g_autoptr (GSocketAddress) address = NULL;
  g_autoptr (GError) error = NULL;

  server->service = g_threaded_socket_service_new (10);
  g_signal_connect (server->service, "incoming", G_CALLBACK (on_incoming), server);
  g_signal_connect (server->service, "run", G_CALLBACK (on_connection), server);
  g_socket_listener_add_address (G_SOCKET_LISTENER (server->service), any, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL, &address, &error);
  g_assert_no_error (error);
  g_atomic_int_set (&server->port, g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address)));
}

static void
close_service (gpointer user_data)
{
  Server *server = user_data;

  g_socket_service_stop (server->service);
  g_socket_listener_close (G_SOCKET_LISTENER (server->service));
  g_clear_object (&server->service);
}

static void
server_start (Server *server,
              const char *certificate)
{
  server->certificate = g_strdup (certificate);
  server->io = mmp_io_thread_new ();
  mmp_context_invoke (mmp_io_thread_get_context (server->io), open_service, server, NULL);
  mmp_test_await (g_atomic_int_get (&server->port) != 0);
}

static void
server_clear (Server *server)
{
  if (server->io == NULL)
    return;

  mmp_context_invoke (mmp_io_thread_get_context (server->io), close_service, server, NULL);
  mmp_io_thread_free (server->io);
  mmp_test_await (g_atomic_int_get (&server->n_connections) == g_atomic_int_get (&server->n_started));
  g_free (server->certificate);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Server, server_clear)

typedef struct
{
  MmpIoThread *io;
  MmpTurnForwarder *forwarder;
  GError *error; /* the first failure */
  gint n_failures; /* atomic: @error may be looked at */
} Rig;

static void
on_failed (const GError *error,
           gpointer user_data)
{
  Rig *rig = user_data;

  g_test_message ("%s", error->message);
  if (rig->error == NULL)
    rig->error = g_error_copy (error);
  g_atomic_int_inc (&rig->n_failures);
}

static void
rig_start (Rig *rig,
           guint port,
           gboolean tls,
           const char *ca_file)
{
  g_autoptr (GError) error = NULL;

  rig->io = mmp_io_thread_new ();
  rig->forwarder = mmp_turn_forwarder_new (mmp_io_thread_get_context (rig->io), "127.0.0.1", port, tls, ca_file, on_failed, rig, &error);
  g_assert_no_error (error);
}

static void
rig_clear (Rig *rig)
{
  g_clear_pointer (&rig->forwarder, mmp_turn_forwarder_free);
  g_clear_pointer (&rig->io, mmp_io_thread_free);
  g_clear_error (&rig->error);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Rig, rig_clear)

static GSocketConnection *
connect_to (MmpTurnForwarder *forwarder)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GError) error = NULL;
  GSocketConnection *connection;

  g_socket_client_set_timeout (client, 60);
  connection = g_socket_client_connect_to_host (client, "127.0.0.1", (guint16) mmp_turn_forwarder_get_port (forwarder), NULL, &error);
  g_assert_no_error (error);

  return connection;
}

static gboolean
can_run (void)
{
  if (certificates == NULL)
    g_test_skip ("openssl is not installed");

  return certificates != NULL;
}

static gpointer
write_all (gpointer user_data)
{
  g_autofree guint8 *bytes = g_malloc (SIZE);
  GSocketConnection *connection = user_data;

  for (gsize i = 0; i < SIZE; i++)
    bytes[i] = (guint8) (i * 7 + i / 251);
  g_assert_true (g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)), bytes, SIZE, NULL, NULL, NULL));

  return NULL;
}

static void
test_bytes_go_both_ways (void)
{
  g_auto (Server) server = { NULL };
  g_auto (Rig) rig = { NULL };
  g_autoptr (GSocketConnection) one = NULL;
  g_autoptr (GSocketConnection) two = NULL;
  g_autofree guint8 *received = g_malloc (SIZE);
  gsize size = 0;
  GThread *writer;

  if (!can_run ())
    return;

  server_start (&server, "good");
  rig_start (&rig, (guint) g_atomic_int_get (&server.port), TRUE, mmp_certificates_get_ca_file (certificates));
  one = connect_to (rig.forwarder);
  two = connect_to (rig.forwarder);
  writer = g_thread_new ("writer", write_all, one);
  g_assert_true (g_input_stream_read_all (g_io_stream_get_input_stream (G_IO_STREAM (one)), received, SIZE, &size, NULL, NULL));
  g_thread_join (writer);
  g_assert_cmpuint (size, ==, SIZE);
  for (gsize i = 0; i < SIZE; i++)
    g_assert_cmpuint (received[i], ==, (guint8) (i * 7 + i / 251));

  /* The second connection is another one. */
  g_assert_true (g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (two)), "two", 3, NULL, NULL, NULL));
  g_assert_true (g_input_stream_read_all (g_io_stream_get_input_stream (G_IO_STREAM (two)), received, 3, &size, NULL, NULL));
  g_assert_cmpmem (received, size, "two", 3);
  g_assert_cmpint (g_atomic_int_get (&rig.n_failures), ==, 0);
}

static void
test_the_wire_begins_with_a_client_hello (void)
{
  static const guint8 hello[] = { 0x16, 0x03, 0x01 };
  g_auto (Server) server = { NULL };
  g_auto (Rig) rig = { NULL };
  g_autoptr (GSocketConnection) connection = NULL;

  server_start (&server, NULL);
  rig_start (&rig, (guint) g_atomic_int_get (&server.port), TRUE, NULL);
  connection = connect_to (rig.forwarder);
  g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)), "\0\3\0\0", 4, NULL, NULL, NULL);
  mmp_test_await (g_atomic_int_get (&server.n_connections) == 1);
  g_assert_cmpmem (server.first, sizeof server.first, hello, sizeof hello);
  mmp_test_await (g_atomic_int_get (&rig.n_failures) == 1);
  g_assert_error (rig.error, MMP_ERROR, MMP_ERROR_TURN_TLS);
}

static void
test_a_wrong_certificate_is_refused (void)
{
  static const struct
  {
    const char *certificate;
    const char *clause;
  } cases[] = {
    { "untrusted", "not signed by an authority" },
    { "wrong-name", "for another name" },
    { "expired", "has expired" },
  };

  for (gsize i = 0; can_run () && i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (Server) server = { NULL };
      g_auto (Rig) rig = { NULL };
      g_autoptr (GSocketConnection) connection = NULL;
      guint8 byte;

      server_start (&server, cases[i].certificate);
      rig_start (&rig, (guint) g_atomic_int_get (&server.port), TRUE, mmp_certificates_get_ca_file (certificates));
      connection = connect_to (rig.forwarder);
      /* The agent's end is closed, without a byte from there. */
      g_assert_cmpint (g_input_stream_read (g_io_stream_get_input_stream (G_IO_STREAM (connection)), &byte, 1, NULL, NULL), <=, 0);
      mmp_test_await (g_atomic_int_get (&rig.n_failures) == 1);
      g_assert_error (rig.error, MMP_ERROR, MMP_ERROR_TURN_TLS);
      g_assert_nonnull (strstr (rig.error->message, cases[i].clause));
    }
}

static void
test_says_why_it_does_not_get_there (void)
{
  g_auto (Rig) rig = { NULL };
  g_autoptr (GSocketConnection) connection = NULL;

  rig_start (&rig, mmp_test_free_port (), TRUE, NULL);
  connection = connect_to (rig.forwarder);
  mmp_test_await (g_atomic_int_get (&rig.n_failures) == 1);
  g_assert_error (rig.error, MMP_ERROR, MMP_ERROR_TURN_UNREACHABLE);
}

static void
test_a_missing_file_of_authorities_is_told (void)
{
  g_auto (Rig) rig = { NULL };
  g_autoptr (GSocketConnection) connection = NULL;

  rig_start (&rig, mmp_test_free_port (), TRUE, "/nonexistent.pem");
  connection = connect_to (rig.forwarder);
  mmp_test_await (g_atomic_int_get (&rig.n_failures) == 1);
  g_assert_error (rig.error, MMP_ERROR, MMP_ERROR_TURN_TLS);
}

/* Another process is let go before the server hears of it. */
static void
test_serves_this_process_only (void)
{
  g_auto (Server) server = { NULL };
  g_auto (Rig) rig = { NULL };
  g_autoptr (GSubprocess) process = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *program = NULL;
  g_autofree char *output = NULL;

  server_start (&server, NULL);
  rig_start (&rig, (guint) g_atomic_int_get (&server.port), TRUE, NULL);
  program = g_strdup_printf ("import socket\ns = socket.create_connection (('127.0.0.1', %u), 60)\n"
                             "try:\n  s.sendall (b'x')\n  print ('read', len (s.recv (1)))\nexcept ConnectionError:\n  print ('read 0')\n",
                             mmp_turn_forwarder_get_port (rig.forwarder));
  process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, "python3", "-c", program, NULL);
  g_assert_no_error (error);
  g_assert_true (g_subprocess_communicate_utf8 (process, NULL, NULL, &output, NULL, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (output, ==, "read 0\n");
  g_assert_cmpint (g_atomic_int_get (&server.n_started), ==, 0);
  g_assert_cmpint (g_atomic_int_get (&rig.n_failures), ==, 0);
}

static void
test_its_end_closes_everything (void)
{
  g_auto (Server) server = { NULL };
  g_auto (Rig) rig = { NULL };
  g_autoptr (GSocketConnection) connection = NULL;
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  char received[3];
  guint port;

  if (!can_run ())
    return;

  server_start (&server, "good");
  rig_start (&rig, (guint) g_atomic_int_get (&server.port), TRUE, mmp_certificates_get_ca_file (certificates));
  port = mmp_turn_forwarder_get_port (rig.forwarder);
  connection = connect_to (rig.forwarder);
  g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)), "one", 3, NULL, NULL, NULL);
  g_assert_true (g_input_stream_read_all (g_io_stream_get_input_stream (G_IO_STREAM (connection)), received, 3, NULL, NULL, NULL));
  g_clear_pointer (&rig.forwarder, mmp_turn_forwarder_free);
  g_assert_cmpint (g_input_stream_read (g_io_stream_get_input_stream (G_IO_STREAM (connection)), received, 1, NULL, NULL), <=, 0);
  g_assert_null (g_socket_client_connect_to_host (client, "127.0.0.1", (guint16) port, NULL, NULL));
  mmp_test_await (g_atomic_int_get (&server.n_connections) == 1); /* the server's end, too */
}

/* libnice must not see that the server is gone. */
static void
test_the_servers_end_is_kept_from_the_agent (void)
{
  g_auto (Server) server = { NULL };
  g_auto (Rig) rig = { NULL };
  g_autoptr (GSocketConnection) first = NULL;
  g_autoptr (GSocketConnection) second = NULL;

  server_start (&server, NULL); /* it closes the connection after three bytes */
  rig_start (&rig, (guint) g_atomic_int_get (&server.port), FALSE, NULL);
  first = connect_to (rig.forwarder);
  g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (first)), "one", 3, NULL, NULL, NULL);
  mmp_test_await (g_atomic_int_get (&server.n_connections) == 1);
  second = connect_to (rig.forwarder);
  g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (second)), "two", 3, NULL, NULL, NULL);
  mmp_test_await (g_atomic_int_get (&server.n_connections) == 2);
  g_assert_cmpmem (server.first, sizeof server.first, "two", 3);
  for (guint i = 0; i < 100; i++)
    g_assert_true (g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (first)), "more", 4, NULL, NULL, NULL));
  g_assert_cmpint (g_socket_condition_check (g_socket_connection_get_socket (first), G_IO_IN | G_IO_HUP), ==, 0);
  g_assert_cmpint (g_atomic_int_get (&rig.n_failures), ==, 0);
}

int
main (int argc,
      char *argv[])
{
  int result;

  g_test_init (&argc, &argv, NULL);
  certificates = mmp_certificates_new ();
  g_test_add_func ("/turn-forwarder/bytes-go-both-ways", test_bytes_go_both_ways);
  g_test_add_func ("/turn-forwarder/the-wire-begins-with-a-client-hello", test_the_wire_begins_with_a_client_hello);
  g_test_add_func ("/turn-forwarder/a-wrong-certificate-is-refused", test_a_wrong_certificate_is_refused);
  g_test_add_func ("/turn-forwarder/says-why-it-does-not-get-there", test_says_why_it_does_not_get_there);
  g_test_add_func ("/turn-forwarder/a-missing-file-of-authorities-is-told", test_a_missing_file_of_authorities_is_told);
  g_test_add_func ("/turn-forwarder/serves-this-process-only", test_serves_this_process_only);
  g_test_add_func ("/turn-forwarder/its-end-closes-everything", test_its_end_closes_everything);
  g_test_add_func ("/turn-forwarder/the-servers-end-is-kept-from-the-agent", test_the_servers_end_is_kept_from_the_agent);
  result = g_test_run ();
  g_clear_pointer (&certificates, mmp_certificates_free);

  return result;
}
