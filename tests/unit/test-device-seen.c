/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "profile/mmp-device-store-private.h"

#include <glib/gstdio.h>
#include <sys/stat.h>

#include "mmp-test.h"

#define KEY "RVC45WSASZAGKAJZT24NC3GTCEENN7FCZO3QC7Z5S2ZSQOL22UXQ"
#define OTHER "GWAHFVRWLCANDLXKGKNN7EJBHA4FD3JBUKHDW5PJMXINFTIWMJKA"

#define SECOND G_USEC_PER_SEC
#define HOUR (G_GINT64_CONSTANT (3600) * SECOND)
#define THEN G_GINT64_CONSTANT (1750000000)

/* When devices were last seen, and how often that is written */
typedef struct
{
  char *directory;
  char *path;
  MmpPublicKey key;
  MmpPublicKey other;
  MmpDeviceStore *store;
  MmpClock *clock;
  guint n_changes;
} Fixture;

static MmpDeviceStore *
open_store (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  MmpDeviceStore *store = mmp_device_store_new (fixture->directory, &error);

  g_assert_no_error (error);

  return store;
}

static void
on_changed (Fixture *fixture)
{
  fixture->n_changes++;
}

static void
set_up (Fixture *fixture,
        gconstpointer user_data)
{
  fixture->directory = mmp_test_directory ();
  fixture->path = g_build_filename (fixture->directory, "devices.ini", NULL);
  g_assert_true (mmp_public_key_from_text (KEY, &fixture->key, NULL));
  g_assert_true (mmp_public_key_from_text (OTHER, &fixture->other, NULL));
  fixture->store = open_store (fixture);
  fixture->clock = mmp_clock_new_virtual ();
  mmp_device_store_set_clock (fixture->store, fixture->clock);
  g_assert_true (mmp_device_store_trust (fixture->store, &fixture->key, "Workshop", NULL));
  g_signal_connect_swapped (fixture->store, "changed", G_CALLBACK (on_changed), fixture);
}

static void
tear_down (Fixture *fixture,
           gconstpointer user_data)
{
  g_object_unref (fixture->store);
  mmp_clock_unref (fixture->clock);
  mmp_test_directory_free (fixture->directory);
  g_free (fixture->path);
}

/* A written file is another one: it takes the place of the one before. */
static ino_t
get_file (Fixture *fixture)
{
  GStatBuf info;

  g_assert_no_errno (g_stat (fixture->path, &info));

  return info.st_ino;
}

static gint64
read_seen (Fixture *fixture,
           const MmpPublicKey *key)
{
  g_autoptr (MmpDeviceStore) store = open_store (fixture);
  g_autoptr (MmpDevice) device = mmp_device_store_find (store, key);

  return device != NULL ? device->seen : -1;
}

static gint64
get_seen (Fixture *fixture)
{
  g_autoptr (MmpDevice) device = mmp_device_store_find (fixture->store, &fixture->key);

  return device != NULL ? device->seen : -1;
}

/* Lets time pass while the device shows itself every second. */
static guint
count_writes (Fixture *fixture,
              gint64 seconds)
{
  gint64 begin = mmp_clock_now (fixture->clock);
  ino_t file = get_file (fixture);
  guint n = 0;

  for (gint64 i = 1; i <= seconds; i++)
    {
      mmp_device_store_see (fixture->store, &fixture->key, THEN + begin / SECOND + i);
      while (mmp_clock_step (fixture->clock, begin + i * SECOND))
        {
          n += get_file (fixture) != file ? 1 : 0;
          file = get_file (fixture);
        }
    }

  return n;
}

static void
test_a_card_is_spared (Fixture *fixture,
                       gconstpointer user_data)
{
  mmp_device_store_see (fixture->store, &fixture->key, THEN);
  g_assert_cmpint (get_seen (fixture), ==, THEN);
  g_assert_cmpint (read_seen (fixture, &fixture->key), ==, 0);

  /* Soon once, so that a device without a switch does not forget it; then every hour. */
  g_assert_cmpuint (count_writes (fixture, 60), ==, 1);
  g_assert_cmpint (read_seen (fixture, &fixture->key), >=, THEN);
  g_assert_cmpuint (count_writes (fixture, 3500), ==, 0);
  g_assert_cmpuint (count_writes (fixture, 10 * 3600), ==, 10);
  g_assert_cmpuint (fixture->n_changes, ==, 0);

  /* Nobody is there: nothing to write */
  while (mmp_clock_step (fixture->clock, mmp_clock_now (fixture->clock) + HOUR))
    ;
  g_assert_false (mmp_clock_step (fixture->clock, mmp_clock_now (fixture->clock) + 24 * HOUR));
}

static void
test_the_end_is_written (Fixture *fixture,
                         gconstpointer user_data)
{
  count_writes (fixture, 60);
  mmp_device_store_see (fixture->store, &fixture->key, THEN + 1000);
  mmp_device_store_flush (fixture->store);
  g_assert_cmpint (read_seen (fixture, &fixture->key), ==, THEN + 1000);

  mmp_device_store_see (fixture->store, &fixture->key, THEN + 2000);
  g_clear_object (&fixture->store);
  g_assert_cmpint (read_seen (fixture, &fixture->key), ==, THEN + 2000);
  fixture->store = open_store (fixture);
}

