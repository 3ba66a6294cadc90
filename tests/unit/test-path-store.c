/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "profile/mmp-path-store.h"
#include "profile/mmp-path-store-private.h"

#include <glib/gstdio.h>
#include <sys/stat.h>

#include "mmp-test.h"

#define KEY "RVC45WSASZAGKAJZT24NC3GTCEENN7FCZO3QC7Z5S2ZSQOL22UXQ"
#define OTHER "GWAHFVRWLCANDLXKGKNN7EJBHA4FD3JBUKHDW5PJMXINFTIWMJKA"
#define HEAD "[Paths]\nVersion=1\n"
#define NOW 1795737600 /* 2026-11-27T00:00:00Z */

typedef struct
{
  char *directory;
  char *path;
  MmpPathStore *store;
  MmpPublicKey key;
  MmpPublicKey other;
} Fixture;

static MmpPathStore *
open_store (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  MmpPathStore *store = mmp_path_store_new (fixture->directory, &error);

  g_assert_no_error (error);

  return store;
}

static void
set_up (Fixture *fixture,
        gconstpointer user_data)
{
  fixture->directory = mmp_test_directory ();
  fixture->path = g_build_filename (fixture->directory, "paths.ini", NULL);
  fixture->store = open_store (fixture);
  g_assert_true (mmp_public_key_from_text (KEY, &fixture->key, NULL));
  g_assert_true (mmp_public_key_from_text (OTHER, &fixture->other, NULL));
}

static void
tear_down (Fixture *fixture,
           gconstpointer user_data)
{
  mmp_path_store_free (fixture->store);
  mmp_test_directory_free (fixture->directory);
  g_free (fixture->path);
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
test_what_helped_outlives_the_program (Fixture *fixture,
                                       gconstpointer user_data)
{
  g_autoptr (MmpPathStore) again = NULL;
  struct stat info;

  g_assert_false (mmp_path_store_needs_turn (fixture->store, &fixture->key, NOW));
  mmp_path_store_set_turn (fixture->store, &fixture->key, TRUE, NOW);
  assert_file (fixture, HEAD "\n[" KEY "]\nTurnSince=2026-11-27T00:00:00Z\n");
  g_assert_no_errno (stat (fixture->path, &info));
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);

  again = open_store (fixture);
  g_assert_true (mmp_path_store_needs_turn (again, &fixture->key, NOW + 5));
  g_assert_false (mmp_path_store_needs_turn (again, &fixture->other, NOW + 5));
}

static void
test_a_direct_path_ends_it (Fixture *fixture,
                            gconstpointer user_data)
{
  mmp_path_store_set_turn (fixture->store, &fixture->key, TRUE, NOW);
  mmp_path_store_set_turn (fixture->store, &fixture->other, TRUE, NOW);
  mmp_path_store_set_turn (fixture->store, &fixture->key, FALSE, NOW + 5);
  g_assert_false (mmp_path_store_needs_turn (fixture->store, &fixture->key, NOW + 5));
  g_assert_true (mmp_path_store_needs_turn (fixture->store, &fixture->other, NOW + 5));
}

/* Otherwise one evening behind a bad network would be paid for ever: TURN that is asked at once is used. */
static void
test_a_day_ends_it_however_often_it_helped (Fixture *fixture,
                                            gconstpointer user_data)
{
  mmp_path_store_set_turn (fixture->store, &fixture->key, TRUE, NOW);
  mmp_path_store_set_turn (fixture->store, &fixture->key, TRUE, NOW + MMP_PATHS_SECONDS - 1);
  g_assert_true (mmp_path_store_needs_turn (fixture->store, &fixture->key, NOW + MMP_PATHS_SECONDS - 1));
  g_assert_false (mmp_path_store_needs_turn (fixture->store, &fixture->key, NOW + MMP_PATHS_SECONDS));
  mmp_path_store_set_turn (fixture->store, &fixture->key, TRUE, NOW + MMP_PATHS_SECONDS);
  g_assert_true (mmp_path_store_needs_turn (fixture->store, &fixture->key, NOW + MMP_PATHS_SECONDS));
}

