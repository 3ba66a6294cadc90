/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "bridge/mmp-receipt.h"

#include <string.h>

#include "base/mmp-limits.h"
#include "bridge/mmp-echo-book.h"
#include "bridge/mmp-presence.h"

typedef struct
{
  MmpMqttClient *client; /* never connected: it only takes acknowledgements */
  MmpReceiptBook *book;
} Fixture;

static void
set_up (Fixture *fixture,
        gconstpointer user_data)
{
  static const MmpMqttClientFuncs funcs = { NULL };
  g_autoptr (MmpMqttBroker) broker = mmp_mqtt_broker_new ("127.0.0.1", 1, FALSE, NULL);

  fixture->client = mmp_mqtt_client_new (NULL, broker, &funcs, NULL);
  fixture->book = mmp_receipt_book_new (fixture->client);
  mmp_receipt_book_begin (fixture->book, FALSE);
}

static void
tear_down (Fixture *fixture,
           gconstpointer user_data)
{
  mmp_receipt_book_free (fixture->book);
  g_object_unref (fixture->client);
}

static MmpReceipt *
take (Fixture *fixture,
      guint16 id,
      const char *text,
      gboolean repeated,
      gboolean *again)
{
  g_autoptr (GBytes) payload = g_bytes_new (text, strlen (text));
  const MmpMqttMessage message = { .topic = "a", .payload = payload, .qos = 1, .id = id, .repeated = repeated };

  return mmp_receipt_book_take (fixture->book, &message, again);
}

static void
assert_again (Fixture *fixture,
              guint16 id,
              const char *text,
              gboolean repeated,
              gboolean expected)
{
  gboolean again;
  MmpReceipt *receipt = take (fixture, id, text, repeated, &again);

  g_assert_cmpint (again, ==, expected);
  g_assert_true ((receipt == NULL) == expected);
  mmp_receipt_settle (receipt);
}

static void
test_still_busy (Fixture *fixture,
                 gconstpointer user_data)
{
  gboolean again;
  MmpReceipt *receipt = take (fixture, 1, "x", FALSE, &again);

  g_assert_false (again);
  mmp_receipt_book_begin (fixture->book, TRUE);
  assert_again (fixture, 1, "x", TRUE, TRUE);
  assert_again (fixture, 2, "x", TRUE, FALSE);
  mmp_receipt_settle (receipt);
}

static void
test_settled_between (Fixture *fixture,
                      gconstpointer user_data)
{
  gboolean again;
  MmpReceipt *receipt = take (fixture, 1, "x", FALSE, &again);

  mmp_receipt_book_begin (fixture->book, TRUE);
  mmp_receipt_settle (receipt);
  assert_again (fixture, 1, "x", TRUE, TRUE);
}

static void
test_other_message (Fixture *fixture,
                    gconstpointer user_data)
{
  gboolean again;
  MmpReceipt *receipt = take (fixture, 1, "x", FALSE, &again);

  mmp_receipt_book_begin (fixture->book, TRUE);
  assert_again (fixture, 1, "y", TRUE, FALSE);
  mmp_receipt_settle (receipt);
}

static void
test_session_lost (Fixture *fixture,
                   gconstpointer user_data)
{
  gboolean again;
  MmpReceipt *receipt = take (fixture, 1, "x", FALSE, &again);

  mmp_receipt_book_begin (fixture->book, FALSE);
  assert_again (fixture, 1, "x", TRUE, FALSE);
  mmp_receipt_settle (receipt);
}

static void
test_dropped (Fixture *fixture,
              gconstpointer user_data)
{
  gboolean again;

  mmp_receipt_drop (take (fixture, 1, "x", FALSE, &again));
  mmp_receipt_book_begin (fixture->book, TRUE);
  assert_again (fixture, 1, "x", TRUE, FALSE);
}

/* The last acknowledgements may not have arrived. That is believed only of brokers that do not use an id again. */
static void
test_acknowledged (Fixture *fixture,
                   gconstpointer user_data)
{
  for (guint16 id = 1; id <= 100; id++)
    assert_again (fixture, id, "x", FALSE, FALSE);
  mmp_receipt_book_begin (fixture->book, TRUE);
  assert_again (fixture, 99, "x", TRUE, TRUE);
  assert_again (fixture, 100, "x", TRUE, TRUE);
  assert_again (fixture, 101, "x", FALSE, FALSE);

  assert_again (fixture, 1, "x", FALSE, FALSE);
  mmp_receipt_book_begin (fixture->book, TRUE);
  assert_again (fixture, 1, "x", TRUE, FALSE);
}

