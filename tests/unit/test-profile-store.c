/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "profile/mmp-profile-store.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mmp-error.h"
#include "mmp-test.h"

#define UUID "6a2f41a3-c54c-4f63-8c1a-0d8f4f8f2f1e"
#define OTHER "1b2f41a3-c54c-4f63-8c1a-0d8f4f8f2f1e"
#define KEY "RVC45WSASZAGKAJZT24NC3GTCEENN7FCZO3QC7Z5S2ZSQOL22UXQ"

typedef struct
{
  char *directory;
  MmpProfileStore *store;
  guint n_added;
  guint n_changed;
  guint n_removed;
} Fixture;

static void
count (MmpProfileStore *store,
       const char *id,
       guint *counter)
{
  (*counter)++;
}

static MmpProfileStore *
open_store (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;
  MmpProfileStore *store = mmp_profile_store_new (fixture->directory, &error);

  g_assert_no_error (error);

  return store;
}

static void
set_up (Fixture *fixture,
        gconstpointer user_data)
{
  fixture->directory = mmp_test_directory ();
  fixture->store = open_store (fixture);
  g_signal_connect (fixture->store, "added", G_CALLBACK (count), &fixture->n_added);
  g_signal_connect (fixture->store, "changed", G_CALLBACK (count), &fixture->n_changed);
  g_signal_connect (fixture->store, "removed", G_CALLBACK (count), &fixture->n_removed);
}

static void
tear_down (Fixture *fixture,
           gconstpointer user_data)
{
  mmp_test_await_finalize (fixture->store);
  mmp_test_directory_free (fixture->directory);
}

static MmpProfile *
make_profile (const char *name)
{
  MmpProfile *profile = mmp_profile_new (MMP_PROFILE_LISTENER);

  g_set_str (&profile->name, name);
  g_set_str (&profile->key_pair, UUID);
  g_set_str (&profile->broker, OTHER);
  mmp_profile_add_service (profile, "default", "localhost", 1883);

  return profile;
}

static void
save (MmpProfileStore *store,
      MmpProfile *profile)
{
  g_autoptr (GError) error = NULL;

  mmp_profile_store_save (store, profile, &error);
  g_assert_no_error (error);
}

static void
test_everything_is_kept (Fixture *fixture,
                         gconstpointer user_data)
{
  g_autoptr (MmpProfile) profile = make_profile ("Büro \\n; [x]");
  g_autoptr (MmpProfileStore) again = NULL;
  g_autofree char *path = NULL;
  const MmpProfile *found;
  const MmpProfilePort *port;
  GStatBuf info;

  profile->kind = MMP_PROFILE_INITIATOR;
  profile->has_device = mmp_public_key_from_text (KEY, &profile->device, NULL);
  profile->access = MMP_PROFILE_ACCESS_ANYONE;
  profile->path = MMP_PROFILE_PATH_DIRECT;
  profile->relay = MMP_PROFILE_RELAY_NEVER;
  profile->autostart = TRUE;
  profile->hold = 7;
  g_set_str (&profile->stun, "");
  g_set_str (&profile->turn_user, "me");
  g_set_str (&profile->turn_ca_file, "/ca.pem");
  g_assert_true (mmp_profile_set_turn (profile, " turn:[::1]:3478, turns:turn.example.org?transport=tcp ", NULL));
  g_assert_false (mmp_profile_set_turn (profile, "turn:me:secret@turn.example.org", NULL));
  g_assert_true (mmp_profile_set_classic_devices (profile, KEY, NULL));
  g_assert_false (mmp_profile_set_classic_devices (profile, KEY " x", NULL));
  mmp_profile_add_forward (profile, "127.0.0.1", 0, "web");
  mmp_profile_add_forward (profile, "::1", 8080, "web");
  save (fixture->store, profile);
  g_assert_cmpuint (fixture->n_added, ==, 1);

  path = mmp_profile_store_get_path (fixture->store, profile->id);
  g_assert_no_errno (g_stat (path, &info));
  g_assert_cmpint (info.st_mode & 07777, ==, 0600);
  again = open_store (fixture);
  found = mmp_profile_store_get (again, profile->id, NULL);
  g_assert_nonnull (found);
  g_assert_cmpstr (found->name, ==, "Büro \\n; [x]");
  g_assert_cmpint (found->kind, ==, MMP_PROFILE_INITIATOR);
  g_assert_cmpint (found->access, ==, MMP_PROFILE_ACCESS_ANYONE);
  g_assert_cmpint (found->path, ==, MMP_PROFILE_PATH_DIRECT);
  g_assert_true (found->autostart && found->has_device);
  g_assert_true (mmp_public_key_equal (&found->device, &profile->device));
  g_assert_cmpint (found->relay, ==, MMP_PROFILE_RELAY_NEVER);
  g_assert_cmpstr (found->stun, ==, "");
  g_assert_cmpuint (found->hold, ==, 7);
  g_assert_cmpuint (g_strv_length (found->turn), ==, 2);
  g_assert_cmpstr (found->turn[0], ==, "turn:[::1]:3478");
  g_assert_cmpstr (found->turn[1], ==, "turns:turn.example.org?transport=tcp");
  g_assert_cmpstr (found->turn_user, ==, "me");
  g_assert_cmpstr (found->turn_ca_file, ==, "/ca.pem");
  g_assert_cmpstr (found->classic_devices[0], ==, KEY);
  g_assert_false (found->classic);
  g_assert_cmpuint (found->services->len, ==, 1);
  g_assert_cmpuint (found->forwards->len, ==, 2);
  port = g_ptr_array_index (found->forwards, 1);
  g_assert_cmpstr (port->address, ==, "::1");
  g_assert_cmpuint (port->port, ==, 8080);
}

