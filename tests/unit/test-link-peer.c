/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mmp-error.h"
#include "base/mmp-limits.h"
#include "link/mmp-link.h"
#include "mmp-hand-carrier.h"
#include "mmp-test.h"

#include <string.h>

/* A link against another side that the test plays by hand, message by message: what exactly goes out and when, and what
 * becomes of messages that no honest side sends. */

/* The link under test is the listener's, so the hand opens odd streams. */
typedef struct
{
  MmpClock *clock;
  MmpLink *link;
  MmpHandCarrier *carrier;
  MmpStream *stream; /* the last one that was opened from outside */
  gsize delivered;
  gsize to_pull;
  guint n_over;
  guint over_code;
  GError *closed;
  guint n_lost;
} Hand;

static gsize
on_pull (MmpStream *stream,
         guint8 *buffer,
         gsize size,
         gpointer user_data)
{
  Hand *hand = user_data;

  size = MIN (size, hand->to_pull);
  memset (buffer, 'x', size);
  hand->to_pull -= size;

  return size;
}

static void
on_deliver (MmpStream *stream,
            const guint8 *data,
            gsize size,
            gpointer user_data)
{
  ((Hand *) user_data)->delivered += size;
}

static void
on_over (MmpStream *stream,
         guint code,
         gpointer user_data)
{
  Hand *hand = user_data;

  hand->n_over++;
  hand->over_code = code;
  if (hand->stream == stream)
    hand->stream = NULL;
}

static const MmpStreamFuncs stream_funcs = {
  .pull = on_pull,
  .deliver = on_deliver,
  .over = on_over,
};

static gboolean
on_open (MmpLink *link,
         MmpStream *stream,
         const char *service,
         MmpStreamCode *code,
         gpointer user_data)
{
  Hand *hand = user_data;

  *code = MMP_STREAM_NO_SERVICE;
  if (!g_str_equal (service, "svc"))
    return FALSE;

  hand->stream = stream;
  mmp_stream_set_funcs (stream, &stream_funcs, hand);

  return TRUE;
}

static void
on_lost (MmpLink *link,
         MmpCarrier *carrier,
         gboolean stalled,
         gpointer user_data)
{
  ((Hand *) user_data)->n_lost++;
}

static void
on_closed (MmpLink *link,
           const GError *error,
           gpointer user_data)
{
  Hand *hand = user_data;

  g_assert_null (hand->closed);
  hand->closed = g_error_copy (error);
}

static const MmpLinkFuncs link_funcs = {
  .open = on_open,
  .lost = on_lost,
  .closed = on_closed,
};

static void
hand_init (Hand *hand,
           MmpCarrierKind kind)
{
  hand->clock = mmp_clock_new_virtual ();
  hand->link = mmp_link_new (MMP_LINK_ROLE_LISTENER, hand->clock, &link_funcs, hand);
  hand->carrier = mmp_hand_carrier_new (kind);
  mmp_link_attach (hand->link, MMP_CARRIER (hand->carrier));
}

static void
set_up (Hand *hand,
        gconstpointer data)
{
  hand_init (hand, MMP_CARRIER_DIRECT);
}

static void
set_up_relay (Hand *hand,
              gconstpointer data)
{
  hand_init (hand, MMP_CARRIER_RELAY);
}

static void
tear_down (Hand *hand,
           gconstpointer data)
{
  mmp_link_close (hand->link);
  mmp_test_await_finalize (hand->link);
  mmp_test_await_finalize (hand->carrier);
  g_clear_error (&hand->closed);
  mmp_clock_unref (hand->clock);
}

static void
run_for (Hand *hand,
         gint64 duration)
{
  gint64 until = mmp_clock_now (hand->clock) + duration;

  while (mmp_clock_step (hand->clock, until))
    ;
}

static void
put (Hand *hand,
     guint lane,
     guint64 number,
     guint64 received,
     const char *frames)
{
  mmp_hand_carrier_put (hand->carrier, lane, number, received, frames);
}

static void
assert_sent (Hand *hand,
             const char *expected)
{
  g_autofree char *sent = mmp_hand_carrier_take (hand->carrier);

  g_assert_cmpstr (sent, ==, expected);
}

/* Contact, and the hand's knowledge of what the link begins with is thrown away */
static void
greet (Hand *hand)
{
  put (hand, 0, 0, 0, "ping 0 0");
  run_for (hand, 0);
  g_free (mmp_hand_carrier_take (hand->carrier));
}

