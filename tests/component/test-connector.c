/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <sys/socket.h>
#include <unistd.h>

#include "base/mmp-limits.h"
#include "mmp-test.h"
#include "tunnel/mmp-connector.h"

typedef struct
{
  guint n_done;
  int fd;
  MmpStreamCode code;
} Outcome;

static void
on_done (MmpConnector *connector,
         int fd,
         MmpStreamCode code,
         gpointer user_data)
{
  Outcome *outcome = user_data;

  outcome->n_done++;
  outcome->fd = fd;
  outcome->code = code;
}

static GSocket *
bind_somewhere (guint *port)
{
  g_autoptr (GSocket) socket = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);
  g_autoptr (GSocketAddress) any_port = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  g_autoptr (GSocketAddress) bound = NULL;

  g_assert_true (g_socket_bind (socket, any_port, FALSE, NULL));
  bound = g_socket_get_local_address (socket, NULL);
  *port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));

  return g_steal_pointer (&socket);
}

static void
test_connects_by_name_and_by_address (void)
{
  const char *const hosts[] = { "127.0.0.1", "localhost" };
  g_autoptr (MmpClock) clock = mmp_clock_new (NULL);
  guint port = 0;
  g_autoptr (GSocket) server = bind_somewhere (&port);

  g_assert_true (g_socket_listen (server, NULL));
  for (guint i = 0; i < G_N_ELEMENTS (hosts); i++)
    {
      Outcome outcome = { .fd = -1 };
      MmpConnector *connector = mmp_connector_new (clock, hosts[i], port, on_done, &outcome);
      g_autoptr (GSocket) accepted = NULL;
      char byte = 0;

      g_assert_cmpuint (outcome.n_done, ==, 0);
      mmp_test_await (outcome.n_done == 1);
      g_assert_cmpint (outcome.fd, >=, 0);
      mmp_test_await_finalize (connector);

      /* The socket is whole although the object that connected it is gone. */
      accepted = g_socket_accept (server, NULL, NULL);
      g_assert_cmpint (send (outcome.fd, "x", 1, 0), ==, 1);
      g_assert_cmpint (g_socket_receive (accepted, &byte, 1, NULL, NULL), ==, 1);
      g_assert_cmpint (byte, ==, 'x');
      close (outcome.fd);
    }
}

static void
test_tells_why_it_failed (void)
{
  g_autoptr (MmpClock) clock = mmp_clock_new (NULL);
  guint port = 0;
  g_autoptr (GSocket) silent = bind_somewhere (&port);
  const struct
  {
    const char *host;
    guint port;
    MmpStreamCode code;
  } cases[] = {
    { "127.0.0.1", port, MMP_STREAM_REFUSED },
    { "name.invalid", 80, MMP_STREAM_UNREACHABLE },
    { "255.255.255.255", 80, MMP_STREAM_UNREACHABLE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Outcome outcome = { .fd = -1 };
      g_autoptr (MmpConnector) connector = mmp_connector_new (clock, cases[i].host, cases[i].port, on_done, &outcome);

      mmp_test_await (outcome.n_done == 1);
      g_assert_cmpint (outcome.fd, ==, -1);
      g_assert_cmpint (outcome.code, ==, cases[i].code);
    }
}

/* Linux drops what asks for a connection while the queue of those that nobody accepted is full. */
static GPtrArray *
fill_queue (GSocket *server,
            guint port)
{
  GPtrArray *clients = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GSocketAddress) where = g_inet_socket_address_new_from_string ("127.0.0.1", port);

  g_socket_set_listen_backlog (server, 0);
  g_assert_true (g_socket_listen (server, NULL));
  for (guint i = 0; i < 4; i++)
    {
      GSocket *client = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);

      g_socket_set_blocking (client, FALSE);
      g_socket_connect (client, where, NULL, NULL);
      g_ptr_array_add (clients, client);
    }

  return clients;
}

static void
test_gives_up_after_ten_seconds (void)
{
  g_autoptr (MmpClock) clock = mmp_clock_new_virtual ();
  guint port = 0;
  g_autoptr (GSocket) server = bind_somewhere (&port);
  g_autoptr (GPtrArray) clients = fill_queue (server, port);
  Outcome outcome = { .fd = -1 };
  MmpConnector *connector = mmp_connector_new (clock, "127.0.0.1", port, on_done, &outcome);

  for (guint i = 0; i < 20; i++)
    g_main_context_iteration (NULL, FALSE);
  g_assert_false (mmp_clock_step (clock, MMP_SECONDS (9)));
  g_assert_cmpuint (outcome.n_done, ==, 0);
  g_assert_true (mmp_clock_step (clock, MMP_SECONDS (11)));
  g_assert_cmpuint (outcome.n_done, ==, 1);
  g_assert_cmpint (outcome.code, ==, MMP_STREAM_TIME_OUT);
  mmp_test_await_finalize (connector);
  g_assert_cmpuint (outcome.n_done, ==, 1);
}

static void
test_is_silent_once_cancelled (void)
{
  g_autoptr (MmpClock) clock = mmp_clock_new (NULL);
  guint port = 0;
  g_autoptr (GSocket) server = bind_somewhere (&port);
  Outcome outcome = { .fd = -1 };
  MmpConnector *connector;

  g_assert_true (g_socket_listen (server, NULL));
  connector = mmp_connector_new (clock, "127.0.0.1", port, on_done, &outcome);
  mmp_connector_cancel (connector);
  mmp_test_await_finalize (connector);
  g_assert_cmpuint (outcome.n_done, ==, 0);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/connector/connects-by-name-and-by-address", test_connects_by_name_and_by_address);
  g_test_add_func ("/connector/tells-why-it-failed", test_tells_why_it_failed);
  g_test_add_func ("/connector/gives-up-after-ten-seconds", test_gives_up_after_ten_seconds);
  g_test_add_func ("/connector/is-silent-once-cancelled", test_is_silent_once_cancelled);

  return g_test_run ();
}
