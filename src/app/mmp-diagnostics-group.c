/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-diagnostics-group.h"

#include <glib/gi18n.h>

#include "mmp-finding-text.h"
#include "mmp-help.h"

/* A thing that is looked at */
typedef struct
{
  AdwExpanderRow *row;
  GtkStack *stack; /* the icon, or a spinner */
  GtkImage *icon;
  const char *style; /* nullable: of the icon */
  GPtrArray *details; /* GtkWidget */
  guint n_results; /* that details show */
  MmpFinding finding;
} Item;

struct _MmpDiagnosticsGroup
{
  AdwPreferencesGroup parent_instance;

  MmpConnection *connection;
  Item items[MMP_EXAMINED_N];
  gboolean was_running;

  GtkButton *run_button;
  GtkWidget *report_row;
};

G_DEFINE_FINAL_TYPE (MmpDiagnosticsGroup, mmp_diagnostics_group, ADW_TYPE_PREFERENCES_GROUP)

static MmpExamination *
get_examination (MmpDiagnosticsGroup *self)
{
  return mmp_connection_get_examination (self->connection);
}

/* --- rows ----------------------------------------------------------------------------------------------------------- */

static const char *
get_icon_name (MmpFinding finding)
{
  switch (finding)
    {
    case MMP_FINDING_PASSED:
      return "object-select-symbolic";
    case MMP_FINDING_WARNING:
      return "dialog-warning-symbolic";
    case MMP_FINDING_FAILED:
      return "dialog-error-symbolic";
    case MMP_FINDING_UNDER_WAY:
    case MMP_FINDING_NONE:
    default:
      return "content-loading-symbolic";
    }
}

static const char *
get_style (MmpFinding finding)
{
  switch (finding)
    {
    case MMP_FINDING_PASSED:
      return "success";
    case MMP_FINDING_WARNING:
      return "warning";
    case MMP_FINDING_FAILED:
      return "error";
    case MMP_FINDING_UNDER_WAY:
    case MMP_FINDING_NONE:
    default:
      return "dimmed";
    }
}

static void
show_finding (Item *item,
              MmpFinding finding)
{
  const char *state = mmp_finding_text_get_state (finding);

  gtk_stack_set_visible_child_name (item->stack, finding == MMP_FINDING_UNDER_WAY ? "spinner" : "icon");
  gtk_image_set_from_icon_name (item->icon, get_icon_name (finding));
  gtk_accessible_update_property (GTK_ACCESSIBLE (item->icon), GTK_ACCESSIBLE_PROPERTY_LABEL, state, -1);
  if (item->style != NULL)
    gtk_widget_remove_css_class (GTK_WIDGET (item->icon), item->style);
  item->style = get_style (finding);
  gtk_widget_add_css_class (GTK_WIDGET (item->icon), item->style);
  item->finding = finding;
}

static GtkWidget *
make_detail (MmpCheckResult *result)
{
  GtkWidget *row = adw_action_row_new ();
  g_autofree char *label = mmp_finding_text_get_label (result);
  g_autofree char *text = mmp_finding_text_describe_result (result);

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), label);
  adw_action_row_set_title_lines (ADW_ACTION_ROW (row), 0);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), text);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 0);
  gtk_widget_add_css_class (row, "property");

  return row;
}

static void
show_details (Item *item,
              GPtrArray *results)
{
  if (results->len < item->n_results)
    {
      for (guint i = 0; i < item->details->len; i++)
        adw_expander_row_remove (item->row, g_ptr_array_index (item->details, i));
      g_ptr_array_set_size (item->details, 0);
      adw_expander_row_set_expanded (item->row, FALSE);
    }
  for (guint i = item->details->len; i < results->len; i++)
    {
      GtkWidget *row = make_detail (g_ptr_array_index (results, i));

      adw_expander_row_add_row (item->row, row);
      g_ptr_array_add (item->details, row);
    }
  item->n_results = results->len;
  if (adw_expander_row_get_enable_expansion (item->row) == (results->len > 0))
    return;
  /* This would open it. */
  adw_expander_row_set_enable_expansion (item->row, results->len > 0);
  adw_expander_row_set_expanded (item->row, FALSE);
}

static void
show_item (MmpDiagnosticsGroup *self,
           MmpExamined examined)
{
  Item *item = &self->items[examined];
  MmpExamination *examination = get_examination (self);
  const MmpProfile *profile = mmp_connection_get_profile (self->connection);
  g_autoptr (GPtrArray) results = mmp_examination_list_results (examination, examined);
  g_autofree char *text = mmp_finding_text_describe (examination, examined);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (item->row), mmp_finding_text_get_title (examined, profile != NULL && mmp_profile_is_called (profile)));
  adw_expander_row_set_subtitle (item->row, text);
  show_finding (item, mmp_examination_get_finding (examination, examined));
  /* Of the network there is no more to say. */
  if (examined != MMP_EXAMINED_NETWORK)
    show_details (item, results);
}

