/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-device-page.h"

#include "mmp-code-dialog.h"
#include "mmp-device-change.h"
#include "mmp-device-text.h"
#include "mmp-help.h"
#include "mmp-text.h"

struct _MmpDevicePage
{
  AdwNavigationPage parent_instance;

  MmpAccount *account;
  MmpPublicKey key;
  char *name; /* as the list has it; somebody may be typing another one */
  GPtrArray *use_rows;

  GtkEditable *name_row;
  AdwActionRow *fingerprint_row;
  AdwActionRow *trusted_row;
  AdwActionRow *seen_row;
  AdwPreferencesGroup *uses_group;
};

G_DEFINE_FINAL_TYPE (MmpDevicePage, mmp_device_page, ADW_TYPE_NAVIGATION_PAGE)

/* --- what a person does --------------------------------------------------------------------------------------------- */

static void
toast (MmpDevicePage *self,
       const char *text)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "win.toast", "s", text);
}

/* The focus comes to the name, which is there to be read first of all. */
static void
on_shown (MmpDevicePage *self)
{
  gtk_editable_select_region (self->name_row, -1, -1);
}

static void
on_name_applied (MmpDevicePage *self)
{
  g_autofree char *name = g_strstrip (g_strdup (gtk_editable_get_text (self->name_row)));
  g_autoptr (GError) error = NULL;

  if (!mmp_device_store_rename (mmp_account_get_devices (self->account), &self->key, name, &error))
    {
      g_autofree char *text = strlen (name) > MMP_DEVICE_NAME_MAX ? g_strdup (_ ("The name is too long")) : mmp_text_explain (error);

      toast (self, text);
      gtk_editable_set_text (self->name_row, self->name);
    }
}

static void
on_copy_clicked (MmpDevicePage *self)
{
  g_autofree char *fingerprint = mmp_public_key_to_fingerprint (&self->key);

  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), fingerprint);
  toast (self, _ ("Fingerprint copied"));
}

static void
on_code_activated (MmpDevicePage *self)
{
  AdwDialog *dialog = mmp_code_dialog_new_for_device (self->account, &self->key);

  mmp_help_set_topic (dialog, "fingerprints");
  adw_dialog_present (dialog, GTK_WIDGET (self));
}

static void
on_block_activated (MmpDevicePage *self)
{
  mmp_device_change_or_say (GTK_WIDGET (self), self->account, &self->key, MMP_STANDING_BLOCKED);
}

static void
on_remove_activated (MmpDevicePage *self)
{
  mmp_device_change_or_say (GTK_WIDGET (self), self->account, &self->key, MMP_STANDING_UNKNOWN);
}

static void
on_use_activated (GtkWidget *row,
                  MmpDevicePage *self)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "win.open", "s", g_object_get_data (G_OBJECT (row), "id"));
}

/* --- what is shown -------------------------------------------------------------------------------------------------- */

static AdwActionRow *
get_use_row (MmpDevicePage *self,
             guint at)
{
  GtkWidget *row;

  if (at < self->use_rows->len)
    return g_ptr_array_index (self->use_rows, at);
  row = adw_action_row_new ();
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 0);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), gtk_image_new_from_icon_name ("go-next-symbolic"));
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), TRUE);
  g_signal_connect_object (row, "activated", G_CALLBACK (on_use_activated), self, 0);
  adw_preferences_group_add (self->uses_group, row);
  g_ptr_array_add (self->use_rows, row);

  return ADW_ACTION_ROW (row);
}

/* Rows are used again, so that the focus stays where it is. */
static void
show_uses (MmpDevicePage *self)
{
  GListModel *model = mmp_account_get_connections (self->account);
  guint n = 0;

  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (MmpConnection) connection = g_list_model_get_item (model, i);
      g_autofree char *text = mmp_device_text_use (connection, &self->key);
      AdwActionRow *row;

      if (text == NULL)
        continue;
      row = get_use_row (self, n++);
      adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), mmp_text_name (connection));
      adw_action_row_set_subtitle (row, text);
      g_object_set_data_full (G_OBJECT (row), "id", g_strdup (mmp_connection_get_id (connection)), g_free);
    }
  while (self->use_rows->len > n)
    {
      adw_preferences_group_remove (self->uses_group, g_ptr_array_index (self->use_rows, self->use_rows->len - 1));
      g_ptr_array_set_size (self->use_rows, (int) self->use_rows->len - 1);
    }
  adw_preferences_group_set_description (self->uses_group, n == 0 ? _ ("None of your connections lets it in") : NULL);
}

