/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <sys/resource.h>
#include <unistd.h>

#include "base/mmp-error.h"
#include "mmp-test.h"
#include "tunnel/mmp-forward-port.h"

typedef struct
{
  MmpClock *clock;
  MmpForwardPort *port;
  guint number; /* 0: not listening */
  guint n_listening;
  guint n_failed;
  GError *error;
  GArray *accepted; /* int */
} Fixture;

static void
on_listening (MmpForwardPort *port,
              guint number,
              gpointer user_data)
{
  Fixture *f = user_data;

  f->number = number;
  f->n_listening++;
}

static void
on_failed (MmpForwardPort *port,
           const GError *error,
           gpointer user_data)
{
  Fixture *f = user_data;

  g_clear_error (&f->error);
  f->error = g_error_copy (error);
  f->n_failed++;
}

static void
on_accepted (MmpForwardPort *port,
             int fd,
             gpointer user_data)
{
  Fixture *f = user_data;

  g_array_append_val (f->accepted, fd);
}

static const MmpForwardPortFuncs funcs = {
  .listening = on_listening,
  .failed = on_failed,
  .accepted = on_accepted,
};

static void
set_up (Fixture *f,
        const char *address,
        guint port)
{
  f->clock = mmp_clock_new_virtual ();
  f->accepted = g_array_new (FALSE, FALSE, sizeof (int));
  f->port = mmp_forward_port_new (f->clock, NULL, address, port, &funcs, f);
}

static void
tear_down (Fixture *f)
{
  mmp_forward_port_close (f->port);
  mmp_test_await_finalize (f->port);
  for (guint i = 0; i < f->accepted->len; i++)
    close (g_array_index (f->accepted, int, i));
  g_array_unref (f->accepted);
  g_clear_error (&f->error);
  mmp_clock_unref (f->clock);
}

/* The kernel completes a connection to a listening port by itself, so this need not wait. NULL: refused */
static GSocket *
connect_to (const char *address,
            guint port)
{
  g_autoptr (GSocketAddress) where = g_inet_socket_address_new_from_string (address, port);
  g_autoptr (GSocket) socket = g_socket_new (g_socket_address_get_family (where), G_SOCKET_TYPE_STREAM,
                                             G_SOCKET_PROTOCOL_TCP, NULL);

  if (socket == NULL || !g_socket_connect (socket, where, NULL, NULL))
    return NULL;

  return g_steal_pointer (&socket);
}

static void
test_accepts_while_it_is_open (void)
{
  Fixture f = { 0 };
  g_autoptr (GSocket) client = NULL;
  g_autoptr (GSocket) refused = NULL;

  set_up (&f, "127.0.0.1", 0);
  mmp_forward_port_open (f.port);
  g_assert_cmpuint (f.n_listening, ==, 1);
  g_assert_cmpuint (f.number, >, 0);
  mmp_forward_port_open (f.port);
  g_assert_cmpuint (f.n_listening, ==, 1);

  client = connect_to ("127.0.0.1", f.number);
  g_assert_nonnull (client);
  mmp_test_await (f.accepted->len == 1);

  mmp_forward_port_close (f.port);
  refused = connect_to ("127.0.0.1", f.number);
  g_assert_null (refused);
  tear_down (&f);
}

static void
test_keeps_its_number (void)
{
  Fixture f = { 0 };
  guint number;

  set_up (&f, "127.0.0.1", 0);
  mmp_forward_port_open (f.port);
  number = f.number;
  for (guint i = 0; i < 20; i++)
    {
      g_autoptr (GSocket) client = connect_to ("127.0.0.1", number);

      g_assert_nonnull (client);
      mmp_test_await (f.accepted->len == i + 1);
      mmp_forward_port_close (f.port);
      mmp_forward_port_open (f.port);
      g_assert_cmpuint (f.number, ==, number);
      g_assert_cmpuint (f.n_listening, ==, i + 2);
    }
  g_assert_cmpuint (f.n_failed, ==, 0);
  tear_down (&f);
}

static void
test_resets_connections_nobody_accepted (void)
{
  Fixture f = { 0 };
  g_autoptr (GSocket) client = NULL;
  g_autoptr (GError) error = NULL;
  char byte;

  set_up (&f, "127.0.0.1", 0);
  mmp_forward_port_open (f.port);
  client = connect_to ("127.0.0.1", f.number);
  mmp_forward_port_close (f.port);
  g_assert_cmpint (g_socket_receive (client, &byte, 1, NULL, &error), <, 0);
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_CLOSED);
  g_assert_cmpuint (f.accepted->len, ==, 0);
  tear_down (&f);
}

static void
test_tells_once_that_it_is_in_use_and_takes_it_when_free (void)
{
  Fixture first = { 0 };
  Fixture second = { 0 };

  set_up (&first, "127.0.0.1", 0);
  mmp_forward_port_open (first.port);
  set_up (&second, "127.0.0.1", first.number);
  mmp_forward_port_open (second.port);
  g_assert_cmpuint (second.n_failed, ==, 1);
  g_assert_error (second.error, MMP_ERROR, MMP_ERROR_PORT_IN_USE);

  for (guint i = 0; i < 5; i++)
    g_assert_true (mmp_clock_step (second.clock, G_MAXINT64 / 2));
  g_assert_cmpuint (second.n_failed, ==, 1);
  g_assert_cmpuint (second.n_listening, ==, 0);

  mmp_forward_port_close (first.port);
  g_assert_true (mmp_clock_step (second.clock, G_MAXINT64 / 2));
  g_assert_cmpuint (second.n_listening, ==, 1);
  g_assert_cmpuint (second.number, ==, first.number);
  tear_down (&second);
  tear_down (&first);
}

