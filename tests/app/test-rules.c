/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-stand.h"

#include <string.h>

#include "mmp-connection-row.h"
#include "mmp-test.h"

#define KEY "GWAHFVRWLCANDLXKGKNN7EJBHA4FD3JBUKHDW5PJMXINFTIWMJKA"

static GtkWidget *
get_child (GtkWidget *dialog,
           const char *name)
{
  return GTK_WIDGET (gtk_widget_get_template_child (dialog, G_OBJECT_TYPE (dialog), name));
}

static const MmpProfile *
get_profile (MmpStand *stand)
{
  g_auto (GStrv) ids = mmp_profile_store_list (mmp_account_get_profiles (stand->account));

  g_assert_cmpuint (g_strv_length (ids), ==, 1);

  return mmp_profile_store_get (mmp_account_get_profiles (stand->account), ids[0], NULL);
}

static const MmpProfileRule *
get_rule (MmpStand *stand,
          guint index)
{
  return g_ptr_array_index (get_profile (stand)->bridge->rules, index);
}

/* As the rule's menu does */
static void
act (MmpStand *stand,
     const char *action,
     guint index)
{
  GtkWidget *add = mmp_await (stand->window, ADW_TYPE_BUTTON_ROW, "_Add Rule…");

  g_assert_true (gtk_widget_activate_action (add, action, "u", index));
  mmp_settle ();
}

static void
start (MmpStand *stand,
       MmpConnection *connection)
{
  guint before = stand->bridge.n_starts;

  mmp_connection_start (connection);
  mmp_test_await (stand->bridge.n_starts > before);
}

static void
test_bridges_are_set_up (void)
{
  MmpStand *stand = mmp_stand_new ();
  const MmpProfile *profile;
  const MmpBrokerEntry *local;
  g_autofree char *secret_id = NULL;
  g_autoptr (MmpSecret) secret = NULL;
  GtkWidget *dialog;
  GtkWidget *add;

  gtk_widget_activate_action (GTK_WIDGET (stand->window), "win.new-bridge", NULL);
  dialog = mmp_await_dialog (stand->window);
  add = mmp_await (dialog, GTK_TYPE_BUTTON, "_Add");
  g_assert_false (gtk_widget_get_sensitive (add));
  mmp_type (dialog, "Name", "Fields");
  mmp_type_broker (dialog, "far_group", "mqtt://localhost:1883");
  mmp_await (dialog, GTK_TYPE_LABEL, "Both are the same broker. A bridge needs two.");
  mmp_type_broker (dialog, "far_group", "mqtts://broker.example.org:8884");
  gtk_editable_set_text (GTK_EDITABLE (get_child (dialog, "password_row")), "open sesame");
  g_assert_true (gtk_widget_get_sensitive (add));
  gtk_editable_set_text (GTK_EDITABLE (get_child (dialog, "filter_row")), "#");
  g_assert_false (gtk_widget_get_sensitive (add));
  g_assert_nonnull (strstr (adw_preferences_group_get_description (ADW_PREFERENCES_GROUP (get_child (dialog, "topics_group"))), "take everything"));
  gtk_editable_set_text (GTK_EDITABLE (get_child (dialog, "filter_row")), "fields/#");
  gtk_editable_set_text (GTK_EDITABLE (get_child (dialog, "bridge_id_row")), "AAAA");
  g_assert_false (gtk_widget_get_sensitive (add));
  gtk_editable_set_text (GTK_EDITABLE (get_child (dialog, "bridge_id_row")), "AAAQEAYEAUDAOCAJBIFQYDIOB4");
  mmp_capture (stand->window, "bridge-new");
  mmp_click (dialog, "_Add");
  mmp_await_no_dialog (stand->window);
  mmp_await (stand->window, GTK_TYPE_LABEL, "“Fields” added");

  profile = get_profile (stand);
  g_assert_cmpint (profile->kind, ==, MMP_PROFILE_BRIDGE);
  g_assert_cmpstr (get_rule (stand, 0)->filter, ==, "fields/#");
  g_assert_cmpint (get_rule (stand, 0)->flow, ==, MMP_PROFILE_FLOW_BOTH);
  local = mmp_entry_store_find (mmp_account_get_brokers (stand->account), profile->bridge->local);
  g_assert_cmpstr (local->host, ==, "localhost");
  g_assert_false (local->tls);
  g_assert_cmpuint (((const MmpBrokerEntry *) mmp_entry_store_find (mmp_account_get_brokers (stand->account), profile->broker))->port, ==, 8884);
  secret_id = mmp_profile_bridge_get_secret_id (profile->bridge);
  secret = mmp_secrets_lookup (stand->secrets, secret_id, NULL);
  g_assert_cmpstr (mmp_secret_get_data (secret, NULL), ==, "open sesame");
  mmp_stand_free (stand);
}

