/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-connection-page.h"

#include <stdlib.h>

#include "mmp-classic-group.h"
#include "mmp-connected-group.h"
#include "mmp-describe.h"
#include "mmp-diagnostics-group.h"
#include "mmp-figure.h"
#include "mmp-graph.h"
#include "mmp-rules-panel.h"
#include "mmp-text.h"

#define STREAMS_SHOWN 50

struct _MmpConnectionPage
{
  AdwNavigationPage parent_instance;

  MmpAccount *account;
  MmpConnection *connection;
  MmpTone tone;
  char *announced;
  guint span; /* seconds */
  gboolean filling; /* rows change by us, not by a person */
  GPtrArray *stream_rows;
  guint streams_shown; /* a mark of what stream_rows show */

  AdwBanner *banner;
  GtkImage *state_icon;
  GtkLabel *state_label;
  GtkLabel *detail_label;
  GtkButton *toggle_button;
  GtkWidget *code_button;
  GtkWidget *edit_button;
  GtkWidget *rtt_group;
  AdwToggleGroup *span_group;
  MmpGraph *graph;
  MmpFigure *mean_figure;
  MmpFigure *min_figure;
  MmpFigure *max_figure;
  MmpFigure *p95_figure;
  MmpFigure *lost_figure;
  MmpRulesPanel *rules_panel;
  MmpConnectedGroup *devices_group;
  GtkWidget *connection_group;
  AdwActionRow *address_row;
  AdwActionRow *service_row;
  AdwActionRow *device_row;
  AdwActionRow *own_row;
  AdwActionRow *broker_row;
  AdwActionRow *path_row;
  AdwActionRow *traffic_row;
  AdwExpanderRow *streams_row;
  AdwActionRow *since_row;
  AdwPreferencesGroup *access_group;
  AdwComboRow *access_row;
  AdwSwitchRow *autostart_row;
  MmpClassicGroup *classic_group;
  MmpDiagnosticsGroup *diagnostics;
};

G_DEFINE_FINAL_TYPE (MmpConnectionPage, mmp_connection_page, ADW_TYPE_NAVIGATION_PAGE)

/* --- figures -------------------------------------------------------------------------------------------------------- */

static void
show_figure (MmpFigure *figure,
             double value)
{
  g_autofree char *text = value >= 0 ? mmp_text_rtt (value) : g_strdup ("–");

  mmp_figure_set_text (figure, text);
}

static void
show_round_trips (MmpConnectionPage *self)
{
  gint64 since = g_get_monotonic_time () - (gint64) self->span * G_USEC_PER_SEC;
  MmpSummary summary = mmp_history_summarize (mmp_connection_get_history (self->connection), since);
  g_autofree char *lost = g_strdup_printf ("%u", summary.n_lost);

  show_figure (self->mean_figure, summary.mean);
  show_figure (self->min_figure, summary.min);
  show_figure (self->max_figure, summary.max);
  show_figure (self->p95_figure, summary.p95);
  mmp_figure_set_text (self->lost_figure, lost);
  mmp_graph_refresh (self->graph);
}

static void
show_traffic (MmpConnectionPage *self)
{
  const MmpStatus *status = mmp_connection_get_status (self->connection);
  GPtrArray *devices = mmp_connection_get_devices (self->connection);
  guint64 sent = status->bytes_sent;
  guint64 received = status->bytes_received;
  g_autofree char *sent_text = NULL;
  g_autofree char *received_text = NULL;
  g_autofree char *text = NULL;

  for (guint i = 0; i < devices->len; i++)
    {
      sent += ((MmpStatus *) g_ptr_array_index (devices, i))->bytes_sent;
      received += ((MmpStatus *) g_ptr_array_index (devices, i))->bytes_received;
    }
  sent_text = g_format_size (sent);
  received_text = g_format_size (received);
  text = g_strdup_printf (_ ("%s sent, %s received"), sent_text, received_text);
  adw_action_row_set_subtitle (self->traffic_row, text);
}

