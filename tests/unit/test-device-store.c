/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "profile/mmp-device-store.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mmp-error.h"
#include "crypto/mmp-crypto.h"
#include "mmp-test.h"
#include "mmp-vectors.h"

#define KEY "RVC45WSASZAGKAJZT24NC3GTCEENN7FCZO3QC7Z5S2ZSQOL22UXQ"
#define OTHER "GWAHFVRWLCANDLXKGKNN7EJBHA4FD3JBUKHDW5PJMXINFTIWMJKA"

typedef struct
{
  char *directory;
  char *path;
  MmpPublicKey key;
  MmpPublicKey other;
  guint n_changes;
} Fixture;

static void
set_up (Fixture *fixture,
        gconstpointer user_data)
{
  fixture->directory = mmp_test_directory ();
  fixture->path = g_build_filename (fixture->directory, "devices.ini", NULL);
  g_assert_true (mmp_public_key_from_text (KEY, &fixture->key, NULL));
  g_assert_true (mmp_public_key_from_text (OTHER, &fixture->other, NULL));
}

static void
tear_down (Fixture *fixture,
           gconstpointer user_data)
{
  mmp_test_directory_free (fixture->directory);
  g_free (fixture->path);
}

static MmpDeviceStore *
open_store (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  MmpDeviceStore *store = mmp_device_store_new (fixture->directory, &error);

  g_assert_no_error (error);

  return store;
}

static void
write_file (Fixture *fixture,
            const char *text)
{
  g_autoptr (GError) error = NULL;

  g_file_set_contents (fixture->path, text, -1, &error);
  g_assert_no_error (error);
}