static void
test_rules_are_changed_and_come_back (void)
{
  MmpStand *stand = mmp_stand_new ();
  MmpConnection *connection = mmp_stand_add_rules (stand, MMP_PROFILE_BRIDGE, "Fields");
  GtkWidget *dialog;

  start (stand, connection);
  mmp_stand_say_bridge (stand, TRUE, 0);
  mmp_await (stand->window, GTK_TYPE_LABEL, "Connected");

  /* A new one is checked with the others. */
  mmp_click (stand->window, "_Add Rule…");
  dialog = mmp_await_dialog (stand->window);
  mmp_type (dialog, "Topics", "fields/1");
  adw_switch_row_set_active (ADW_SWITCH_ROW (get_child (dialog, "sealed_row")), FALSE);
  g_assert_false (gtk_widget_get_sensitive (mmp_await (dialog, GTK_TYPE_BUTTON, "_Add")));
  mmp_await (dialog, GTK_TYPE_LABEL, "One rule would send in the clear what another encrypts");
  mmp_capture (stand->window, "rule-wrong");
  mmp_type (dialog, "Topics", "$SYS/#");
  mmp_await (dialog, GTK_TYPE_LABEL, "Topics that begin with $ are the broker’s own and cannot be carried");
  mmp_type (dialog, "Topics", "garage/#");
  adw_combo_row_set_selected (ADW_COMBO_ROW (get_child (dialog, "map_row")), 1);
  mmp_type (dialog, "First Level", "home");
  mmp_click (dialog, "_Add");
  mmp_await_no_dialog (stand->window);
  g_assert_cmpstr (get_rule (stand, 2)->map, ==, "prepend:home");
  g_assert_false (get_rule (stand, 2)->sealed);

  act (stand, "rules.up", 2);
  g_assert_cmpstr (get_rule (stand, 1)->filter, ==, "garage/#");
  act (stand, "rules.down", 0);
  g_assert_cmpstr (get_rule (stand, 0)->filter, ==, "garage/#");
  act (stand, "rules.remove", 0);
  g_assert_cmpuint (get_profile (stand)->bridge->rules->len, ==, 2);
  mmp_await (stand->window, GTK_TYPE_LABEL, "Rule for “garage/#” removed");
  mmp_click (stand->window, "_Undo");
  g_assert_cmpstr (get_rule (stand, 0)->filter, ==, "garage/#");

  act (stand, "rules.edit", 1);
  dialog = mmp_await_dialog (stand->window);
  mmp_type (dialog, "Topics", "fields/north/#");
  mmp_click (dialog, "_Save");
  mmp_await_no_dialog (stand->window);
  g_assert_cmpstr (get_rule (stand, 1)->filter, ==, "fields/north/#");

  /* It runs as it ran: five of the engine's rules now, and no new start. */
  g_assert_cmpuint (stand->bridge.n_starts, ==, 1);
  g_assert_cmpuint (stand->bridge.config->rules->len, ==, 5);
  mmp_stand_free (stand);
}