static void
show_name (MmpDevicePage *self,
           const MmpDevice *device)
{
  adw_navigation_page_set_title (ADW_NAVIGATION_PAGE (self), mmp_device_text_name (device));
  if (g_strcmp0 (self->name, device->name) == 0)
    return;
  g_free (self->name);
  self->name = g_strdup (device->name);
  gtk_editable_set_text (self->name_row, device->name);
}

static void
show_times (MmpDevicePage *self,
            const MmpDevice *device)
{
  g_autofree char *trusted = device->trusted > 0 ? mmp_device_text_moment (device->trusted) : g_strdup (_ ("Not known"));
  g_autofree char *seen = mmp_device_text_seen (self->account, device, TRUE);

  adw_action_row_set_subtitle (self->trusted_row, trusted);
  adw_action_row_set_subtitle (self->seen_row, seen);
}

static void
mmp_device_page_dispose (GObject *object)
{
  MmpDevicePage *self = MMP_DEVICE_PAGE (object);

  gtk_widget_dispose_template (GTK_WIDGET (object), MMP_TYPE_DEVICE_PAGE);
  g_clear_pointer (&self->use_rows, g_ptr_array_unref);
  g_clear_pointer (&self->name, g_free);
  g_clear_object (&self->account);

  G_OBJECT_CLASS (mmp_device_page_parent_class)->dispose (object);
}

static void
mmp_device_page_class_init (MmpDevicePageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = mmp_device_page_dispose;
  gtk_widget_class_set_template_from_resource (widget_class, MMP_RESOURCES "ui/mmp-device-page.ui");
  gtk_widget_class_bind_template_child (widget_class, MmpDevicePage, name_row);
  gtk_widget_class_bind_template_child (widget_class, MmpDevicePage, fingerprint_row);
  gtk_widget_class_bind_template_child (widget_class, MmpDevicePage, trusted_row);
  gtk_widget_class_bind_template_child (widget_class, MmpDevicePage, seen_row);
  gtk_widget_class_bind_template_child (widget_class, MmpDevicePage, uses_group);
  gtk_widget_class_bind_template_callback (widget_class, on_shown);
  gtk_widget_class_bind_template_callback (widget_class, on_name_applied);
  gtk_widget_class_bind_template_callback (widget_class, on_copy_clicked);
  gtk_widget_class_bind_template_callback (widget_class, on_code_activated);
  gtk_widget_class_bind_template_callback (widget_class, on_block_activated);
  gtk_widget_class_bind_template_callback (widget_class, on_remove_activated);
}

static void
mmp_device_page_init (MmpDevicePage *self)
{
  self->use_rows = g_ptr_array_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * mmp_device_page_new:
 * @key: a trusted device
 *
 * Returns: (transfer floating): its page, for a navigation view
 */
AdwNavigationPage *
mmp_device_page_new (MmpAccount *account,
                     const MmpPublicKey *key)
{
  MmpDevicePage *self = g_object_new (MMP_TYPE_DEVICE_PAGE, NULL);
  g_autofree char *fingerprint = mmp_public_key_to_fingerprint (key);

  self->account = g_object_ref (account);
  self->key = *key;
  adw_action_row_set_subtitle (self->fingerprint_row, fingerprint);
  mmp_device_page_refresh (self);

  return ADW_NAVIGATION_PAGE (self);
}

/**
 * mmp_device_page_refresh:
 *
 * The list or a connection changed, or time went by.
 */
void
mmp_device_page_refresh (MmpDevicePage *self)
{
  g_autoptr (MmpDevice) device = mmp_device_store_find (mmp_account_get_devices (self->account), &self->key);

  if (device == NULL || device->standing != MMP_STANDING_TRUSTED)
    {
      gtk_widget_activate_action (GTK_WIDGET (self), "navigation.pop", NULL);
      return;
    }
  show_name (self, device);
  show_times (self, device);
  show_uses (self);
}