static void
clear_streams (MmpConnectionPage *self)
{
  for (guint i = 0; i < self->stream_rows->len; i++)
    adw_expander_row_remove (self->streams_row, g_ptr_array_index (self->stream_rows, i));
  g_ptr_array_set_size (self->stream_rows, 0);
}

static void
show_streams (MmpConnectionPage *self)
{
  GPtrArray *streams = mmp_connection_get_streams (self->connection);
  const MmpOpenStream *newest = streams->len > 0 ? g_ptr_array_index (streams, streams->len - 1) : NULL;
  guint mark = newest != NULL ? (streams->len << 16) ^ newest->id : 0;
  g_autofree char *count = g_strdup_printf ("%u", streams->len);

  adw_expander_row_set_subtitle (self->streams_row, count);
  if (adw_expander_row_get_enable_expansion (self->streams_row) != (streams->len > 0))
    {
      /* This would open it. */
      adw_expander_row_set_enable_expansion (self->streams_row, streams->len > 0);
      adw_expander_row_set_expanded (self->streams_row, FALSE);
    }
  if (mark == self->streams_shown)
    return;
  self->streams_shown = mark;
  clear_streams (self);
  for (guint i = 0; i < MIN (streams->len, STREAMS_SHOWN); i++)
    {
      const MmpOpenStream *stream = g_ptr_array_index (streams, streams->len - 1 - i);
      GtkWidget *row = adw_action_row_new ();
      g_autofree char *title = g_strdup_printf (_ ("Connection %u to “%s”"), stream->id, stream->service);
      g_autofree char *ago = mmp_text_ago (stream->since);

      adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
      adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
      adw_action_row_set_subtitle (ADW_ACTION_ROW (row), ago);
      adw_expander_row_add_row (self->streams_row, row);
      g_ptr_array_add (self->stream_rows, row);
    }
}

/* --- the whole ------------------------------------------------------------------------------------------------------ */

static void
show_banner (MmpConnectionPage *self)
{
  const GError *forward_error = mmp_connection_get_forward_error (self->connection);
  const GError *broken = mmp_connection_get_profile (self->connection) != NULL ? mmp_connection_get_broken (self->connection) : NULL;
  g_autofree char *problem = forward_error != NULL ? mmp_text_explain (forward_error) : NULL;
  const char *title = broken != NULL ? broken->message : NULL;
  const char *button = NULL;

  if (mmp_connection_get_requests (self->connection)->len > 0)
    {
      title = _ ("An unknown device wants to connect");
      button = _ ("_Review…");
    }
  else if (forward_error != NULL)
    {
      title = problem;
      button = _ ("_Edit…");
    }
  else if (mmp_describe_is_locked (self->connection))
    {
      title = _ ("Keys are locked");
      button = _ ("_Unlock");
    }
  adw_banner_set_title (self->banner, title != NULL ? title : adw_banner_get_title (self->banner));
  adw_banner_set_button_label (self->banner, button);
  adw_banner_set_revealed (self->banner, title != NULL);
}

static void
set_tone (MmpConnectionPage *self,
          MmpTone tone)
{
  const char *before = mmp_text_tone_class (self->tone);
  const char *after = mmp_text_tone_class (tone);

  if (before != NULL)
    gtk_widget_remove_css_class (GTK_WIDGET (self->state_icon), before);
  if (after != NULL)
    gtk_widget_add_css_class (GTK_WIDGET (self->state_icon), after);
  self->tone = tone;
}

/* A screen reader says a new state once; seconds that count down are no new state. */
static void
announce (MmpConnectionPage *self,
          const char *state)
{
  gboolean counts_down = mmp_connection_get_status (self->connection)->state == MMP_STATE_RECONNECTING;
  const char *said = counts_down ? "reconnecting" : state;

  if (g_strcmp0 (self->announced, said) == 0)
    return;
  if (self->announced != NULL && gtk_widget_get_mapped (GTK_WIDGET (self)))
    gtk_accessible_announce (GTK_ACCESSIBLE (self), state, GTK_ACCESSIBLE_ANNOUNCEMENT_PRIORITY_MEDIUM);
  g_free (self->announced);
  self->announced = g_strdup (said);
}

