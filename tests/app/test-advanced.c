/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-stand.h"

#include "mmp-advanced-row.h"
#include "mmp-test.h"

#define KEY "GWAHFVRWLCANDLXKGKNN7EJBHA4FD3JBUKHDW5PJMXINFTIWMJKA"

static GtkWidget *
open_advanced (MmpStand *stand,
               MmpConnection *connection)
{
  GtkWidget *dialog;

  gtk_widget_activate_action (GTK_WIDGET (stand->window), "win.edit", "s", mmp_connection_get_id (connection));
  dialog = mmp_await_dialog (stand->window);
  adw_expander_row_set_expanded (ADW_EXPANDER_ROW (mmp_await (dialog, MMP_TYPE_ADVANCED_ROW, NULL)), TRUE);
  mmp_settle ();

  return dialog;
}

static void
save (MmpStand *stand,
      GtkWidget *dialog)
{
  mmp_click (dialog, "_Save");
  mmp_await_no_dialog (stand->window);
}

static void
assert_secret (MmpStand *stand,
               MmpConnection *connection,
               const char *password)
{
  g_autofree char *id = mmp_profile_get_turn_secret_id (mmp_connection_get_id (connection));
  g_autoptr (MmpSecret) secret = mmp_secrets_lookup (stand->secrets, id, NULL);

  g_assert_nonnull (secret);
  g_assert_cmpstr (mmp_secret_get_data (secret, NULL), ==, password);
}

static void
test_turn_servers_are_set_up (void)
{
  MmpStand *stand = mmp_stand_new ();
  MmpConnection *connection = mmp_stand_add (stand, MMP_PROFILE_INITIATOR, "To the office");
  GtkWidget *dialog = open_advanced (stand, connection);
  GtkWidget *button = mmp_await (dialog, GTK_TYPE_BUTTON, "_Save");

  g_assert_null (mmp_find (dialog, ADW_TYPE_ENTRY_ROW, "TURN User Name"));
  mmp_type (dialog, "TURN Servers (Optional)", "turn:me:secret@turn.example.org");
  g_assert_false (gtk_widget_get_sensitive (button));
  mmp_type (dialog, "TURN Servers (Optional)", "turn:turn.example.org:3478 turns:turn.example.org");
  g_assert_false (gtk_widget_get_sensitive (button));
  mmp_type (dialog, "TURN User Name", "me");
  g_assert_true (gtk_widget_get_sensitive (button));
  mmp_type (dialog, "TURN Password", "open sesame");
  mmp_capture (stand->window, "turn");
  save (stand, dialog);
  g_assert_cmpuint (g_strv_length (mmp_connection_get_profile (connection)->turn), ==, 2);
  g_assert_cmpstr (mmp_connection_get_profile (connection)->turn_user, ==, "me");
  assert_secret (stand, connection, "open sesame");

  /* An empty password leaves what is kept. */
  dialog = open_advanced (stand, connection);
  mmp_type (dialog, "TURN User Name", "you");
  save (stand, dialog);
  g_assert_cmpstr (mmp_connection_get_profile (connection)->turn_user, ==, "you");
  assert_secret (stand, connection, "open sesame");
  mmp_stand_free (stand);
}

/* What the thesis's programs have not is not offered, and said where they are chosen. */
static void
test_the_classic_mode_says_what_it_lacks (void)
{
  MmpStand *stand = mmp_stand_new ();
  MmpConnection *connection = mmp_stand_add (stand, MMP_PROFILE_LISTENER, "Office");
  g_autofree char *key = g_strdup (mmp_connection_get_profile (connection)->key_pair);
  GtkWidget *dialog = open_advanced (stand, connection);
  const MmpProfile *profile;
  MmpPlayed *played;

  mmp_await (stand->window, GTK_TYPE_BUTTON, "Show _Code…");
  g_assert_null (mmp_find (dialog, ADW_TYPE_ACTION_ROW, "What This Lacks"));
  adw_switch_row_set_active (ADW_SWITCH_ROW (mmp_await (dialog, ADW_TYPE_SWITCH_ROW, "Compatible With applic-tunnel")), TRUE);
  mmp_await (dialog, ADW_TYPE_ACTION_ROW, "What This Lacks");
  g_assert_null (mmp_find (dialog, ADW_TYPE_COMBO_ROW, "Through the Broker"));
  mmp_type (dialog, "Trusted Public Keys", "GWAH");
  g_assert_false (gtk_widget_get_sensitive (mmp_await (dialog, GTK_TYPE_BUTTON, "_Save")));
  mmp_type (dialog, "Trusted Public Keys", KEY "====");
  mmp_capture (stand->window, "classic-advanced");
  save (stand, dialog);

  profile = mmp_connection_get_profile (connection);
  g_assert_true (profile->classic);
  g_assert_cmpint (profile->access, ==, MMP_PROFILE_ACCESS_TRUSTED);
  g_assert_cmpstr (profile->prefix, ==, "mqttsignaling");
  g_assert_cmpstr (((MmpProfilePort *) g_ptr_array_index (profile->services, 0))->service, ==, "conn1");
  g_assert_cmpuint (g_strv_length (profile->classic_devices), ==, 1);
  /* It has a key pair of its own now. */
  g_assert_cmpstr (profile->key_pair, !=, key);
  mmp_await (stand->window, GTK_TYPE_LABEL, "Compatible With applic-tunnel");
  mmp_await (stand->window, ADW_TYPE_ACTION_ROW, "Public Key of This Device");
  mmp_test_await (mmp_find (stand->window, GTK_TYPE_BUTTON, "Show _Code…") == NULL);
  gtk_widget_activate_action (GTK_WIDGET (stand->window), "win.show-code", "s", mmp_connection_get_id (connection));
  g_assert_null (adw_application_window_get_visible_dialog (ADW_APPLICATION_WINDOW (stand->window)));
  mmp_capture (stand->window, "classic");
  played = mmp_stand_start (stand, connection);
  g_assert_true (played->config->classic);
  g_assert_cmpint (played->config->relay, ==, MMP_RELAY_NEVER);
  g_assert_cmpint (played->config->mode, ==, MMP_TRUST_ONLY_TRUSTED);
  mmp_stand_free (stand);
}

int
main (int argc,
      char *argv[])
{
  if (!mmp_stand_init (&argc, &argv))
    return 77;

  g_test_add_func ("/advanced/turn-servers-are-set-up", test_turn_servers_are_set_up);
  g_test_add_func ("/advanced/the-classic-mode-says-what-it-lacks", test_the_classic_mode_says_what_it_lacks);

  return g_test_run ();
}