static void
test_bridges_say_what_became_of_messages (void)
{
  MmpStand *stand = mmp_stand_new ();
  MmpConnection *connection = mmp_stand_add_rules (stand, MMP_PROFILE_BRIDGE, "Fields");
  g_autofree char *fingerprint = NULL;

  mmp_await (stand->window, GTK_TYPE_LABEL, "Start it to carry messages");
  mmp_await (stand->window, GTK_TYPE_LABEL, "Start it to see the fingerprint");
  mmp_capture (stand->window, "bridge-stopped");
  start (stand, connection);
  mmp_stand_say_bridge (stand, TRUE, 0);
  mmp_await (stand->window, GTK_TYPE_LABEL, "1204");
  g_assert_null (mmp_find (stand->window, GTK_TYPE_LABEL, "Could Not Decrypt"));
  mmp_stand_say_bridge (stand, TRUE, 14);
  mmp_await (stand->window, ADW_TYPE_ACTION_ROW, "Could Not Decrypt");
  mmp_await (stand->window, GTK_TYPE_LABEL, "14");
  mmp_await (stand->window, GTK_TYPE_LABEL, "The other side probably uses another secret");
  fingerprint = mmp_connection_get_fingerprint (connection);
  mmp_await (stand->window, GTK_TYPE_LABEL, fingerprint);
  mmp_await (stand->window, GTK_TYPE_LABEL, "broker.example.org:8883\nConnected");
  mmp_capture (stand->window, "bridge");
  mmp_click (stand->window, "Bridge ID");
  mmp_await (stand->window, GTK_TYPE_LABEL, "Bridge ID copied");
  mmp_click (stand->window, "_Stop");
  g_assert_null (stand->bridge.config);
  mmp_stand_free (stand);
}

/* What is wrong at which broker */
static void
test_causes_name_the_broker (void)
{
  MmpStand *stand = mmp_stand_new ();
  MmpConnection *connection = mmp_stand_add_rules (stand, MMP_PROFILE_BRIDGE, "Fields");
  MmpBridgeStatus status = { .local = MMP_MQTT_STATE_WAITING, .remote = MMP_MQTT_STATE_ONLINE, .present = TRUE };

  start (stand, connection);
  status.cause = g_error_new_literal (MMP_ERROR, MMP_ERROR_BROKER_UNREACHABLE, "because");
  stand->bridge.func (NULL, &status, stand->bridge.user_data);
  mmp_await (stand->window, GTK_TYPE_LABEL, "Reconnecting…");
  mmp_await (stand->window, GTK_TYPE_LABEL, "Local broker: The broker cannot be reached. Check its address and port, and your network.");
  status.cause->code = MMP_ERROR_BROKER_LOGIN;
  status.cause_end = MMP_BRIDGE_REMOTE;
  stand->bridge.func (NULL, &status, stand->bridge.user_data);
  mmp_await (stand->window, GTK_TYPE_LABEL, "Needs attention");
  mmp_await (stand->window, GTK_TYPE_LABEL, "Public broker: The broker refused the user name or password. Correct them in this connection.");
  mmp_await (stand->window, GTK_TYPE_BUTTON, "_Edit…");
  mmp_capture (stand->window, "bridge-attention");
  g_clear_error (&status.cause);
  mmp_stand_free (stand);
}

static void
test_portals_show_both_paths (void)
{
  MmpStand *stand = mmp_stand_new ();
  MmpConnection *connection = mmp_stand_add_rules (stand, MMP_PROFILE_PORTAL, "To the Farm");
  MmpPlayed *played = mmp_stand_start (stand, connection);

  mmp_played_say (played, MMP_STATE_CONNECTED, MMP_PATH_DIRECT_UDP, -1);
  mmp_await (stand->window, GTK_TYPE_LABEL, "Connecting…");
  played->funcs->listening (played, "127.0.0.1", 40123, "default", played->user_data);
  g_assert_nonnull (stand->bridge.config);
  g_assert_cmpuint (mmp_mqtt_broker_get_port (stand->bridge.config->remote), ==, 40123);
  g_assert_cmpstr (mmp_mqtt_broker_get_host (stand->bridge.config->via), ==, "broker.example.org");
  mmp_stand_say_bridge (stand, TRUE, 0);
  mmp_played_measure (played, 55);
  mmp_await (stand->window, GTK_TYPE_LABEL, "Connected, direct");
  mmp_await (stand->window, GTK_TYPE_LABEL, "Connected, direct · 12 ms");
  mmp_await (stand->window, GTK_TYPE_LABEL, "Ready, if the tunnel fails");
  mmp_capture (stand->window, "portal");

  mmp_played_say (played, MMP_STATE_RECONNECTING, MMP_PATH_NONE, MMP_ERROR_NO_ANSWER);
  mmp_stand_say_bridge (stand, FALSE, 0);
  mmp_await (stand->window, GTK_TYPE_LABEL, "Connected, through the bridge");
  mmp_await (stand->window, GTK_TYPE_LABEL, "Through the bridge, tunnel not possible");
  mmp_await (stand->window, GTK_TYPE_LABEL, "Connected, messages go sealed over the broker");
  mmp_capture (stand->window, "portal-bridge");

  /* Waiting instead of that */
  adw_combo_row_set_selected (ADW_COMBO_ROW (mmp_await (stand->window, ADW_TYPE_COMBO_ROW, "When the Tunnel Fails")), 0);
  mmp_settle ();
  g_assert_false (get_profile (stand)->bridge->fall_back);
  mmp_await (stand->window, GTK_TYPE_LABEL, "Not used");
  g_assert_null (mmp_find (stand->window, ADW_TYPE_SPIN_ROW, "Seconds Before That"));
  mmp_stand_free (stand);
}

