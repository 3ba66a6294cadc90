/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/mmp-greeting-guard.h"

#include <string.h>

#include "base/mmp-limits.h"
#include "session/mmp-token-bucket.h"

typedef struct
{
  MmpClock *clock;
  MmpGreetingGuard *guard;
  GBytes *hs2;
  guint n_gone;
  MmpPublicKey last_gone;
} Fixture;

static void
on_gone (const MmpPublicKey *ephemeral,
         gpointer user_data)
{
  Fixture *f = user_data;

  f->n_gone++;
  f->last_gone = *ephemeral;
}

static void
set_up (Fixture *f,
        gconstpointer data)
{
  f->clock = mmp_clock_new_virtual ();
  f->guard = mmp_greeting_guard_new (f->clock, on_gone, f);
  f->hs2 = g_bytes_new_static ("answer", 6);
}

static void
tear_down (Fixture *f,
           gconstpointer data)
{
  mmp_greeting_guard_free (f->guard);
  mmp_clock_unref (f->clock);
  g_bytes_unref (f->hs2);
}

static void
pass (Fixture *f,
      gint64 duration)
{
  gint64 until = mmp_clock_now (f->clock) + duration;

  while (mmp_clock_step (f->clock, until))
    ;
}

static MmpPublicKey
key (guint32 number)
{
  MmpPublicKey result = { { 0 } };

  memcpy (result.bytes, &number, sizeof number);

  return result;
}

static GBytes *
greeting_of_shape (const MmpPublicKey *ephemeral,
                   gsize size,
                   guint8 type,
                   guint8 last)
{
  guint8 bytes[200] = { type };

  memcpy (bytes + 1, ephemeral->bytes, MMP_PUBLIC_KEY_SIZE);
  bytes[size - 1] = last;

  return g_bytes_new (bytes, size);
}

static GBytes *
greeting (const MmpPublicKey *ephemeral)
{
  return greeting_of_shape (ephemeral, 113, 0x01, 0);
}

static MmpGreetingVerdict
check (Fixture *f,
       guint32 number)
{
  MmpPublicKey e = key (number);
  g_autoptr (GBytes) hs1 = greeting (&e);
  GBytes *hs2 = NULL;
  MmpGreetingVerdict verdict = mmp_greeting_guard_check (f->guard, &e, hs1, &hs2);

  g_assert_true ((verdict == MMP_GREETING_REPEAT) == (hs2 == f->hs2));

  return verdict;
}

static void
answer (Fixture *f,
        guint32 number,
        guint32 device,
        gboolean stranger)
{
  MmpPublicKey e = key (number);
  MmpPublicKey i = key (device);
  g_autoptr (GBytes) hs1 = greeting (&e);

  mmp_greeting_guard_answered (f->guard, &e, &i, stranger, hs1, f->hs2);
}

static gboolean
admit (Fixture *f,
       guint32 device,
       gboolean stranger)
{
  MmpPublicKey i = key (device);

  return mmp_greeting_guard_admit (f->guard, &i, stranger);
}

static void
test_wrong_shapes_are_dropped (Fixture *f,
                               gconstpointer data)
{
  static const struct
  {
    gsize size;
    guint8 type;
    guint32 slot;
    MmpGreetingVerdict verdict;
  } table[] = {
    { 113, 0x01, 7, MMP_GREETING_READ },
    { 112, 0x01, 7, MMP_GREETING_DROP },
    { 114, 0x01, 7, MMP_GREETING_DROP },
    { 33, 0x01, 7, MMP_GREETING_DROP },
    { 113, 0x02, 7, MMP_GREETING_DROP },
    { 113, 0x03, 7, MMP_GREETING_DROP },
    { 113, 0x00, 7, MMP_GREETING_DROP },
    { 113, 0x01, 8, MMP_GREETING_DROP }, /* another E than the topic's */
  };

  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    {
      MmpPublicKey inside = key (7);
      MmpPublicKey slot = key (table[i].slot);
      g_autoptr (GBytes) hs1 = greeting_of_shape (&inside, table[i].size, table[i].type, 0);

      g_assert_cmpint (mmp_greeting_guard_check (f->guard, &slot, hs1, NULL), ==, table[i].verdict);
    }
}

