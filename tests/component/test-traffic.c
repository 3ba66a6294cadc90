/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <sys/resource.h>

#include "base/mmp-error.h"
#include "base/mmp-limits.h"
#include "mmp-loopback-carrier.h"
#include "mmp-tcp-transfer.h"
#include "mmp-test.h"
#include "tunnel/mmp-endpoint.h"
#include "tunnel/mmp-traffic.h"

#define MIB (1024 * 1024)
#define FORWARDS_MAX 4

/* One end, and what it told */
typedef struct
{
  MmpEndpointConfig *config;
  gboolean relay_streams;
  MmpTraffic *traffic;
  MmpCarrier *carrier;
  guint ports[FORWARDS_MAX];
  guint n_listening;
  guint n_failures;
  GError *failure; /* the last */
  guint n_opened;
  guint n_over;
  gboolean carrying;
  guint64 generation;
  guint n_lost;
  MmpLinkStatus figures;
  GStrv services;
} End;

typedef struct
{
  MmpClock *clock;
  guint64 generation;
  End near; /* initiator */
  End far;
} Fixture;

static void
on_traffic (MmpTraffic *traffic,
            MmpTrafficEvent *event,
            gpointer user_data)
{
  g_autoptr (MmpTrafficEvent) owned = event;
  End *end = user_data;

  switch (event->type)
    {
    case MMP_TRAFFIC_CARRIER:
    case MMP_TRAFFIC_FIGURES:
      end->carrying = event->carrying;
      end->generation = event->generation;
      end->figures = event->figures;
      break;
    case MMP_TRAFFIC_LISTENING:
      end->ports[event->forward] = event->port;
      end->n_listening++;
      break;
    case MMP_TRAFFIC_FORWARD_FAILED:
      g_clear_error (&end->failure);
      end->failure = g_error_copy (event->error);
      end->n_failures++;
      break;
    case MMP_TRAFFIC_STREAM:
      *(event->open ? &end->n_opened : &end->n_over) += 1;
      break;
    case MMP_TRAFFIC_SIGNAL:
      g_strfreev (end->services);
      end->services = g_strdupv (event->signal->names);
      break;
    case MMP_TRAFFIC_LOST:
      end->n_lost++;
      break;
    case MMP_TRAFFIC_RTT:
      break;
    case MMP_TRAFFIC_CLOSED:
    default:
      g_error ("the link broke");
    }
}

static void
prepare (Fixture *f)
{
  f->clock = mmp_clock_new (NULL);
  f->near.config = mmp_endpoint_config_new ();
  f->far.config = mmp_endpoint_config_new ();
  f->near.relay_streams = f->far.relay_streams = TRUE;
}

static void
offer (End *end,
       const char *name,
       guint port)
{
  g_assert_true (mmp_endpoint_config_add_service (end->config, name, "127.0.0.1", port, NULL));
}

static void
forward (End *end,
         guint port,
         const char *service)
{
  g_assert_true (mmp_endpoint_config_add_forward (end->config, "127.0.0.1", port, service, NULL));
}

static void
start_end (End *end,
           MmpLinkRole role)
{
  const MmpTrafficConfig config = {
    .role = role,
    .services = end->config->services,
    .forwards = end->config->forwards,
    .relay_streams = end->relay_streams,
    .hold = end->config->hold,
  };

  end->traffic = mmp_traffic_new (&config, NULL, on_traffic, end);
}

static void
attach (Fixture *f,
        MmpCarrierKind kind)
{
  const MmpLoopbackConfig config = { .kind = kind, .generation = ++f->generation };

  g_clear_object (&f->near.carrier);
  g_clear_object (&f->far.carrier);
  mmp_loopback_carrier_new_pair (f->clock, &config, &f->near.carrier, &f->far.carrier);
  mmp_link_attach (mmp_traffic_get_link (f->near.traffic), f->near.carrier);
  mmp_link_attach (mmp_traffic_get_link (f->far.traffic), f->far.carrier);
}

