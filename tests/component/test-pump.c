/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <sys/socket.h>

#include "link/mmp-link.h"
#include "mmp-loopback-carrier.h"
#include "mmp-tcp-service.h"
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

static GBytes *
make_data (gsize size,
           guint32 seed)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (seed);
  guint32 *words = g_malloc (size);

  g_assert_cmpuint (size % sizeof *words, ==, 0);
  for (gsize i = 0; i < size / sizeof *words; i++)
    words[i] = g_rand_int (random);

  return g_bytes_new_take (words, size);
}

/* What a client does with one direction of its socket, on a thread of its own */
typedef struct
{
  GSocket *socket;
  GBytes *data; /* to send, or what came (NULL: reset) */
  GThread *thread;
  int done; /* atomic */
} Work;

static gpointer
send_in_pieces (gpointer user_data)
{
  Work *work = user_data;
  g_autoptr (GRand) random = g_rand_new_with_seed (7);
  const char *data = g_bytes_get_data (work->data, NULL);
  gsize left = g_bytes_get_size (work->data);

  while (left > 0)
    {
      gsize size = (gsize) 1 << g_rand_int_range (random, 0, 17);

      size = MIN (size, left);
      if (!mmp_tcp_send (work->socket, data, size))
        break;
      data += size;
      left -= size;
    }
  if (left == 0)
    g_socket_shutdown (work->socket, FALSE, TRUE, NULL);
  g_atomic_int_set (&work->done, TRUE);

  return NULL;
}

static gpointer
receive (gpointer user_data)
{
  Work *work = user_data;

  work->data = mmp_tcp_receive_all (work->socket, NULL);
  g_atomic_int_set (&work->done, TRUE);

  return NULL;
}

static void
begin_sending (Work *work,
               GSocket *socket,
               GBytes *data)
{
  *work = (Work) { .socket = socket, .data = data };
  work->thread = g_thread_new ("send", send_in_pieces, work);
}

static void
begin_receiving (Work *work,
                 GSocket *socket)
{
  *work = (Work) { .socket = socket };
  work->thread = g_thread_new ("receive", receive, work);
}

static void
finish (Work *work)
{
  mmp_test_await (g_atomic_int_get (&work->done));
  g_thread_join (work->thread);
}

static void
finish_with (Work *work,
             GBytes *expected)
{
  finish (work);
  g_assert_nonnull (work->data);
  g_assert_true (g_bytes_equal (work->data, expected));
  g_clear_pointer (&work->data, g_bytes_unref);
}

static void
test_carries_bytes_both_ways (void)
{
  Fixture f = { 0 };
  g_autoptr (GBytes) there = make_data (8 * MIB, 1);
  g_autoptr (GBytes) back = make_data (5 * MIB, 2);
  Work send_there, send_back, receive_there, receive_back;

  set_up (&f);
  begin_sending (&send_there, f.near.socket, there);
  begin_sending (&send_back, f.far.socket, back);
  begin_receiving (&receive_there, f.far.socket);
  begin_receiving (&receive_back, f.near.socket);
  finish_with (&receive_there, there);
  finish_with (&receive_back, back);
  finish (&send_there);
  finish (&send_back);

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
  g_autoptr (GBytes) question = make_data (100000, 3);
  g_autoptr (GBytes) answer = make_data (MIB, 4);
  Work send_question, receive_question, send_answer, receive_answer;
  GSocket *asks;
  GSocket *answers;

  set_up (&f);
  asks = near_first ? f.near.socket : f.far.socket;
  answers = near_first ? f.far.socket : f.near.socket;
  begin_sending (&send_question, asks, question);
  begin_receiving (&receive_question, answers);
  finish (&send_question);
  finish_with (&receive_question, question);
  g_assert_cmpuint (f.near.over, ==, NOT_OVER);

  begin_receiving (&receive_answer, asks);
  begin_sending (&send_answer, answers, answer);
  finish (&send_answer);
  finish_with (&receive_answer, answer);
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
  Work work;

  set_up (&f);
  begin_receiving (&work, near_first ? f.far.socket : f.near.socket);
  mmp_tcp_reset (near_first ? f.near.socket : f.far.socket);
  finish (&work);
  g_assert_null (work.data);
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
  g_autoptr (GBytes) data = make_data (200000, 5);
  Work sending, receiving;

  set_up_links (&f);
  open_stream (&f);
  begin_sending (&sending, f.near.socket, data);
  mmp_test_await (mmp_pump_get_sent (f.near.pump) >= 65536);
  mmp_pump_connect (f.far.pump, f.far.inner, NULL);
  begin_receiving (&receiving, f.far.socket);
  finish_with (&receiving, data);
  finish (&sending);
  tear_down (&f);
}

