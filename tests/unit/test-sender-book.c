/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "bridge/mmp-sender-book.h"

#include "base/mmp-error.h"
#include "base/mmp-limits.h"
#include "mmp-vectors.h"

#define NOW 1758000000000

static MmpSenderMark
mark (guint64 sender,
      guint64 run,
      guint64 number)
{
  return (MmpSenderMark) { .key_id = { 1, 2, 3, 4 }, .sender = sender, .run = run, .number = number };
}

/* Judges and, if new, passes and settles. */
static MmpSenderVerdict
take (MmpSenderBook *book,
      guint64 sender,
      guint64 run,
      guint64 number)
{
  MmpSenderMark m = mark (sender, run, number);
  MmpSenderVerdict verdict = mmp_sender_book_judge (book, &m, NOW);

  if (verdict == MMP_SENDER_NEW)
    {
      mmp_sender_book_pass (book, &m, NOW);
      mmp_sender_book_settle (book, &m);
    }

  return verdict;
}

static MmpSenderBook *
reload (MmpSenderBook *book,
        gint64 now)
{
  g_autoptr (GBytes) bytes = mmp_sender_book_encode (book);
  g_autoptr (GError) error = NULL;
  MmpSenderBook *again = mmp_sender_book_decode (bytes, now, &error);

  g_assert_no_error (error);

  return again;
}

static void
test_each_once (void)
{
  g_autoptr (MmpSenderBook) book = mmp_sender_book_new (NOW);

  for (guint64 i = 0; i < 3000; i += 2)
    g_assert_cmpint (take (book, 7, 5, i), ==, MMP_SENDER_NEW);
  for (guint64 i = 2000; i < 3000; i++)
    g_assert_cmpint (take (book, 7, 5, i), ==, i % 2 == 0 ? MMP_SENDER_REPEATED : MMP_SENDER_NEW);
  g_assert_cmpint (take (book, 7, 5, 1), ==, MMP_SENDER_REPEATED);
  g_assert_cmpint (take (book, 8, 5, 1), ==, MMP_SENDER_NEW);
}

static void
test_runs (void)
{
  g_autoptr (MmpSenderBook) book = mmp_sender_book_new (NOW);

  g_assert_cmpint (take (book, 7, 5, 0), ==, MMP_SENDER_NEW);
  g_assert_cmpint (take (book, 7, 6, 0), ==, MMP_SENDER_NEW);
  g_assert_cmpint (take (book, 7, 5, 1), ==, MMP_SENDER_WENT_BACK);
  g_assert_false (mmp_sender_book_forget (book, 8));
  g_assert_true (mmp_sender_book_forget (book, 7));
  g_assert_cmpint (take (book, 7, 5, 1), ==, MMP_SENDER_NEW);
}

static void
test_self (void)
{
  g_autoptr (MmpSenderBook) book = mmp_sender_book_new (NOW);
  guint64 self = mmp_sender_book_get_self (book);
  guint64 run = mmp_sender_book_get_run (book);
  MmpSenderMark m = mark (self, run, mmp_sender_book_next (book));

  g_assert_cmpint (mmp_sender_book_judge (book, &m, NOW), ==, MMP_SENDER_SELF);
  m.number++;
  g_assert_cmpint (mmp_sender_book_judge (book, &m, NOW), ==, MMP_SENDER_CLONE);
  m = mark (self, run - 1, 0);
  g_assert_cmpint (mmp_sender_book_judge (book, &m, NOW - 1), ==, MMP_SENDER_SELF);
  g_assert_cmpint (mmp_sender_book_judge (book, &m, NOW + 1), ==, MMP_SENDER_CLONE);
  m.run = run + 1;
  g_assert_cmpint (mmp_sender_book_judge (book, &m, NOW), ==, MMP_SENDER_CLONE);

  mmp_sender_book_renew (book, NOW);
  g_assert_cmphex (mmp_sender_book_get_self (book), !=, self);
  g_assert_cmpint (mmp_sender_book_judge (book, &m, NOW), ==, MMP_SENDER_NEW);
}

