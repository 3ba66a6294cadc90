/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <sys/socket.h>

#include "link/mmp-link.h"
#include "mmp-loopback-carrier.h"
#include "mmp-tcp-transfer.h"
#include "mmp-test.h"
#include "tunnel/mmp-pump.h"

#define MIB (1024 * 1024)
#define NOT_OVER G_MAXUINT

/* Two links in one context; one stream between them; at each end of it a pump with a TCP connection. */
typedef struct
{
  MmpLink *link;
  MmpCarrier *carrier;
  MmpPump *pump;
  GSocket *socket; /* what a client of the pump holds */
  int inner; /* the pump's end of it, until it is given */
  guint over; /* the code, or NOT_OVER */
} End;

typedef struct
{
  MmpClock *clock;
  End near; /* opens the stream */
  End far;
} Fixture;

static void
on_over (MmpPump *pump,
         guint code,
         gpointer user_data)
{
  End *end = user_data;

  g_assert_cmpuint (end->over, ==, NOT_OVER);
  end->over = code;
}

static gboolean
on_open (MmpLink *link,
         MmpStream *stream,
         const char *service,
         MmpStreamCode *code,
         gpointer user_data)
{
  End *end = user_data;

  end->pump = mmp_pump_new (stream, on_over, end);

  return TRUE;
}

static const MmpLinkFuncs link_funcs = {
  .open = on_open,
};

static void
set_up_links (Fixture *f)
{
  const MmpLoopbackConfig config = { .kind = MMP_CARRIER_DIRECT, .generation = 1 };

  f->clock = mmp_clock_new (NULL);
  f->near.link = mmp_link_new (MMP_LINK_ROLE_INITIATOR, f->clock, &link_funcs, &f->near);
  f->far.link = mmp_link_new (MMP_LINK_ROLE_LISTENER, f->clock, &link_funcs, &f->far);
  mmp_loopback_carrier_new_pair (f->clock, &config, &f->near.carrier, &f->far.carrier);
  mmp_link_attach (f->near.link, f->near.carrier);
  mmp_link_attach (f->far.link, f->far.carrier);
}

static void
open_stream (Fixture *f)
{
  f->near.over = f->far.over = NOT_OVER;
  f->near.socket = mmp_tcp_new_pair (&f->near.inner);
  f->far.socket = mmp_tcp_new_pair (&f->far.inner);
  f->near.pump = mmp_pump_new (mmp_link_open (f->near.link, "service", NULL), on_over, &f->near);
  mmp_pump_connect (f->near.pump, f->near.inner, NULL);
  mmp_test_await (f->far.pump != NULL);
}

static void
close_stream (Fixture *f)
{
  g_clear_pointer (&f->near.pump, mmp_pump_free);
  g_clear_pointer (&f->far.pump, mmp_pump_free);
  g_clear_object (&f->near.socket);
  g_clear_object (&f->far.socket);
}

static void
set_up (Fixture *f)
{
  set_up_links (f);
  open_stream (f);
  mmp_pump_connect (f->far.pump, f->far.inner, NULL);
}

static void
tear_down (Fixture *f)
{
  close_stream (f);
  mmp_link_close (f->near.link);
  mmp_link_close (f->far.link);
  mmp_test_await_finalize (f->near.link);
  mmp_test_await_finalize (f->far.link);
  g_object_unref (f->near.carrier);
  g_object_unref (f->far.carrier);
  mmp_clock_unref (f->clock);
}

static void
test_carries_bytes_both_ways (void)
{
  Fixture f = { 0 };
  g_autoptr (GBytes) there = mmp_test_make_data (8 * MIB, 1);
  g_autoptr (GBytes) back = mmp_test_make_data (5 * MIB, 2);
  MmpTcpTransfer send_there, send_back, receive_there, receive_back;

  set_up (&f);
  mmp_tcp_transfer_begin_sending (&send_there, f.near.socket, there);
  mmp_tcp_transfer_begin_sending (&send_back, f.far.socket, back);
  mmp_tcp_transfer_begin_receiving (&receive_there, f.far.socket);
  mmp_tcp_transfer_begin_receiving (&receive_back, f.near.socket);
  mmp_tcp_transfer_finish_with (&receive_there, there);
  mmp_tcp_transfer_finish_with (&receive_back, back);
  mmp_tcp_transfer_finish (&send_there);
  mmp_tcp_transfer_finish (&send_back);

  mmp_test_await (f.near.over != NOT_OVER && f.far.over != NOT_OVER);
  g_assert_cmpuint (f.near.over, ==, 0);
  g_assert_cmpuint (f.far.over, ==, 0);
  g_assert_cmpuint (mmp_pump_get_sent (f.near.pump), ==, 8 * MIB);
  g_assert_cmpuint (mmp_pump_get_received (f.near.pump), ==, 5 * MIB);
  tear_down (&f);
}