static void
test_the_same_greeting_gets_the_same_answer_once_a_second (Fixture *f,
                                                           gconstpointer data)
{
  MmpPublicKey e = key (1);
  g_autoptr (GBytes) other = greeting_of_shape (&e, 113, 0x01, 1);

  g_assert_cmpint (check (f, 1), ==, MMP_GREETING_READ);
  answer (f, 1, 100, FALSE);

  g_assert_cmpint (check (f, 1), ==, MMP_GREETING_DROP);
  pass (f, MMP_MSEC (999));
  g_assert_cmpint (check (f, 1), ==, MMP_GREETING_DROP);
  pass (f, MMP_MSEC (1));
  g_assert_cmpint (mmp_greeting_guard_check (f->guard, &e, other, NULL), ==, MMP_GREETING_DROP);
  g_assert_cmpint (check (f, 1), ==, MMP_GREETING_REPEAT);
  g_assert_cmpint (check (f, 1), ==, MMP_GREETING_DROP);
}

static void
test_no_answer_is_repeated_after_valid_data (Fixture *f,
                                             gconstpointer data)
{
  MmpPublicKey e = key (1);

  answer (f, 1, 100, FALSE);
  mmp_greeting_guard_settled (f->guard, &e);
  pass (f, MMP_SECONDS (2));
  g_assert_cmpint (check (f, 1), ==, MMP_GREETING_DROP);
  g_assert_cmpuint (f->n_gone, ==, 0);

  mmp_greeting_guard_forget (f->guard, &e);
  g_assert_cmpint (check (f, 1), ==, MMP_GREETING_DROP);
}

static void
test_pending_is_given_up_after_ten_seconds (Fixture *f,
                                            gconstpointer data)
{
  MmpPublicKey e = key (1);

  answer (f, 1, 100, FALSE);
  pass (f, MMP_SECONDS (10) - 1);
  g_assert_cmpuint (f->n_gone, ==, 0);
  pass (f, 1);
  g_assert_cmpuint (f->n_gone, ==, 1);
  g_assert_true (mmp_public_key_equal (&f->last_gone, &e));
  g_assert_cmpint (check (f, 1), ==, MMP_GREETING_DROP);
}

/* Each group has room for so many; the oldest of the same group goes, nobody else's. */
static void
test_the_oldest_pending_of_the_group_makes_room (Fixture *f,
                                                 gconstpointer data)
{
  static const struct
  {
    gboolean stranger;
    guint room;
  } table[] = { { FALSE, 4 }, { TRUE, 8 } };
  guint32 e = 1;

  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    {
      guint32 oldest;
      MmpPublicKey oldest_key;

      answer (f, e++, 900, FALSE); /* a known device that is nobody's neighbour */
      oldest = e;
      oldest_key = key (oldest);
      f->n_gone = 0;
      for (guint n = 0; n < table[i].room; n++, pass (f, 1))
        answer (f, e++, table[i].stranger ? 200 + n : 100, table[i].stranger);
      g_assert_cmpuint (f->n_gone, ==, 0);
      answer (f, e++, table[i].stranger ? 300 : 100, table[i].stranger);
      g_assert_cmpuint (f->n_gone, ==, 1);
      g_assert_true (mmp_public_key_equal (&f->last_gone, &oldest_key));
    }
}

static void
test_answers_are_limited (Fixture *f,
                          gconstpointer data)
{
  static const struct
  {
    guint32 first_device;
    guint32 devices;
    gboolean stranger;
    guint burst;
    guint per_second;
  } table[] = {
    { 100, 1, FALSE, 4, 1 },
    { 101, 1, FALSE, 4, 1 }, /* each known device has its own */
    { 200, 50, TRUE, 8, 2 }, /* strangers share one */
  };

  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    {
      guint n = 0;

      for (guint32 j = 0; j < 50; j++)
        n += admit (f, table[i].first_device + j % table[i].devices, table[i].stranger);
      g_assert_cmpuint (n, ==, table[i].burst);

      n = 0;
      for (guint32 j = 0; j < 100; j++)
        {
          pass (f, MMP_MSEC (100));
          n += admit (f, table[i].first_device + j % table[i].devices, table[i].stranger);
        }
      g_assert_cmpuint (n, >=, table[i].per_second * 10 - 1);
      g_assert_cmpuint (n, <=, table[i].per_second * 10);
    }
}

static void
test_five_hundred_are_read_a_second (Fixture *f,
                                     gconstpointer data)
{
  guint n = 0;
  guint32 e = 1;

  for (guint i = 0; i < 2000; i++)
    n += check (f, e++) == MMP_GREETING_READ;
  g_assert_cmpuint (n, ==, 500);

  n = 0;
  for (guint i = 0; i < 10000; i++)
    {
      pass (f, MMP_MSEC (1));
      n += check (f, e++) == MMP_GREETING_READ;
    }
  g_assert_cmpuint (n, >=, 4998);
  g_assert_cmpuint (n, <=, 5000);
}

