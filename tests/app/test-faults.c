/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-stand.h"

#include <glib/gstdio.h>
#include <string.h>

#include "hub/mmp-run-file.h"
#include "mmp-connection-row.h"
#include "mmp-hardship.h"
#include "mmp-test.h"
#include "mmp-text.h"

/* What goes wrong around the app ends in a sentence and a way on, and nothing is lost. */

#define DISK_FULL "The disk is full. Make room on it and try again; nothing that was saved before is lost."
#define NOT_WRITABLE "Message Portal may not write to its files. Check the permissions of its folder and try again; nothing that was saved before is lost."
#define INCOMPLETE "Its broker or key pair was removed. Edit the connection and choose another one."

#define YEAR (365 * 24 * 3600)

/* --- what the tests look at ----------------------------------------------------------------------------------------- */

static gboolean
says (gpointer root,
      const char *part)
{
  if (!gtk_widget_get_mapped (root))
    return FALSE;
  if (GTK_IS_LABEL (root) && strstr (gtk_label_get_text (root), part) != NULL)
    return TRUE;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      if (says (child, part))
        return TRUE;
    }

  return FALSE;
}

static void
await_words (MmpStand *stand,
             const char *part)
{
  g_test_message ("waiting for the words “%s”", part);
  mmp_test_await (says (stand->window, part));
}

static char *
get_path (MmpConnection *connection,
          MmpStand *stand)
{
  return mmp_profile_store_get_path (mmp_account_get_profiles (stand->account), mmp_connection_get_id (connection));
}

static char *
read_file (const char *path)
{
  char *text = NULL;
  g_autoptr (GError) error = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);

  return text;
}

static void
write_file (const char *path,
            const char *text)
{
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, text, -1, &error);
  g_assert_no_error (error);
}

static void
flip_autostart (MmpStand *stand)
{
  GtkWidget *row = mmp_await (stand->window, ADW_TYPE_SWITCH_ROW, "Start Automatically");

  adw_switch_row_set_active (ADW_SWITCH_ROW (row), !adw_switch_row_get_active (ADW_SWITCH_ROW (row)));
}

static MmpStand *
open_in (const char *directory)
{
  MmpStand *stand = mmp_stand_new_in (g_strdup (directory));

  mmp_stand_open (stand);
  mmp_settle ();

  return stand;
}

/* --- broken files --------------------------------------------------------------------------------------------------- */

static void
check_broken (MmpStand *stand,
              MmpConnection *connection,
              const char *path,
              const char *reason)
{
  g_autofree char *before = g_file_test (path, G_FILE_TEST_IS_REGULAR) && reason != NULL ? read_file (path) : NULL;

  await_words (stand, "Broken file");
  await_words (stand, path);
  await_words (stand, "Correct it or move it away; it was not changed.");
  if (reason != NULL)
    await_words (stand, reason);
  g_assert_null (mmp_find (stand->window, GTK_TYPE_BUTTON, "_Start"));
  gtk_widget_activate_action (GTK_WIDGET (stand->window), "win.toggle", "s", mmp_connection_get_id (connection));
  gtk_widget_activate_action (GTK_WIDGET (stand->window), "win.edit", "s", mmp_connection_get_id (connection));
  mmp_settle ();
  g_assert_cmpuint (stand->running->len, ==, 0);
  g_assert_null (adw_application_window_get_visible_dialog (ADW_APPLICATION_WINDOW (stand->window)));
  if (before != NULL)
    {
      g_autofree char *after = read_file (path);

      g_assert_cmpstr (before, ==, after);
    }
}