static void
show_state (MmpConnectionPage *self)
{
  g_autofree char *state = mmp_text_state (self->connection);
  g_autofree char *detail = mmp_text_detail (self->connection);
  gboolean running = mmp_connection_is_running (self->connection);
  const char *label = !running ? _ ("_Start") : mmp_text_is_busy (self->connection) ? _ ("_Cancel")
                                                                                    : _ ("_Stop");

  gtk_image_set_from_icon_name (self->state_icon, mmp_text_state_icon (self->connection));
  set_tone (self, mmp_text_tone (self->connection));
  gtk_label_set_text (self->state_label, state);
  gtk_label_set_text (self->detail_label, detail);
  gtk_button_set_label (self->toggle_button, label);
  gtk_button_set_use_underline (self->toggle_button, TRUE);
  if (running)
    gtk_widget_remove_css_class (GTK_WIDGET (self->toggle_button), "suggested-action");
  else
    gtk_widget_add_css_class (GTK_WIDGET (self->toggle_button), "suggested-action");
  announce (self, state);
}

static void
show_other_device (MmpConnectionPage *self,
                   const MmpProfile *profile)
{
  const MmpStatus *status = mmp_connection_get_status (self->connection);
  g_autofree char *fingerprint = mmp_public_key_to_fingerprint (&profile->device);
  g_autofree char *text = NULL;

  if (status->has_device && status->device_name != NULL && status->device_name[0] != '\0')
    text = g_strdup_printf ("%s\n%s", status->device_name, fingerprint);
  adw_action_row_set_subtitle (self->device_row, text != NULL ? text : fingerprint);
}

static void
show_profile (MmpConnectionPage *self,
              const MmpProfile *profile)
{
  const MmpBrokerEntry *broker = mmp_entry_store_find (mmp_account_get_brokers (self->account), profile->broker);
  gboolean listener = mmp_profile_is_called (profile);
  g_autofree char *address = mmp_describe_local_address (self->connection);
  g_autofree char *services = mmp_describe_services (profile);
  g_autofree char *own = mmp_describe_own_key (self->account, profile);
  g_autofree char *broker_text = broker != NULL ? g_strdup_printf ("%s:%u%s", broker->host, broker->port, broker->tls ? "" : _ (" (without TLS)")) : g_strdup (_ ("Removed; choose another one"));

  self->filling = TRUE;
  gtk_widget_set_visible (GTK_WIDGET (self->address_row), address != NULL);
  adw_action_row_set_subtitle (self->address_row, address != NULL ? address : "");
  gtk_widget_set_visible (GTK_WIDGET (self->service_row), services[0] != '\0');
  adw_action_row_set_subtitle (self->service_row, services);
  gtk_widget_set_visible (GTK_WIDGET (self->device_row), profile->has_device);
  gtk_widget_set_visible (GTK_WIDGET (self->broker_row), mmp_profile_has_tunnel (profile));
  if (profile->has_device)
    show_other_device (self, profile);
  gtk_widget_set_visible (GTK_WIDGET (self->own_row), own != NULL && profile->has_device);
  adw_action_row_set_subtitle (self->own_row, own != NULL ? own : "");
  adw_action_row_set_subtitle (self->broker_row, broker_text);
  gtk_widget_set_visible (GTK_WIDGET (self->access_row), listener);
  adw_combo_row_set_selected (self->access_row, profile->access);
  adw_preferences_group_set_description (self->access_group, mmp_describe_access (profile));
  adw_switch_row_set_active (self->autostart_row, profile->autostart);
  self->filling = FALSE;
}

