/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-test.h"
#include "rtc/mmp-mailbox.h"

#define N_THREADS 4
#define N_EACH 5000

typedef struct
{
  MmpMailbox *mailbox;
  guint n_handled;
  guint n_destroyed;
  guint last[N_THREADS];
  gboolean wrong;
  guint hold_after; /* close it for a while after so many; 0: never */
  guint close_after;
} Receiver;

static guint n_freed; /* the main thread frees but for what is refused */

static void
count_freed (gpointer item)
{
  g_atomic_int_inc ((gint *) &n_freed);
}

/* An item is a thread's number and a count. */
static void
on_item (gpointer item,
         gpointer user_data)
{
  Receiver *receiver = user_data;
  guint value = GPOINTER_TO_UINT (item);

  if (value % N_EACH != receiver->last[value / N_EACH]++)
    receiver->wrong = TRUE;
  receiver->n_handled++;
  if (receiver->n_handled == receiver->hold_after)
    mmp_mailbox_set_open (receiver->mailbox, FALSE);
  if (receiver->n_handled == receiver->close_after)
    {
      mmp_mailbox_close (receiver->mailbox);
      g_assert_cmpuint (receiver->n_destroyed, ==, 0);
    }
}

static void
on_destroyed (gpointer user_data)
{
  Receiver *receiver = user_data;

  receiver->n_destroyed++;
}

static void
receiver_init (Receiver *receiver,
               gsize weight_max)
{
  *receiver = (Receiver) { 0 };
  n_freed = 0;
  receiver->mailbox = mmp_mailbox_new (NULL, weight_max, count_freed, on_item, receiver, on_destroyed);
}

static gpointer
push_many (gpointer data)
{
  static gint next = 0;
  guint thread = (guint) g_atomic_int_add (&next, 1) % N_THREADS;

  for (guint i = 0; i < N_EACH; i++)
    g_assert_true (mmp_mailbox_push (data, GUINT_TO_POINTER (thread * N_EACH + i), 0));

  return NULL;
}

static void
test_every_thread_s_items_come_in_order (void)
{
  GThread *threads[N_THREADS];
  Receiver receiver;

  receiver_init (&receiver, 0);
  mmp_mailbox_set_open (receiver.mailbox, TRUE);
  for (guint i = 0; i < N_THREADS; i++)
    threads[i] = g_thread_new ("push", push_many, receiver.mailbox);
  mmp_test_await (receiver.n_handled == N_THREADS * N_EACH);
  for (guint i = 0; i < N_THREADS; i++)
    g_thread_join (threads[i]);
  g_assert_false (receiver.wrong);
  g_assert_cmpuint (n_freed, ==, N_THREADS * N_EACH);

  mmp_mailbox_close (receiver.mailbox);
  g_assert_cmpuint (receiver.n_destroyed, ==, 1);
  mmp_mailbox_unref (receiver.mailbox);
}

static void
test_items_wait_while_it_is_not_open (void)
{
  Receiver receiver;

  receiver_init (&receiver, 0);
  for (guint i = 0; i < 5; i++)
    mmp_mailbox_push (receiver.mailbox, GUINT_TO_POINTER (i), 0);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (receiver.n_handled, ==, 0);

  receiver.hold_after = 2;
  mmp_mailbox_set_open (receiver.mailbox, TRUE);
  mmp_test_await (receiver.n_handled == 2);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (receiver.n_handled, ==, 2);

  mmp_mailbox_set_open (receiver.mailbox, TRUE);
  mmp_test_await (receiver.n_handled == 5);
  g_assert_false (receiver.wrong);
  mmp_mailbox_close (receiver.mailbox);
  mmp_mailbox_unref (receiver.mailbox);
}

static void
test_what_waits_is_limited (void)
{
  Receiver receiver;

  receiver_init (&receiver, 10);
  g_assert_true (mmp_mailbox_push (receiver.mailbox, GUINT_TO_POINTER (0), 6));
  g_assert_false (mmp_mailbox_push (receiver.mailbox, GUINT_TO_POINTER (99), 5));
  g_assert_false (mmp_mailbox_push (receiver.mailbox, GUINT_TO_POINTER (99), G_MAXSIZE));
  g_assert_true (mmp_mailbox_push (receiver.mailbox, GUINT_TO_POINTER (1), 4));
  g_assert_true (mmp_mailbox_push (receiver.mailbox, GUINT_TO_POINTER (2), 0));
  g_assert_cmpuint (n_freed, ==, 2);

  mmp_mailbox_set_open (receiver.mailbox, TRUE);
  mmp_test_await (receiver.n_handled == 3);
  g_assert_true (mmp_mailbox_push (receiver.mailbox, GUINT_TO_POINTER (3), 10));
  mmp_test_await (receiver.n_handled == 4);
  g_assert_false (receiver.wrong);
  mmp_mailbox_close (receiver.mailbox);
  mmp_mailbox_unref (receiver.mailbox);
}

static void
test_closing_from_inside_drops_the_rest (void)
{
  Receiver receiver;

  receiver_init (&receiver, 0);
  receiver.close_after = 2;
  for (guint i = 0; i < 5; i++)
    mmp_mailbox_push (receiver.mailbox, GUINT_TO_POINTER (i), 0);
  mmp_mailbox_set_open (receiver.mailbox, TRUE);
  mmp_test_await (receiver.n_destroyed == 1);
  g_assert_cmpuint (receiver.n_handled, ==, 2);
  g_assert_cmpuint (n_freed, ==, 5);
  g_assert_false (mmp_mailbox_push (receiver.mailbox, GUINT_TO_POINTER (0), 0));
  g_assert_cmpuint (n_freed, ==, 6);
  mmp_mailbox_unref (receiver.mailbox);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/mailbox/every-thread-s-items-come-in-order", test_every_thread_s_items_come_in_order);
  g_test_add_func ("/mailbox/items-wait-while-it-is-not-open", test_items_wait_while_it_is_not_open);
  g_test_add_func ("/mailbox/what-waits-is-limited", test_what_waits_is_limited);
  g_test_add_func ("/mailbox/closing-from-inside-drops-the-rest", test_closing_from_inside_drops_the_rest);

  return g_test_run ();
}