static void
test_broken_profiles_are_kept (void)
{
  static const struct
  {
    const char *text; /* NULL: the first half of what it was */
    const char *reason;
  } cases[] = {
    { "\xff\xfe\x01 garbage", "it is not text" },
    { NULL, "cannot be used" },
    { "", "it is of a version that this program does not know" },
    { "[Profile]\nVersion=99\nKind=listener\n", "it is of a version that this program does not know" },
    { "[Profile]\nVersion=1\nKind=teleporter\n", "it is of a kind that this program does not know" },
  };
  MmpStand *stand = mmp_stand_new ();
  MmpConnection *connection = mmp_stand_add (stand, MMP_PROFILE_LISTENER, "Office");
  g_autofree char *path = get_path (connection, stand);
  g_autofree char *whole = read_file (path);
  g_autofree char *half = g_strndup (whole, strlen (whole) / 4);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      write_file (path, cases[i].text != NULL ? cases[i].text : half);
      check_broken (stand, connection, path, cases[i].reason);
      /* Who corrects it goes on. */
      write_file (path, whole);
      mmp_await (stand->window, GTK_TYPE_BUTTON, "_Start");
    }
  mmp_stand_free (stand);
}

static void
test_broken_profile_can_be_put_away (void)
{
  MmpStand *stand = mmp_stand_new ();
  MmpConnection *connection = mmp_stand_add (stand, MMP_PROFILE_LISTENER, "Office");
  g_autofree char *path = get_path (connection, stand);
  g_autofree char *after = NULL;

  write_file (path, "precious but broken");
  await_words (stand, "Broken file");
  gtk_widget_activate_action (GTK_WIDGET (stand->window), "win.delete", "s", mmp_connection_get_id (connection));
  mmp_await (stand->window, GTK_TYPE_LABEL, "Welcome to Message Portal");
  mmp_click (stand->window, "_Undo");
  await_words (stand, "Broken file");
  after = read_file (path);
  g_assert_cmpstr (after, ==, "precious but broken");
  mmp_stand_free (stand);
}

static void
test_profile_that_may_not_be_read (void)
{
  MmpStand *stand;
  MmpConnection *connection;
  g_autofree char *path = NULL;

  if (!mmp_hardship_obey_permissions (TRUE))
    {
      g_test_skip ("permissions do not count here");
      return;
    }
  stand = mmp_stand_new ();
  connection = mmp_stand_add (stand, MMP_PROFILE_LISTENER, "Office");
  path = get_path (connection, stand);
  g_assert_no_errno (g_chmod (path, 0));
  check_broken (stand, connection, path, NULL);
  await_words (stand, "Permission denied");
  g_assert_no_errno (g_chmod (path, 0600));
  mmp_await (stand->window, GTK_TYPE_BUTTON, "_Start");
  g_assert_no_errno (g_chmod (path, 0666));
  await_words (stand, "everybody can write to it");
  mmp_stand_free (stand);
  mmp_hardship_obey_permissions (FALSE);
}

/* What runs goes on with what it knew, and says that its file is broken. */
static void
test_profile_breaks_while_it_runs (void)
{
  MmpStand *stand = mmp_stand_new ();
  MmpConnection *connection = mmp_stand_add (stand, MMP_PROFILE_LISTENER, "Office");
  g_autofree char *path = get_path (connection, stand);
  g_autofree char *whole = read_file (path);

  mmp_played_say (mmp_stand_start (stand, connection), MMP_STATE_WAITING, MMP_PATH_NONE, -1);
  write_file (path, "broken");
  await_words (stand, "cannot be used");
  await_words (stand, "Waiting for devices");
  g_assert_cmpuint (stand->running->len, ==, 1);
  write_file (path, whole);
  mmp_test_await (!says (stand->window, "cannot be used"));
  g_assert_cmpuint (stand->running->len, ==, 1);
  mmp_stand_free (stand);
}