static void
test_file (void)
{
  g_autoptr (MmpSenderBook) book = mmp_sender_book_new (NOW);
  g_autoptr (MmpSenderBook) again = NULL;
  g_autoptr (MmpSenderBook) later = NULL;

  take (book, 7, 5, 0);
  take (book, 7, 5, 2);
  take (book, 9, 1, 4);
  again = reload (book, NOW - 1000000);
  g_assert_cmphex (mmp_sender_book_get_self (again), ==, mmp_sender_book_get_self (book));
  g_assert_cmphex (mmp_sender_book_get_tag (again), ==, mmp_sender_book_get_tag (book));
  g_assert_cmpuint (mmp_sender_book_get_run (again), ==, mmp_sender_book_get_run (book) + 1);
  g_assert_cmpuint (mmp_sender_book_get_size (again), ==, 2);
  g_assert_cmpint (take (again, 7, 5, 0), ==, MMP_SENDER_REPEATED);
  g_assert_cmpint (take (again, 7, 5, 1), ==, MMP_SENDER_NEW);
  g_assert_cmpint (take (again, 7, 5, 2), ==, MMP_SENDER_REPEATED);
  g_assert_cmpint (take (again, 9, 0, 9), ==, MMP_SENDER_WENT_BACK);
  later = reload (book, NOW + 5);
  g_assert_cmpuint (mmp_sender_book_get_run (later), ==, NOW + 5);
}

/* A crash before the local broker had it must let it come again. */
static void
test_not_settled (void)
{
  g_autoptr (MmpSenderBook) book = mmp_sender_book_new (NOW);
  g_autoptr (MmpSenderBook) again = NULL;
  MmpSenderMark first = mark (7, 5, 0);
  MmpSenderMark second = mark (7, 6, 0);

  mmp_sender_book_pass (book, &first, NOW);
  mmp_sender_book_pass (book, &second, NOW);
  g_assert_cmpint (mmp_sender_book_judge (book, &second, NOW), ==, MMP_SENDER_REPEATED);
  again = reload (book, NOW);
  g_assert_cmpint (mmp_sender_book_judge (again, &first, NOW), ==, MMP_SENDER_NEW);
  g_assert_cmpint (mmp_sender_book_judge (again, &second, NOW), ==, MMP_SENDER_NEW);

  mmp_sender_book_settle (book, &second);
  mmp_sender_book_settle (book, &first);
  g_clear_pointer (&again, mmp_sender_book_free);
  again = reload (book, NOW);
  g_assert_cmpint (mmp_sender_book_judge (again, &second, NOW), ==, MMP_SENDER_REPEATED);
}

static void
test_many_senders (void)
{
  g_autoptr (MmpSenderBook) book = mmp_sender_book_new (NOW);

  for (guint64 i = 0; i < MMP_BRIDGE_SENDERS_MAX + 10; i++)
    {
      MmpSenderMark m = mark (100 + i, 5, 0);

      mmp_sender_book_pass (book, &m, NOW + (gint64) i);
    }
  g_assert_cmpuint (mmp_sender_book_get_size (book), ==, MMP_BRIDGE_SENDERS_MAX);
  g_assert_cmpint (take (book, 100 + MMP_BRIDGE_SENDERS_MAX, 5, 0), ==, MMP_SENDER_REPEATED);
  g_assert_cmpint (take (book, 100, 5, 0), ==, MMP_SENDER_NEW);
}

static void
test_broken_files (void)
{
  g_autoptr (MmpSenderBook) book = mmp_sender_book_new (NOW);
  g_autoptr (GBytes) bytes = NULL;

  take (book, 7, 5, 0);
  bytes = mmp_sender_book_encode (book);
  for (gsize bit = 0; bit < g_bytes_get_size (bytes) * 8; bit += 3)
    {
      g_autoptr (GBytes) changed = mmp_test_flip (bytes, bit);
      g_autoptr (GError) error = NULL;

      g_assert_null (mmp_sender_book_decode (changed, NOW, &error));
      g_assert_error (error, MMP_ERROR, MMP_ERROR_FILE_INVALID);
    }
  for (gsize size = 0; size < g_bytes_get_size (bytes); size++)
    {
      g_autoptr (GBytes) cut = g_bytes_new_from_bytes (bytes, 0, size);

      g_assert_null (mmp_sender_book_decode (cut, NOW, NULL));
    }
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sender-book/each-once", test_each_once);
  g_test_add_func ("/sender-book/runs", test_runs);
  g_test_add_func ("/sender-book/self-and-clone", test_self);
  g_test_add_func ("/sender-book/file", test_file);
  g_test_add_func ("/sender-book/not-settled", test_not_settled);
  g_test_add_func ("/sender-book/many-senders", test_many_senders);
  g_test_add_func ("/sender-book/broken-files", test_broken_files);

  return g_test_run ();
}