static void
test_portals_are_set_up (void)
{
  MmpStand *stand = mmp_stand_new ();
  GtkWidget *dialog;
  GtkWidget *add;

  gtk_widget_activate_action (GTK_WIDGET (stand->window), "win.new-portal", NULL);
  dialog = mmp_await_dialog (stand->window);
  add = mmp_await (dialog, GTK_TYPE_BUTTON, "_Add");
  mmp_type (dialog, "Name", "Farm");
  mmp_type_broker (dialog, "far_group", "broker.example.org");
  g_assert_false (gtk_widget_get_sensitive (add));
  mmp_type (dialog, "Public Key", KEY);
  mmp_await (dialog, ADW_TYPE_ACTION_ROW, "Fingerprint");
  g_assert_true (gtk_widget_get_sensitive (add));

  /* A bridge beside it needs a secret. */
  adw_switch_row_set_active (ADW_SWITCH_ROW (get_child (dialog, "fall_back_row")), TRUE);
  g_assert_false (gtk_widget_get_sensitive (add));
  adw_combo_row_set_selected (ADW_COMBO_ROW (get_child (dialog, "secret_row")), 1);
  mmp_settle ();
  g_signal_emit_by_name (mmp_await (dialog, GTK_TYPE_BUTTON, "Make a New Key"), "clicked");
  g_assert_true (gtk_widget_get_sensitive (add));
  mmp_capture (stand->window, "portal-new");
  mmp_click (dialog, "_Add");
  mmp_await_no_dialog (stand->window);
  g_assert_cmpint (get_profile (stand)->kind, ==, MMP_PROFILE_PORTAL);
  g_assert_true (get_profile (stand)->has_device && get_profile (stand)->bridge->fall_back);
  g_assert_cmpint (get_profile (stand)->bridge->secret, ==, MMP_PROFILE_SECRET_KEY);
  mmp_stand_free (stand);
}

static void
test_kinds_are_apart_in_the_list (void)
{
  MmpStand *stand = mmp_stand_new ();
  static const char *const titles[] = { "Zoo", "Office", "Acre", "Key Pairs", "Trusted Devices" };
  GtkWidget *list;
  GtkWidget *entry;

  mmp_stand_add_rules (stand, MMP_PROFILE_BRIDGE, "Acre");
  mmp_stand_add (stand, MMP_PROFILE_LISTENER, "Office");
  mmp_stand_add_rules (stand, MMP_PROFILE_PORTAL, "Zoo");
  list = get_child (GTK_WIDGET (stand->window), "list");
  for (guint i = 0; i < G_N_ELEMENTS (titles); i++)
    g_assert_cmpstr (mmp_connection_row_get_title (MMP_CONNECTION_ROW (gtk_list_box_get_row_at_index (GTK_LIST_BOX (list), (int) i))), ==, titles[i]);
  mmp_await (list, GTK_TYPE_LABEL, "Portals");
  mmp_await (list, GTK_TYPE_LABEL, "Tunnels");
  mmp_await (list, GTK_TYPE_LABEL, "Bridges");
  mmp_await (list, GTK_TYPE_LABEL, "Security");
  gtk_widget_activate_action (GTK_WIDGET (stand->window), "win.search", NULL);
  entry = mmp_await (stand->window, GTK_TYPE_SEARCH_ENTRY, NULL);
  gtk_editable_set_text (GTK_EDITABLE (entry), "acr");
  mmp_test_await (mmp_find (list, GTK_TYPE_LABEL, "Office") == NULL);
  mmp_await (list, GTK_TYPE_LABEL, "Acre");
  mmp_stand_free (stand);
}