static void
test_profile_goes_while_it_runs (void)
{
  MmpStand *stand = mmp_stand_new ();
  MmpConnection *connection = mmp_stand_add (stand, MMP_PROFILE_LISTENER, "Office");
  g_autofree char *path = get_path (connection, stand);
  MmpPlayed *played = mmp_stand_start (stand, connection);

  mmp_stand_add (stand, MMP_PROFILE_INITIATOR, "To the office");
  mmp_window_open (stand->window, mmp_connection_get_id (connection));
  mmp_played_say (played, MMP_STATE_CONNECTED, MMP_PATH_DIRECT_UDP, -1);
  mmp_played_measure (played, 20);
  gtk_widget_activate_action (GTK_WIDGET (stand->window), "win.edit", "s", mmp_connection_get_id (connection));
  mmp_await_dialog (stand->window);
  g_assert_no_errno (g_unlink (path));
  mmp_test_await (stand->running->len == 0);
  /* Who was just editing it can still save, and has it back. */
  mmp_click (mmp_await_dialog (stand->window), "_Save");
  mmp_test_await (g_file_test (path, G_FILE_TEST_EXISTS));
  mmp_await (stand->window, MMP_TYPE_CONNECTION_ROW, NULL);
  g_assert_cmpuint (g_list_model_get_n_items (mmp_account_get_connections (stand->account)), ==, 2);
  mmp_stand_free (stand);
}

static void
test_broker_goes (void)
{
  MmpStand *stand = mmp_stand_new ();
  MmpConnection *connection = mmp_stand_add (stand, MMP_PROFILE_LISTENER, "Office");
  g_autofree char *path = g_build_filename (stand->directory, "brokers.ini", NULL);
  g_autofree char *whole = read_file (path);

  g_assert_no_errno (g_unlink (path));
  await_words (stand, "Removed; choose another one");
  mmp_connection_start (connection);
  await_words (stand, INCOMPLETE);
  mmp_await (stand->window, GTK_TYPE_BUTTON, "_Edit…");
  mmp_click (stand->window, "_Stop");
  write_file (path, whole);
  await_words (stand, "broker.example.org:8883");
  mmp_stand_start (stand, connection);
  mmp_stand_free (stand);
}

/* --- no room, no permission ----------------------------------------------------------------------------------------- */

static void
test_disk_fills_up (void)
{
  g_autofree char *directory = NULL;
  g_autofree char *path = NULL;
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  MmpStand *stand;
  MmpConnection *connection;
  GtkWidget *dialog;

  if (mmp_hardship_get_small_disk () == NULL)
    {
      g_test_skip ("no small disk can be made here");
      return;
    }
  directory = g_build_filename (mmp_hardship_get_small_disk (), "account", NULL);
  g_assert_no_errno (g_mkdir (directory, 0700));
  stand = open_in (directory);
  connection = mmp_stand_add (stand, MMP_PROFILE_LISTENER, "Office");
  path = get_path (connection, stand);
  before = read_file (path);
  mmp_hardship_fill_disk (TRUE);

  flip_autostart (stand);
  await_words (stand, DISK_FULL);
  g_assert_false (adw_switch_row_get_active (ADW_SWITCH_ROW (mmp_await (stand->window, ADW_TYPE_SWITCH_ROW, "Start Automatically"))));
  gtk_widget_activate_action (GTK_WIDGET (stand->window), "win.edit", "s", mmp_connection_get_id (connection));
  dialog = mmp_await_dialog (stand->window);
  mmp_type (dialog, "Name", "Office in Bern");
  mmp_click (dialog, "_Save");
  mmp_test_await (says (dialog, DISK_FULL));
  after = read_file (path);
  g_assert_cmpstr (before, ==, after);

  /* What was typed is still there, and is saved once there is room. */
  mmp_hardship_fill_disk (FALSE);
  mmp_click (dialog, "_Save");
  mmp_test_await (g_strcmp0 (mmp_connection_get_name (connection), "Office in Bern") == 0);
  mmp_stand_free (stand);
}

