/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-rules-panel.h"

#include "mmp-key-saver.h"
#include "mmp-rule-text.h"
#include "mmp-rules-list.h"
#include "mmp-text.h"

/* What is typed is not one change for every second of it. */
#define PATIENCE_SETTLES_MS 1000

/* As in fail_row */
enum
{
  FAIL_WAIT,
  FAIL_BRIDGE,
};

struct _MmpRulesPanel
{
  GtkBox parent_instance;

  MmpAccount *account;
  MmpConnection *connection;
  gboolean filling; /* rows change by us, not by a person */
  guint patience_source;
  GtkWidget *count_rows[MMP_BRIDGE_COUNTS];
  GtkLabel *count_labels[MMP_BRIDGE_COUNTS];

  GtkWidget *path_group;
  AdwActionRow *tunnel_row;
  GtkWidget *tunnel_mark;
  AdwActionRow *bridge_row;
  GtkWidget *bridge_mark;
  AdwComboRow *fail_row;
  AdwSpinRow *patience_row;
  AdwSwitchRow *back_row;
  MmpRulesList *rules_list;
  GtkWidget *secret_group;
  AdwActionRow *kind_row;
  AdwActionRow *fingerprint_row;
  AdwActionRow *bridge_id_row;
  GtkWidget *save_key_row;
  AdwActionRow *local_row;
  AdwActionRow *far_row;
  AdwPreferencesGroup *counts_group;
};

G_DEFINE_FINAL_TYPE (MmpRulesPanel, mmp_rules_panel, GTK_TYPE_BOX)

/* --- paths ---------------------------------------------------------------------------------------------------------- */

/* Of a portal that is called, the device that has been there longest is meant. */
static const MmpStatus *
get_tunnel (MmpRulesPanel *self)
{
  GPtrArray *devices = mmp_connection_get_devices (self->connection);

  return devices->len > 0 ? g_ptr_array_index (devices, 0) : mmp_connection_get_tunnel_status (self->connection);
}

static char *
describe_tunnel (const MmpStatus *tunnel)
{
  g_autofree char *trip = tunnel->rtt >= 0 ? mmp_text_rtt (tunnel->rtt) : NULL;

  switch (tunnel->state)
    {
    case MMP_STATE_CONNECTED:
      /* Translators: the first is a path such as “direct”, the second a duration */
      return trip != NULL ? g_strdup_printf (_ ("Connected, %s · %s"), mmp_text_path (tunnel->path), trip) : g_strdup_printf (_ ("Connected, %s"), mmp_text_path (tunnel->path));
    case MMP_STATE_WAITING:
      return g_strdup (_ ("Waiting for the other end"));
    case MMP_STATE_STOPPED:
      return g_strdup (_ ("Stopped"));
    case MMP_STATE_CONNECTING:
    case MMP_STATE_RECONNECTING:
    case MMP_STATE_ATTENTION:
    default:
      return tunnel->cause != NULL ? mmp_text_explain (tunnel->cause) : g_strdup (_ ("Connecting…"));
    }
}

static const char *
describe_broker_state (MmpMqttState state)
{
  switch (state)
    {
    case MMP_MQTT_STATE_ONLINE:
      return _ ("Connected");
    case MMP_MQTT_STATE_CONNECTING:
      return _ ("Connecting…");
    case MMP_MQTT_STATE_WAITING:
      return _ ("Reconnecting…");
    case MMP_MQTT_STATE_STOPPED:
    default:
      return _ ("Stopped");
    }
}

static MmpMqttState
get_far_state (const MmpBridgeStatus *bridge,
               const MmpProfile *profile)
{
  gboolean has_other_way = profile->kind == MMP_PROFILE_PORTAL && !mmp_profile_is_called (profile);

  return has_other_way ? bridge->via : bridge->remote;
}

