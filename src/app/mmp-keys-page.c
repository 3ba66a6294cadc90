/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-keys-page.h"

#include "mmp-code-dialog.h"
#include "mmp-file-text.h"
#include "mmp-saver.h"
#include "mmp-text.h"

struct _MmpKeysPage
{
  AdwNavigationPage parent_instance;

  MmpAccount *account;
  GPtrArray *rows; /* those that are shown */

  AdwPreferencesGroup *keys_group;
};

G_DEFINE_FINAL_TYPE (MmpKeysPage, mmp_keys_page, ADW_TYPE_NAVIGATION_PAGE)

/* A key pair on its way into the account */
typedef struct
{
  MmpKeysPage *page;
  MmpKeyPair *pair;
  char *name;
} Addition;

static void
addition_free (Addition *addition)
{
  g_object_unref (addition->page);
  mmp_key_pair_unref (addition->pair);
  g_free (addition->name);
  g_free (addition);
}

static void
toast (MmpKeysPage *self,
       const char *text)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "win.toast", "s", text);
}

static guint
count_uses (MmpKeysPage *self,
            const char *id,
            char **user)
{
  GListModel *model = mmp_account_get_connections (self->account);
  guint n = 0;

  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (MmpConnection) connection = g_list_model_get_item (model, i);
      const MmpProfile *profile = mmp_connection_get_profile (connection);

      if (profile == NULL || !g_str_equal (profile->key_pair, id))
        continue;
      n++;
      if (*user == NULL)
        *user = g_strdup (profile->name);
    }

  return n;
}

/* --- adding --------------------------------------------------------------------------------------------------------- */

static void add_again (Addition *addition);

static void
on_key_added (GObject *source,
              GAsyncResult *result,
              gpointer user_data)
{
  Addition *addition = user_data;
  MmpKeysPage *self = addition->page;
  g_autoptr (GError) error = NULL;
  g_autofree char *id = mmp_account_add_key_finish (MMP_ACCOUNT (source), result, &error);
  g_autofree char *text = NULL;

  if (g_error_matches (error, MMP_ERROR, MMP_ERROR_SECRETS))
    {
      mmp_saver_offer_key_files (GTK_WIDGET (self), self->account, error, G_CALLBACK (add_again), addition);
      return;
    }
  text = id != NULL ? g_strdup_printf (_ ("“%s” added"), addition->name) : mmp_text_explain (error);
  toast (self, text);
  addition_free (addition);
}

static void
add_again (Addition *addition)
{
  mmp_account_add_key_async (addition->page->account, addition->name, addition->pair, on_key_added, addition);
}

/* Takes @pair. */
static void
add (MmpKeysPage *self,
     MmpKeyPair *pair,
     const char *name)
{
  Addition *addition = g_new0 (Addition, 1);

  addition->page = g_object_ref (self);
  addition->pair = pair;
  addition->name = g_strdup (name);
  add_again (addition);
}

static void
on_name_response (AdwAlertDialog *dialog,
                  const char *response,
                  MmpKeysPage *self)
{
  GtkWidget *entry = adw_alert_dialog_get_extra_child (dialog);
  const char *name = gtk_editable_get_text (GTK_EDITABLE (entry));

  if (g_str_equal (response, "add"))
    add (self, mmp_key_pair_generate (), name);
}

static void
on_name_changed (GtkEditable *entry,
                 AdwAlertDialog *dialog)
{
  adw_alert_dialog_set_response_enabled (dialog, "add", gtk_editable_get_text (entry)[0] != '\0');
}