/* Trusting on a full disk: nobody is let in who would be forgotten, and the request is still there. */
static void
test_disk_is_full_when_trusting (void)
{
  g_autofree char *directory = NULL;
  MmpStand *stand;
  MmpConnection *connection;
  MmpPlayed *played;

  if (mmp_hardship_get_small_disk () == NULL)
    {
      g_test_skip ("no small disk can be made here");
      return;
    }
  directory = g_build_filename (mmp_hardship_get_small_disk (), "trusting", NULL);
  g_assert_no_errno (g_mkdir (directory, 0700));
  stand = open_in (directory);
  connection = mmp_stand_add (stand, MMP_PROFILE_LISTENER, "Office");
  played = mmp_stand_start (stand, connection);
  mmp_played_say (played, MMP_STATE_WAITING, MMP_PATH_NONE, -1);
  played->funcs->request (played, mmp_stand_get_peer (), "workshop", played->user_data);
  mmp_hardship_fill_disk (TRUE);
  mmp_click (stand->window, "_Review…");
  mmp_click (mmp_await_dialog (stand->window), "_Trust");
  await_words (stand, DISK_FULL);
  g_assert_cmpuint (mmp_connection_get_requests (connection)->len, ==, 1);
  g_assert_cmpint (mmp_device_store_get_standing (mmp_account_get_devices (stand->account), mmp_stand_get_peer ()), ==, MMP_STANDING_UNKNOWN);
  mmp_hardship_fill_disk (FALSE);
  mmp_click (stand->window, "_Review…");
  mmp_click (mmp_await_dialog (stand->window), "_Trust");
  mmp_test_await (mmp_connection_get_requests (connection)->len == 0);
  mmp_stand_free (stand);
}

static void
test_folder_is_read_only (void)
{
  g_autofree char *profiles = NULL;
  MmpStand *stand;
  MmpConnection *connection;

  if (!mmp_hardship_obey_permissions (TRUE))
    {
      g_test_skip ("permissions do not count here");
      return;
    }
  stand = mmp_stand_new ();
  connection = mmp_stand_add (stand, MMP_PROFILE_LISTENER, "Office");
  profiles = g_build_filename (stand->directory, "profiles", NULL);
  g_assert_no_errno (g_chmod (profiles, 0500));
  g_assert_no_errno (g_chmod (stand->directory, 0500));
  flip_autostart (stand);
  await_words (stand, NOT_WRITABLE);
  mmp_click (stand->window, "_Start");
  await_words (stand, "Needs attention");
  mmp_await (stand->window, GTK_TYPE_LABEL, NOT_WRITABLE);
  g_assert_cmpuint (stand->running->len, ==, 0);
  gtk_widget_activate_action (GTK_WIDGET (stand->window), "win.delete", "s", mmp_connection_get_id (connection));
  mmp_settle ();
  g_assert_nonnull (mmp_connection_get_profile (connection));

  g_assert_no_errno (g_chmod (stand->directory, 0700));
  g_assert_no_errno (g_chmod (profiles, 0700));
  mmp_click (stand->window, "_Stop");
  mmp_click (stand->window, "_Start");
  mmp_test_await (stand->running->len == 1);
  mmp_stand_free (stand);
  mmp_hardship_obey_permissions (FALSE);
}

/* There is no account to show: the window says which file is the matter, and what to do. */
static void
test_account_cannot_be_read (void)
{
  static const struct
  {
    const char *name;
    const char *text;
    const char *words;
  } cases[] = {
    { "keys.ini", "garbage", "Correct this file or move it away, then start again. It was not changed." },
    { "profiles", "a file where a folder should be", "Make room there, or see to its permissions, then start again. Nothing was changed." },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      char *directory = mmp_test_directory ();
      g_autofree char *path = g_build_filename (directory, cases[i].name, NULL);
      g_autoptr (GError) error = NULL;
      g_autofree char *after = NULL;
      MmpWindow *window;

      write_file (path, cases[i].text);
      g_assert_null (mmp_account_new (directory, NULL, &error));
      window = mmp_window_new_broken (GTK_APPLICATION (g_application_get_default ()), error);
      gtk_window_present (GTK_WINDOW (window));
      mmp_settle ();
      mmp_test_await (says (window, path) && says (window, cases[i].words));
      mmp_await (window, GTK_TYPE_BUTTON, "_Quit");
      after = read_file (path);
      g_assert_cmpstr (after, ==, cases[i].text);
      gtk_window_destroy (GTK_WINDOW (window));
      mmp_settle ();
      mmp_test_directory_free (directory);
    }
}

