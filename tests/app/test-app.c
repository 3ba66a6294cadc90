/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-stand.h"

#include <string.h>

#include "mmp-connection-row.h"
#include "mmp-qr-reader.h"
#include "mmp-test.h"

#define KEY "GWAHFVRWLCANDLXKGKNN7EJBHA4FD3JBUKHDW5PJMXINFTIWMJKA"

static void
test_first_run_welcomes (void)
{
  MmpStand *stand = mmp_stand_new ();

  mmp_await (stand->window, GTK_TYPE_LABEL, "Welcome to Message Portal");
  mmp_capture (stand->window, "welcome");
  mmp_stand_add (stand, MMP_PROFILE_LISTENER, "Office");
  g_assert_null (mmp_find (stand->window, GTK_TYPE_LABEL, "Welcome to Message Portal"));
  mmp_await (stand->window, MMP_TYPE_CONNECTION_ROW, NULL);
  mmp_stand_free (stand);
}

/* Every state has words, an icon, and a way on. */
static void
test_states_have_words (void)
{
  static const struct
  {
    MmpState state;
    MmpPath path;
    int code;
    const char *words;
    const char *button;
  } cases[] = {
    { MMP_STATE_CONNECTING, MMP_PATH_NONE, -1, "Connecting…", "_Cancel" },
    { MMP_STATE_CONNECTED, MMP_PATH_DIRECT_UDP, -1, "Connected, direct", "_Stop" },
    { MMP_STATE_CONNECTED, MMP_PATH_TURN, -1, "Connected, relayed", "_Stop" },
    { MMP_STATE_CONNECTED, MMP_PATH_RELAY, MMP_ERROR_NO_DIRECT_PATH, "Connected, through the broker", "_Stop" },
    { MMP_STATE_RECONNECTING, MMP_PATH_NONE, MMP_ERROR_NO_ANSWER, "Reconnecting in 12 s", "_Stop" },
    { MMP_STATE_ATTENTION, MMP_PATH_NONE, MMP_ERROR_BROKER_LOGIN, "Needs attention", "_Stop" },
  };
  MmpStand *stand = mmp_stand_new ();
  MmpConnection *connection = mmp_stand_add (stand, MMP_PROFILE_INITIATOR, "To the office");
  MmpPlayed *played;

  mmp_await (stand->window, GTK_TYPE_LABEL, "Stopped");
  mmp_capture (stand->window, "stopped");
  played = mmp_stand_start (stand, connection);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      mmp_played_say (played, cases[i].state, cases[i].path, cases[i].code);
      mmp_await (stand->window, GTK_TYPE_LABEL, cases[i].words);
      mmp_await (stand->window, GTK_TYPE_BUTTON, cases[i].button);
      if (cases[i].code == MMP_ERROR_BROKER_LOGIN)
        mmp_await (stand->window, GTK_TYPE_LABEL, "The broker refused the user name or password. Correct them in this connection.");
    }
  mmp_capture (stand->window, "attention");
  mmp_click (stand->window, "_Stop");
  g_assert_cmpuint (stand->running->len, ==, 0);
  mmp_await (stand->window, GTK_TYPE_LABEL, "Stopped");
  mmp_stand_free (stand);
}

static void
test_figures_are_shown (void)
{
  MmpStand *stand = mmp_stand_new ();
  MmpConnection *connection = mmp_stand_add (stand, MMP_PROFILE_INITIATOR, "To the office");
  MmpPlayed *played = mmp_stand_start (stand, connection);

  mmp_played_say (played, MMP_STATE_CONNECTED, MMP_PATH_DIRECT_UDP, -1);
  played->funcs->listening (played, "127.0.0.1", 1884, "default", played->user_data);
  mmp_played_measure (played, 55);
  played->funcs->stream (played, 3, "default", TRUE, 0, 0, played->user_data);
  mmp_await (stand->window, GTK_TYPE_LABEL, "1.2\302\240MB sent, 7.7\302\240MB received");
  mmp_await (stand->window, GTK_TYPE_LABEL, "Direct, over UDP (host to srflx)");
  mmp_await (stand->window, GTK_TYPE_LABEL, "Data goes direct, 12 ms there and back");
  mmp_capture (stand->window, "connected");

  /* Clicking an address copies it. */
  mmp_click (stand->window, "Local Address");
  mmp_await (stand->window, GTK_TYPE_LABEL, "Address copied");
  mmp_stand_free (stand);
}