static void
show_running (MmpConnectionPage *self,
              const MmpProfile *profile)
{
  const MmpStatus *status = mmp_connection_get_status (self->connection);
  gboolean running = mmp_connection_is_running (self->connection);
  gboolean connected = profile->kind == MMP_PROFILE_INITIATOR && status->state == MMP_STATE_CONNECTED;
  g_autofree char *path = mmp_describe_path (status);
  g_autofree char *since = mmp_text_ago (mmp_connection_get_started (self->connection));

  gtk_widget_set_visible (self->rtt_group, running && (mmp_connection_count_connected (self->connection) > 0 || mmp_history_get_size (mmp_connection_get_history (self->connection)) > 0));
  gtk_widget_set_visible (GTK_WIDGET (self->path_row), connected);
  gtk_widget_set_visible (GTK_WIDGET (self->traffic_row), running && mmp_profile_has_tunnel (profile));
  gtk_widget_set_visible (GTK_WIDGET (self->streams_row), running && mmp_profile_has_tunnel (profile));
  gtk_widget_set_visible (GTK_WIDGET (self->since_row), running);
  adw_action_row_set_subtitle (self->path_row, path);
  adw_action_row_set_subtitle (self->since_row, since);
}

static void
on_figures (MmpConnectionPage *self)
{
  g_autofree char *detail = NULL;
  g_autofree char *since = NULL;

  /* Nobody looks: nothing is drawn. */
  if (!gtk_widget_get_mapped (GTK_WIDGET (self)) || mmp_connection_get_profile (self->connection) == NULL)
    return;
  detail = mmp_text_detail (self->connection);
  since = mmp_text_ago (mmp_connection_get_started (self->connection));
  gtk_label_set_text (self->detail_label, detail);
  adw_action_row_set_subtitle (self->since_row, since);
  show_round_trips (self);
  show_traffic (self);
  show_streams (self);
  mmp_connected_group_show (self->devices_group, self->connection);
}

static void
on_changed (MmpConnectionPage *self)
{
  const MmpProfile *profile = mmp_connection_get_profile (self->connection);

  adw_navigation_page_set_title (ADW_NAVIGATION_PAGE (self), mmp_text_name (self->connection));
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "page.edit", profile != NULL);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "page.duplicate", profile != NULL);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "page.show-code", profile != NULL && mmp_profile_has_tunnel (profile) && !profile->classic);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "page.toggle", profile != NULL);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "page.run-checks", profile != NULL && mmp_profile_has_tunnel (profile));
  gtk_widget_set_visible (GTK_WIDGET (self->toggle_button), profile != NULL);
  gtk_widget_set_visible (self->edit_button, profile != NULL && mmp_connection_get_status (self->connection)->state == MMP_STATE_ATTENTION);
  gtk_widget_set_visible (self->code_button, profile != NULL && mmp_profile_is_called (profile) && !profile->classic && !gtk_widget_get_visible (self->edit_button));
  gtk_widget_set_visible (self->connection_group, profile != NULL && (mmp_profile_has_tunnel (profile) || mmp_connection_is_running (self->connection)));
  gtk_widget_set_visible (GTK_WIDGET (self->diagnostics), profile != NULL && mmp_profile_has_tunnel (profile));
  gtk_widget_set_visible (GTK_WIDGET (self->autostart_row), profile != NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->access_row), profile != NULL);
  mmp_classic_group_show (self->classic_group, self->account, profile);
  show_state (self);
  show_banner (self);
  mmp_connected_group_show (self->devices_group, self->connection);
  if (profile != NULL)
    {
      show_profile (self, profile);
      show_running (self, profile);
    }
  else
    {
      gtk_widget_set_visible (self->rtt_group, FALSE);
    }
  on_figures (self);
}

/* --- what a person does --------------------------------------------------------------------------------------------- */

static void
do_by_window (GtkWidget *widget,
              const char *action_name,
              GVariant *parameter)
{
  MmpConnectionPage *self = MMP_CONNECTION_PAGE (widget);
  g_autofree char *name = g_strconcat ("win.", strchr (action_name, '.') + 1, NULL);

  gtk_widget_activate_action (widget, name, "s", mmp_connection_get_id (self->connection));
}