static void
test_does_not_try_again_once_closed (void)
{
  Fixture first = { 0 };
  Fixture second = { 0 };

  set_up (&first, "127.0.0.1", 0);
  mmp_forward_port_open (first.port);
  set_up (&second, "127.0.0.1", first.number);
  mmp_forward_port_open (second.port);
  mmp_forward_port_close (second.port);
  mmp_forward_port_close (first.port);
  g_assert_false (mmp_clock_step (second.clock, G_MAXINT64 / 2));
  g_assert_cmpuint (second.n_listening, ==, 0);
  tear_down (&second);
  tear_down (&first);
}

static void
test_refuses_an_address_of_another_device (void)
{
  Fixture f = { 0 };

  set_up (&f, "192.0.2.1", 0);
  mmp_forward_port_open (f.port);
  g_assert_error (f.error, MMP_ERROR, MMP_ERROR_PORT_DENIED);
  tear_down (&f);
}

static void
test_looks_names_up (void)
{
  Fixture good = { 0 };
  Fixture bad = { 0 };
  Fixture cancelled = { 0 };
  g_autoptr (GSocket) client = NULL;

  set_up (&good, "localhost", 0);
  set_up (&bad, "name.invalid", 0);
  set_up (&cancelled, "localhost", 0);
  mmp_forward_port_open (cancelled.port);
  mmp_forward_port_close (cancelled.port);
  mmp_forward_port_open (good.port);
  mmp_forward_port_open (bad.port);
  mmp_test_await (good.n_listening == 1 && bad.n_failed == 1);
  g_assert_error (bad.error, MMP_ERROR, MMP_ERROR_ADDRESS_INVALID);
  client = connect_to ("127.0.0.1", good.number);
  g_assert_nonnull (client);
  g_assert_cmpuint (cancelled.n_listening + cancelled.n_failed, ==, 0);
  tear_down (&good);
  tear_down (&bad);
  tear_down (&cancelled);
}

static void
test_any_address_takes_all_families (void)
{
  Fixture f = { 0 };
  g_autoptr (GSocket) four = NULL;
  g_autoptr (GSocket) six = NULL;

  set_up (&f, "*", 0);
  mmp_forward_port_open (f.port);
  four = connect_to ("127.0.0.1", f.number);
  g_assert_nonnull (four);
  six = connect_to ("::1", f.number);
  if (six == NULL)
    g_test_skip ("this machine has no IPv6 loopback address");
  tear_down (&f);
}

static void
test_pauses_when_no_descriptor_is_left (void)
{
  Fixture f = { 0 };
  struct rlimit before = { 0 };
  struct rlimit none = { 0 };
  int next;
  g_autoptr (GSocket) client = NULL;
  g_autoptr (GSocket) late = NULL;

  set_up (&f, "127.0.0.1", 0);
  mmp_forward_port_open (f.port);
  client = connect_to ("127.0.0.1", f.number);

  next = dup (0);
  close (next);
  g_assert_no_errno (getrlimit (RLIMIT_NOFILE, &before));
  none.rlim_cur = (rlim_t) next;
  none.rlim_max = before.rlim_max;
  g_assert_no_errno (setrlimit (RLIMIT_NOFILE, &none));
  for (guint i = 0; i < 5; i++)
    g_main_context_iteration (NULL, FALSE);
  g_assert_cmpuint (f.accepted->len, ==, 0);
  g_assert_false (g_main_context_pending (NULL));
  g_assert_no_errno (setrlimit (RLIMIT_NOFILE, &before));

  late = connect_to ("127.0.0.1", f.number);
  g_assert_nonnull (late);
  mmp_test_await (f.accepted->len == 2);
  tear_down (&f);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/forward-port/accepts-while-it-is-open", test_accepts_while_it_is_open);
  g_test_add_func ("/forward-port/keeps-its-number", test_keeps_its_number);
  g_test_add_func ("/forward-port/resets-connections-nobody-accepted", test_resets_connections_nobody_accepted);
  g_test_add_func ("/forward-port/tells-once-that-it-is-in-use-and-takes-it-when-free",
                   test_tells_once_that_it_is_in_use_and_takes_it_when_free);
  g_test_add_func ("/forward-port/does-not-try-again-once-closed", test_does_not_try_again_once_closed);
  g_test_add_func ("/forward-port/refuses-an-address-of-another-device", test_refuses_an_address_of_another_device);
  g_test_add_func ("/forward-port/looks-names-up", test_looks_names_up);
  g_test_add_func ("/forward-port/any-address-takes-all-families", test_any_address_takes_all_families);
  g_test_add_func ("/forward-port/pauses-when-no-descriptor-is-left", test_pauses_when_no_descriptor_is_left);

  return g_test_run ();
}