static void
start (Fixture *f)
{
  start_end (&f->near, MMP_LINK_ROLE_INITIATOR);
  start_end (&f->far, MMP_LINK_ROLE_LISTENER);
  attach (f, MMP_CARRIER_DIRECT);
  mmp_test_await (f->near.carrying && f->far.carrying);
}

static void
clear_end (End *end)
{
  gpointer weak = mmp_traffic_get_link (end->traffic);

  g_object_add_weak_pointer (weak, &weak);
  g_clear_pointer (&end->traffic, mmp_traffic_free);
  g_clear_object (&end->carrier);
  mmp_test_await (weak == NULL);
  g_clear_pointer (&end->config, mmp_endpoint_config_free);
  g_clear_error (&end->failure);
  g_clear_pointer (&end->services, g_strfreev);
  g_assert_cmpuint (end->n_over, <=, end->n_opened);
}

static void
tear_down (Fixture *f)
{
  clear_end (&f->near);
  clear_end (&f->far);
  mmp_clock_unref (f->clock);
}

static void
expect_reset (GSocket *socket)
{
  MmpTcpTransfer receiving;

  mmp_tcp_transfer_begin_receiving (&receiving, socket);
  mmp_tcp_transfer_finish_with (&receiving, NULL);
}

static void
check_echo (guint port,
            gsize size,
            guint32 seed)
{
  g_autoptr (GSocket) socket = mmp_tcp_connect (port);
  g_autoptr (GBytes) data = mmp_test_make_data (size, seed);

  g_assert_nonnull (socket);
  mmp_tcp_transfer_check_echo (socket, data);
}

static void
test_forwards_lead_to_services_both_ways (void)
{
  Fixture f = { 0 };
  g_autoptr (MmpTcpService) echo = mmp_tcp_service_new (mmp_tcp_echo, NULL);
  g_autoptr (MmpTcpService) digest = mmp_tcp_service_new (mmp_tcp_digest, NULL);
  g_autoptr (GBytes) data = mmp_test_make_data (3 * MIB, 1);
  g_autofree char *checksum = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, data);
  g_autoptr (GBytes) expected = g_bytes_new (checksum, 64);
  g_autoptr (GSocket) socket = NULL;
  MmpTcpTransfer sending, receiving;

  prepare (&f);
  offer (&f.far, "echo", mmp_tcp_service_get_port (echo));
  offer (&f.near, "digest", mmp_tcp_service_get_port (digest));
  forward (&f.near, 0, "echo");
  forward (&f.far, 0, "digest");
  start (&f);
  check_echo (f.near.ports[0], 3 * MIB, 2);

  socket = mmp_tcp_connect (f.far.ports[0]);
  mmp_tcp_transfer_begin_sending (&sending, socket, data);
  mmp_tcp_transfer_begin_receiving (&receiving, socket);
  mmp_tcp_transfer_finish (&sending);
  mmp_tcp_transfer_finish_with (&receiving, expected);

  mmp_test_await (f.near.n_over == 2 && f.far.n_over == 2);
  mmp_test_await (f.near.figures.bytes_sent == 3 * MIB + 64 && f.near.figures.n_streams == 0);
  g_assert_cmpstr (f.near.services[0], ==, "echo");
  g_assert_cmpstr (f.far.services[0], ==, "digest");
  tear_down (&f);
}