static void
test_a_flood_does_not_touch_what_is_pending (Fixture *f,
                                             gconstpointer data)
{
  answer (f, 1, 100, FALSE);
  pass (f, MMP_SECONDS (1));
  for (guint32 i = 0; i < 5000; i++)
    check (f, 1000 + i);
  g_assert_cmpint (check (f, 1), ==, MMP_GREETING_REPEAT);
}

static void
test_the_last_answered_are_remembered (Fixture *f,
                                       gconstpointer data)
{
  for (guint32 e = 1; e <= 4096; e++)
    {
      answer (f, e, e, FALSE);
      pass (f, MMP_SECONDS (10));
    }
  g_assert_cmpint (check (f, 1), ==, MMP_GREETING_DROP);
  answer (f, 4097, 1, FALSE);
  g_assert_cmpint (check (f, 1), ==, MMP_GREETING_READ);
  g_assert_cmpint (check (f, 2), ==, MMP_GREETING_DROP);
  g_assert_cmpint (check (f, 4096), ==, MMP_GREETING_DROP);
}

static void
test_the_greeting_of_a_living_session_is_never_read_again (Fixture *f,
                                                           gconstpointer data)
{
  MmpPublicKey living = key (1);

  answer (f, 1, 100, FALSE);
  mmp_greeting_guard_settled (f->guard, &living);
  for (guint32 e = 2; e <= 5000; e++)
    {
      answer (f, e, e, FALSE);
      pass (f, MMP_SECONDS (10));
    }
  g_assert_cmpint (check (f, 1), ==, MMP_GREETING_DROP);
  mmp_greeting_guard_forget (f->guard, &living);
  g_assert_cmpint (check (f, 1), ==, MMP_GREETING_READ);
}

static void
test_forget_ends_a_pending_one_quietly (Fixture *f,
                                        gconstpointer data)
{
  MmpPublicKey e = key (1);

  answer (f, 1, 100, TRUE);
  mmp_greeting_guard_forget (f->guard, &e);
  pass (f, MMP_SECONDS (20));
  g_assert_cmpuint (f->n_gone, ==, 0);
  g_assert_cmpint (check (f, 1), ==, MMP_GREETING_DROP);
}

static void
test_many_devices_leave_no_buckets_behind (Fixture *f,
                                           gconstpointer data)
{
  /* Not to be seen from outside but by its limits: each new device starts with a full burst, whoever came before. */
  for (guint32 i = 0; i < 2000; i++)
    {
      for (guint n = 0; n < 4; n++)
        g_assert_true (admit (f, 1000 + i, FALSE));
      g_assert_false (admit (f, 1000 + i, FALSE));
      pass (f, MMP_MSEC (10));
    }
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define ADD(path, func) g_test_add ("/greeting-guard/" path, Fixture, NULL, set_up, func, tear_down)
  ADD ("wrong-shapes-are-dropped", test_wrong_shapes_are_dropped);
  ADD ("the-same-greeting-gets-the-same-answer-once-a-second", test_the_same_greeting_gets_the_same_answer_once_a_second);
  ADD ("no-answer-is-repeated-after-valid-data", test_no_answer_is_repeated_after_valid_data);
  ADD ("pending-is-given-up-after-ten-seconds", test_pending_is_given_up_after_ten_seconds);
  ADD ("the-oldest-pending-of-the-group-makes-room", test_the_oldest_pending_of_the_group_makes_room);
  ADD ("answers-are-limited", test_answers_are_limited);
  ADD ("five-hundred-are-read-a-second", test_five_hundred_are_read_a_second);
  ADD ("a-flood-does-not-touch-what-is-pending", test_a_flood_does_not_touch_what_is_pending);
  ADD ("the-last-answered-are-remembered", test_the_last_answered_are_remembered);
  ADD ("the-greeting-of-a-living-session-is-never-read-again", test_the_greeting_of_a_living_session_is_never_read_again);
  ADD ("forget-ends-a-pending-one-quietly", test_forget_ends_a_pending_one_quietly);
  ADD ("many-devices-leave-no-buckets-behind", test_many_devices_leave_no_buckets_behind);

  return g_test_run ();
}