static void
show_paths (MmpRulesPanel *self,
            const MmpProfile *profile)
{
  const MmpBridgeStatus *bridge = mmp_connection_get_bridge_status (self->connection);
  const MmpStatus *tunnel = get_tunnel (self);
  gboolean connected = tunnel->state == MMP_STATE_CONNECTED;
  gboolean by_tunnel = connected && (bridge == NULL || bridge->present);
  gboolean by_bridge = bridge != NULL && !bridge->present && get_far_state (bridge, profile) == MMP_MQTT_STATE_ONLINE;
  g_autofree char *text = describe_tunnel (tunnel);

  adw_action_row_set_subtitle (self->tunnel_row, text);
  gtk_widget_set_visible (self->tunnel_mark, by_tunnel);
  gtk_widget_set_visible (self->bridge_mark, by_bridge);
  if (!profile->bridge->fall_back)
    adw_action_row_set_subtitle (self->bridge_row, _ ("Not used"));
  else if (by_bridge)
    adw_action_row_set_subtitle (self->bridge_row, _ ("Connected, messages go sealed over the broker"));
  else
    adw_action_row_set_subtitle (self->bridge_row, bridge == NULL ? _ ("Stopped") : get_far_state (bridge, profile) == MMP_MQTT_STATE_ONLINE ? _ ("Ready, if the tunnel fails")
                                                                                                                                             : describe_broker_state (get_far_state (bridge, profile)));
}

static void
fill_paths (MmpRulesPanel *self,
            const MmpProfile *profile)
{
  adw_combo_row_set_selected (self->fail_row, profile->bridge->fall_back ? FAIL_BRIDGE : FAIL_WAIT);
  if (self->patience_source == 0)
    adw_spin_row_set_value (self->patience_row, profile->bridge->patience);
  adw_switch_row_set_active (self->back_row, profile->bridge->go_back);
  gtk_widget_set_visible (GTK_WIDGET (self->patience_row), profile->bridge->fall_back);
  gtk_widget_set_visible (GTK_WIDGET (self->back_row), profile->bridge->fall_back);
}

/* --- secret and brokers --------------------------------------------------------------------------------------------- */

static void
show_secret (MmpRulesPanel *self,
             const MmpProfile *profile)
{
  static const char *const kinds[] = {
    [MMP_PROFILE_SECRET_NONE] = N_ ("Nothing"),
    [MMP_PROFILE_SECRET_PASSWORD] = N_ ("A password"),
    [MMP_PROFILE_SECRET_KEY] = N_ ("A key"),
    [MMP_PROFILE_SECRET_FILE] = N_ ("A key file"),
  };
  g_autofree char *fingerprint = mmp_connection_get_fingerprint (self->connection);
  MmpProfileSecretKind kind = profile->bridge->secret;

  gtk_widget_set_visible (self->secret_group, kind != MMP_PROFILE_SECRET_NONE);
  adw_action_row_set_subtitle (self->kind_row, _ (kinds[kind]));
  adw_action_row_set_subtitle (self->fingerprint_row, fingerprint != NULL ? fingerprint : _ ("Start it to see the fingerprint"));
  gtk_widget_set_visible (GTK_WIDGET (self->bridge_id_row), profile->bridge->bridge_id[0] != '\0');
  adw_action_row_set_subtitle (self->bridge_id_row, profile->bridge->bridge_id);
  gtk_widget_set_visible (self->save_key_row, kind == MMP_PROFILE_SECRET_KEY);
}

static void
show_broker (MmpRulesPanel *self,
             AdwActionRow *row,
             const char *id,
             const char *state)
{
  const MmpBrokerEntry *broker = mmp_entry_store_find (mmp_account_get_brokers (self->account), id);
  g_autofree char *address = broker != NULL ? g_strdup_printf ("%s:%u%s", broker->host, broker->port, broker->tls ? "" : _ (" (without TLS)")) : g_strdup (_ ("Removed; choose another one"));
  g_autofree char *text = state != NULL ? g_strdup_printf ("%s\n%s", address, state) : NULL;

  adw_action_row_set_subtitle (row, text != NULL ? text : address);
}

static void
show_brokers (MmpRulesPanel *self,
              const MmpProfile *profile)
{
  const MmpBridgeStatus *bridge = mmp_connection_get_bridge_status (self->connection);
  gboolean portal = profile->kind == MMP_PROFILE_PORTAL;
  const char *far = portal && profile->bridge->via[0] != '\0' ? profile->bridge->via : profile->broker;

  show_broker (self, self->local_row, profile->bridge->local, bridge != NULL ? describe_broker_state (bridge->local) : NULL);
  show_broker (self, self->far_row, far, bridge != NULL ? describe_broker_state (get_far_state (bridge, profile)) : NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->far_row), !portal || profile->bridge->fall_back);
}