static void
test_new_connections_are_checked (void)
{
  MmpStand *stand = mmp_stand_new ();
  GtkWidget *dialog;
  GtkWidget *add;
  g_auto (GStrv) ids = NULL;
  const MmpProfile *profile;
  const MmpBrokerEntry *broker;

  gtk_widget_activate_action (GTK_WIDGET (stand->window), "win.new-initiator", NULL);
  dialog = mmp_await_dialog (stand->window);
  add = mmp_await (dialog, GTK_TYPE_BUTTON, "_Add");
  g_assert_false (gtk_widget_get_sensitive (add));
  mmp_type (dialog, "Name", "Lab");
  mmp_type (dialog, "Public Key or Invitation", "gwah fvrw");
  mmp_await (dialog, GTK_TYPE_LABEL, "The key is incomplete: 8 of 52 characters");
  mmp_capture (stand->window, "new-incomplete");
  mmp_type (dialog, "Public Key or Invitation", KEY);
  mmp_await (dialog, ADW_TYPE_ACTION_ROW, "Fingerprint");
  g_assert_false (gtk_widget_get_sensitive (add));
  mmp_type_broker (dialog, "broker_group", "mqtts://broker.example.org:8884");
  g_assert_true (gtk_widget_get_sensitive (add));
  mmp_click (dialog, "_Add");
  mmp_await_no_dialog (stand->window);
  mmp_await (stand->window, GTK_TYPE_LABEL, "“Lab” added");

  ids = mmp_profile_store_list (mmp_account_get_profiles (stand->account));
  profile = mmp_profile_store_get (mmp_account_get_profiles (stand->account), ids[0], NULL);
  g_assert_cmpstr (profile->name, ==, "Lab");
  g_assert_true (profile->has_device);
  broker = mmp_entry_store_find (mmp_account_get_brokers (stand->account), profile->broker);
  g_assert_cmpstr (broker->host, ==, "broker.example.org");
  g_assert_cmpuint (broker->port, ==, 8884);
  mmp_stand_free (stand);
}

static void
test_edits_can_be_discarded (void)
{
  MmpStand *stand = mmp_stand_new ();
  MmpConnection *connection = mmp_stand_add (stand, MMP_PROFILE_LISTENER, "Office");
  GtkWidget *dialog;

  gtk_widget_activate_action (GTK_WIDGET (stand->window), "win.edit", "s", mmp_connection_get_id (connection));
  dialog = mmp_await_dialog (stand->window);
  mmp_capture (stand->window, "edit");
  mmp_type (dialog, "Name", "Attic");
  mmp_click (dialog, "_Cancel");
  mmp_await (mmp_await_dialog (stand->window), GTK_TYPE_LABEL, "Discard Changes?");
  mmp_click (mmp_await_dialog (stand->window), "_Discard");
  mmp_await_no_dialog (stand->window);
  g_assert_cmpstr (mmp_connection_get_name (connection), ==, "Office");

  gtk_widget_activate_action (GTK_WIDGET (stand->window), "win.edit", "s", mmp_connection_get_id (connection));
  dialog = mmp_await_dialog (stand->window);
  mmp_type (dialog, "Name", "Attic");
  mmp_click (dialog, "_Save");
  mmp_await_no_dialog (stand->window);
  g_assert_cmpstr (mmp_connection_get_name (connection), ==, "Attic");
  mmp_stand_free (stand);
}

