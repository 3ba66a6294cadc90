/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-request-dialog.h"

#include "mmp-text.h"

typedef struct
{
  MmpWindow *window;
  MmpConnection *connection;
  MmpPublicKey device;
  AdwEntryRow *name_row;
} Review;

static void
review_free (gpointer data,
             GClosure *closure)
{
  Review *review = data;

  g_object_unref (review->connection);
  g_free (review);
}

/* Trust is given by mistake more easily than it is missed. */
static void
on_undo_trust (AdwToast *toast,
               Review *review)
{
  mmp_device_store_remove (mmp_account_get_devices (mmp_window_get_account (review->window)), &review->device, NULL);
}

static void
on_response (AdwAlertDialog *dialog,
             const char *response,
             Review *review)
{
  const char *name = gtk_editable_get_text (GTK_EDITABLE (review->name_row));
  gboolean trust = g_str_equal (response, "trust");
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  AdwToast *toast;
  Review *undo;

  if (!trust && !g_str_equal (response, "block"))
    return;
  if (!mmp_connection_answer (review->connection, &review->device, name, trust ? MMP_ANSWER_TRUST : MMP_ANSWER_BLOCK, &error))
    {
      text = mmp_text_explain (error);
      mmp_window_toast (review->window, text);
      return;
    }
  text = g_strdup_printf (trust ? _ ("“%s” is now trusted") : _ ("“%s” is now blocked"), name[0] != '\0' ? name : _ ("Unnamed device"));
  toast = mmp_window_toast (review->window, text);
  adw_toast_set_button_label (toast, _ ("_Undo"));
  undo = g_new0 (Review, 1);
  *undo = *review;
  g_object_ref (undo->connection);
  g_signal_connect_data (toast, "button-clicked", G_CALLBACK (on_undo_trust), undo, review_free, 0);
}

/**
 * mmp_request_dialog_present:
 *
 * Asks a person whether the device that asks is to be trusted. Closing it is no answer.
 */
void
mmp_request_dialog_present (MmpWindow *window,
                            MmpConnection *connection,
                            const MmpRequest *request)
{
  AdwDialog *dialog = adw_alert_dialog_new (_ ("Trust This Device?"), NULL);
  g_autofree char *fingerprint = mmp_public_key_to_fingerprint (&request->device);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);
  GtkWidget *label = gtk_label_new (fingerprint);
  GtkWidget *list = gtk_list_box_new ();
  Review *review = g_new0 (Review, 1);

  review->window = window;
  review->connection = g_object_ref (connection);
  review->device = request->device;
  review->name_row = ADW_ENTRY_ROW (adw_entry_row_new ());
  adw_alert_dialog_format_body (ADW_ALERT_DIALOG (dialog), _ ("An unknown device wants to use “%s”. Compare this fingerprint with the one shown on the other device."), mmp_connection_get_name (connection));
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_justify (GTK_LABEL (label), GTK_JUSTIFY_CENTER);
  gtk_widget_add_css_class (label, "fingerprint");
  gtk_accessible_update_property (GTK_ACCESSIBLE (label), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, _ ("Fingerprint"), -1);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (review->name_row), _ ("Name"));
  adw_entry_row_set_max_length (review->name_row, 40);
  gtk_editable_set_text (GTK_EDITABLE (review->name_row), request->name);
  gtk_list_box_append (GTK_LIST_BOX (list), GTK_WIDGET (review->name_row));
  gtk_list_box_set_selection_mode (GTK_LIST_BOX (list), GTK_SELECTION_NONE);
  gtk_widget_add_css_class (list, "boxed-list");
  gtk_box_append (GTK_BOX (box), label);
  gtk_box_append (GTK_BOX (box), list);
  adw_alert_dialog_set_extra_child (ADW_ALERT_DIALOG (dialog), box);
  adw_alert_dialog_add_responses (ADW_ALERT_DIALOG (dialog), "later", _ ("_Not Now"), "block", _ ("_Block"), "trust", _ ("_Trust"), NULL);
  adw_alert_dialog_set_response_appearance (ADW_ALERT_DIALOG (dialog), "block", ADW_RESPONSE_DESTRUCTIVE);
  adw_alert_dialog_set_default_response (ADW_ALERT_DIALOG (dialog), "later");
  adw_alert_dialog_set_close_response (ADW_ALERT_DIALOG (dialog), "later");
  g_signal_connect_data (dialog, "response", G_CALLBACK (on_response), review, review_free, 0);
  adw_dialog_present (dialog, GTK_WIDGET (window));
}