static void
run_checks (GtkWidget *widget,
            const char *action_name,
            GVariant *parameter)
{
  MmpConnectionPage *self = MMP_CONNECTION_PAGE (widget);

  mmp_examination_start (mmp_connection_get_examination (self->connection));
  gtk_widget_grab_focus (GTK_WIDGET (self->diagnostics)); /* which brings it into view */
}

static void
on_banner_clicked (MmpConnectionPage *self)
{
  gboolean asked = mmp_connection_get_requests (self->connection)->len > 0;
  const char *otherwise = mmp_describe_is_locked (self->connection) ? "win.retry" : "win.edit";

  gtk_widget_activate_action (GTK_WIDGET (self), asked ? "win.review" : otherwise, "s", mmp_connection_get_id (self->connection));
}

static void
on_address_activated (MmpConnectionPage *self)
{
  const char *address = adw_action_row_get_subtitle (self->address_row);

  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), address);
  gtk_widget_activate_action (GTK_WIDGET (self), "win.toast", "s", _ ("Address copied"));
}

static void
on_span_changed (MmpConnectionPage *self)
{
  const char *name = adw_toggle_group_get_active_name (self->span_group);

  if (name == NULL)
    return;
  self->span = (guint) atoi (name);
  mmp_graph_set_span (self->graph, self->span);
  if (self->connection != NULL)
    show_round_trips (self);
}

static void
change_profile (MmpConnectionPage *self,
                void (*change) (MmpConnectionPage *self,
                                MmpProfile *profile))
{
  const MmpProfile *profile = self->connection != NULL ? mmp_connection_get_profile (self->connection) : NULL;
  g_autoptr (MmpProfile) changed = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  if (self->filling || profile == NULL)
    return;
  changed = mmp_profile_copy (profile);
  change (self, changed);
  if (mmp_profile_store_save (mmp_account_get_profiles (self->account), changed, &error))
    return;
  text = mmp_text_explain (error);
  gtk_widget_activate_action (GTK_WIDGET (self), "win.toast", "s", text);
  on_changed (self);
}

static void
change_autostart (MmpConnectionPage *self,
                  MmpProfile *profile)
{
  profile->autostart = adw_switch_row_get_active (self->autostart_row);
}

static void
change_access (MmpConnectionPage *self,
               MmpProfile *profile)
{
  profile->access = (MmpProfileAccess) adw_combo_row_get_selected (self->access_row);
}

static void
on_autostart_changed (MmpConnectionPage *self)
{
  change_profile (self, change_autostart);
}

static void
on_access_selected (MmpConnectionPage *self)
{
  change_profile (self, change_access);
}

static void
mmp_connection_page_dispose (GObject *object)
{
  MmpConnectionPage *self = MMP_CONNECTION_PAGE (object);

  if (self->connection != NULL)
    g_signal_handlers_disconnect_by_data (self->connection, self);
  if (self->graph != NULL)
    mmp_graph_set_history (self->graph, NULL);
  gtk_widget_dispose_template (GTK_WIDGET (object), MMP_TYPE_CONNECTION_PAGE);
  g_clear_object (&self->connection);
  g_clear_object (&self->account);

  G_OBJECT_CLASS (mmp_connection_page_parent_class)->dispose (object);
}

static void
mmp_connection_page_finalize (GObject *object)
{
  MmpConnectionPage *self = MMP_CONNECTION_PAGE (object);

  g_ptr_array_unref (self->stream_rows);
  g_free (self->announced);

  G_OBJECT_CLASS (mmp_connection_page_parent_class)->finalize (object);
}