static void
test_sends_nothing_numbered_before_contact (Hand *hand,
                                            gconstpointer data)
{
  assert_sent (hand, "0:0/0; 1:0/0; 2:0/0; 3:0/0");
  mmp_link_send_json (hand->link, "{}");
  run_for (hand, MMP_MSEC (2500));
  g_assert_null (mmp_link_get_carrier (hand->link));
  assert_sent (hand, "0:0/0 ping; 0:0/0 ping; 0:0/0 ping");

  put (hand, 2, 0, 0, "");
  run_for (hand, 0);
  g_assert_true (mmp_link_get_carrier (hand->link) == MMP_CARRIER (hand->carrier));
  assert_sent (hand, "0:1/0 json; 0:0/0 ping path");
}

static void
test_acknowledges_in_time (Hand *hand,
                           gconstpointer data)
{
  gboolean direct = mmp_carrier_get_kind (MMP_CARRIER (hand->carrier)) == MMP_CARRIER_DIRECT;

  greet (hand);
  put (hand, 1, 1, 0, "open 1 svc, data 1 10");
  run_for (hand, 0);
  put (hand, 1, 2, 0, "data 1 10");
  put (hand, 1, 3, 0, "data 1 10");
  run_for (hand, direct ? MMP_MSEC (25) - 1 : MMP_MSEC (250) - 1);
  /* The first of a burst at once on direct: it tells the round trip. */
  assert_sent (hand, direct ? "1:0/1" : "");
  run_for (hand, 1);
  assert_sent (hand, "1:0/3");
  run_for (hand, MMP_MSEC (500));
  assert_sent (hand, "");
}

static void
test_drops_repeats_and_gaps (Hand *hand,
                             gconstpointer data)
{
  greet (hand);
  put (hand, 1, 1, 0, "open 1 svc, data 1 10");
  put (hand, 1, 1, 0, "open 1 svc, data 1 10");
  put (hand, 1, 3, 0, "data 1 500");
  put (hand, 1, 2, 0, "data 1 20");
  put (hand, 1, 2, 0, "data 1 20");
  g_assert_cmpuint (hand->delivered, ==, 30);
  put (hand, 1, 3, 0, "data 1 500");
  g_assert_cmpuint (hand->delivered, ==, 530);
  put (hand, 2, 3, 0, "open 3 svc");
  run_for (hand, MMP_MSEC (25));
  g_assert_no_error (hand->closed);
  g_free (mmp_hand_carrier_take (hand->carrier));

  /* A repeat is acknowledged again. */
  put (hand, 1, 1, 0, "open 1 svc, data 1 10");
  run_for (hand, MMP_MSEC (25));
  assert_sent (hand, "1:0/3");
}

static void
test_repeats_after_three_seconds_the_same_bytes (Hand *hand,
                                                 gconstpointer data)
{
  g_autoptr (GBytes) first = NULL;
  GBytes *again;

  greet (hand);
  mmp_link_send_json (hand->link, "{\"a\":1}");
  run_for (hand, 0);
  g_assert_cmpuint (mmp_hand_carrier_get_sent (hand->carrier)->len, ==, 1);
  first = g_bytes_ref (g_ptr_array_index (mmp_hand_carrier_get_sent (hand->carrier), 0));
  /* What comes in the meantime must not change it. */
  put (hand, 0, 1, 0, "json 0 {}");
  run_for (hand, MMP_SECONDS (3) - 1);
  g_free (mmp_hand_carrier_take (hand->carrier));

  run_for (hand, 1);
  g_assert_cmpuint (mmp_hand_carrier_get_sent (hand->carrier)->len, >=, 1);
  again = g_ptr_array_index (mmp_hand_carrier_get_sent (hand->carrier), 0);
  g_assert_true (g_bytes_equal (first, again));
}