static void
on_new_activated (MmpKeysPage *self)
{
  AdwDialog *dialog = adw_alert_dialog_new (_ ("New Key Pair"), _ ("Devices that trust another key pair of yours do not know this one."));
  GtkWidget *entry = gtk_entry_new ();

  gtk_entry_set_placeholder_text (GTK_ENTRY (entry), _ ("Name"));
  gtk_entry_set_max_length (GTK_ENTRY (entry), MMP_KEY_NAME_MAX);
  gtk_entry_set_activates_default (GTK_ENTRY (entry), TRUE);
  gtk_accessible_update_property (GTK_ACCESSIBLE (entry), GTK_ACCESSIBLE_PROPERTY_LABEL, _ ("Name"), -1);
  adw_alert_dialog_set_extra_child (ADW_ALERT_DIALOG (dialog), entry);
  adw_alert_dialog_add_responses (ADW_ALERT_DIALOG (dialog), "cancel", _ ("_Cancel"), "add", _ ("_Add"), NULL);
  adw_alert_dialog_set_response_appearance (ADW_ALERT_DIALOG (dialog), "add", ADW_RESPONSE_SUGGESTED);
  adw_alert_dialog_set_response_enabled (ADW_ALERT_DIALOG (dialog), "add", FALSE);
  adw_alert_dialog_set_default_response (ADW_ALERT_DIALOG (dialog), "add");
  adw_alert_dialog_set_close_response (ADW_ALERT_DIALOG (dialog), "cancel");
  adw_dialog_set_focus (dialog, entry);
  g_signal_connect_object (entry, "changed", G_CALLBACK (on_name_changed), dialog, 0);
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_name_response), self, 0);
  adw_dialog_present (dialog, GTK_WIDGET (self));
}

static void
on_file_chosen (GObject *source,
                GAsyncResult *result,
                gpointer user_data)
{
  g_autoptr (MmpKeysPage) self = user_data;
  g_autoptr (GFile) file = gtk_file_dialog_open_finish (GTK_FILE_DIALOG (source), result, NULL);
  g_autofree char *path = file != NULL ? g_file_get_path (file) : NULL;
  g_autoptr (GError) error = NULL;
  MmpKeyPair *pair;

  if (path == NULL)
    return;
  pair = mmp_key_pair_load (path, &error);
  if (pair != NULL)
    {
      g_autofree char *name = g_path_get_basename (path);

      add (self, pair, name);
    }
  else
    {
      g_autofree char *text = mmp_file_text_explain (error);

      toast (self, text);
    }
}

static void
on_import_activated (MmpKeysPage *self)
{
  g_autoptr (GtkFileDialog) dialog = gtk_file_dialog_new ();

  gtk_file_dialog_set_title (dialog, _ ("Import Key File"));
  gtk_file_dialog_open (dialog, GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), NULL, on_file_chosen, g_object_ref (self));
}

/* --- the list ------------------------------------------------------------------------------------------------------- */

static void
on_delete_response (AdwAlertDialog *dialog,
                    const char *response,
                    MmpKeysPage *self)
{
  const char *id = g_object_get_data (G_OBJECT (dialog), "id");
  g_autofree char *secret_id = mmp_key_entry_get_secret_id (id);
  g_autoptr (GError) error = NULL;

  if (!g_str_equal (response, "delete"))
    return;
  if (!mmp_entry_store_remove (mmp_account_get_keys (self->account), id, &error) || !mmp_secrets_remove (mmp_account_get_secrets (self->account), secret_id, &error))
    {
      g_autofree char *text = mmp_text_explain (error);

      toast (self, text);
    }
}

/* A private key that is gone is gone, so this is asked and not undone. */
static void
on_delete_clicked (GtkWidget *button,
                   MmpKeysPage *self)
{
  const char *id = g_object_get_data (G_OBJECT (button), "id");
  const MmpKeyEntry *key = mmp_entry_store_find (mmp_account_get_keys (self->account), id);
  AdwDialog *dialog;

  if (key == NULL)
    return;
  dialog = adw_alert_dialog_new (NULL, _ ("Devices that trust it have to learn another one. This cannot be undone."));
  adw_alert_dialog_format_heading (ADW_ALERT_DIALOG (dialog), _ ("Delete “%s”?"), key->name);
  adw_alert_dialog_add_responses (ADW_ALERT_DIALOG (dialog), "cancel", _ ("_Cancel"), "delete", _ ("_Delete"), NULL);
  adw_alert_dialog_set_response_appearance (ADW_ALERT_DIALOG (dialog), "delete", ADW_RESPONSE_DESTRUCTIVE);
  adw_alert_dialog_set_default_response (ADW_ALERT_DIALOG (dialog), "cancel");
  adw_alert_dialog_set_close_response (ADW_ALERT_DIALOG (dialog), "cancel");
  g_object_set_data_full (G_OBJECT (dialog), "id", g_strdup (id), g_free);
  g_signal_connect_object (dialog, "response", G_CALLBACK (on_delete_response), self, 0);
  adw_dialog_present (dialog, GTK_WIDGET (self));
}