static void
test_unknown_things_are_kept (Fixture *fixture,
                              gconstpointer user_data)
{
  g_autoptr (MmpProfile) profile = make_profile ("Office");
  g_autoptr (MmpProfile) changed = NULL;
  g_autofree char *path = NULL;
  g_autofree char *text = NULL;
  g_autofree char *more = NULL;
  g_autofree char *after = NULL;

  save (fixture->store, profile);
  path = mmp_profile_store_get_path (fixture->store, profile->id);
  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  more = g_strconcat ("# mine\n", text, "Colour=blue\n\n[Later]\nA=b\n", NULL);
  g_assert_true (g_file_set_contents (path, more, -1, NULL));

  changed = mmp_profile_copy (profile);
  g_set_str (&changed->name, "Attic");
  save (fixture->store, changed);
  g_assert_true (g_file_get_contents (path, &after, NULL, NULL));
  g_assert_true (g_str_has_prefix (after, "# mine\n"));
  g_assert_nonnull (strstr (after, "Colour=blue"));
  g_assert_nonnull (strstr (after, "[Later]\nA=b"));
  g_assert_nonnull (strstr (after, "Name=Attic"));
}

static void
test_broken_files_are_shown_and_not_touched (Fixture *fixture,
                                             gconstpointer user_data)
{
  static const char *const texts[] = {
    "",
    "hello",
    "[Profile]\nVersion=2\nKind=listener\n",
    "[Profile]\nVersion=1\n",
    "[Profile]\nVersion=1\nKind=robot\n",
    "[Profile]\nVersion=1\nKind=listener\nName=a\n",
    "[Profile]\nVersion=1\nKind=listener\nName=a\nKeyPair=" UUID "\nBroker=" UUID "\n",
    "[Profile]\nVersion=1\nKind=listener\nName=a\nKeyPair=../x\nBroker=" UUID "\n[Service 1]\nName=d\nAddress=h\nPort=1\n",
    "[Profile]\nVersion=1\nKind=listener\nName=a\nKeyPair=" UUID "\nBroker=" UUID "\n[Service 1]\nName=d\nAddress=h\nPort=0\n",
    "[Profile]\nVersion=1\nKind=initiator\nName=a\nKeyPair=" UUID "\nBroker=" UUID "\n[Forward 1]\nName=d\nAddress=h\nPort=1\n",
    "[Profile]\nVersion=1\nKind=listener\nName=a\nKeyPair=" UUID "\nBroker=" UUID "\nTurn=turn:h\n[Service 1]\nName=d\nAddress=h\nPort=1\n",
    "[Profile]\nVersion=1\nKind=listener\nName=a\nKeyPair=" UUID "\nBroker=" UUID "\nTurn=stun:h\nTurnUser=u\n[Service 1]\nName=d\nAddress=h\nPort=1\n",
    "[Profile]\nVersion=1\nKind=listener\nName=a\nKeyPair=" UUID "\nBroker=" UUID "\nTurn=turn:u:secret@h\nTurnUser=u\n[Service 1]\nName=d\nAddress=h\nPort=1\n",
    "[Profile]\nVersion=1\nKind=listener\nName=a\nKeyPair=" UUID "\nBroker=" UUID "\nTurn=turn:\nTurnUser=u\n[Service 1]\nName=d\nAddress=h\nPort=1\n",
    "[Profile]\nVersion=1\nKind=listener\nName=a\nKeyPair=" UUID "\nBroker=" UUID "\nTurn=turn:a;turn:b;turn:c;turn:d;turn:e\nTurnUser=u\n[Service 1]\nName=d\nAddress=h\nPort=1\n",
    "[Profile]\nVersion=1\nKind=listener\nName=a\nKeyPair=" UUID "\nBroker=" UUID "\nClassicDevices=AAAA\n[Service 1]\nName=d\nAddress=h\nPort=1\n",
    "[Profile]\nVersion=1\nKind=listener\nName=a\nKeyPair=" UUID "\nBroker=" UUID "\nClassic=true\n[Forward 1]\nName=d\nAddress=h\nPort=1\n[Service 1]\nName=d\nAddress=h\nPort=1\n",
    "[Profile]\nVersion=1\nKind=initiator\nName=a\nDevice=AAAA\nKeyPair=" UUID "\nBroker=" UUID "\n[Forward 1]\nName=d\nAddress=h\nPort=1\n",
  };
  g_autofree char *path = mmp_profile_store_get_path (fixture->store, UUID);
  g_autoptr (MmpProfile) profile = make_profile ("Office");

  g_set_str (&profile->id, UUID);
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (MmpProfileStore) store = NULL;
      g_autoptr (GError) error = NULL;
      g_autofree char *after = NULL;
      const GError *broken;

      g_test_message ("%s", texts[i]);
      g_assert_true (g_file_set_contents (path, texts[i], -1, NULL));
      store = open_store (fixture);
      g_assert_null (mmp_profile_store_get (store, UUID, &broken));
      g_assert_error (broken, MMP_ERROR, MMP_ERROR_FILE_INVALID);
      g_assert_nonnull (strstr (broken->message, path));
      if (i == 3) /* a file of ours that says nothing yet is one that may be written */
        continue;
      g_assert_false (mmp_profile_store_save (store, profile, &error));
      g_assert_error (error, MMP_ERROR, MMP_ERROR_FILE_INVALID);
      g_assert_true (g_file_get_contents (path, &after, NULL, NULL));
      g_assert_cmpstr (after, ==, texts[i]);
    }
}

