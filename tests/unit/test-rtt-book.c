/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "rtt/mmp-rtt-book.h"

#include "base/mmp-limits.h"

#define WAIT MMP_SECONDS (10)
#define NOW G_GINT64_CONSTANT (1758000000000000)

static void
on_lost (gint64 timestamp,
         gpointer user_data)
{
  g_array_append_val ((GArray *) user_data, timestamp);
}

static GArray *
expire (MmpRttBook *book,
        gint64 now)
{
  GArray *lost = g_array_new (FALSE, FALSE, sizeof (gint64));

  mmp_rtt_book_expire (book, now, on_lost, lost);

  return lost;
}

static void
test_a_round_trip_is_taken_on_our_own_clock (void)
{
  g_autoptr (MmpRttBook) book = mmp_rtt_book_new (WAIT);
  gint64 name = mmp_rtt_book_send (book, 1000, NOW);
  gint64 rtt = -1;

  g_assert_cmpint (name, ==, NOW);
  g_assert_cmpuint (mmp_rtt_book_get_outstanding (book), ==, 1);
  g_assert_cmpint (mmp_rtt_book_receive (book, 36100, name, &rtt), ==, MMP_RTT_BACK);
  g_assert_cmpint (rtt, ==, 35100);
  g_assert_cmpuint (mmp_rtt_book_get_outstanding (book), ==, 0);
}

static void
test_names_are_unique_even_if_the_clock_goes_back (void)
{
  g_autoptr (MmpRttBook) book = mmp_rtt_book_new (WAIT);
  gint64 last = 0;

  for (guint i = 0; i < 1000; i++)
    {
      gint64 name = mmp_rtt_book_send (book, i, NOW - 500 * (gint64) i);

      g_assert_cmpint (name, >, last);
      last = name;
    }
  g_assert_cmpuint (mmp_rtt_book_get_outstanding (book), ==, 1000);
}

static void
test_what_was_not_sent_is_foreign (void)
{
  g_autoptr (MmpRttBook) book = mmp_rtt_book_new (WAIT);
  static const gint64 names[] = { 0, NOW - 1, NOW + 1, NOW * 2 };
  gint64 rtt = -1;

  mmp_rtt_book_send (book, 0, NOW);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    g_assert_cmpint (mmp_rtt_book_receive (book, 1, names[i], &rtt), ==, MMP_RTT_FOREIGN);
  g_assert_cmpint (rtt, ==, -1);
  g_assert_cmpuint (mmp_rtt_book_get_outstanding (book), ==, 1);
}

static void
test_repeats_count_once (void)
{
  g_autoptr (MmpRttBook) book = mmp_rtt_book_new (WAIT);
  gint64 name = mmp_rtt_book_send (book, 0, NOW);
  gint64 rtt = -1;
  gint64 again = -1;

  g_assert_cmpint (mmp_rtt_book_receive (book, 5, name, &rtt), ==, MMP_RTT_BACK);
  g_assert_cmpint (mmp_rtt_book_receive (book, 9, name, &again), ==, MMP_RTT_REPEATED);
  g_assert_cmpint (again, ==, -1);
  g_assert_cmpuint (mmp_rtt_book_get_outstanding (book), ==, 0);
}

static void
test_late_is_lost (void)
{
  g_autoptr (MmpRttBook) book = mmp_rtt_book_new (WAIT);
  gint64 names[3];
  gint64 rtt;
  g_autoptr (GArray) early = NULL;
  g_autoptr (GArray) lost = NULL;
  g_autoptr (GArray) later = NULL;

  for (guint i = 0; i < 3; i++)
    names[i] = mmp_rtt_book_send (book, MMP_SECONDS (i), NOW + MMP_SECONDS (i));
  early = expire (book, WAIT - 1);
  g_assert_cmpuint (early->len, ==, 0);
  mmp_rtt_book_receive (book, WAIT, names[1], &rtt);

  lost = expire (book, MMP_SECONDS (2) + WAIT - 1);
  g_assert_cmpuint (lost->len, ==, 1);
  g_assert_cmpint (g_array_index (lost, gint64, 0), ==, names[0]);
  g_assert_cmpuint (mmp_rtt_book_get_outstanding (book), ==, 1);
  g_assert_cmpint (mmp_rtt_book_receive (book, WAIT + 3, names[0], &rtt), ==, MMP_RTT_LATE);
  g_assert_cmpint (mmp_rtt_book_receive (book, WAIT + 4, names[0], &rtt), ==, MMP_RTT_REPEATED);

  later = expire (book, MMP_SECONDS (1000));
  g_assert_cmpuint (later->len, ==, 1);
  g_assert_cmpint (g_array_index (later, gint64, 0), ==, names[2]);
  g_assert_cmpuint (mmp_rtt_book_get_outstanding (book), ==, 0);
}

static void
test_what_is_taken_back_was_never_sent (void)
{
  g_autoptr (MmpRttBook) book = mmp_rtt_book_new (WAIT);
  gint64 first = mmp_rtt_book_send (book, 0, NOW);
  gint64 rtt;
  g_autoptr (GArray) lost = NULL;

  mmp_rtt_book_take_back (book, first);
  g_assert_cmpuint (mmp_rtt_book_get_outstanding (book), ==, 0);
  g_assert_cmpint (mmp_rtt_book_receive (book, 1, first, &rtt), ==, MMP_RTT_FOREIGN);

  mmp_rtt_book_send (book, 2, NOW);
  mmp_rtt_book_take_back (book, mmp_rtt_book_send (book, 3, NOW));
  lost = expire (book, WAIT + 3);
  g_assert_cmpuint (lost->len, ==, 1);
}

/* A run of days: what is old is forgotten, what is new is not. */
static void
test_a_long_run_is_bounded (void)
{
  g_autoptr (MmpRttBook) book = mmp_rtt_book_new (WAIT);
  gint64 first = mmp_rtt_book_send (book, 0, NOW);
  gint64 rtt;

  for (guint i = 1; i <= 300000; i++)
    {
      gint64 now = i * MMP_MSEC (1);
      gint64 name = mmp_rtt_book_send (book, now, NOW + now);
      g_autoptr (GArray) lost = NULL;

      if (i % 3 != 0)
        g_assert_cmpint (mmp_rtt_book_receive (book, now + 5, name, &rtt), ==, MMP_RTT_BACK);
      lost = expire (book, now);
      g_assert_cmpuint (lost->len, <=, 1);
      g_assert_cmpuint (mmp_rtt_book_get_outstanding (book), <=, WAIT / MMP_MSEC (1) / 3 + 2);
    }
  g_assert_cmpint (mmp_rtt_book_receive (book, MMP_SECONDS (301), first, &rtt), ==, MMP_RTT_FOREIGN);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/rtt-book/a-round-trip-is-taken-on-our-own-clock", test_a_round_trip_is_taken_on_our_own_clock);
  g_test_add_func ("/rtt-book/names-are-unique-even-if-the-clock-goes-back", test_names_are_unique_even_if_the_clock_goes_back);
  g_test_add_func ("/rtt-book/what-was-not-sent-is-foreign", test_what_was_not_sent_is_foreign);
  g_test_add_func ("/rtt-book/repeats-count-once", test_repeats_count_once);
  g_test_add_func ("/rtt-book/late-is-lost", test_late_is_lost);
  g_test_add_func ("/rtt-book/what-is-taken-back-was-never-sent", test_what_is_taken_back_was_never_sent);
  g_test_add_func ("/rtt-book/a-long-run-is-bounded", test_a_long_run_is_bounded);

  return g_test_run ();
}