static void
on_row_activated (GtkWidget *row,
                  MmpKeysPage *self)
{
  const MmpKeyEntry *key = mmp_entry_store_find (mmp_account_get_keys (self->account), g_object_get_data (G_OBJECT (row), "id"));

  if (key != NULL)
    adw_dialog_present (mmp_code_dialog_new_for_key (self->account, key), GTK_WIDGET (self));
}

static void
add_row (MmpKeysPage *self,
         const MmpKeyEntry *key)
{
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *button = gtk_button_new_from_icon_name ("user-trash-symbolic");
  g_autofree char *fingerprint = mmp_public_key_to_fingerprint (&key->public_key);
  g_autofree char *user = NULL;
  guint n_uses = count_uses (self, key->id, &user);
  g_autofree char *uses = n_uses == 0 ? g_strdup (_ ("Not used")) : n_uses == 1 ? g_strdup_printf (_ ("Used by “%s”"), user)
                                                                                : g_strdup_printf (ngettext ("Used by %u connection", "Used by %u connections", n_uses), n_uses);
  g_autofree char *subtitle = g_strdup_printf ("%s\n%s", fingerprint, uses);

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), key->name);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), subtitle);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 0);
  g_object_set_data_full (G_OBJECT (row), "id", g_strdup (key->id), g_free);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), TRUE);
  g_signal_connect_object (row, "activated", G_CALLBACK (on_row_activated), self, 0);
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_tooltip_text (button, n_uses > 0 ? uses : _ ("Delete"));
  gtk_widget_set_sensitive (button, n_uses == 0);
  g_object_set_data_full (G_OBJECT (button), "id", g_strdup (key->id), g_free);
  g_signal_connect_object (button, "clicked", G_CALLBACK (on_delete_clicked), self, 0);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), button);
  adw_preferences_group_add (self->keys_group, row);
  g_ptr_array_add (self->rows, row);
}

static int
compare_keys (gconstpointer a,
              gconstpointer b)
{
  const MmpKeyEntry *first = *(const MmpKeyEntry *const *) a;
  const MmpKeyEntry *second = *(const MmpKeyEntry *const *) b;

  return first->added != second->added ? (first->added < second->added ? -1 : 1) : g_utf8_collate (first->name, second->name);
}

static void
refresh (MmpKeysPage *self)
{
  g_autoptr (GPtrArray) keys = mmp_entry_store_list (mmp_account_get_keys (self->account));

  for (guint i = 0; i < self->rows->len; i++)
    adw_preferences_group_remove (self->keys_group, g_ptr_array_index (self->rows, i));
  g_ptr_array_set_size (self->rows, 0);
  g_ptr_array_sort (keys, compare_keys);
  for (guint i = 0; i < keys->len; i++)
    add_row (self, g_ptr_array_index (keys, i));
  gtk_widget_set_visible (GTK_WIDGET (self->keys_group), keys->len > 0);
}

static void
mmp_keys_page_dispose (GObject *object)
{
  MmpKeysPage *self = MMP_KEYS_PAGE (object);

  gtk_widget_dispose_template (GTK_WIDGET (object), MMP_TYPE_KEYS_PAGE);
  g_clear_pointer (&self->rows, g_ptr_array_unref);
  g_clear_object (&self->account);

  G_OBJECT_CLASS (mmp_keys_page_parent_class)->dispose (object);
}

static void
mmp_keys_page_class_init (MmpKeysPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = mmp_keys_page_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, MMP_RESOURCES "ui/mmp-keys-page.ui");
  gtk_widget_class_bind_template_child (widget_class, MmpKeysPage, keys_group);
  gtk_widget_class_bind_template_callback (widget_class, on_new_activated);
  gtk_widget_class_bind_template_callback (widget_class, on_import_activated);
}

static void
mmp_keys_page_init (MmpKeysPage *self)
{
  self->rows = g_ptr_array_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * mmp_keys_page_new:
 *
 * Returns: (transfer floating): the page
 */
AdwNavigationPage *
mmp_keys_page_new (MmpAccount *account)
{
  MmpKeysPage *self = g_object_new (MMP_TYPE_KEYS_PAGE, NULL);

  self->account = g_object_ref (account);
  g_signal_connect_object (mmp_account_get_keys (account), "changed", G_CALLBACK (refresh), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (mmp_account_get_connections (account), "items-changed", G_CALLBACK (refresh), self, G_CONNECT_SWAPPED);
  refresh (self);

  return ADW_NAVIGATION_PAGE (self);
}