/* It is repeated as it is on whatever carrier comes next. */
static void
test_a_message_fits_all_carriers (Hand *hand,
                                  gconstpointer data)
{
  MmpHandCarrier *relay = mmp_hand_carrier_new (MMP_CARRIER_RELAY);
  GPtrArray *sent = mmp_hand_carrier_get_sent (hand->carrier);
  gsize longest = 0;

  mmp_hand_carrier_set_message_max (relay, 3000);
  mmp_link_attach (hand->link, MMP_CARRIER (relay));
  greet (hand);
  put (hand, 1, 1, 0, "open 1 svc");
  hand->to_pull = 20000;
  mmp_stream_set_ready (hand->stream);
  run_for (hand, MMP_MSEC (30));
  for (guint i = 0; i < sent->len; i++)
    longest = MAX (longest, g_bytes_get_size (g_ptr_array_index (sent, i)));
  g_assert_cmpuint (sent->len, >=, 6);
  g_assert_cmpuint (longest, >, 2500);
  g_assert_cmpuint (longest, <=, 3000);

  mmp_link_detach (hand->link, MMP_CARRIER (relay));
  mmp_test_await_finalize (relay);
}

static void
test_a_pong_answers_a_ping_where_it_came (Hand *hand,
                                          gconstpointer data)
{
  greet (hand);
  put (hand, 0, 0, 0, "ping 0 4711");
  assert_sent (hand, "0:0/0 pong");
}

static void
test_a_pong_of_the_future_is_ignored (Hand *hand,
                                      gconstpointer data)
{
  MmpLinkStatus status;

  greet (hand);
  put (hand, 0, 0, 0, "pong 0 18446744073709551615");
  put (hand, 0, 0, 0, "pong 0 1000000");
  mmp_link_get_status (hand->link, &status);
  g_assert_cmpint (status.rtt, ==, -1);
  g_assert_cmpint (status.rtt_median, ==, -1);
}

static void
test_bytes_are_sent_within_the_limit (Hand *hand,
                                      gconstpointer data)
{
  greet (hand);
  put (hand, 1, 1, 0, "open 1 svc");
  hand->to_pull = 1000000;
  mmp_stream_set_ready (hand->stream);
  run_for (hand, MMP_MSEC (100));
  /* What is on the way is limited, too. */
  g_assert_cmpuint (mmp_stream_get_sent (hand->stream), <, 65536);
  put (hand, 1, 0, 16, "");
  run_for (hand, MMP_MSEC (100));
  g_assert_cmpuint (mmp_stream_get_sent (hand->stream), ==, 65536);
  put (hand, 1, 2, 16, "window 1 65636");
  put (hand, 1, 3, 16, "window 1 10");
  run_for (hand, MMP_MSEC (100));
  g_assert_cmpuint (mmp_stream_get_sent (hand->stream), ==, 65636);
}

static void
test_a_window_that_waits_is_replaced (Hand *hand,
                                      gconstpointer data)
{
  g_autofree char *sent = NULL;

  greet (hand);
  put (hand, 1, 1, 0, "open 1 svc, data 1 16000");
  put (hand, 1, 2, 0, "data 1 16000");
  put (hand, 1, 3, 0, "data 1 16000");
  mmp_hand_carrier_set_space (hand->carrier, 0);
  for (guint i = 0; i < 3; i++)
    {
      run_for (hand, MMP_MSEC (400));
      mmp_stream_consumed (hand->stream, 16000);
    }
  g_free (mmp_hand_carrier_take (hand->carrier));
  mmp_hand_carrier_set_space (hand->carrier, 100000);
  mmp_carrier_emit_writable (MMP_CARRIER (hand->carrier));
  run_for (hand, 0);
  assert_sent (hand, "1:1/3 window(1)=97536");
}

static void
test_a_full_carrier_is_waited_for (Hand *hand,
                                   gconstpointer data)
{
  greet (hand);
  put (hand, 1, 1, 0, "open 1 svc");
  mmp_hand_carrier_set_space (hand->carrier, 0);
  hand->to_pull = 100;
  mmp_stream_set_ready (hand->stream);
  mmp_link_send_json (hand->link, "{}");
  run_for (hand, MMP_MSEC (1));
  /* Signalling passes all the same. */
  g_assert_cmpuint (hand->to_pull, ==, 100);
  assert_sent (hand, "0:1/0 json; 1:0/1");
  mmp_hand_carrier_set_space (hand->carrier, 1);
  mmp_carrier_emit_writable (MMP_CARRIER (hand->carrier));
  run_for (hand, 0);
  g_assert_cmpuint (hand->to_pull, ==, 0);
}

static void
test_space_may_go_at_any_time (Hand *hand,
                               gconstpointer data)
{
  greet (hand);
  put (hand, 1, 1, 0, "open 1 svc");
  hand->to_pull = 20000;
  mmp_hand_carrier_set_space_once (hand->carrier, 100000);
  mmp_stream_set_ready (hand->stream);
  run_for (hand, MMP_MSEC (1));
  g_assert_cmpuint (hand->to_pull, <, 20000);
  g_assert_cmpuint (hand->to_pull, >, 0);
}