/* What one window shows another reads, off a picture of the screen. */
static void
test_codes_are_read_from_the_screen (void)
{
  MmpStand *stand = mmp_stand_new ();
  MmpConnection *connection = mmp_stand_add (stand, MMP_PROFILE_LISTENER, "Office");
  g_autoptr (GdkTexture) texture = NULL;
  g_autoptr (MmpInvitation) invitation = NULL;
  g_autofree char *folder = g_dir_make_tmp ("mmp-test-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "code.png", NULL);
  g_autofree char *text = NULL;
  g_autofree char *wanted = g_strdup (g_getenv ("MMP_SHOTS"));
  const MmpKeyEntry *key = mmp_entry_store_find (mmp_account_get_keys (stand->account), mmp_connection_get_profile (connection)->key_pair);

  gtk_widget_activate_action (GTK_WIDGET (stand->window), "win.show-code", "s", mmp_connection_get_id (connection));
  mmp_await_dialog (stand->window);
  mmp_capture (stand->window, "code");
  g_setenv ("MMP_SHOTS", folder, TRUE);
  g_assert_true (mmp_capture (stand->window, "code"));
  texture = gdk_texture_new_from_filename (path, NULL);
  text = mmp_qr_reader_read (texture);
  g_assert_nonnull (text);
  invitation = mmp_invitation_parse (text, NULL);
  g_assert_true (mmp_public_key_equal (&invitation->listener, &key->public_key));
  g_assert_false (invitation->has_secret);
  if (wanted != NULL)
    g_setenv ("MMP_SHOTS", wanted, TRUE);
  else
    g_unsetenv ("MMP_SHOTS");
  mmp_test_directory_free (g_steal_pointer (&folder));
  mmp_stand_free (stand);
}

static void
test_invitations_are_reviewed (void)
{
  MmpStand *stand = mmp_stand_new ();
  g_autoptr (MmpInvitation) invitation = g_new0 (MmpInvitation, 1);
  g_autofree char *uri = NULL;
  g_autofree char *fingerprint = mmp_public_key_to_fingerprint (mmp_stand_get_peer ());
  g_autoptr (MmpSecret) secret = NULL;
  g_autofree char *secret_id = NULL;
  g_auto (GStrv) ids = NULL;
  GtkWidget *dialog;

  invitation->listener = *mmp_stand_get_peer ();
  invitation->broker = mmp_mqtt_broker_new ("broker.example.org", 8883, TRUE, NULL);
  invitation->prefix = g_strdup ("sig");
  invitation->name = g_strdup ("Office");
  invitation->has_secret = TRUE;
  uri = mmp_invitation_to_uri (invitation);
  mmp_window_import (stand->window, NULL);
  dialog = mmp_await_dialog (stand->window);
  mmp_type (dialog, "Invitation", "mmp:nonsense");
  mmp_click (dialog, "_Continue");
  mmp_await (dialog, GTK_TYPE_LABEL, "The invitation is wrong. Copy all of it again, or ask for a new one.");
  mmp_capture (stand->window, "import");
  mmp_type (dialog, "Invitation", uri);
  mmp_click (dialog, "_Continue");
  mmp_await (dialog, GTK_TYPE_LABEL, fingerprint);
  mmp_capture (stand->window, "review");
  g_assert_cmpuint (g_list_model_get_n_items (mmp_account_get_connections (stand->account)), ==, 0);
  mmp_click (dialog, "_Add");
  mmp_await_no_dialog (stand->window);
  ids = mmp_profile_store_list (mmp_account_get_profiles (stand->account));
  g_assert_cmpuint (g_strv_length (ids), ==, 1);
  /* Nothing starts by itself. */
  g_assert_cmpuint (stand->running->len, ==, 0);
  secret_id = g_strconcat ("invitation/", ids[0], NULL);
  secret = mmp_secrets_lookup (stand->secrets, secret_id, NULL);
  g_assert_nonnull (secret);
  mmp_stand_free (stand);
}

static void
test_strangers_are_answered (void)
{
  MmpStand *stand = mmp_stand_new ();
  MmpConnection *connection = mmp_stand_add (stand, MMP_PROFILE_LISTENER, "Office");
  MmpPlayed *played = mmp_stand_start (stand, connection);
  MmpDeviceStore *devices = mmp_account_get_devices (stand->account);
  g_autofree char *fingerprint = mmp_public_key_to_fingerprint (mmp_stand_get_peer ());

  mmp_played_say (played, MMP_STATE_WAITING, MMP_PATH_NONE, -1);
  played->funcs->request (played, mmp_stand_get_peer (), "workshop", played->user_data);
  mmp_await (stand->window, GTK_TYPE_LABEL, "An unknown device wants to connect");
  mmp_capture (stand->window, "request-banner");
  mmp_click (stand->window, "_Review…");
  mmp_await (mmp_await_dialog (stand->window), GTK_TYPE_LABEL, fingerprint);
  mmp_capture (stand->window, "request");

  /* Not Now is no answer. */
  mmp_click (mmp_await_dialog (stand->window), "_Not Now");
  mmp_await_no_dialog (stand->window);
  g_assert_false (played->answered);
  mmp_click (stand->window, "_Review…");
  mmp_click (mmp_await_dialog (stand->window), "_Trust");
  mmp_await_no_dialog (stand->window);
  g_assert_cmpint (played->answer, ==, MMP_ANSWER_TRUST);
  g_assert_cmpint (mmp_device_store_get_standing (devices, mmp_stand_get_peer ()), ==, MMP_STANDING_TRUSTED);
  mmp_await (stand->window, GTK_TYPE_LABEL, "“workshop” is now trusted");
  mmp_click (stand->window, "_Undo");
  g_assert_cmpint (mmp_device_store_get_standing (devices, mmp_stand_get_peer ()), ==, MMP_STANDING_UNKNOWN);
  mmp_stand_free (stand);
}

static void
test_key_pairs_in_use_stay (void)
{
  MmpStand *stand = mmp_stand_new ();
  g_autofree char *spare = NULL;

  mmp_stand_add (stand, MMP_PROFILE_LISTENER, "Office");
  spare = mmp_stand_add_key (stand, "Spare");
  mmp_window_open_page (stand->window, "keys");
  mmp_await (stand->window, ADW_TYPE_ACTION_ROW, "Spare");
  mmp_capture (stand->window, "keys");
  g_assert_false (gtk_widget_get_sensitive (mmp_await (stand->window, GTK_TYPE_BUTTON, "Used by “Office”")));
  mmp_click (stand->window, "Delete");
  mmp_click (mmp_await_dialog (stand->window), "_Delete");
  mmp_await_no_dialog (stand->window);
  g_assert_null (mmp_entry_store_find (mmp_account_get_keys (stand->account), spare));
  mmp_stand_free (stand);
}

static void
test_deletion_is_undone (void)
{
  MmpStand *stand = mmp_stand_new ();
  MmpConnection *connection = mmp_stand_add (stand, MMP_PROFILE_LISTENER, "Office");
  g_autofree char *id = g_strdup (mmp_connection_get_id (connection));

  mmp_stand_add (stand, MMP_PROFILE_INITIATOR, "Attic");
  mmp_stand_start (stand, connection);
  gtk_widget_activate_action (GTK_WIDGET (stand->window), "win.delete", "s", id);
  g_assert_null (mmp_account_find_connection (stand->account, id));
  g_assert_cmpuint (stand->running->len, ==, 0);
  mmp_click (stand->window, "_Undo");
  g_assert_nonnull (mmp_account_find_connection (stand->account, id));
  mmp_test_await (stand->running->len == 1);
  mmp_stand_free (stand);
}

static void
test_search_narrows_the_list (void)
{
  MmpStand *stand = mmp_stand_new ();
  GtkWidget *entry;

  mmp_stand_add (stand, MMP_PROFILE_LISTENER, "Office");
  mmp_stand_add (stand, MMP_PROFILE_INITIATOR, "Attic");
  gtk_widget_activate_action (GTK_WIDGET (stand->window), "win.search", NULL);
  entry = mmp_await (stand->window, GTK_TYPE_SEARCH_ENTRY, NULL);
  gtk_editable_set_text (GTK_EDITABLE (entry), "offi");
  mmp_test_await (mmp_find (stand->window, GTK_TYPE_LABEL, "Attic") == NULL);
  gtk_editable_set_text (GTK_EDITABLE (entry), "nothing like it");
  mmp_await (stand->window, GTK_TYPE_LABEL, "No Results Found");
  mmp_stand_free (stand);
}

static void
test_broken_profiles_say_so (void)
{
  MmpStand *stand = mmp_stand_new ();
  g_autofree char *path = mmp_profile_store_get_path (mmp_account_get_profiles (stand->account), "6a2f41a3-c54c-4f63-8c1a-0d8f4f8f2f1e");

  g_assert_true (g_file_set_contents (path, "[Profile]\nVersion=1\nKind=robot\n", -1, NULL));
  mmp_await (stand->window, GTK_TYPE_LABEL, "Broken file");
  mmp_await (stand->window, GTK_TYPE_LABEL, "Broken Profile");
  g_assert_null (mmp_find (stand->window, GTK_TYPE_BUTTON, "_Start"));
  mmp_capture (stand->window, "broken");
  mmp_stand_free (stand);
}

static void
test_narrow_windows_work (void)
{
  MmpStand *stand = mmp_stand_new ();
  MmpConnection *connection = mmp_stand_add (stand, MMP_PROFILE_INITIATOR, "To the office");
  MmpPlayed *played = mmp_stand_start (stand, connection);
  int minimum;

  mmp_played_say (played, MMP_STATE_CONNECTED, MMP_PATH_DIRECT_UDP, -1);
  mmp_played_measure (played, 55);
  gtk_window_set_default_size (GTK_WINDOW (stand->window), 360, 640);
  mmp_test_await (gtk_widget_get_width (GTK_WIDGET (stand->window)) <= 360);
  mmp_settle ();
  mmp_capture (stand->window, "narrow-list");
  mmp_window_open (stand->window, mmp_connection_get_id (connection));
  mmp_settle ();
  mmp_capture (stand->window, "narrow");
  gtk_widget_measure (GTK_WIDGET (stand->window), GTK_ORIENTATION_HORIZONTAL, -1, &minimum, NULL, NULL, NULL);
  g_assert_cmpint (minimum, <=, 360);
  mmp_stand_free (stand);
}

/* Whoever cannot see a button is told what it does. */
static void
check_names (GtkWidget *widget)
{
  if (!gtk_widget_get_mapped (widget))
    return;
  if (GTK_IS_BUTTON (widget) && gtk_button_get_label (GTK_BUTTON (widget)) == NULL && gtk_button_get_icon_name (GTK_BUTTON (widget)) != NULL && !g_str_has_prefix (gtk_button_get_icon_name (GTK_BUTTON (widget)), "window-"))
    {
      GtkWidget *parent = gtk_widget_get_parent (widget);
      gboolean named = gtk_widget_get_tooltip_text (widget) != NULL || (GTK_IS_MENU_BUTTON (parent) && gtk_widget_get_tooltip_text (parent) != NULL) || gtk_widget_get_ancestor (widget, GTK_TYPE_SPIN_BUTTON) != NULL;

      g_test_message ("%s %s", G_OBJECT_TYPE_NAME (widget), gtk_button_get_icon_name (GTK_BUTTON (widget)));
      g_assert_true (named);
    }
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL; child = gtk_widget_get_next_sibling (child))
    check_names (child);
}