static void
test_echoes (void)
{
  g_autoptr (MmpClock) clock = mmp_clock_new_virtual ();
  MmpEchoBook *book = mmp_echo_book_new (clock, MMP_SECONDS (60));
  g_autoptr (GBytes) on = g_bytes_new_static ("ON", 2);
  g_autoptr (GBytes) off = g_bytes_new_static ("OFF", 3);

  mmp_echo_book_note (book, "a", on);
  mmp_echo_book_note (book, "a", on);
  g_assert_false (mmp_echo_book_take (book, "a", off));
  g_assert_false (mmp_echo_book_take (book, "b", on));
  g_assert_true (mmp_echo_book_take (book, "a", on));
  g_assert_true (mmp_echo_book_take (book, "a", on));
  g_assert_false (mmp_echo_book_take (book, "a", on));

  mmp_echo_book_note (book, "a", on);
  mmp_clock_step (clock, mmp_clock_now (clock) + MMP_SECONDS (61));
  g_assert_false (mmp_echo_book_take (book, "a", on));
  for (guint i = 0; i < 2 * MMP_BRIDGE_WAITING_MAX; i++)
    mmp_echo_book_note (book, "a", i % 2 == 0 ? on : off);
  g_assert_true (mmp_echo_book_take (book, "a", off));
  mmp_echo_book_free (book);
}

static void
on_presence (gboolean present,
             gpointer user_data)
{
  g_string_append_c (user_data, present ? '+' : '-');
}

static void
pass_time (MmpClock *clock,
           gint64 time)
{
  gint64 end = mmp_clock_now (clock) + time;

  while (mmp_clock_step (clock, end))
    ;
}

static void
test_presence (void)
{
  g_autoptr (MmpClock) clock = mmp_clock_new_virtual ();
  g_autoptr (GString) news = g_string_new (NULL);
  MmpPresence *presence = mmp_presence_new (clock, MMP_SECONDS (15), on_presence, news);
  g_autoptr (GBytes) text = g_bytes_new_static ("x", 1);

  pass_time (clock, MMP_SECONDS (14));
  mmp_presence_seen (presence, TRUE);
  pass_time (clock, MMP_SECONDS (100));
  mmp_presence_seen (presence, FALSE);
  pass_time (clock, MMP_SECONDS (14));
  g_assert_cmpstr (news->str, ==, "");
  pass_time (clock, MMP_SECONDS (2));
  g_assert_cmpstr (news->str, ==, "-");

  /* What came by the other way is known once, while what waited is coming. */
  g_assert_false (mmp_presence_note (presence, "a", text));
  g_assert_false (mmp_presence_is_copy (presence, "a", text));
  mmp_presence_begin (presence, TRUE);
  mmp_presence_seen (presence, TRUE);
  g_assert_cmpstr (news->str, ==, "-+");
  pass_time (clock, MMP_SECONDS (100));
  g_assert_true (mmp_presence_is_copy (presence, "a", text));

  /* What waited may be ahead of what comes by the other way. */
  g_assert_false (mmp_presence_is_copy (presence, "a", text));
  g_assert_false (mmp_presence_is_copy (presence, "a", text));
  g_assert_true (mmp_presence_note (presence, "a", text));
  g_assert_true (mmp_presence_note (presence, "a", text));
  g_assert_false (mmp_presence_note (presence, "a", text));
  g_assert_true (mmp_presence_is_copy (presence, "a", text));

  /* But not for long, or something new would be lost. */
  g_assert_false (mmp_presence_is_copy (presence, "a", text));
  pass_time (clock, MMP_SECONDS (16));
  g_assert_false (mmp_presence_note (presence, "a", text));

  mmp_presence_caught_up (presence);
  pass_time (clock, MMP_SECONDS (3));
  g_assert_false (mmp_presence_is_copy (presence, "a", text));

  /* What comes by the other way before its absence is noticed here */
  g_assert_false (mmp_presence_note (presence, "b", text));
  mmp_presence_begin (presence, TRUE);
  g_assert_true (mmp_presence_is_copy (presence, "b", text));
  mmp_presence_free (presence);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define ADD(path, test) g_test_add ("/receipt/" path, Fixture, NULL, set_up, test, tear_down)
  ADD ("known-while-busy", test_still_busy);
  ADD ("known-when-settled-between", test_settled_between);
  ADD ("other-message-of-the-same-id", test_other_message);
  ADD ("session-lost", test_session_lost);
  ADD ("dropped-comes-again", test_dropped);
  ADD ("acknowledged-before", test_acknowledged);
  g_test_add_func ("/echo-book/each-once", test_echoes);
  g_test_add_func ("/presence/comes-and-goes", test_presence);

  return g_test_run ();
}
