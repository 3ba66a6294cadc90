/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-tcp-service.h"

#include <glib-unix.h>
#include <sys/socket.h>

#define THREADS_MAX 300
#define TIME_OUT 60 /* seconds; a peer that is silent for this long fails the test by what is missing then */

struct _MmpTcpService
{
  GSocketService *service;
  guint port;
  MmpTcpServiceFunc func;
  gpointer user_data;
  int n_connections; /* atomic */
};

static gboolean
on_run (GThreadedSocketService *service,
        GSocketConnection *connection,
        GObject *source,
        gpointer user_data)
{
  MmpTcpService *self = user_data;
  GSocket *socket = g_socket_connection_get_socket (connection);

  g_atomic_int_inc (&self->n_connections);
  g_socket_set_blocking (socket, TRUE);
  g_socket_set_timeout (socket, TIME_OUT);
  self->func (socket, self->user_data);

  return TRUE;
}

/**
 * mmp_tcp_service_new:
 * @func: what a connection does, on a thread of its own; the socket is closed when it returns
 *
 * Accepts connections in the default context.
 *
 * Returns: (transfer full): a service
 */
MmpTcpService *
mmp_tcp_service_new (MmpTcpServiceFunc func,
                     gpointer user_data)
{
  MmpTcpService *self = g_new0 (MmpTcpService, 1);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  g_autoptr (GSocketAddress) bound = NULL;
  g_autoptr (GError) error = NULL;

  self->func = func;
  self->user_data = user_data;
  self->service = g_threaded_socket_service_new (THREADS_MAX);
  g_socket_listener_set_backlog (G_SOCKET_LISTENER (self->service), THREADS_MAX);
  g_socket_listener_add_address (G_SOCKET_LISTENER (self->service), address, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP,
                                 NULL, &bound, &error);
  g_assert_no_error (error);
  self->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));
  g_signal_connect (self->service, "run", G_CALLBACK (on_run), self);
  g_socket_service_start (self->service);

  return self;
}

/**
 * mmp_tcp_service_free:
 *
 * The connections must have come to their end before.
 */
void
mmp_tcp_service_free (MmpTcpService *self)
{
  g_socket_service_stop (self->service);
  g_socket_listener_close (G_SOCKET_LISTENER (self->service));
  g_object_unref (self->service);
  g_free (self);
}

/**
 * mmp_tcp_service_get_port:
 */
guint
mmp_tcp_service_get_port (MmpTcpService *self)
{
  return self->port;
}

/**
 * mmp_tcp_service_count:
 *
 * Returns: how many connections there were so far
 */
guint
mmp_tcp_service_count (MmpTcpService *self)
{
  return (guint) g_atomic_int_get (&self->n_connections);
}

/**
 * mmp_tcp_echo:
 *
 * A service that sends back what it gets, and its end.
 */
void
mmp_tcp_echo (GSocket *socket,
              gpointer user_data)
{
  char buffer[16384];
  gssize n;

  while ((n = g_socket_receive (socket, buffer, sizeof buffer, NULL, NULL)) > 0)
    {
      if (!mmp_tcp_send (socket, buffer, (gsize) n))
        return;
    }
  g_socket_shutdown (socket, FALSE, TRUE, NULL);
}

/**
 * mmp_tcp_digest:
 *
 * A service that answers the end of what it gets with the SHA-256 of it, as text: it needs half-close to work.
 */
void
mmp_tcp_digest (GSocket *socket,
                gpointer user_data)
{
  g_autoptr (GBytes) all = mmp_tcp_receive_all (socket, NULL);
  g_autofree char *digest = all != NULL ? g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, all) : NULL;

  if (digest != NULL)
    mmp_tcp_send (socket, digest, 64);
}

/**
 * mmp_tcp_connect:
 *
 * Returns: (transfer full) (nullable): a blocking socket, connected to a port of 127.0.0.1; %NULL if that was refused
 */
GSocket *
mmp_tcp_connect (guint port)
{
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string ("127.0.0.1", port);
  g_autoptr (GSocket) socket = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);

  g_socket_set_timeout (socket, TIME_OUT);
  if (!g_socket_connect (socket, address, NULL, NULL))
    return NULL;

  return g_steal_pointer (&socket);
}

/**
 * mmp_tcp_new_pair:
 * @other: (out) (transfer full): the other end, which does not block
 *
 * Returns: (transfer full): one end of a TCP connection, blocking
 */
GSocket *
mmp_tcp_new_pair (int *other)
{
  g_autoptr (GSocket) server = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);
  g_autoptr (GSocketAddress) anywhere = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  g_autoptr (GSocketAddress) bound = NULL;
  g_autoptr (GSocket) client = NULL;

  g_assert_true (g_socket_bind (server, anywhere, FALSE, NULL));
  g_assert_true (g_socket_listen (server, NULL));
  bound = g_socket_get_local_address (server, NULL);
  client = mmp_tcp_connect (g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound)));
  *other = accept (g_socket_get_fd (server), NULL, NULL);
  g_assert_cmpint (*other, >=, 0);
  g_assert_true (g_unix_set_fd_nonblocking (*other, TRUE, NULL));

  return g_steal_pointer (&client);
}

/**
 * mmp_tcp_reset:
 *
 * Closes a socket by RST.
 */
void
mmp_tcp_reset (GSocket *socket)
{
  const struct linger linger = { .l_onoff = 1, .l_linger = 0 };

  g_assert_no_errno (setsockopt (g_socket_get_fd (socket), SOL_SOCKET, SO_LINGER, &linger, sizeof linger));
  g_assert_true (g_socket_close (socket, NULL));
}

/**
 * mmp_tcp_send:
 *
 * Returns: whether all was taken
 */
gboolean
mmp_tcp_send (GSocket *socket,
              gconstpointer data,
              gsize size)
{
  gsize sent = 0;

  while (sent < size)
    {
      gssize n = g_socket_send (socket, (const char *) data + sent, size - sent, NULL, NULL);

      if (n <= 0)
        return FALSE;
      sent += (gsize) n;
    }

  return TRUE;
}

/**
 * mmp_tcp_receive_all:
 *
 * Returns: (transfer full): what came until the end; %NULL if the connection was reset
 */
GBytes *
mmp_tcp_receive_all (GSocket *socket,
                     GError **error)
{
  g_autoptr (GByteArray) all = g_byte_array_new ();
  guint8 buffer[16384];
  gssize n;

  while ((n = g_socket_receive (socket, (char *) buffer, sizeof buffer, NULL, error)) > 0)
    g_byte_array_append (all, buffer, (guint) n);

  return n == 0 ? g_byte_array_free_to_bytes (g_steal_pointer (&all)) : NULL;
}

/**
 * mmp_test_count_descriptors:
 *
 * Returns: how many descriptors this process has open
 */
guint
mmp_test_count_descriptors (void)
{
  g_autoptr (GDir) directory = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n = 0;

  while (g_dir_read_name (directory) != NULL)
    n++;

  return n;
}