static void
assert_file (Fixture *fixture,
             const char *expected)
{
  g_autofree char *text = NULL;

  g_assert_true (g_file_get_contents (fixture->path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, expected);
}

static void
on_changed (Fixture *fixture)
{
  fixture->n_changes++;
}

static void
trust (MmpDeviceStore *store,
       const MmpPublicKey *key,
       const char *name)
{
  g_autoptr (GError) error = NULL;

  mmp_device_store_trust (store, key, name, &error);
  g_assert_no_error (error);
}

static void
test_empty_list_knows_nobody (Fixture *fixture,
                              gconstpointer user_data)
{
  g_autoptr (MmpDeviceStore) store = open_store (fixture);
  g_autoptr (GPtrArray) devices = mmp_device_store_list (store);

  g_assert_cmpuint (devices->len, ==, 0);
  g_assert_cmpint (mmp_device_store_get_standing (store, &fixture->key), ==, MMP_STANDING_UNKNOWN);
  g_assert_false (g_file_test (fixture->path, G_FILE_TEST_EXISTS));
}

static void
test_changes_are_kept (Fixture *fixture,
                       gconstpointer user_data)
{
  g_autoptr (MmpDeviceStore) store = open_store (fixture);
  g_autoptr (MmpDeviceStore) again = NULL;
  g_autoptr (GPtrArray) devices = NULL;
  g_autoptr (GError) error = NULL;
  const MmpDevice *device;
  GStatBuf info;

  g_signal_connect_swapped (store, "changed", G_CALLBACK (on_changed), fixture);
  trust (store, &fixture->key, "Büro \\n; [x]");
  g_assert_cmpint (mmp_device_store_get_standing (store, &fixture->key), ==, MMP_STANDING_TRUSTED);
  mmp_device_store_block (store, &fixture->other, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpint (mmp_device_store_get_standing (store, &fixture->other), ==, MMP_STANDING_BLOCKED);
  g_assert_cmpuint (fixture->n_changes, ==, 2);

  g_assert_no_errno (g_stat (fixture->path, &info));
  g_assert_cmpint (info.st_mode & 07777, ==, 0600);

  again = open_store (fixture);
  devices = mmp_device_store_list (again);
  g_assert_cmpuint (devices->len, ==, 2);
  device = g_ptr_array_index (devices, 0);
  g_assert_cmpstr (device->name, ==, "");
  g_assert_cmpint (device->standing, ==, MMP_STANDING_BLOCKED);
  device = g_ptr_array_index (devices, 1);
  g_assert_cmpstr (device->name, ==, "Büro \\n; [x]");
  g_assert_true (mmp_public_key_equal (&device->key, &fixture->key));
  g_assert_cmpint (device->added, >, 1600000000);
}

static void
test_name_stays_when_none_is_given (Fixture *fixture,
                                    gconstpointer user_data)
{
  g_autoptr (MmpDeviceStore) store = open_store (fixture);
  g_autoptr (GPtrArray) devices = NULL;
  const MmpDevice *device;

  trust (store, &fixture->key, "Workshop");
  g_assert_true (mmp_device_store_block (store, &fixture->key, "", NULL));
  trust (store, &fixture->key, NULL);
  devices = mmp_device_store_list (store);
  device = g_ptr_array_index (devices, 0);
  g_assert_cmpstr (device->name, ==, "Workshop");
  g_assert_cmpint (device->standing, ==, MMP_STANDING_TRUSTED);
}

static void
test_removed_devices_are_unknown (Fixture *fixture,
                                  gconstpointer user_data)
{
  g_autoptr (MmpDeviceStore) store = open_store (fixture);
  g_autoptr (GError) error = NULL;

  trust (store, &fixture->key, "Workshop");
  g_assert_true (mmp_device_store_remove (store, &fixture->key, &error));
  g_assert_no_error (error);
  g_assert_cmpint (mmp_device_store_get_standing (store, &fixture->key), ==, MMP_STANDING_UNKNOWN);
  g_assert_true (mmp_device_store_remove (store, &fixture->key, &error));
  g_assert_no_error (error);
}

static void
test_names_of_more_than_a_line_are_refused (Fixture *fixture,
                                            gconstpointer user_data)
{
  static const char *const names[] = { "a\nb", "a\x1b[31m", "a\xff", "01234567890123456789012345678901234567890123456789012345678901234" };
  g_autoptr (MmpDeviceStore) store = open_store (fixture);

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_false (mmp_device_store_trust (store, &fixture->key, names[i], &error));
      g_assert_error (error, MMP_ERROR, MMP_ERROR_LIMIT);
    }
  g_assert_cmpint (mmp_device_store_get_standing (store, &fixture->key), ==, MMP_STANDING_UNKNOWN);
}

/* `mmp trust` is another process; here it is another store. */
static void
test_changes_of_others_are_seen (Fixture *fixture,
                                 gconstpointer user_data)
{
  g_autoptr (MmpDeviceStore) here = open_store (fixture);
  g_autoptr (MmpDeviceStore) there = open_store (fixture);

  g_signal_connect_swapped (here, "changed", G_CALLBACK (on_changed), fixture);
  trust (there, &fixture->key, "Workshop");
  mmp_test_await (mmp_device_store_get_standing (here, &fixture->key) == MMP_STANDING_TRUSTED);
  g_assert_true (mmp_device_store_block (there, &fixture->key, NULL, NULL));
  mmp_test_await (mmp_device_store_get_standing (here, &fixture->key) == MMP_STANDING_BLOCKED);
  g_assert_no_errno (g_remove (fixture->path));
  mmp_test_await (mmp_device_store_get_standing (here, &fixture->key) == MMP_STANDING_UNKNOWN);
  g_assert_cmpuint (fixture->n_changes, ==, 3);
}

static void
test_changes_of_others_are_not_undone (Fixture *fixture,
                                       gconstpointer user_data)
{
  g_autoptr (MmpDeviceStore) here = open_store (fixture);
  g_autoptr (MmpDeviceStore) there = open_store (fixture);

  /* Neither has heard of what the other did: no main loop runs here. */
  trust (here, &fixture->key, "Workshop");
  trust (there, &fixture->other, "Kitchen");
  g_assert_cmpint (mmp_device_store_get_standing (there, &fixture->key), ==, MMP_STANDING_TRUSTED);
}

static void
test_unknown_things_are_kept (Fixture *fixture,
                              gconstpointer user_data)
{
  g_autoptr (MmpDeviceStore) store = NULL;
  g_autofree char *text = NULL;

  write_file (fixture, "# mine\n[Devices]\nVersion=1\nColour=blue\n\n[" KEY "]\n# the one by the door\nStanding=trusted\nIcon=lamp\nName[de]=Lampe\n");
  store = open_store (fixture);
  trust (store, &fixture->key, "Lamp");
  trust (store, &fixture->other, "Kitchen");
  g_assert_true (g_file_get_contents (fixture->path, &text, NULL, NULL));
  g_assert_true (g_str_has_prefix (text, "# mine\n[Devices]\nVersion=1\nColour=blue\n"));
  g_assert_nonnull (strstr (text, "\n# the one by the door\nStanding=trusted\nIcon=lamp\nName[de]=Lampe\nName=Lamp\n"));
  g_assert_nonnull (strstr (text, "\n[" OTHER "]\n"));
}

static void
test_broken_files_are_not_touched (Fixture *fixture,
                                   gconstpointer user_data)
{
  static const char *const texts[] = {
    "",
    "hello",
    "[Devices]\n",
    "[Devices]\nVersion=2\n",
    "[Devices]\nVersion=x\n",
    "[Devices\nVersion=1\n",
    "Version=1\n",
    "[Devices]\nVersion=1\n[" KEY "]\n",
    "[Devices]\nVersion=1\n[" KEY "]\nStanding=friend\n",
    "[Devices]\nVersion=1\n[" KEY "====]\nStanding=trusted\n",
    "[Devices]\nVersion=1\n[RVC4]\nStanding=trusted\n",
    "[Devices]\nVersion=1\n[AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA]\nStanding=trusted\n",
    "[Devices]\nVersion=1\nName=\xff\n",
  };
  g_autoptr (MmpDeviceStore) running = open_store (fixture);

  trust (running, &fixture->key, "Workshop");
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;

      mmp_test_case (texts[i]);
      write_file (fixture, texts[i]);
      g_assert_null (mmp_device_store_new (fixture->directory, &error));
      g_assert_error (error, MMP_ERROR, MMP_ERROR_FILE_INVALID);
      g_assert_nonnull (strstr (error->message, fixture->path));

      /* Who runs already goes on with what it knows, and does not save it over the file. */
      g_clear_error (&error);
      g_assert_false (mmp_device_store_trust (running, &fixture->other, "Kitchen", &error));
      g_assert_error (error, MMP_ERROR, MMP_ERROR_FILE_INVALID);
      g_assert_nonnull (strstr (error->message, fixture->path));
      g_assert_cmpint (mmp_device_store_get_standing (running, &fixture->key), ==, MMP_STANDING_TRUSTED);
      assert_file (fixture, texts[i]);
    }
}