/* --- time, others --------------------------------------------------------------------------------------------------- */

static void
test_clock_jumps (void)
{
  static const gint64 jumps[] = { YEAR, -YEAR, 0 };
  MmpStand *stand = mmp_stand_new ();
  MmpConnection *connection = mmp_stand_add (stand, MMP_PROFILE_LISTENER, "Office");
  MmpPlayed *played = mmp_stand_start (stand, connection);
  MmpSummary before;

  mmp_played_say (played, MMP_STATE_WAITING, MMP_PATH_NONE, -1);
  mmp_played_say (played, MMP_STATE_CONNECTED, MMP_PATH_DIRECT_UDP, -1);
  mmp_played_measure (played, 30);
  before = mmp_history_summarize (mmp_connection_get_history (connection), 0);
  for (gsize i = 0; i < G_N_ELEMENTS (jumps); i++)
    {
      MmpSummary after;

      mmp_hardship_shift_clock (jumps[i]);
      played->funcs->rtt (played, mmp_stand_get_peer (), 12, played->user_data);
      await_words (stand, jumps[i] > 0 ? "365 days ago" : "just now");
      await_words (stand, "1 device connected");
      after = mmp_history_summarize (mmp_connection_get_history (connection), 0);
      g_assert_cmpuint (after.n_samples, ==, before.n_samples + i + 1);
      g_assert_cmpuint (after.n_lost, ==, before.n_lost);
    }
  mmp_stand_free (stand);
}

static void
test_profile_runs_elsewhere (void)
{
  MmpStand *stand = mmp_stand_new ();
  MmpConnection *connection = mmp_stand_add (stand, MMP_PROFILE_LISTENER, "Office");
  g_autoptr (GError) error = NULL;
  MmpRunFile *other = mmp_run_file_take (stand->directory, mmp_connection_get_id (connection), &error);

  g_assert_no_error (error);
  mmp_click (stand->window, "_Start");
  await_words (stand, "It runs already in another program, perhaps as a service. Stop it there first.");
  g_assert_cmpuint (stand->running->len, ==, 0);
  mmp_run_file_free (other);
  mmp_click (stand->window, "_Stop");
  mmp_click (stand->window, "_Start");
  mmp_test_await (stand->running->len == 1);
  mmp_stand_free (stand);
}

int
main (int argc,
      char *argv[])
{
  mmp_hardship_init ();
  if (!mmp_stand_init (&argc, &argv))
    return 77;

#define ADD(path, test) g_test_add_func ("/faults/" path, test)
  ADD ("broken-profiles-are-kept", test_broken_profiles_are_kept);
  ADD ("broken-profile-can-be-put-away", test_broken_profile_can_be_put_away);
  ADD ("profile-that-may-not-be-read", test_profile_that_may_not_be_read);
  ADD ("profile-breaks-while-it-runs", test_profile_breaks_while_it_runs);
  ADD ("profile-goes-while-it-runs", test_profile_goes_while_it_runs);
  ADD ("broker-goes", test_broker_goes);
  ADD ("disk-fills-up", test_disk_fills_up);
  ADD ("disk-is-full-when-trusting", test_disk_is_full_when_trusting);
  ADD ("folder-is-read-only", test_folder_is_read_only);
  ADD ("account-cannot-be-read", test_account_cannot_be_read);
  ADD ("clock-jumps", test_clock_jumps);
  ADD ("profile-runs-elsewhere", test_profile_runs_elsewhere);

  return g_test_run ();
}