static void
check_half_close (gboolean near_first)
{
  Fixture f = { 0 };
  g_autoptr (GBytes) question = mmp_test_make_data (100000, 3);
  g_autoptr (GBytes) answer = mmp_test_make_data (MIB, 4);
  MmpTcpTransfer send_question, receive_question, send_answer, receive_answer;
  GSocket *asks;
  GSocket *answers;

  set_up (&f);
  asks = near_first ? f.near.socket : f.far.socket;
  answers = near_first ? f.far.socket : f.near.socket;
  mmp_tcp_transfer_begin_sending (&send_question, asks, question);
  mmp_tcp_transfer_begin_receiving (&receive_question, answers);
  mmp_tcp_transfer_finish (&send_question);
  mmp_tcp_transfer_finish_with (&receive_question, question);
  g_assert_cmpuint (f.near.over, ==, NOT_OVER);

  mmp_tcp_transfer_begin_receiving (&receive_answer, asks);
  mmp_tcp_transfer_begin_sending (&send_answer, answers, answer);
  mmp_tcp_transfer_finish (&send_answer);
  mmp_tcp_transfer_finish_with (&receive_answer, answer);
  mmp_test_await (f.near.over == 0 && f.far.over == 0);
  tear_down (&f);
}

static void
test_keeps_half_close (void)
{
  check_half_close (TRUE);
  check_half_close (FALSE);
}

static void
check_reset (gboolean near_first)
{
  Fixture f = { 0 };
  MmpTcpTransfer receiving;

  set_up (&f);
  mmp_tcp_transfer_begin_receiving (&receiving, near_first ? f.far.socket : f.near.socket);
  mmp_tcp_reset (near_first ? f.near.socket : f.far.socket);
  mmp_tcp_transfer_finish_with (&receiving, NULL);
  mmp_test_await (f.near.over != NOT_OVER && f.far.over != NOT_OVER);
  g_assert_cmpuint (f.near.over, ==, MMP_STREAM_IO);
  g_assert_cmpuint (f.far.over, ==, MMP_STREAM_IO);
  tear_down (&f);
}

static void
test_a_reset_stays_a_reset (void)
{
  check_reset (TRUE);
  check_reset (FALSE);
}

static void
test_keeps_what_comes_before_the_socket (void)
{
  Fixture f = { 0 };
  g_autoptr (GBytes) data = mmp_test_make_data (200000, 5);
  MmpTcpTransfer sending, receiving;

  set_up_links (&f);
  open_stream (&f);
  mmp_tcp_transfer_begin_sending (&sending, f.near.socket, data);
  mmp_test_await (mmp_pump_get_sent (f.near.pump) >= 65536);
  mmp_pump_connect (f.far.pump, f.far.inner, NULL);
  mmp_tcp_transfer_begin_receiving (&receiving, f.far.socket);
  mmp_tcp_transfer_finish_with (&receiving, data);
  mmp_tcp_transfer_finish (&sending);
  tear_down (&f);
}

static void
test_tells_why_there_is_no_socket (void)
{
  Fixture f = { 0 };
  MmpTcpTransfer receiving;

  set_up_links (&f);
  open_stream (&f);
  mmp_tcp_transfer_begin_receiving (&receiving, f.near.socket);
  mmp_pump_abort (f.far.pump, MMP_STREAM_REFUSED);
  mmp_socket_reset (f.far.inner);
  mmp_tcp_transfer_finish_with (&receiving, NULL);
  mmp_test_await (f.near.over != NOT_OVER);
  g_assert_cmpuint (f.near.over, ==, MMP_STREAM_REFUSED);
  g_assert_cmpuint (f.far.over, ==, NOT_OVER);
  tear_down (&f);
}

/* The kernel's own buffers are made small while nobody reads, so that what is not taken must wait elsewhere. */
static void
set_buffers (End *end,
             int size)
{
  g_assert_no_errno (setsockopt (end->inner, SOL_SOCKET, SO_SNDBUF, &size, sizeof size));
  g_assert_no_errno (setsockopt (g_socket_get_fd (end->socket), SOL_SOCKET, SO_RCVBUF, &size, sizeof size));
}