/* A change of the list takes along what waits. */
static void
test_changes_take_it_along (Fixture *fixture,
                            gconstpointer user_data)
{
  mmp_device_store_see (fixture->store, &fixture->key, THEN);
  g_assert_true (mmp_device_store_trust (fixture->store, &fixture->other, "Attic", NULL));
  g_assert_cmpint (read_seen (fixture, &fixture->key), ==, THEN);
  g_assert_cmpuint (count_writes (fixture, 3000), ==, 0);

  /* One that is taken out does not come back for that. */
  g_assert_true (mmp_device_store_remove (fixture->store, &fixture->key, NULL));
  mmp_device_store_flush (fixture->store);
  g_assert_cmpint (read_seen (fixture, &fixture->key), ==, -1);
}

static void
test_strangers_leave_no_trace (Fixture *fixture,
                               gconstpointer user_data)
{
  ino_t file = get_file (fixture);

  mmp_device_store_see (fixture->store, &fixture->other, THEN);
  g_assert_false (mmp_clock_step (fixture->clock, 2 * HOUR));
  mmp_device_store_flush (fixture->store);
  g_assert_cmpint (get_file (fixture), ==, file);
  g_assert_cmpint (read_seen (fixture, &fixture->other), ==, -1);
}

/* What waits is not forgotten when somebody else changes the list, and not told as a change. */
static void
test_changes_of_others_keep_it (Fixture *fixture,
                                gconstpointer user_data)
{
  g_autoptr (MmpDeviceStore) there = open_store (fixture);

  mmp_device_store_see (fixture->store, &fixture->key, THEN + 60);
  g_assert_true (mmp_device_store_block (there, &fixture->other, "", NULL));
  mmp_test_await (mmp_device_store_get_standing (fixture->store, &fixture->other) == MMP_STANDING_BLOCKED);
  g_assert_cmpint (get_seen (fixture), ==, THEN + 60);
  g_assert_cmpuint (fixture->n_changes, ==, 1);

  /* The app shows what a listener in another process saw. */
  mmp_device_store_see (there, &fixture->key, THEN + 90);
  mmp_device_store_flush (there);
  mmp_device_store_flush (fixture->store);
  g_assert_cmpint (read_seen (fixture, &fixture->key), ==, THEN + 90);
  mmp_test_await (get_seen (fixture) == THEN + 90);
}

/* A clock that was set ahead once must not have the last word. */
static void
test_a_wrong_clock_is_got_over (Fixture *fixture,
                                gconstpointer user_data)
{
  gint64 now = g_get_real_time () / SECOND;

  mmp_device_store_see (fixture->store, &fixture->key, now + 100000);
  mmp_device_store_flush (fixture->store);
  g_assert_cmpint (read_seen (fixture, &fixture->key), ==, now + 100000);
  mmp_device_store_see (fixture->store, &fixture->key, now);
  mmp_device_store_flush (fixture->store);
  g_assert_cmpint (read_seen (fixture, &fixture->key), ==, now);
}

/* A list that cannot be written does what it is for; it is tried again, though not all the time. */
static void
test_a_broken_file_is_left_alone (Fixture *fixture,
                                  gconstpointer user_data)
{
  g_autofree char *good = NULL;
  g_autofree char *text = NULL;

  g_assert_true (g_file_get_contents (fixture->path, &good, NULL, NULL));
  g_assert_true (g_file_set_contents (fixture->path, "[Devices]\nVersion=2\n", -1, NULL));
  g_assert_cmpuint (count_writes (fixture, 60), ==, 0);
  g_assert_true (g_file_get_contents (fixture->path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "[Devices]\nVersion=2\n");
  g_assert_cmpint (mmp_device_store_get_standing (fixture->store, &fixture->key), ==, MMP_STANDING_TRUSTED);

  g_assert_true (g_file_set_contents (fixture->path, good, -1, NULL));
  g_assert_cmpuint (count_writes (fixture, 3600), ==, 1);
  g_assert_cmpint (read_seen (fixture, &fixture->key), >, THEN);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define ADD(path, test) g_test_add ("/device-seen/" path, Fixture, NULL, set_up, test, tear_down)
  ADD ("a-card-is-spared", test_a_card_is_spared);
  ADD ("the-end-is-written", test_the_end_is_written);
  ADD ("changes-take-it-along", test_changes_take_it_along);
  ADD ("strangers-leave-no-trace", test_strangers_leave_no_trace);
  ADD ("changes-of-others-keep-it", test_changes_of_others_keep_it);
  ADD ("a-wrong-clock-is-got-over", test_a_wrong_clock_is_got_over);
  ADD ("a-broken-file-is-left-alone", test_a_broken_file_is_left_alone);

  return g_test_run ();
}