static void
test_tells_why_a_service_cannot_be_used (void)
{
  Fixture f = { 0 };
  g_autoptr (GSocket) bound = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);
  g_autoptr (GSocketAddress) anywhere = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  g_autoptr (GSocketAddress) where = NULL;

  g_assert_true (g_socket_bind (bound, anywhere, FALSE, NULL));
  where = g_socket_get_local_address (bound, NULL);

  prepare (&f);
  offer (&f.far, "silent", g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (where)));
  forward (&f.near, 0, "silent");
  forward (&f.near, 0, "missing");
  start (&f);
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (GSocket) socket = mmp_tcp_connect (f.near.ports[0]);

      expect_reset (socket);
    }
  mmp_test_await (f.near.n_over == 3);
  g_assert_cmpuint (f.near.n_failures, ==, 1);
  g_assert_error (f.near.failure, MMP_ERROR, MMP_ERROR_SERVICE_REFUSED);
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (GSocket) socket = mmp_tcp_connect (f.near.ports[1]);

      expect_reset (socket);
    }
  mmp_test_await (f.near.n_over == 6);
  g_assert_cmpuint (f.near.n_failures, ==, 2);
  g_assert_error (f.near.failure, MMP_ERROR, MMP_ERROR_NO_SERVICE);
  g_assert_cmpuint (f.far.n_opened, ==, 3);
  tear_down (&f);
}

static void
test_a_port_in_use_is_told_and_taken_later (void)
{
  Fixture f = { 0 };
  MmpTcpService *echo = mmp_tcp_service_new (mmp_tcp_echo, NULL);

  prepare (&f);
  forward (&f.near, mmp_tcp_service_get_port (echo), "echo");
  start (&f);
  g_assert_cmpuint (f.near.n_failures, ==, 1);
  g_assert_error (f.near.failure, MMP_ERROR, MMP_ERROR_PORT_IN_USE);

  /* A new carrier makes it try again at once. */
  mmp_tcp_service_free (echo);
  attach (&f, MMP_CARRIER_DIRECT);
  mmp_test_await (f.near.n_listening == 1);
  g_assert_cmpuint (f.near.n_failures, ==, 1);
  tear_down (&f);
}

static void
test_carries_two_hundred_connections (void)
{
  const guint n = 200;
  Fixture f = { 0 };
  g_autoptr (MmpTcpService) echo = mmp_tcp_service_new (mmp_tcp_echo, NULL);
  g_autoptr (GPtrArray) sockets = g_ptr_array_new_with_free_func (g_object_unref);
  g_autofree MmpTcpTransfer *sending = g_new0 (MmpTcpTransfer, n);
  g_autofree MmpTcpTransfer *receiving = g_new0 (MmpTcpTransfer, n);
  g_autoptr (GBytes) data = mmp_test_make_data (20000, 3);

  prepare (&f);
  offer (&f.far, "echo", mmp_tcp_service_get_port (echo));
  forward (&f.near, 0, "echo");
  start (&f);
  for (guint i = 0; i < n; i++)
    {
      g_ptr_array_add (sockets, mmp_tcp_connect (f.near.ports[0]));
      while (g_main_context_iteration (NULL, FALSE))
        ;
    }
  mmp_test_await (f.far.n_opened == n);
  for (guint i = 0; i < n; i++)
    {
      mmp_tcp_transfer_begin_receiving (&receiving[i], g_ptr_array_index (sockets, i));
      mmp_tcp_transfer_begin_sending (&sending[i], g_ptr_array_index (sockets, i), data);
    }
  for (guint i = 0; i < n; i++)
    {
      mmp_tcp_transfer_finish_with (&receiving[i], data);
      mmp_tcp_transfer_finish (&sending[i]);
    }
  mmp_test_await (f.near.n_over == n && f.far.n_over == n);
  tear_down (&f);
}

static void
hold (GSocket *socket,
      gpointer user_data)
{
  char byte;

  g_socket_receive (socket, &byte, 1, NULL, NULL);
}