static void
test_icon_buttons_have_names (void)
{
  MmpStand *stand = mmp_stand_new ();
  MmpConnection *connection = mmp_stand_add (stand, MMP_PROFILE_LISTENER, "Office");

  check_names (GTK_WIDGET (stand->window));
  mmp_window_open_page (stand->window, "keys");
  mmp_settle ();
  check_names (GTK_WIDGET (stand->window));
  mmp_window_import (stand->window, NULL);
  check_names (mmp_await_dialog (stand->window));
  adw_dialog_force_close (ADW_DIALOG (mmp_await_dialog (stand->window)));
  mmp_await_no_dialog (stand->window);
  gtk_widget_activate_action (GTK_WIDGET (stand->window), "win.edit", "s", mmp_connection_get_id (connection));
  check_names (mmp_await_dialog (stand->window));
  mmp_stand_free (stand);
}

int
main (int argc,
      char *argv[])
{
  if (!mmp_stand_init (&argc, &argv))
    return 77;

#define ADD(path, test) g_test_add_func ("/app/" path, test)
  ADD ("first-run-welcomes", test_first_run_welcomes);
  ADD ("states-have-words", test_states_have_words);
  ADD ("figures-are-shown", test_figures_are_shown);
  ADD ("new-connections-are-checked", test_new_connections_are_checked);
  ADD ("edits-can-be-discarded", test_edits_can_be_discarded);
  ADD ("codes-are-read-from-the-screen", test_codes_are_read_from_the_screen);
  ADD ("invitations-are-reviewed", test_invitations_are_reviewed);
  ADD ("strangers-are-answered", test_strangers_are_answered);
  ADD ("key-pairs-in-use-stay", test_key_pairs_in_use_stay);
  ADD ("deletion-is-undone", test_deletion_is_undone);
  ADD ("search-narrows-the-list", test_search_narrows_the_list);
  ADD ("broken-profiles-say-so", test_broken_profiles_say_so);
  ADD ("narrow-windows-work", test_narrow_windows_work);
  ADD ("icon-buttons-have-names", test_icon_buttons_have_names);

  return g_test_run ();
}