static void
test_a_reader_that_waits_holds_the_sender (void)
{
  Fixture f = { 0 };
  g_autoptr (GBytes) data = mmp_test_make_data (16 * MIB, 6);
  MmpTcpTransfer sending, receiving;
  MmpLinkStatus status = { 0 };
  guint64 sent = 0;

  set_up_links (&f);
  open_stream (&f);
  set_buffers (&f.far, 8192);
  mmp_pump_connect (f.far.pump, f.far.inner, NULL);
  mmp_tcp_transfer_begin_sending (&sending, f.near.socket, data);

  /* Until nothing moves any more: the far link was quiet for a whole ping. */
  do
    {
      MmpTestDeadline deadline = mmp_test_deadline ();
      guint n = mmp_loopback_carrier_get_n_sent (f.far.carrier);

      sent = mmp_pump_get_sent (f.near.pump);
      while (mmp_loopback_carrier_get_n_sent (f.far.carrier) < n + 2)
        mmp_test_iterate (&deadline, "a ping", __FILE__, __LINE__);
    }
  while (mmp_pump_get_sent (f.near.pump) > sent);
  g_assert_cmpuint (sent, <, MIB);
  mmp_link_get_status (f.far.link, &status);
  g_assert_cmpuint (status.reserved, <=, MIB);

  set_buffers (&f.far, MIB);
  mmp_tcp_transfer_begin_receiving (&receiving, f.far.socket);
  mmp_tcp_transfer_finish_with (&receiving, data);
  mmp_tcp_transfer_finish (&sending);
  tear_down (&f);
}

/* Poll reports a hang-up again and again; nobody can do anything about it while the stream waits for credit. */
static void
test_a_hang_up_that_must_wait_does_not_spin (void)
{
  Fixture f = { 0 };
  g_autoptr (GBytes) data = mmp_test_make_data (300000, 8);
  MmpTcpTransfer receiving;
  guint n = 0;

  set_up_links (&f);
  open_stream (&f);
  set_buffers (&f.far, 8192);
  mmp_pump_connect (f.far.pump, f.far.inner, NULL);
  g_assert_true (mmp_tcp_send (f.near.socket, g_bytes_get_data (data, NULL), g_bytes_get_size (data)));
  g_assert_true (g_socket_shutdown (f.far.socket, FALSE, TRUE, NULL));
  mmp_tcp_transfer_begin_receiving (&receiving, f.near.socket);
  mmp_tcp_transfer_finish (&receiving);
  g_bytes_unref (receiving.data);
  g_assert_true (g_socket_close (f.near.socket, NULL));

  while (n < 10000 && g_main_context_iteration (NULL, FALSE))
    n++;
  g_assert_cmpuint (n, <, 10000);
  g_assert_cmpuint (mmp_pump_get_sent (f.near.pump), <, g_bytes_get_size (data));

  set_buffers (&f.far, MIB);
  mmp_tcp_transfer_begin_receiving (&receiving, f.far.socket);
  mmp_tcp_transfer_finish_with (&receiving, data);
  mmp_test_await (f.near.over == 0 && f.far.over == 0);
  tear_down (&f);
}

static void
test_leaves_no_descriptor_behind (void)
{
  Fixture f = { 0 };
  g_autoptr (GBytes) data = mmp_test_make_data (4096, 9);
  guint before;

  set_up_links (&f);
  open_stream (&f);
  mmp_pump_connect (f.far.pump, f.far.inner, NULL);
  close_stream (&f);
  before = mmp_test_count_descriptors ();
  for (guint i = 0; i < 200; i++)
    {
      MmpTcpTransfer sending, receiving;

      open_stream (&f);
      mmp_pump_connect (f.far.pump, f.far.inner, NULL);
      mmp_tcp_transfer_begin_sending (&sending, f.near.socket, data);
      mmp_tcp_transfer_begin_receiving (&receiving, f.far.socket);
      mmp_tcp_transfer_finish (&sending);
      mmp_tcp_transfer_finish_with (&receiving, data);
      if (i % 3 == 0)
        g_assert_true (g_socket_shutdown (f.far.socket, FALSE, TRUE, NULL));
      else if (i % 3 == 1)
        mmp_tcp_reset (f.far.socket);
      if (i % 3 != 2)
        mmp_test_await (f.near.over != NOT_OVER && f.far.over != NOT_OVER);
      close_stream (&f);
    }
  g_assert_cmpuint (mmp_test_count_descriptors (), ==, before);
  tear_down (&f);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/pump/carries-bytes-both-ways", test_carries_bytes_both_ways);
  g_test_add_func ("/pump/keeps-half-close", test_keeps_half_close);
  g_test_add_func ("/pump/a-reset-stays-a-reset", test_a_reset_stays_a_reset);
  g_test_add_func ("/pump/keeps-what-comes-before-the-socket", test_keeps_what_comes_before_the_socket);
  g_test_add_func ("/pump/tells-why-there-is-no-socket", test_tells_why_there_is_no_socket);
  g_test_add_func ("/pump/a-reader-that-waits-holds-the-sender", test_a_reader_that_waits_holds_the_sender);
  g_test_add_func ("/pump/a-hang-up-that-must-wait-does-not-spin", test_a_hang_up_that_must_wait_does_not_spin);
  g_test_add_func ("/pump/leaves-no-descriptor-behind", test_leaves_no_descriptor_behind);

  return g_test_run ();
}