static void
test_one_connection_too_many_is_reset (void)
{
  Fixture f = { 0 };
  g_autoptr (MmpTcpService) holding = mmp_tcp_service_new (hold, NULL);
  g_autoptr (GPtrArray) sockets = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GSocket) late = NULL;

  prepare (&f);
  offer (&f.far, "hold", mmp_tcp_service_get_port (holding));
  forward (&f.near, 0, "hold");
  start (&f);
  for (guint i = 0; i < MMP_LINK_STREAMS_MAX; i++)
    {
      g_ptr_array_add (sockets, mmp_tcp_connect (f.near.ports[0]));
      while (g_main_context_iteration (NULL, FALSE))
        ;
    }
  mmp_test_await (f.far.n_opened == MMP_LINK_STREAMS_MAX);
  late = mmp_tcp_connect (f.near.ports[0]);
  expect_reset (late);
  g_assert_cmpuint (f.near.n_opened, ==, MMP_LINK_STREAMS_MAX);

  g_ptr_array_set_size (sockets, 0);
  mmp_test_await (f.near.n_over == MMP_LINK_STREAMS_MAX && f.far.n_over == MMP_LINK_STREAMS_MAX);
  tear_down (&f);
}

static void
test_ports_follow_the_carrier_and_streams_outlive_it (void)
{
  Fixture f = { 0 };
  g_autoptr (MmpTcpService) echo = mmp_tcp_service_new (mmp_tcp_echo, NULL);
  g_autoptr (GBytes) data = mmp_test_make_data (MIB, 4);
  g_autoptr (GSocket) socket = NULL;
  g_autoptr (GSocket) refused = NULL;
  guint port;

  prepare (&f);
  offer (&f.far, "echo", mmp_tcp_service_get_port (echo));
  forward (&f.near, 0, "echo");
  start (&f);
  port = f.near.ports[0];
  socket = mmp_tcp_connect (port);
  mmp_test_await (f.far.n_opened == 1);

  mmp_loopback_carrier_fail (f.near.carrier);
  mmp_test_await (!f.near.carrying && !f.far.carrying);
  g_assert_cmpuint (f.near.n_lost, ==, 1);
  refused = mmp_tcp_connect (port);
  g_assert_null (refused);

  attach (&f, MMP_CARRIER_DIRECT);
  mmp_test_await (f.near.n_listening == 2);
  g_assert_cmpuint (f.near.ports[0], ==, port);
  mmp_tcp_transfer_check_echo (socket, data);
  check_echo (port, 10000, 5);
  tear_down (&f);
}

static void
test_a_newer_path_is_missed_though_an_older_one_carries (void)
{
  Fixture f = { 0 };
  g_autoptr (MmpTcpService) holding = mmp_tcp_service_new (hold, NULL);
  g_autoptr (GSocket) socket = NULL;

  prepare (&f);
  offer (&f.far, "hold", mmp_tcp_service_get_port (holding));
  forward (&f.near, 0, "hold");
  start (&f);
  socket = mmp_tcp_connect (f.near.ports[0]);
  attach (&f, MMP_CARRIER_DIRECT);
  mmp_test_await (f.near.generation == 2);
  mmp_loopback_carrier_freeze (f.near.carrier);
  mmp_test_await (f.near.generation == 1 && f.near.n_lost == 1);
  tear_down (&f);
}

static void
test_streams_end_when_the_outage_lasts (void)
{
  Fixture f = { 0 };
  g_autoptr (MmpTcpService) echo = mmp_tcp_service_new (mmp_tcp_echo, NULL);
  g_autoptr (GSocket) socket = NULL;

  prepare (&f);
  f.near.config->hold = f.far.config->hold = MMP_MSEC (300);
  offer (&f.far, "echo", mmp_tcp_service_get_port (echo));
  forward (&f.near, 0, "echo");
  start (&f);
  socket = mmp_tcp_connect (f.near.ports[0]);
  mmp_test_await (f.far.n_opened == 1);
  mmp_loopback_carrier_fail (f.near.carrier);
  expect_reset (socket);
  mmp_test_await (f.near.n_over == 1 && f.far.n_over == 1);

  attach (&f, MMP_CARRIER_DIRECT);
  mmp_test_await (f.near.n_listening == 2);
  check_echo (f.near.ports[0], 10000, 6);
  tear_down (&f);
}

