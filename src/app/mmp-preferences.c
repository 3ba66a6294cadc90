/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-preferences.h"

#include <string.h>

#include "mmp-file-text.h"
#include "mmp-text.h"

#define FILE_MAX (8 * 1024 * 1024)

struct _MmpPreferences
{
  AdwPreferencesDialog parent_instance;

  MmpAccount *account;
  GSettings *settings;

  GtkWidget *background_row;
  GtkWidget *login_row;
  GtkWidget *requests_row;
  GtkWidget *trouble_row;
  AdwSwitchRow *secrets_row;
  GtkEditable *password_row;
  GtkEditable *again_row;
  GtkWidget *export_row;
  GtkWidget *import_row;
};

G_DEFINE_FINAL_TYPE (MmpPreferences, mmp_preferences, ADW_TYPE_PREFERENCES_DIALOG)

static void
toast (MmpPreferences *self,
       const char *text)
{
  AdwToast *made = adw_toast_new (text);

  adw_toast_set_use_markup (made, FALSE);
  adw_preferences_dialog_add_toast (ADW_PREFERENCES_DIALOG (self), made);
}

static void
toast_error (MmpPreferences *self,
             const GError *error)
{
  g_autofree char *text = mmp_file_text_explain (error);

  toast (self, text);
}

/* An import needs no repetition, only a password if there is something sealed. */
static void
on_secrets_changed (MmpPreferences *self)
{
  gboolean wanted = adw_switch_row_get_active (self->secrets_row);
  const char *password = gtk_editable_get_text (self->password_row);
  const char *again = gtk_editable_get_text (self->again_row);
  gboolean same = g_str_equal (password, again);
  gboolean good = strlen (password) >= MMP_PASSWORD_MIN && same;

  gtk_widget_set_visible (GTK_WIDGET (self->password_row), wanted);
  gtk_widget_set_visible (GTK_WIDGET (self->again_row), wanted);
  if (again[0] != '\0' && !same)
    gtk_widget_add_css_class (GTK_WIDGET (self->again_row), "error");
  else
    gtk_widget_remove_css_class (GTK_WIDGET (self->again_row), "error");
  gtk_widget_set_sensitive (self->export_row, !wanted || good);
}

static const char *
get_password (MmpPreferences *self)
{
  return adw_switch_row_get_active (self->secrets_row) ? gtk_editable_get_text (self->password_row) : NULL;
}

/* --- export: the text is made in a worker, since sealing takes a second ---------------------------------------------- */

typedef struct
{
  MmpBundle *bundle;
  char *password;
  GFile *file;
} Export;

static void
export_free (gpointer data)
{
  Export *export = data;

  mmp_bundle_free (export->bundle);
  g_free (export->password);
  g_object_unref (export->file);
  g_free (export);
}

static void
export_thread (GTask *task,
               gpointer source,
               gpointer data,
               GCancellable *cancellable)
{
  Export *export = data;
  GError *error = NULL;
  g_autofree char *text = mmp_bundle_encode (export->bundle, export->password, &error);

  if (text != NULL && g_file_replace_contents (export->file, text, strlen (text), NULL, FALSE, G_FILE_CREATE_PRIVATE | G_FILE_CREATE_REPLACE_DESTINATION, NULL, NULL, &error))
    g_task_return_int (task, export->bundle->profiles->len);
  else
    g_task_return_error (task, error);
}

static void
on_exported (GObject *source,
             GAsyncResult *result,
             gpointer user_data)
{
  MmpPreferences *self = MMP_PREFERENCES (source);
  g_autoptr (GError) error = NULL;
  gssize n = g_task_propagate_int (G_TASK (result), &error);
  g_autofree char *text = NULL;

  if (error != NULL)
    {
      toast_error (self, error);
      return;
    }
  text = g_strdup_printf (ngettext ("%u connection exported", "%u connections exported", (guint) n), (guint) n);
  toast (self, text);
}

static void
on_export_file_chosen (GObject *source,
                       GAsyncResult *result,
                       gpointer user_data)
{
  g_autoptr (MmpPreferences) self = user_data;
  g_autoptr (GFile) file = gtk_file_dialog_save_finish (GTK_FILE_DIALOG (source), result, NULL);
  g_autoptr (GTask) task = NULL;
  g_autoptr (GError) error = NULL;
  MmpBundle *bundle;
  Export *export;

  if (file == NULL)
    return;
  bundle = mmp_account_make_bundle (self->account, NULL, get_password (self) != NULL, &error);
  if (bundle == NULL)
    {
      toast_error (self, error);
      return;
    }
  export = g_new0 (Export, 1);
  export->bundle = bundle;
  export->password = g_strdup (get_password (self));
  export->file = g_object_ref (file);
  task = g_task_new (self, NULL, on_exported, NULL);
  g_task_set_task_data (task, export, export_free);
  g_task_run_in_thread (task, export_thread);
}

static void
on_export_activated (MmpPreferences *self)
{
  g_autoptr (GtkFileDialog) dialog = gtk_file_dialog_new ();

  gtk_file_dialog_set_initial_name (dialog, "message-portal.export");
  gtk_file_dialog_save (dialog, GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), NULL, on_export_file_chosen, g_object_ref (self));
}

/* --- import --------------------------------------------------------------------------------------------------------- */

static void
take (MmpPreferences *self,
      MmpBundle *bundle,
      const char *password)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  guint n_new;

  if ((password != NULL && !mmp_bundle_unlock (bundle, password, &error)) || !mmp_account_take_bundle (self->account, bundle, &n_new, &error))
    {
      toast_error (self, error);
      return;
    }
  text = g_strdup_printf (ngettext ("%u connection imported", "%u connections imported", n_new), n_new);
  toast (self, text);
}

