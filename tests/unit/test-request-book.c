/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/mmp-request-book.h"

#include "base/mmp-limits.h"

typedef struct
{
  MmpClock *clock;
  MmpRequestBook *book;
  guint n_gone;
} Fixture;

static void
on_gone (const MmpPublicKey *device,
         gpointer user_data)
{
  ((Fixture *) user_data)->n_gone++;
}

static void
set_up (Fixture *f,
        gconstpointer data)
{
  f->clock = mmp_clock_new_virtual ();
  f->book = mmp_request_book_new (f->clock, on_gone, f);
}

static void
tear_down (Fixture *f,
           gconstpointer data)
{
  mmp_request_book_free (f->book);
  mmp_clock_unref (f->clock);
}

static void
pass (Fixture *f,
      gint64 duration)
{
  gint64 until = mmp_clock_now (f->clock) + duration;

  while (mmp_clock_step (f->clock, until))
    ;
}

static MmpRequestVerdict
ask (Fixture *f,
     guint8 device)
{
  MmpPublicKey key = { { device } };

  return mmp_request_book_ask (f->book, &key);
}

static void
test_each_stranger_is_shown_once (Fixture *f,
                                  gconstpointer data)
{
  MmpPublicKey one = { { 1 } };

  g_assert_cmpint (ask (f, 1), ==, MMP_REQUEST_NEW);
  g_assert_cmpint (ask (f, 1), ==, MMP_REQUEST_WAITING);
  g_assert_cmpint (ask (f, 2), ==, MMP_REQUEST_NEW);

  g_assert_true (mmp_request_book_remove (f->book, &one));
  g_assert_false (mmp_request_book_remove (f->book, &one));
  g_assert_cmpint (ask (f, 1), ==, MMP_REQUEST_NEW);
}

static void
test_at_most_five_wait (Fixture *f,
                        gconstpointer data)
{
  for (guint8 i = 1; i <= 5; i++)
    g_assert_cmpint (ask (f, i), ==, MMP_REQUEST_NEW);
  g_assert_cmpint (ask (f, 6), ==, MMP_REQUEST_REFUSED);
  g_assert_cmpint (ask (f, 5), ==, MMP_REQUEST_WAITING);
}

static void
test_nobody_waits_longer_than_a_minute (Fixture *f,
                                        gconstpointer data)
{
  ask (f, 1);
  pass (f, MMP_SECONDS (30));
  ask (f, 2);
  pass (f, MMP_SECONDS (30) - 1);
  g_assert_cmpuint (f->n_gone, ==, 0);
  pass (f, 1);
  g_assert_cmpuint (f->n_gone, ==, 1);
  g_assert_cmpint (ask (f, 1), ==, MMP_REQUEST_NEW);
  g_assert_cmpint (ask (f, 2), ==, MMP_REQUEST_WAITING);
}

static void
test_not_now_is_respected_for_ten_minutes (Fixture *f,
                                           gconstpointer data)
{
  MmpPublicKey one = { { 1 } };

  ask (f, 1);
  mmp_request_book_remove (f->book, &one);
  g_assert_cmpuint (mmp_request_book_silence (f->book, &one), ==, 600);
  g_assert_true (mmp_request_book_is_silenced (f->book, &one));
  g_assert_cmpint (ask (f, 1), ==, MMP_REQUEST_REFUSED);
  g_assert_cmpint (ask (f, 2), ==, MMP_REQUEST_NEW);
  pass (f, MMP_SECONDS (600) - 1);
  g_assert_cmpint (ask (f, 1), ==, MMP_REQUEST_REFUSED);
  pass (f, 1);
  g_assert_false (mmp_request_book_is_silenced (f->book, &one));
  g_assert_cmpint (ask (f, 1), ==, MMP_REQUEST_NEW);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define ADD(path, func) g_test_add ("/request-book/" path, Fixture, NULL, set_up, func, tear_down)
  ADD ("each-stranger-is-shown-once", test_each_stranger_is_shown_once);
  ADD ("at-most-five-wait", test_at_most_five_wait);
  ADD ("nobody-waits-longer-than-a-minute", test_nobody_waits_longer_than_a_minute);
  ADD ("not-now-is-respected-for-ten-minutes", test_not_now_is_respected_for_ten_minutes);

  return g_test_run ();
}