static void
test_a_relay_that_streams_may_not_use_opens_nothing (void)
{
  Fixture f = { 0 };
  g_autoptr (MmpTcpService) echo = mmp_tcp_service_new (mmp_tcp_echo, NULL);
  g_autoptr (GSocket) socket = NULL;

  prepare (&f);
  f.near.relay_streams = f.far.relay_streams = FALSE;
  f.near.config->hold = f.far.config->hold = MMP_MSEC (300);
  offer (&f.far, "echo", mmp_tcp_service_get_port (echo));
  forward (&f.near, 0, "echo");
  start_end (&f.near, MMP_LINK_ROLE_INITIATOR);
  start_end (&f.far, MMP_LINK_ROLE_LISTENER);
  attach (&f, MMP_CARRIER_RELAY);
  mmp_test_await (f.near.services != NULL && f.near.figures.alive);
  g_assert_cmpuint (f.near.n_listening, ==, 0);
  g_assert_false (f.near.carrying);

  attach (&f, MMP_CARRIER_DIRECT);
  mmp_test_await (f.near.n_listening == 1);
  socket = mmp_tcp_connect (f.near.ports[0]);
  mmp_test_await (f.far.n_opened == 1);

  /* The relay is still alive, so the link itself would wait for ever. */
  mmp_loopback_carrier_fail (f.near.carrier);
  expect_reset (socket);
  g_assert_true (f.near.figures.alive);
  g_assert_false (f.near.carrying);
  mmp_test_await (f.far.n_over == 1);
  tear_down (&f);
}

static void
test_closed_ports_leave_their_connections (void)
{
  Fixture f = { 0 };
  g_autoptr (MmpTcpService) echo = mmp_tcp_service_new (mmp_tcp_echo, NULL);
  g_autoptr (GBytes) data = mmp_test_make_data (10000, 7);
  g_autoptr (GSocket) socket = NULL;
  g_autoptr (GSocket) refused = NULL;

  prepare (&f);
  offer (&f.near, "echo", mmp_tcp_service_get_port (echo));
  forward (&f.far, 0, "echo");
  start (&f);
  socket = mmp_tcp_connect (f.far.ports[0]);
  mmp_test_await (f.near.n_opened == 1);
  mmp_traffic_set_forwarding (f.far.traffic, FALSE);
  refused = mmp_tcp_connect (f.far.ports[0]);
  g_assert_null (refused);
  mmp_tcp_transfer_check_echo (socket, data);
  mmp_traffic_set_forwarding (f.far.traffic, TRUE);
  g_assert_cmpuint (f.far.n_listening, ==, 2);
  tear_down (&f);
}

static void
test_a_reader_that_waits_holds_nobody_else (void)
{
  Fixture f = { 0 };
  g_autoptr (MmpTcpService) echo = mmp_tcp_service_new (mmp_tcp_echo, NULL);
  g_autoptr (GPtrArray) stuck = g_ptr_array_new_with_free_func (g_object_unref);
  g_autofree MmpTcpTransfer *sending = g_new0 (MmpTcpTransfer, 8);
  g_autoptr (GBytes) data = mmp_test_make_data (32 * MIB, 8);
  MmpLinkStatus status = { 0 };

  prepare (&f);
  offer (&f.far, "echo", mmp_tcp_service_get_port (echo));
  forward (&f.near, 0, "echo");
  start (&f);
  for (guint i = 0; i < 8; i++)
    {
      g_ptr_array_add (stuck, mmp_tcp_connect (f.near.ports[0]));
      mmp_tcp_transfer_begin_sending (&sending[i], g_ptr_array_index (stuck, i), data);
    }
  mmp_test_await (f.far.n_opened == 8);
  for (guint32 i = 0; i < 3; i++)
    check_echo (f.near.ports[0], 2 * MIB, 10 + i);
  mmp_link_get_status (mmp_traffic_get_link (f.near.traffic), &status);
  g_assert_cmpuint (status.reserved, <=, 9 * MIB);

  for (guint i = 0; i < 8; i++)
    {
      g_assert_false (g_atomic_int_get (&sending[i].done));
      g_assert_true (g_socket_shutdown (sending[i].socket, TRUE, TRUE, NULL));
      mmp_tcp_transfer_finish (&sending[i]);
    }
  g_ptr_array_set_size (stuck, 0);
  mmp_test_await (f.near.n_over == 11 && f.far.n_over == 11);
  tear_down (&f);
}