/* --- the whole ------------------------------------------------------------------------------------------------------ */

static guint
count (MmpDiagnosticsGroup *self,
       MmpFinding finding)
{
  guint n = 0;

  for (MmpExamined examined = 0; examined < MMP_EXAMINED_N; examined++)
    n += self->items[examined].finding == finding ? 1 : 0;

  return n;
}

/* In a sentence, for everybody; a screen reader says it when it is over. */
static char *
describe_all (MmpDiagnosticsGroup *self)
{
  MmpExamination *examination = get_examination (self);
  guint n_failed = count (self, MMP_FINDING_FAILED);

  if (mmp_examination_is_running (examination))
    return g_strdup_printf (_ ("%u of %u checked"), mmp_examination_count_done (examination), MMP_EXAMINED_N);
  if (mmp_examination_find_result (examination, MMP_CHECK_NETWORK) == NULL)
    return g_strdup (mmp_connection_is_running (self->connection) ? _ ("Looks what is in the way, or could be better") : _ ("Looks what is in the way; tries to reach the other side for a moment"));
  if (mmp_examination_count_done (examination) < MMP_EXAMINED_N)
    return g_strdup (_ ("The checks were cancelled"));
  if (n_failed > 0)
    return g_strdup_printf (ngettext ("%u check failed", "%u checks failed", n_failed), n_failed);
  if (count (self, MMP_FINDING_WARNING) > 0)
    return g_strdup (_ ("It works, but could be better"));

  return g_strdup (_ ("Nothing is in the way"));
}

static void
on_changed (MmpDiagnosticsGroup *self)
{
  MmpExamination *examination = get_examination (self);
  gboolean running = mmp_examination_is_running (examination);
  gboolean known = mmp_examination_find_result (examination, MMP_CHECK_NETWORK) != NULL;
  g_autofree char *text = NULL;

  for (MmpExamined examined = 0; examined < MMP_EXAMINED_N; examined++)
    {
      show_item (self, examined);
      gtk_widget_set_visible (GTK_WIDGET (self->items[examined].row), known);
    }
  text = describe_all (self);
  adw_preferences_group_set_description (ADW_PREFERENCES_GROUP (self), text);
  gtk_button_set_label (self->run_button, running ? _ ("_Cancel") : known ? _ ("_Run Checks Again")
                                                                          : _ ("_Run Checks"));
  gtk_widget_set_visible (self->report_row, known && !running);
  if (self->was_running && !running && gtk_widget_get_mapped (GTK_WIDGET (self)))
    gtk_accessible_announce (GTK_ACCESSIBLE (self), text, GTK_ACCESSIBLE_ANNOUNCEMENT_PRIORITY_MEDIUM);
  self->was_running = running;
}

static void
on_run_clicked (MmpDiagnosticsGroup *self)
{
  MmpExamination *examination = get_examination (self);

  if (mmp_examination_is_running (examination))
    mmp_examination_cancel (examination);
  else
    mmp_examination_start (examination);
}

static void
on_report_response (MmpDiagnosticsGroup *self,
                    const char *response,
                    AdwAlertDialog *dialog)
{
  GtkWidget *list = adw_alert_dialog_get_extra_child (dialog);
  AdwSwitchRow *addresses = ADW_SWITCH_ROW (gtk_list_box_get_row_at_index (GTK_LIST_BOX (list), 0));
  g_autofree char *report = NULL;

  if (!g_str_equal (response, "copy"))
    return;
  report = mmp_examination_report (get_examination (self), adw_switch_row_get_active (addresses));
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), report);
  gtk_widget_activate_action (GTK_WIDGET (self), "win.toast", "s", _ ("Report copied"));
}

/**
 * mmp_diagnostics_group_copy_report:
 *
 * Asks what shall be in the report, and copies it.
 */