/* --- what became of messages ---------------------------------------------------------------------------------------- */

static void
make_count_rows (MmpRulesPanel *self)
{
  for (guint i = 0; i < MMP_BRIDGE_COUNTS; i++)
    {
      GtkWidget *row = adw_action_row_new ();
      GtkWidget *label = gtk_label_new ("0");

      adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), mmp_rule_text_count (i));
      adw_action_row_set_subtitle (ADW_ACTION_ROW (row), mmp_rule_text_hint (i));
      adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 0);
      gtk_widget_add_css_class (label, "numeric");
      adw_action_row_add_suffix (ADW_ACTION_ROW (row), label);
      adw_preferences_group_add (self->counts_group, row);
      self->count_rows[i] = row;
      self->count_labels[i] = GTK_LABEL (label);
    }
}

static void
show_counts (MmpRulesPanel *self)
{
  const MmpBridgeStatus *bridge = mmp_connection_get_bridge_status (self->connection);

  gtk_widget_set_visible (GTK_WIDGET (self->counts_group), bridge != NULL);
  for (guint i = 0; bridge != NULL && i < MMP_BRIDGE_COUNTS; i++)
    {
      g_autofree char *text = g_strdup_printf ("%" G_GUINT64_FORMAT, bridge->counts[i]);

      gtk_widget_set_visible (self->count_rows[i], i <= MMP_BRIDGE_OPENED || bridge->counts[i] > 0);
      gtk_label_set_text (self->count_labels[i], text);
    }
}

/* --- the whole ------------------------------------------------------------------------------------------------------ */

static void
on_figures (MmpRulesPanel *self)
{
  const MmpProfile *profile = mmp_connection_get_profile (self->connection);

  /* Nobody looks: nothing is drawn. */
  if (!gtk_widget_get_mapped (GTK_WIDGET (self)) || profile == NULL || !mmp_profile_has_rules (profile))
    return;
  show_counts (self);
  show_paths (self, profile);
}

static void
on_changed (MmpRulesPanel *self)
{
  const MmpProfile *profile = mmp_connection_get_profile (self->connection);
  gboolean has_rules = profile != NULL && mmp_profile_has_rules (profile);

  gtk_widget_set_visible (GTK_WIDGET (self), has_rules);
  if (!has_rules)
    return;
  self->filling = TRUE;
  gtk_widget_set_visible (self->path_group, profile->kind == MMP_PROFILE_PORTAL);
  fill_paths (self, profile);
  show_paths (self, profile);
  mmp_rules_list_show (self->rules_list, profile);
  show_secret (self, profile);
  show_brokers (self, profile);
  show_counts (self);
  self->filling = FALSE;
}

/* --- what a person does --------------------------------------------------------------------------------------------- */

static void
save (MmpRulesPanel *self,
      MmpProfile *profile)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  if (mmp_profile_store_save (mmp_account_get_profiles (self->account), profile, &error))
    return;
  text = mmp_text_explain (error);
  gtk_widget_activate_action (GTK_WIDGET (self), "win.toast", "s", text);
  on_changed (self);
}

static MmpProfile *
begin_change (MmpRulesPanel *self)
{
  const MmpProfile *profile = self->connection != NULL ? mmp_connection_get_profile (self->connection) : NULL;

  return !self->filling && profile != NULL ? mmp_profile_copy (profile) : NULL;
}

static void
on_fail_selected (MmpRulesPanel *self)
{
  g_autoptr (MmpProfile) changed = begin_change (self);

  if (changed == NULL)
    return;
  changed->bridge->fall_back = adw_combo_row_get_selected (self->fail_row) == FAIL_BRIDGE;
  if (mmp_profile_check (changed, NULL))
    {
      save (self, changed);
      return;
    }
  /* There is nothing to seal with yet; where that is entered, this is, too. */
  on_changed (self);
  gtk_widget_activate_action (GTK_WIDGET (self), "win.edit", "s", mmp_connection_get_id (self->connection));
  gtk_widget_activate_action (GTK_WIDGET (self), "win.toast", "s", _ ("The bridge needs a secret"));
}