static void
test_leaves_no_descriptor_behind (void)
{
  Fixture f = { 0 };
  g_autoptr (MmpTcpService) echo = mmp_tcp_service_new (mmp_tcp_echo, NULL);
  g_autoptr (MmpTcpService) other = mmp_tcp_service_new (hold, NULL);
  guint before;

  prepare (&f);
  offer (&f.far, "echo", mmp_tcp_service_get_port (echo));
  offer (&f.far, "hold", mmp_tcp_service_get_port (other));
  forward (&f.near, 0, "echo");
  forward (&f.near, 0, "hold");
  forward (&f.near, 0, "missing");
  start (&f);
  check_echo (f.near.ports[0], 1000, 9);
  mmp_test_await (f.far.n_over == 1 && f.near.n_over == 1);
  before = mmp_test_count_descriptors ();
  for (guint i = 1; i <= 150; i++)
    {
      if (i % 3 == 0)
        {
          check_echo (f.near.ports[0], 1000, i);
        }
      else
        {
          g_autoptr (GSocket) socket = mmp_tcp_connect (f.near.ports[i % 3]);

          if (i % 2 == 0)
            mmp_tcp_reset (socket);
        }
      mmp_test_await (f.near.n_over == i + 1);
    }
  mmp_test_await (f.far.n_over == f.far.n_opened && mmp_test_count_descriptors () <= before);
  tear_down (&f);
}

/* A connection has four ends here, and an ordinary user often has 1,024 descriptors. */
static void
raise_file_limit (void)
{
  struct rlimit limit;

  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  limit.rlim_cur = limit.rlim_max;
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &limit), ==, 0);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  raise_file_limit ();

  g_test_add_func ("/traffic/forwards-lead-to-services-both-ways", test_forwards_lead_to_services_both_ways);
  g_test_add_func ("/traffic/tells-why-a-service-cannot-be-used", test_tells_why_a_service_cannot_be_used);
  g_test_add_func ("/traffic/a-port-in-use-is-told-and-taken-later", test_a_port_in_use_is_told_and_taken_later);
  g_test_add_func ("/traffic/carries-two-hundred-connections", test_carries_two_hundred_connections);
  g_test_add_func ("/traffic/one-connection-too-many-is-reset", test_one_connection_too_many_is_reset);
  g_test_add_func ("/traffic/ports-follow-the-carrier-and-streams-outlive-it",
                   test_ports_follow_the_carrier_and_streams_outlive_it);
  g_test_add_func ("/traffic/a-newer-path-is-missed-though-an-older-one-carries", test_a_newer_path_is_missed_though_an_older_one_carries);
  g_test_add_func ("/traffic/streams-end-when-the-outage-lasts", test_streams_end_when_the_outage_lasts);
  g_test_add_func ("/traffic/a-relay-that-streams-may-not-use-opens-nothing",
                   test_a_relay_that_streams_may_not_use_opens_nothing);
  g_test_add_func ("/traffic/closed-ports-leave-their-connections", test_closed_ports_leave_their_connections);
  g_test_add_func ("/traffic/a-reader-that-waits-holds-nobody-else", test_a_reader_that_waits_holds_nobody_else);
  g_test_add_func ("/traffic/leaves-no-descriptor-behind", test_leaves_no_descriptor_behind);

  return g_test_run ();
}