static void
test_incomplete_profiles_are_not_saved (Fixture *fixture,
                                        gconstpointer user_data)
{
  g_autoptr (MmpProfile) profile = make_profile ("");
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) ids = NULL;

  g_assert_false (mmp_profile_store_save (fixture->store, profile, &error));
  g_assert_error (error, MMP_ERROR, MMP_ERROR_FILE_INVALID);
  g_set_str (&profile->name, "two\nlines");
  g_assert_false (mmp_profile_store_save (fixture->store, profile, NULL));
  ids = mmp_profile_store_list (fixture->store);
  g_assert_null (ids[0]);
}

static void
test_changes_of_others_are_seen (Fixture *fixture,
                                 gconstpointer user_data)
{
  g_autoptr (MmpProfileStore) there = open_store (fixture);
  g_autoptr (MmpProfile) profile = make_profile ("Office");

  save (there, profile);
  mmp_test_await (fixture->n_added == 1);
  g_set_str (&profile->name, "Attic");
  save (there, profile);
  mmp_test_await (fixture->n_changed == 1);
  g_assert_cmpstr (mmp_profile_store_get (fixture->store, profile->id, NULL)->name, ==, "Attic");
  g_assert_true (mmp_profile_store_remove (there, profile->id, NULL));
  mmp_test_await (fixture->n_removed == 1);
  g_assert_null (mmp_profile_store_get (fixture->store, profile->id, NULL));
}

static void
test_removed_ones_come_back_as_they_were (Fixture *fixture,
                                          gconstpointer user_data)
{
  g_autoptr (MmpProfile) profile = make_profile ("Office");
  g_autofree char *path = NULL;
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;

  save (fixture->store, profile);
  path = mmp_profile_store_get_path (fixture->store, profile->id);
  g_assert_true (g_file_get_contents (path, &before, NULL, NULL));
  g_assert_true (mmp_profile_store_remove (fixture->store, profile->id, NULL));
  g_assert_cmpuint (fixture->n_removed, ==, 1);
  g_assert_true (mmp_profile_store_restore (fixture->store, profile->id, NULL));
  g_assert_cmpuint (fixture->n_added, ==, 2);
  g_assert_true (g_file_get_contents (path, &after, NULL, NULL));
  g_assert_cmpstr (before, ==, after);

  g_assert_true (mmp_profile_store_remove (fixture->store, profile->id, NULL));
  mmp_profile_store_purge (fixture->store, profile->id);
  g_assert_false (mmp_profile_store_restore (fixture->store, profile->id, NULL));
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define ADD(path, test) g_test_add ("/profile-store/" path, Fixture, NULL, set_up, test, tear_down)
  ADD ("everything-is-kept", test_everything_is_kept);
  ADD ("unknown-things-are-kept", test_unknown_things_are_kept);
  ADD ("broken-files-are-shown-and-not-touched", test_broken_files_are_shown_and_not_touched);
  ADD ("incomplete-profiles-are-not-saved", test_incomplete_profiles_are_not_saved);
  ADD ("changes-of-others-are-seen", test_changes_of_others_are_seen);
  ADD ("removed-ones-come-back-as-they-were", test_removed_ones_come_back_as_they_were);

  return g_test_run ();
}