void
mmp_diagnostics_group_copy_report (MmpDiagnosticsGroup *self)
{
  AdwDialog *dialog = adw_alert_dialog_new (_ ("Copy Report?"), _ ("For somebody who helps. Names, keys and addresses are left out unless you include them."));
  GtkWidget *list = gtk_list_box_new ();
  GtkWidget *row = adw_switch_row_new ();

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), _ ("Include Addresses"));
  gtk_list_box_append (GTK_LIST_BOX (list), row);
  gtk_list_box_set_selection_mode (GTK_LIST_BOX (list), GTK_SELECTION_NONE);
  gtk_widget_add_css_class (list, "boxed-list");
  adw_alert_dialog_set_extra_child (ADW_ALERT_DIALOG (dialog), list);
  adw_alert_dialog_add_responses (ADW_ALERT_DIALOG (dialog), "cancel", _ ("_Cancel"), "copy", _ ("C_opy"), NULL);
  adw_alert_dialog_set_response_appearance (ADW_ALERT_DIALOG (dialog), "copy", ADW_RESPONSE_SUGGESTED);
  adw_alert_dialog_set_default_response (ADW_ALERT_DIALOG (dialog), "copy");
  adw_alert_dialog_set_close_response (ADW_ALERT_DIALOG (dialog), "cancel");
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_report_response), self, G_CONNECT_SWAPPED);
  adw_dialog_present (dialog, GTK_WIDGET (self));
}

static void
mmp_diagnostics_group_dispose (GObject *object)
{
  MmpDiagnosticsGroup *self = MMP_DIAGNOSTICS_GROUP (object);

  if (self->connection != NULL)
    g_signal_handlers_disconnect_by_data (get_examination (self), self);
  g_clear_object (&self->connection);
  gtk_widget_dispose_template (GTK_WIDGET (object), MMP_TYPE_DIAGNOSTICS_GROUP);

  G_OBJECT_CLASS (mmp_diagnostics_group_parent_class)->dispose (object);
}

static void
mmp_diagnostics_group_finalize (GObject *object)
{
  MmpDiagnosticsGroup *self = MMP_DIAGNOSTICS_GROUP (object);

  for (MmpExamined examined = 0; examined < MMP_EXAMINED_N; examined++)
    g_ptr_array_unref (self->items[examined].details);

  G_OBJECT_CLASS (mmp_diagnostics_group_parent_class)->finalize (object);
}

static void
mmp_diagnostics_group_class_init (MmpDiagnosticsGroupClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = mmp_diagnostics_group_dispose;
  G_OBJECT_CLASS (klass)->finalize = mmp_diagnostics_group_finalize;
  gtk_widget_class_set_template_from_resource (widget_class, MMP_RESOURCES "ui/mmp-diagnostics-group.ui");
  gtk_widget_class_bind_template_child (widget_class, MmpDiagnosticsGroup, run_button);
  gtk_widget_class_bind_template_child (widget_class, MmpDiagnosticsGroup, report_row);
  gtk_widget_class_bind_template_callback (widget_class, on_run_clicked);
  gtk_widget_class_bind_template_callback (widget_class, mmp_diagnostics_group_copy_report);
}

static void
add_item (MmpDiagnosticsGroup *self,
          Item *item)
{
  item->row = ADW_EXPANDER_ROW (adw_expander_row_new ());
  item->stack = GTK_STACK (gtk_stack_new ());
  item->icon = GTK_IMAGE (g_object_new (GTK_TYPE_IMAGE, "accessible-role", GTK_ACCESSIBLE_ROLE_IMG, NULL));
  item->details = g_ptr_array_new ();
  gtk_stack_add_named (item->stack, GTK_WIDGET (item->icon), "icon");
  gtk_stack_add_named (item->stack, adw_spinner_new (), "spinner");
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (item->row), FALSE);
  adw_expander_row_set_subtitle_lines (item->row, 0);
  adw_expander_row_set_enable_expansion (item->row, FALSE);
  adw_expander_row_add_prefix (item->row, GTK_WIDGET (item->stack));
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (self), GTK_WIDGET (item->row));
}

static void
mmp_diagnostics_group_init (MmpDiagnosticsGroup *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  mmp_help_set_topic (self, "trouble");
  g_object_ref (self->report_row);
  adw_preferences_group_remove (ADW_PREFERENCES_GROUP (self), self->report_row);
  for (MmpExamined examined = 0; examined < MMP_EXAMINED_N; examined++)
    add_item (self, &self->items[examined]);
  /* It stands below the rows. */
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (self), self->report_row);
  g_object_unref (self->report_row);
}

/**
 * mmp_diagnostics_group_set_connection:
 *
 * Shows what is known of @connection; once.
 */
void
mmp_diagnostics_group_set_connection (MmpDiagnosticsGroup *self,
                                      MmpConnection *connection)
{
  g_assert (self->connection == NULL);

  self->connection = g_object_ref (connection);
  g_signal_connect_swapped (get_examination (self), "changed", G_CALLBACK (on_changed), self);
  on_changed (self);
}