static void
test_nothing_is_written_that_is_known (Fixture *fixture,
                                       gconstpointer user_data)
{
  mmp_path_store_set_turn (fixture->store, &fixture->key, FALSE, NOW);
  g_assert_false (g_file_test (fixture->path, G_FILE_TEST_EXISTS));
}

static void
test_the_oldest_goes_where_there_is_no_room (Fixture *fixture,
                                             gconstpointer user_data)
{
  for (guint i = 0; i < MMP_PATHS_MAX + 10; i++)
    {
      const MmpPublicKey key = { .bytes = { (guint8) (i + 1) } };

      mmp_path_store_set_turn (fixture->store, &key, TRUE, NOW + i);
    }
  for (guint i = 0; i < MMP_PATHS_MAX + 10; i++)
    {
      const MmpPublicKey key = { .bytes = { (guint8) (i + 1) } };

      g_assert_cmpint (mmp_path_store_needs_turn (fixture->store, &key, NOW + 100), ==, i >= 10);
    }
}

static void
test_wrong_groups_count_for_nothing_and_go (Fixture *fixture,
                                            gconstpointer user_data)
{
  const char *const wrong[] = {
    "[nobody]\nTurnSince=2026-11-27T00:00:00Z\n",
    "[" KEY "====]\nTurnSince=2026-11-27T00:00:00Z\n",
    "[" KEY "]\n",
    "[" KEY "]\nTurnSince=\n",
    "[" KEY "]\nTurnSince=yesterday\n",
    "[" KEY "]\nTurnSince=2026-11-27T00:00:01Z\n", /* in the future */
    "[" KEY "]\nTurnSince=2026-11-26T00:00:00Z\n", /* too old */
    "[" KEY "]\nTurnSince=0001-01-01T00:00:00Z\n",
    "[" KEY "]\nTurnSince=9999-12-31T23:59:59Z\n",
  };

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autofree char *text = g_strconcat (HEAD "\n", wrong[i], NULL);

      write_file (fixture, text);
      g_assert_false (mmp_path_store_needs_turn (fixture->store, &fixture->key, NOW));
      mmp_path_store_set_turn (fixture->store, &fixture->other, TRUE, NOW);
      assert_file (fixture, HEAD "\n[" OTHER "]\nTurnSince=2026-11-27T00:00:00Z\n");
    }
}

static void
test_a_broken_file_is_left_as_it_is (Fixture *fixture,
                                     gconstpointer user_data)
{
  const char *const broken[] = { "nonsense", "[Paths]\nVersion=2\n", "\xff\xfe" };

  for (guint i = 0; i < G_N_ELEMENTS (broken); i++)
    {
      write_file (fixture, broken[i]);
      mmp_path_store_set_turn (fixture->store, &fixture->key, TRUE, NOW);
      g_assert_false (mmp_path_store_needs_turn (fixture->store, &fixture->key, NOW));
      assert_file (fixture, broken[i]);
    }
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define ADD(path, test) g_test_add ("/path-store/" path, Fixture, NULL, set_up, test, tear_down)
  ADD ("what-helped-outlives-the-program", test_what_helped_outlives_the_program);
  ADD ("a-direct-path-ends-it", test_a_direct_path_ends_it);
  ADD ("a-day-ends-it-however-often-it-helped", test_a_day_ends_it_however_often_it_helped);
  ADD ("nothing-is-written-that-is-known", test_nothing_is_written_that_is_known);
  ADD ("the-oldest-goes-where-there-is-no-room", test_the_oldest_goes_where_there_is_no_room);
  ADD ("wrong-groups-count-for-nothing-and-go", test_wrong_groups_count_for_nothing_and_go);
  ADD ("a-broken-file-is-left-as-it-is", test_a_broken_file_is_left_as_it_is);

  return g_test_run ();
}