static void
test_odd_files_are_refused (Fixture *fixture,
                            gconstpointer user_data)
{
  g_autofree char *huge = g_strnfill (3 * 1024 * 1024, '#');
  g_autoptr (GError) error = NULL;

  write_file (fixture, huge);
  g_assert_null (mmp_device_store_new (fixture->directory, &error));
  g_assert_error (error, MMP_ERROR, MMP_ERROR_FILE_INVALID);

  g_clear_error (&error);
  write_file (fixture, "[Devices]\nVersion=1\n");
  g_assert_no_errno (g_chmod (fixture->path, 0666));
  g_assert_null (mmp_device_store_new (fixture->directory, &error));
  g_assert_error (error, MMP_ERROR, MMP_ERROR_FILE_INVALID);

  g_clear_error (&error);
  g_assert_no_errno (g_remove (fixture->path));
  g_assert_no_errno (mkfifo (fixture->path, 0600));
  g_assert_null (mmp_device_store_new (fixture->directory, &error));
  g_assert_error (error, MMP_ERROR, MMP_ERROR_FILE_INVALID);
}

static void
test_list_is_limited (Fixture *fixture,
                      gconstpointer user_data)
{
  g_autoptr (MmpDeviceStore) store = NULL;
  g_autoptr (GString) text = g_string_new ("[Devices]\nVersion=1\n");
  g_autoptr (GError) error = NULL;

  for (guint i = 0; i < MMP_DEVICES_MAX; i++)
    {
      MmpPublicKey key = { { 9, (guint8) i, (guint8) (i >> 8), 1 } };
      g_autofree char *name = mmp_public_key_to_short_text (&key);

      g_string_append_printf (text, "[%s]\nStanding=trusted\n", name);
    }
  write_file (fixture, text->str);
  store = open_store (fixture);
  g_assert_false (mmp_device_store_trust (store, &fixture->key, NULL, &error));
  g_assert_error (error, MMP_ERROR, MMP_ERROR_LIMIT);
  assert_file (fixture, text->str);

  g_clear_error (&error);
  g_string_append (text, "[" KEY "]\nStanding=trusted\n");
  write_file (fixture, text->str);
  g_assert_null (mmp_device_store_new (fixture->directory, &error));
  g_assert_error (error, MMP_ERROR, MMP_ERROR_FILE_INVALID);
}

static gpointer
add_devices (gpointer data)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  const char *directory = data;
  g_autoptr (MmpDeviceStore) store = NULL;

  g_main_context_push_thread_default (context);
  store = mmp_device_store_new (directory, NULL);
  for (guint i = 0; i < 16; i++)
    {
      MmpPublicKey key = { { 9, (guint8) i } };

      mmp_crypto_random (key.bytes + 2, 16);
      trust (store, &key, "racer");
    }
  g_clear_object (&store);
  g_main_context_pop_thread_default (context);

  return NULL;
}