/* Whoever cannot see a control is told what it does. */
static void
check_names (GtkWidget *widget)
{
  GtkWidget *parent = gtk_widget_get_parent (widget);
  gboolean spin = gtk_widget_get_ancestor (widget, GTK_TYPE_SPIN_BUTTON) != NULL;

  if (!gtk_widget_get_mapped (widget))
    return;
  if (GTK_IS_BUTTON (widget) && !spin && gtk_button_get_label (GTK_BUTTON (widget)) == NULL && !(gtk_button_get_icon_name (GTK_BUTTON (widget)) != NULL && g_str_has_prefix (gtk_button_get_icon_name (GTK_BUTTON (widget)), "window-")))
    {
      g_test_message ("%s in %s", G_OBJECT_TYPE_NAME (widget), G_OBJECT_TYPE_NAME (parent));
      g_assert_true (gtk_widget_get_tooltip_text (widget) != NULL || gtk_widget_get_tooltip_text (parent) != NULL || gtk_button_get_child (GTK_BUTTON (widget)) != NULL);
    }
  if (ADW_IS_PREFERENCES_ROW (widget) && gtk_list_box_row_get_activatable (GTK_LIST_BOX_ROW (widget)))
    g_assert_cmpstr (adw_preferences_row_get_title (ADW_PREFERENCES_ROW (widget)), !=, "");
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL; child = gtk_widget_get_next_sibling (child))
    check_names (child);
}

static void
test_controls_have_names (void)
{
  static const char *const actions[] = { "win.new-bridge", "win.new-portal" };
  MmpStand *stand = mmp_stand_new ();
  MmpConnection *connection = mmp_stand_add_rules (stand, MMP_PROFILE_PORTAL, "Farm");
  MmpPlayed *played = mmp_stand_start (stand, connection);

  mmp_played_say (played, MMP_STATE_CONNECTED, MMP_PATH_DIRECT_UDP, -1);
  played->funcs->listening (played, "127.0.0.1", 40123, "default", played->user_data);
  mmp_stand_say_bridge (stand, TRUE, 3);
  mmp_settle ();
  check_names (GTK_WIDGET (stand->window));
  for (guint i = 0; i < G_N_ELEMENTS (actions); i++)
    {
      gtk_widget_activate_action (GTK_WIDGET (stand->window), actions[i], NULL);
      check_names (mmp_await_dialog (stand->window));
      adw_dialog_force_close (ADW_DIALOG (mmp_await_dialog (stand->window)));
      mmp_await_no_dialog (stand->window);
    }
  act (stand, "rules.edit", 0);
  check_names (mmp_await_dialog (stand->window));
  mmp_stand_free (stand);
}

int
main (int argc,
      char *argv[])
{
  if (!mmp_stand_init (&argc, &argv))
    return 77;

#define ADD(path, test) g_test_add_func ("/rules/" path, test)
  ADD ("bridges-are-set-up", test_bridges_are_set_up);
  ADD ("rules-are-changed-and-come-back", test_rules_are_changed_and_come_back);
  ADD ("bridges-say-what-became-of-messages", test_bridges_say_what_became_of_messages);
  ADD ("causes-name-the-broker", test_causes_name_the_broker);
  ADD ("portals-show-both-paths", test_portals_show_both_paths);
  ADD ("portals-are-set-up", test_portals_are_set_up);
  ADD ("kinds-are-apart-in-the-list", test_kinds_are_apart_in_the_list);
  ADD ("controls-have-names", test_controls_have_names);

  return g_test_run ();
}