static void
test_tells_why_there_is_no_socket (void)
{
  Fixture f = { 0 };
  Work work;

  set_up_links (&f);
  open_stream (&f);
  begin_receiving (&work, f.near.socket);
  mmp_pump_abort (f.far.pump, MMP_STREAM_REFUSED);
  mmp_socket_reset (f.far.inner);
  finish (&work);
  g_assert_null (work.data);
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
  g_autoptr (GBytes) data = make_data (16 * MIB, 6);
  Work sending, receiving;
  MmpLinkStatus status = { 0 };
  guint64 sent = 0;

  set_up_links (&f);
  open_stream (&f);
  set_buffers (&f.far, 8192);
  mmp_pump_connect (f.far.pump, f.far.inner, NULL);
  begin_sending (&sending, f.near.socket, data);

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
  begin_receiving (&receiving, f.far.socket);
  finish_with (&receiving, data);
  finish (&sending);
  tear_down (&f);
}

/* Poll reports a hang-up again and again; nobody can do anything about it while the stream waits for credit. */
static void
test_a_hang_up_that_must_wait_does_not_spin (void)
{
  Fixture f = { 0 };
  g_autoptr (GBytes) data = make_data (300000, 8);
  Work receiving;
  guint n = 0;

  set_up_links (&f);
  open_stream (&f);
  set_buffers (&f.far, 8192);
  mmp_pump_connect (f.far.pump, f.far.inner, NULL);
  g_assert_true (mmp_tcp_send (f.near.socket, g_bytes_get_data (data, NULL), g_bytes_get_size (data)));
  g_assert_true (g_socket_shutdown (f.far.socket, FALSE, TRUE, NULL));
  begin_receiving (&receiving, f.near.socket);
  finish (&receiving);
  g_bytes_unref (receiving.data);
  g_assert_true (g_socket_close (f.near.socket, NULL));

  while (n < 10000 && g_main_context_iteration (NULL, FALSE))
    n++;
  g_assert_cmpuint (n, <, 10000);
  g_assert_cmpuint (mmp_pump_get_sent (f.near.pump), <, g_bytes_get_size (data));

  set_buffers (&f.far, MIB);
  begin_receiving (&receiving, f.far.socket);
  finish_with (&receiving, data);
  mmp_test_await (f.near.over == 0 && f.far.over == 0);
  tear_down (&f);
}

static void
test_leaves_no_descriptor_behind (void)
{
  Fixture f = { 0 };
  g_autoptr (GBytes) data = make_data (4096, 9);
  guint before;

  set_up_links (&f);
  open_stream (&f);
  mmp_pump_connect (f.far.pump, f.far.inner, NULL);
  close_stream (&f);
  before = mmp_test_count_descriptors ();
  for (guint i = 0; i < 200; i++)
    {
      Work sending, receiving;

      open_stream (&f);
      mmp_pump_connect (f.far.pump, f.far.inner, NULL);
      begin_sending (&sending, f.near.socket, data);
      begin_receiving (&receiving, f.far.socket);
      finish (&sending);
      finish_with (&receiving, data);
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