static void
test_frames_of_unknown_streams_are_dropped (Hand *hand,
                                            gconstpointer data)
{
  greet (hand);
  put (hand, 1, 1, 0, "data 7 10, fin 7, reset 9 1, window 4 70000");
  put (hand, 1, 2, 0, "open 11 svc");
  g_assert_no_error (hand->closed);
  g_assert_nonnull (hand->stream);
  put (hand, 1, 3, 0, "reset 11 3");
  g_assert_cmpuint (hand->n_over, ==, 1);
  g_assert_cmpuint (hand->over_code, ==, MMP_STREAM_UNREACHABLE);
  put (hand, 1, 4, 0, "data 11 10, fin 11, reset 11 1");
  g_assert_no_error (hand->closed);
  g_assert_cmpuint (hand->n_over, ==, 1);
}

static void
test_an_unknown_code_is_io (Hand *hand,
                            gconstpointer data)
{
  greet (hand);
  put (hand, 1, 1, 0, "open 1 svc, reset 1 999");
  g_assert_cmpuint (hand->over_code, ==, MMP_STREAM_IO);
  put (hand, 1, 2, 0, "open 3 svc, reset 3 0");
  g_assert_cmpuint (hand->n_over, ==, 2);
  g_assert_cmpuint (hand->over_code, ==, MMP_STREAM_IO);
}

static void
test_refuses_a_service_that_is_not_there (Hand *hand,
                                          gconstpointer data)
{
  greet (hand);
  put (hand, 2, 1, 0, "open 1 other, data 1 100, fin 1");
  run_for (hand, 0);
  assert_sent (hand, "2:1/1 reset(1)=1");
  g_assert_cmpuint (hand->delivered, ==, 0);
}

static void
test_the_257th_stream_is_too_much (Hand *hand,
                                   gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  MmpLinkStatus status;

  greet (hand);
  for (guint i = 0; i < 257; i++)
    {
      g_autofree char *open = g_strdup_printf ("open %u svc", 2 * i + 1);

      put (hand, 1, i + 1, 0, open);
    }
  run_for (hand, 0);
  g_assert_no_error (hand->closed);
  mmp_link_get_status (hand->link, &status);
  g_assert_cmpuint (status.n_streams, ==, 256);
  g_assert_cmpuint (status.reserved, ==, 256 * 65536);
  assert_sent (hand, "1:1/257 reset(513)=6");

  g_assert_null (mmp_link_open (hand->link, "svc", &error));
  g_assert_error (error, MMP_ERROR, MMP_ERROR_LIMIT);
}

static void
test_a_flood_of_streams_ends_the_link (Hand *hand,
                                       gconstpointer data)
{
  greet (hand);
  mmp_hand_carrier_set_space (hand->carrier, 0);
  for (guint i = 0; i < 2000 && hand->closed == NULL; i++)
    {
      g_autofree char *open = g_strdup_printf ("open %u nothing", 2 * i + 1);

      put (hand, 1, i + 1, 0, open);
    }
  g_assert_error (hand->closed, MMP_ERROR, MMP_ERROR_PROTOCOL);
}

/* After OPEN of stream 1 with 100 bytes, message 1 of lane 1 */
static const char *const faults[] = {
  "1 2 1", /* acknowledges what was never sent */
  "0 0 1",
  "1 2 0 open 2 svc", /* the listener's own number */
  "1 2 0 open 1 svc", /* is open */
  "2 1 0 open 1 svc",
  "1 2 0 open 3 svc, reset 3 1, open 3 svc", /* was used before */
  "1 2 0 data 1 16000, data 1 16000, data 1 16000, data 1 16000, data 1 1437", /* one byte above the limit */
  "1 2 0 fin 1, data 1 1",
  "1 2 0 fin 1, fin 1",
  "1 2 0 unknown 1", /* numbered frames that nobody knows */
  "1 2 0 ping 0 1",
  "1 2 0 path 0 1",
  "1 2 0 json 0 {}", /* in the wrong lane */
  "0 1 0 open 1 svc",
  "0 1 0 data 1 1",
  "2 1 0 data 1 1", /* the stream is in lane 1 */
  "2 1 0 fin 1",
  "1 2 0 data 1 0", /* does not decode */
};