static void
test_racing_stores_lose_nothing (Fixture *fixture,
                                 gconstpointer user_data)
{
  GThread *threads[4];
  g_autoptr (MmpDeviceStore) store = NULL;
  g_autoptr (GPtrArray) devices = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("racer", add_devices, fixture->directory);
  for (gsize i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
  store = open_store (fixture);
  devices = mmp_device_store_list (store);
  g_assert_cmpuint (devices->len, ==, 16 * G_N_ELEMENTS (threads));
}

static gpointer
hold_lock (gpointer data)
{
  int fd = GPOINTER_TO_INT (data);

  g_usleep (50 * 1000);
  close (fd);

  return NULL;
}

/* A change waits for whoever writes at the moment. */
static void
test_lock_is_waited_for (Fixture *fixture,
                         gconstpointer user_data)
{
  g_autoptr (MmpDeviceStore) store = open_store (fixture);
  g_autofree char *path = g_strconcat (fixture->path, ".lock", NULL);
  int fd = g_open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  GThread *thread;

  g_assert_no_errno (flock (fd, LOCK_EX));
  thread = g_thread_new ("holder", hold_lock, GINT_TO_POINTER (fd));
  trust (store, &fixture->key, NULL);
  g_thread_join (thread);
}

static void
assert_times (Fixture *fixture,
              gint64 trusted,
              gint64 seen)
{
  g_autoptr (MmpDeviceStore) store = open_store (fixture);
  g_autoptr (MmpDevice) device = mmp_device_store_find (store, &fixture->key);

  g_assert_nonnull (device);
  g_assert_cmpint (device->trusted, ==, trusted);
  g_assert_cmpint (device->seen, ==, seen);
}

static void
test_times_are_read_with_care (Fixture *fixture,
                               gconstpointer user_data)
{
  static const struct
  {
    const char *text;
    gint64 trusted;
    gint64 seen;
  } cases[] = {
    /* as older programs wrote it */
    { "Standing=trusted\n", 0, 0 },
    { "Standing=trusted\nAdded=2026-11-23T09:00:00Z\n", 1795424400, 0 },
    { "Standing=blocked\nAdded=2026-11-23T09:00:00Z\n", 0, 0 },
    { "Standing=blocked\nAdded=2026-11-23T09:00:00Z\nTrusted=2026-11-23T10:00:00+01:00\n", 1795424400, 0 },
    { "Standing=trusted\nTrusted=2026-11-23T09:00:00Z\nLastSeen=2026-11-23T09:00:07Z\n", 1795424400, 1795424407 },
    /* wrong is unknown, and nobody is locked out by it */
    { "Standing=trusted\nTrusted=yesterday\nLastSeen=\n", 0, 0 },
    { "Standing=trusted\nTrusted=1969-12-31T23:59:59Z\nLastSeen=0001-01-01T00:00:00Z\n", 0, 0 },
    { "Standing=trusted\nTrusted=99999-01-01T00:00:00Z\nLastSeen=2026-02-30T00:00:00Z\n", 0, 0 },
    { "Standing=trusted\nTrusted=2026-11-23T09:00:00\nLastSeen=1795424407\n", 0, 0 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = g_strdup_printf ("[Devices]\nVersion=1\n[" KEY "]\n%s", cases[i].text);

      mmp_test_case (cases[i].text);
      write_file (fixture, text);
      assert_times (fixture, cases[i].trusted, cases[i].seen);
    }
}

static void
test_first_trust_stays (Fixture *fixture,
                        gconstpointer user_data)
{
  g_autoptr (MmpDeviceStore) store = NULL;
  g_autoptr (MmpDevice) device = NULL;

  /* What an older program says of it is kept when it is blocked. */
  write_file (fixture, "[Devices]\nVersion=1\n[" KEY "]\nStanding=trusted\nAdded=2026-11-23T09:00:00Z\n");
  store = open_store (fixture);
  g_assert_true (mmp_device_store_block (store, &fixture->key, NULL, NULL));
  assert_times (fixture, 1795424400, 0);
  trust (store, &fixture->key, "Workshop");
  assert_times (fixture, 1795424400, 0);

  /* Since when an old list trusts somebody is not made up. */
  write_file (fixture, "[Devices]\nVersion=1\n[" KEY "]\nStanding=trusted\n");
  trust (store, &fixture->key, "Workshop");
  assert_times (fixture, 0, 0);

  /* Who was blocked first is trusted from now on. */
  g_assert_true (mmp_device_store_block (store, &fixture->other, NULL, NULL));
  trust (store, &fixture->other, NULL);
  g_assert_true (mmp_device_store_remove (store, &fixture->key, NULL));
  device = mmp_device_store_find (store, &fixture->other);
  g_assert_cmpint (device->trusted, >=, device->added);
  g_assert_cmpint (device->trusted, >, 1600000000);
}

static void
test_names_change_nothing_else (Fixture *fixture,
                                gconstpointer user_data)
{
  g_autoptr (MmpDeviceStore) store = open_store (fixture);
  g_autoptr (MmpDeviceStore) other = open_store (fixture);
  g_autoptr (MmpDevice) device = NULL;
  g_autoptr (GError) error = NULL;

  trust (store, &fixture->key, "Workshop");
  g_assert_true (mmp_device_store_rename (store, &fixture->key, "Attic", &error));
  device = mmp_device_store_find (store, &fixture->key);
  g_assert_cmpstr (device->name, ==, "Attic");
  g_assert_cmpint (device->standing, ==, MMP_STANDING_TRUSTED);

  /* Another process blocks it, and no main loop ran since. */
  g_assert_true (mmp_device_store_block (other, &fixture->key, NULL, NULL));
  g_assert_true (mmp_device_store_rename (store, &fixture->key, "Cellar", &error));
  g_assert_cmpint (mmp_device_store_get_standing (store, &fixture->key), ==, MMP_STANDING_BLOCKED);
  g_assert_true (mmp_device_store_remove (other, &fixture->key, NULL));
  g_assert_true (mmp_device_store_rename (store, &fixture->key, "Garden", &error));
  g_assert_cmpint (mmp_device_store_get_standing (store, &fixture->key), ==, MMP_STANDING_UNKNOWN);
  g_assert_false (mmp_device_store_rename (store, &fixture->key, "a\nb", &error));
  g_assert_error (error, MMP_ERROR, MMP_ERROR_LIMIT);
}

static void
test_removal_is_taken_back_whole (Fixture *fixture,
                                  gconstpointer user_data)
{
  static const char text[] = "[Devices]\nVersion=1\n\n[" KEY "]\nAdded=2026-11-23T09:00:00Z\nStanding=trusted\nName=Workshop\nTrusted=2026-11-23T09:00:01Z\nLastSeen=2026-11-24T09:00:00Z\n";
  g_autoptr (MmpDeviceStore) store = NULL;
  g_autoptr (MmpDevice) device = NULL;
  g_autoptr (GError) error = NULL;

  write_file (fixture, text);
  store = open_store (fixture);
  device = mmp_device_store_find (store, &fixture->key);
  g_assert_true (mmp_device_store_remove (store, &fixture->key, NULL));
  g_assert_null (mmp_device_store_find (store, &fixture->key));
  g_assert_true (mmp_device_store_restore (store, device, &error));
  g_assert_no_error (error);
  assert_file (fixture, text);
}

static void
test_store_dies (Fixture *fixture,
                 gconstpointer user_data)
{
  mmp_test_await_finalize (open_store (fixture));
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define ADD(path, test) g_test_add ("/device-store/" path, Fixture, NULL, set_up, test, tear_down)
  ADD ("empty-list-knows-nobody", test_empty_list_knows_nobody);
  ADD ("changes-are-kept", test_changes_are_kept);
  ADD ("name-stays-when-none-is-given", test_name_stays_when_none_is_given);
  ADD ("removed-devices-are-unknown", test_removed_devices_are_unknown);
  ADD ("names-of-more-than-a-line-are-refused", test_names_of_more_than_a_line_are_refused);
  ADD ("changes-of-others-are-seen", test_changes_of_others_are_seen);
  ADD ("changes-of-others-are-not-undone", test_changes_of_others_are_not_undone);
  ADD ("unknown-things-are-kept", test_unknown_things_are_kept);
  ADD ("broken-files-are-not-touched", test_broken_files_are_not_touched);
  ADD ("odd-files-are-refused", test_odd_files_are_refused);
  ADD ("list-is-limited", test_list_is_limited);
  ADD ("racing-stores-lose-nothing", test_racing_stores_lose_nothing);
  ADD ("lock-is-waited-for", test_lock_is_waited_for);
  ADD ("times-are-read-with-care", test_times_are_read_with_care);
  ADD ("first-trust-stays", test_first_trust_stays);
  ADD ("names-change-nothing-else", test_names_change_nothing_else);
  ADD ("removal-is-taken-back-whole", test_removal_is_taken_back_whole);
  ADD ("store-dies", test_store_dies);

  return g_test_run ();
}