static void
on_password_response (AdwAlertDialog *dialog,
                      const char *response,
                      MmpPreferences *self)
{
  GtkWidget *entry = adw_alert_dialog_get_extra_child (dialog);

  if (g_str_equal (response, "import"))
    take (self, g_object_get_data (G_OBJECT (dialog), "bundle"), gtk_editable_get_text (GTK_EDITABLE (entry)));
}

static void
ask_password (MmpPreferences *self,
              MmpBundle *bundle)
{
  AdwDialog *dialog = adw_alert_dialog_new (_ ("Password Needed"), _ ("Keys and passwords in this file are sealed. Enter the password that was chosen for it."));
  GtkWidget *entry = gtk_password_entry_new ();

  gtk_accessible_update_property (GTK_ACCESSIBLE (entry), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Password"), -1);
  gtk_password_entry_set_show_peek_icon (GTK_PASSWORD_ENTRY (entry), TRUE);
  g_object_set (entry, "activates-default", TRUE, "placeholder-text", _ ("Password"), NULL);
  adw_alert_dialog_set_extra_child (ADW_ALERT_DIALOG (dialog), entry);
  adw_alert_dialog_add_responses (ADW_ALERT_DIALOG (dialog), "cancel", _ ("_Cancel"), "import", _ ("_Import"), NULL);
  adw_alert_dialog_set_response_appearance (ADW_ALERT_DIALOG (dialog), "import", ADW_RESPONSE_SUGGESTED);
  adw_alert_dialog_set_default_response (ADW_ALERT_DIALOG (dialog), "import");
  adw_alert_dialog_set_close_response (ADW_ALERT_DIALOG (dialog), "cancel");
  adw_dialog_set_focus (dialog, entry);
  g_object_set_data_full (G_OBJECT (dialog), "bundle", bundle, (GDestroyNotify) mmp_bundle_free);
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_password_response), self, 0);
  adw_dialog_present (dialog, GTK_WIDGET (self));
}

static void
on_import_file_read (GObject *source,
                     GAsyncResult *result,
                     gpointer user_data)
{
  g_autoptr (MmpPreferences) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  g_autoptr (MmpBundle) bundle = NULL;
  gsize size;

  if (g_file_load_contents_finish (G_FILE (source), result, &text, &size, NULL, &error) && size < FILE_MAX)
    bundle = mmp_bundle_decode (text, size, &error);
  if (error != NULL)
    toast_error (self, error);
  else if (bundle == NULL)
    toast (self, _ ("This file is too large to be an export. Choose another one."));
  else if (bundle->sealed != NULL)
    ask_password (self, g_steal_pointer (&bundle));
  else
    take (self, bundle, NULL);
}

static void
on_import_file_chosen (GObject *source,
                       GAsyncResult *result,
                       gpointer user_data)
{
  g_autoptr (MmpPreferences) self = user_data;
  g_autoptr (GFile) file = gtk_file_dialog_open_finish (GTK_FILE_DIALOG (source), result, NULL);

  if (file != NULL)
    g_file_load_contents_async (file, NULL, on_import_file_read, g_object_ref (self));
}

static void
on_import_activated (MmpPreferences *self)
{
  g_autoptr (GtkFileDialog) dialog = gtk_file_dialog_new ();

  gtk_file_dialog_open (dialog, GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), NULL, on_import_file_chosen, g_object_ref (self));
}

static void
mmp_preferences_dispose (GObject *object)
{
  MmpPreferences *self = MMP_PREFERENCES (object);

  gtk_widget_dispose_template (GTK_WIDGET (object), MMP_TYPE_PREFERENCES);
  g_clear_object (&self->account);
  g_clear_object (&self->settings);

  G_OBJECT_CLASS (mmp_preferences_parent_class)->dispose (object);
}

static void
mmp_preferences_class_init (MmpPreferencesClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = mmp_preferences_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, MMP_RESOURCES "ui/mmp-preferences.ui");
  gtk_widget_class_bind_template_child (widget_class, MmpPreferences, background_row);
  gtk_widget_class_bind_template_child (widget_class, MmpPreferences, login_row);
  gtk_widget_class_bind_template_child (widget_class, MmpPreferences, requests_row);
  gtk_widget_class_bind_template_child (widget_class, MmpPreferences, trouble_row);
  gtk_widget_class_bind_template_child (widget_class, MmpPreferences, secrets_row);
  gtk_widget_class_bind_template_child (widget_class, MmpPreferences, password_row);
  gtk_widget_class_bind_template_child (widget_class, MmpPreferences, again_row);
  gtk_widget_class_bind_template_child (widget_class, MmpPreferences, export_row);
  gtk_widget_class_bind_template_child (widget_class, MmpPreferences, import_row);
  gtk_widget_class_bind_template_callback (widget_class, on_secrets_changed);
  gtk_widget_class_bind_template_callback (widget_class, on_export_activated);
  gtk_widget_class_bind_template_callback (widget_class, on_import_activated);
}

static void
mmp_preferences_init (MmpPreferences *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  self->settings = g_settings_new (MMP_APP_ID);
  g_settings_bind (self->settings, "run-in-background", self->background_row, "active", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (self->settings, "start-at-login", self->login_row, "active", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (self->settings, "notify-requests", self->requests_row, "active", G_SETTINGS_BIND_DEFAULT);
  g_settings_bind (self->settings, "notify-trouble", self->trouble_row, "active", G_SETTINGS_BIND_DEFAULT);
}

/**
 * mmp_preferences_new:
 *
 * Returns: (transfer floating): the dialog
 */
AdwDialog *
mmp_preferences_new (MmpAccount *account)
{
  MmpPreferences *self = g_object_new (MMP_TYPE_PREFERENCES, NULL);

  self->account = g_object_ref (account);

  return ADW_DIALOG (self);
}