static void
bind_children (GtkWidgetClass *widget_class)
{
#define BIND(name) gtk_widget_class_bind_template_child (widget_class, MmpConnectionPage, name)
  BIND (banner);
  BIND (state_icon);
  BIND (state_label);
  BIND (detail_label);
  BIND (toggle_button);
  BIND (code_button);
  BIND (edit_button);
  BIND (rtt_group);
  BIND (span_group);
  BIND (graph);
  BIND (mean_figure);
  BIND (min_figure);
  BIND (max_figure);
  BIND (p95_figure);
  BIND (lost_figure);
  BIND (rules_panel);
  BIND (devices_group);
  BIND (connection_group);
  BIND (address_row);
  BIND (service_row);
  BIND (device_row);
  BIND (own_row);
  BIND (broker_row);
  BIND (path_row);
  BIND (traffic_row);
  BIND (streams_row);
  BIND (since_row);
  BIND (access_group);
  BIND (access_row);
  BIND (autostart_row);
  BIND (classic_group);
  BIND (diagnostics);
#undef BIND
}

static void
mmp_connection_page_class_init (MmpConnectionPageClass *klass)
{
  static const char *const actions[] = { "page.toggle", "page.edit", "page.duplicate", "page.show-code", "page.save-log", "page.delete" };
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = mmp_connection_page_dispose;
  G_OBJECT_CLASS (klass)->finalize = mmp_connection_page_finalize;
  g_type_ensure (MMP_TYPE_CLASSIC_GROUP);
  g_type_ensure (MMP_TYPE_CONNECTED_GROUP);
  g_type_ensure (MMP_TYPE_DIAGNOSTICS_GROUP);
  g_type_ensure (MMP_TYPE_GRAPH);
  g_type_ensure (MMP_TYPE_FIGURE);
  g_type_ensure (MMP_TYPE_RULES_PANEL);
  gtk_widget_class_set_template_from_resource (widget_class, MMP_RESOURCES "ui/mmp-connection-page.ui");
  bind_children (widget_class);
  gtk_widget_class_bind_template_callback (widget_class, on_banner_clicked);
  gtk_widget_class_bind_template_callback (widget_class, on_address_activated);
  gtk_widget_class_bind_template_callback (widget_class, on_span_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_autostart_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_access_selected);
  for (gsize i = 0; i < G_N_ELEMENTS (actions); i++)
    gtk_widget_class_install_action (widget_class, actions[i], NULL, do_by_window);
  gtk_widget_class_install_action (widget_class, "page.run-checks", NULL, run_checks);
}

static void
mmp_connection_page_init (MmpConnectionPage *self)
{
  self->span = 60;
  self->stream_rows = g_ptr_array_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  adw_toggle_group_set_active_name (self->span_group, "60");
}

/**
 * mmp_connection_page_new:
 *
 * Returns: (transfer floating): a page that follows @connection
 */
AdwNavigationPage *
mmp_connection_page_new (MmpAccount *account,
                         MmpConnection *connection)
{
  MmpConnectionPage *self = g_object_new (MMP_TYPE_CONNECTION_PAGE, NULL);

  self->account = g_object_ref (account);
  self->connection = g_object_ref (connection);
  mmp_graph_set_history (self->graph, mmp_connection_get_history (connection));
  mmp_rules_panel_set_connection (self->rules_panel, account, connection);
  mmp_diagnostics_group_set_connection (self->diagnostics, connection);
  g_signal_connect_swapped (connection, "changed", G_CALLBACK (on_changed), self);
  g_signal_connect_swapped (connection, "figures", G_CALLBACK (on_figures), self);
  g_signal_connect_object (mmp_account_get_brokers (account), "changed", G_CALLBACK (on_changed), self, G_CONNECT_SWAPPED);
  g_signal_connect (self, "map", G_CALLBACK (on_figures), NULL);
  on_changed (self);

  return ADW_NAVIGATION_PAGE (self);
}

/**
 * mmp_connection_page_get_connection:
 *
 * Returns: (transfer none): what it shows
 */
MmpConnection *
mmp_connection_page_get_connection (MmpConnectionPage *self)
{
  return self->connection;
}