static void
test_a_fault_ends_the_link (Hand *hand,
                            gconstpointer data)
{
  g_auto (GStrv) words = g_strsplit (data, " ", 4);
  guint64 numbers[3];

  for (guint i = 0; i < 3; i++)
    numbers[i] = g_ascii_strtoull (words[i], NULL, 10);
  greet (hand);
  put (hand, 1, 1, 0, "open 1 svc, data 1 100");
  g_assert_no_error (hand->closed);

  if (strstr (data, "16000") != NULL)
    {
      /* More than one message: all but the last frame are allowed. */
      g_auto (GStrv) frames = g_strsplit (words[3], ", ", -1);

      for (guint i = 0; frames[i] != NULL; i++)
        {
          g_assert_no_error (hand->closed);
          put (hand, 1, 2 + i, 0, frames[i]);
        }
    }
  else
    {
      put (hand, (guint) numbers[0], numbers[1], numbers[2], words[3] != NULL ? words[3] : "");
    }
  g_assert_error (hand->closed, MMP_ERROR, MMP_ERROR_PROTOCOL);
  g_assert_cmpuint (hand->n_over, >=, 1);
  g_assert_cmpuint (hand->over_code, ==, MMP_STREAM_IO);
  g_assert_cmpuint (mmp_hand_carrier_get_n_closed (hand->carrier), ==, 1);
}

static void
test_garbage_ends_the_link (Hand *hand,
                            gconstpointer data)
{
  g_autoptr (GBytes) garbage = g_bytes_new_static ("garbage", 7);

  greet (hand);
  mmp_carrier_emit_received (MMP_CARRIER (hand->carrier), garbage);
  g_assert_error (hand->closed, MMP_ERROR, MMP_ERROR_PROTOCOL);
}

static void
test_unnumbered_frames_of_the_future_are_ignored (Hand *hand,
                                                  gconstpointer data)
{
  greet (hand);
  put (hand, 1, 0, 0, "unknown 0, open 1 svc, data 1 10, path 0 200");
  g_assert_no_error (hand->closed);
  g_assert_null (hand->stream);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define add(name, func) g_test_add ("/link-peer/" name, Hand, NULL, set_up, func, tear_down)
  add ("sends-nothing-numbered-before-contact", test_sends_nothing_numbered_before_contact);
  add ("acknowledges-in-time/direct", test_acknowledges_in_time);
  g_test_add ("/link-peer/acknowledges-in-time/relay", Hand, NULL, set_up_relay, test_acknowledges_in_time, tear_down);
  add ("drops-repeats-and-gaps", test_drops_repeats_and_gaps);
  add ("repeats-after-three-seconds-the-same-bytes", test_repeats_after_three_seconds_the_same_bytes);
  add ("a-message-fits-all-carriers", test_a_message_fits_all_carriers);
  add ("a-pong-answers-a-ping-where-it-came", test_a_pong_answers_a_ping_where_it_came);
  add ("a-pong-of-the-future-is-ignored", test_a_pong_of_the_future_is_ignored);
  add ("bytes-are-sent-within-the-limit", test_bytes_are_sent_within_the_limit);
  add ("a-window-that-waits-is-replaced", test_a_window_that_waits_is_replaced);
  add ("a-full-carrier-is-waited-for", test_a_full_carrier_is_waited_for);
  add ("space-may-go-at-any-time", test_space_may_go_at_any_time);
  add ("frames-of-unknown-streams-are-dropped", test_frames_of_unknown_streams_are_dropped);
  add ("an-unknown-code-is-io", test_an_unknown_code_is_io);
  add ("refuses-a-service-that-is-not-there", test_refuses_a_service_that_is_not_there);
  add ("the-257th-stream-is-too-much", test_the_257th_stream_is_too_much);
  add ("a-flood-of-streams-ends-the-link", test_a_flood_of_streams_ends_the_link);
  add ("garbage-ends-the-link", test_garbage_ends_the_link);
  add ("unnumbered-frames-of-the-future-are-ignored", test_unnumbered_frames_of_the_future_are_ignored);
#undef add
  for (guint i = 0; i < G_N_ELEMENTS (faults); i++)
    {
      g_autofree char *path = g_strdup_printf ("/link-peer/a-fault-ends-the-link/%u", i + 1);

      g_test_add (path, Hand, faults[i], set_up, test_a_fault_ends_the_link, tear_down);
    }

  return g_test_run ();
}