static gboolean
on_patience_settled (gpointer user_data)
{
  MmpRulesPanel *self = user_data;
  g_autoptr (MmpProfile) changed = begin_change (self);

  self->patience_source = 0;
  if (changed == NULL)
    return G_SOURCE_REMOVE;
  changed->bridge->patience = (guint) adw_spin_row_get_value (self->patience_row);
  save (self, changed);

  return G_SOURCE_REMOVE;
}

static void
on_patience_changed (MmpRulesPanel *self)
{
  if (self->filling || self->connection == NULL)
    return;
  g_clear_handle_id (&self->patience_source, g_source_remove);
  self->patience_source = g_timeout_add (PATIENCE_SETTLES_MS, on_patience_settled, self);
}

static void
on_back_changed (MmpRulesPanel *self)
{
  g_autoptr (MmpProfile) changed = begin_change (self);

  if (changed == NULL)
    return;
  changed->bridge->go_back = adw_switch_row_get_active (self->back_row);
  save (self, changed);
}

static void
on_bridge_id_activated (MmpRulesPanel *self)
{
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), adw_action_row_get_subtitle (self->bridge_id_row));
  gtk_widget_activate_action (GTK_WIDGET (self), "win.toast", "s", _ ("Bridge ID copied"));
}

static void
save_key (GtkWidget *widget,
          const char *action_name,
          GVariant *parameter)
{
  MmpRulesPanel *self = MMP_RULES_PANEL (widget);

  mmp_key_saver_run (widget, mmp_account_get_secrets (self->account), mmp_connection_get_profile (self->connection));
}

static void
mmp_rules_panel_dispose (GObject *object)
{
  MmpRulesPanel *self = MMP_RULES_PANEL (object);

  if (self->connection != NULL)
    g_signal_handlers_disconnect_by_data (self->connection, self);
  g_clear_handle_id (&self->patience_source, g_source_remove);
  gtk_widget_dispose_template (GTK_WIDGET (object), MMP_TYPE_RULES_PANEL);
  g_clear_object (&self->connection);
  g_clear_object (&self->account);

  G_OBJECT_CLASS (mmp_rules_panel_parent_class)->dispose (object);
}

static void
mmp_rules_panel_class_init (MmpRulesPanelClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = mmp_rules_panel_dispose;
  g_type_ensure (MMP_TYPE_RULES_LIST);
  gtk_widget_class_set_template_from_resource (widget_class, MMP_RESOURCES "ui/mmp-rules-panel.ui");
#define BIND(name) gtk_widget_class_bind_template_child (widget_class, MmpRulesPanel, name)
  BIND (path_group);
  BIND (tunnel_row);
  BIND (tunnel_mark);
  BIND (bridge_row);
  BIND (bridge_mark);
  BIND (fail_row);
  BIND (patience_row);
  BIND (back_row);
  BIND (rules_list);
  BIND (secret_group);
  BIND (kind_row);
  BIND (fingerprint_row);
  BIND (bridge_id_row);
  BIND (save_key_row);
  BIND (local_row);
  BIND (far_row);
  BIND (counts_group);
#undef BIND
  gtk_widget_class_bind_template_callback (widget_class, on_fail_selected);
  gtk_widget_class_bind_template_callback (widget_class, on_patience_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_back_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_bridge_id_activated);
  gtk_widget_class_install_action (widget_class, "rules.save-key", NULL, save_key);
}

static void
mmp_rules_panel_init (MmpRulesPanel *self)
{
  self->filling = TRUE;
  gtk_widget_init_template (GTK_WIDGET (self));
  make_count_rows (self);
}

/**
 * mmp_rules_panel_set_connection:
 *
 * Follows @connection from now on.
 */
void
mmp_rules_panel_set_connection (MmpRulesPanel *self,
                                MmpAccount *account,
                                MmpConnection *connection)
{
  self->account = g_object_ref (account);
  self->connection = g_object_ref (connection);
  mmp_rules_list_set_account (self->rules_list, account);
  g_signal_connect_swapped (connection, "changed", G_CALLBACK (on_changed), self);
  g_signal_connect_swapped (connection, "figures", G_CALLBACK (on_figures), self);
  g_signal_connect (self, "map", G_CALLBACK (on_figures), NULL);
  on_changed (self);
}
