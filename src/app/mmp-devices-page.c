/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-devices-page.h"

#include "mmp-text.h"

struct _MmpDevicesPage
{
  AdwNavigationPage parent_instance;

  MmpAccount *account;
  GPtrArray *waiting_rows;
  GPtrArray *device_rows;
  guint n_shown; /* how many devices of each kind there is room for */

  GtkStack *stack;
  AdwPreferencesGroup *waiting_group;
  AdwPreferencesGroup *trusted_group;
  AdwPreferencesGroup *blocked_group;
};

/* So many rows of a kind are shown at first, and more each time that a person asks: thousands at once would be slow. */
#define ROWS_STEP 30

G_DEFINE_FINAL_TYPE (MmpDevicesPage, mmp_devices_page, ADW_TYPE_NAVIGATION_PAGE)

/* What a toast needs to take a change back */
typedef struct
{
  MmpDeviceStore *store;
  AdwToastOverlay *overlay; /* that of the toast */
  MmpPublicKey key;
  MmpStanding standing;
  char *name;
} Undo;

static void
undo_free (gpointer data,
           GClosure *closure)
{
  Undo *undo = data;

  g_object_unref (undo->store);
  g_free (undo->name);
  g_free (undo);
}

static AdwToast *
make_toast (const char *text)
{
  AdwToast *toast = adw_toast_new (text);

  adw_toast_set_use_markup (toast, FALSE);

  return toast;
}

static void
on_undo (AdwToast *toast,
         Undo *undo)
{
  gboolean trusted = undo->standing == MMP_STANDING_TRUSTED;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;

  if ((trusted ? mmp_device_store_trust : mmp_device_store_block) (undo->store, &undo->key, undo->name, &error))
    return;
  text = mmp_text_explain (error);
  adw_toast_overlay_add_toast (undo->overlay, make_toast (text));
}

/* The row holds the key of its device. */
static const MmpPublicKey *
get_key (GtkWidget *widget)
{
  return g_object_get_data (G_OBJECT (widget), "key");
}

static AdwToastOverlay *
find_overlay (MmpDevicesPage *self)
{
  return ADW_TOAST_OVERLAY (gtk_widget_get_ancestor (GTK_WIDGET (self), ADW_TYPE_TOAST_OVERLAY));
}

static void
on_remove_clicked (GtkWidget *button,
                   MmpDevicesPage *self)
{
  MmpDeviceStore *store = mmp_account_get_devices (self->account);
  const MmpPublicKey key = *get_key (button);
  const char *name = g_object_get_data (G_OBJECT (button), "name");
  MmpStanding standing = mmp_device_store_get_standing (store, &key);
  Undo *undo = g_new0 (Undo, 1);
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  AdwToast *toast;

  undo->store = g_object_ref (store);
  undo->overlay = find_overlay (self);
  undo->key = key;
  undo->standing = standing;
  undo->name = g_strdup (name);
  text = g_strdup_printf (standing == MMP_STANDING_TRUSTED ? _ ("“%s” is no longer trusted") : _ ("“%s” is no longer blocked"), name);
  if (!mmp_device_store_remove (store, &key, &error))
    {
      g_free (text);
      text = mmp_text_explain (error);
    }
  toast = make_toast (text);
  if (error == NULL)
    adw_toast_set_button_label (toast, _ ("_Undo"));
  g_signal_connect_data (toast, "button-clicked", G_CALLBACK (on_undo), undo, undo_free, 0);
  if (undo->overlay != NULL)
    adw_toast_overlay_add_toast (undo->overlay, toast);
  else
    g_object_unref (g_object_ref_sink (toast));
}

static void
on_review_clicked (GtkWidget *button,
                   MmpDevicesPage *self)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "win.review", "s", g_object_get_data (G_OBJECT (button), "id"));
}

static GtkWidget *
add_row (GPtrArray *rows,
         AdwPreferencesGroup *group,
         const char *title,
         const char *subtitle)
{
  GtkWidget *row = adw_action_row_new ();

  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row), FALSE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), subtitle);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 0);
  adw_preferences_group_add (group, row);
  g_ptr_array_add (rows, row);

  return row;
}

static void
add_device (MmpDevicesPage *self,
            const MmpDevice *device)
{
  gboolean trusted = device->standing == MMP_STANDING_TRUSTED;
  g_autofree char *fingerprint = mmp_public_key_to_fingerprint (&device->key);
  const char *name = device->name[0] != '\0' ? device->name : _ ("Unnamed device");
  GtkWidget *row = add_row (self->device_rows, trusted ? self->trusted_group : self->blocked_group, name, fingerprint);
  GtkWidget *button = gtk_button_new_with_mnemonic (trusted ? _ ("_Remove") : _ ("_Unblock"));
  g_autofree char *label = g_strdup_printf (trusted ? _ ("Remove %s") : _ ("Unblock %s"), name);

  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  g_object_set_data_full (G_OBJECT (button), "key", mmp_public_key_copy (&device->key), (GDestroyNotify) mmp_public_key_free);
  g_object_set_data_full (G_OBJECT (button), "name", g_strdup (name), g_free);
  g_signal_connect_object (button, "clicked", G_CALLBACK (on_remove_clicked), self, 0);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), button);
}

static guint
add_requests (MmpDevicesPage *self,
              MmpConnection *connection)
{
  GPtrArray *requests = mmp_connection_get_requests (connection);

  for (guint i = 0; i < requests->len; i++)
    {
      const MmpRequest *request = g_ptr_array_index (requests, i);
      g_autofree char *fingerprint = mmp_public_key_to_fingerprint (&request->device);
      g_autofree char *ago = mmp_text_ago (request->since);
      g_autofree char *subtitle = g_strdup_printf (ngettext ("%s\nwants “%s”, %s, %u try", "%s\nwants “%s”, %s, %u tries", request->tries), fingerprint, mmp_connection_get_name (connection), ago, request->tries);
      GtkWidget *row = add_row (self->waiting_rows, self->waiting_group, request->name[0] != '\0' ? request->name : _ ("Unknown device"), subtitle);
      GtkWidget *button = gtk_button_new_with_mnemonic (_ ("Re_view…"));

      gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
      g_object_set_data_full (G_OBJECT (button), "id", g_strdup (mmp_connection_get_id (connection)), g_free);
      g_signal_connect_object (button, "clicked", G_CALLBACK (on_review_clicked), self, 0);
      adw_action_row_add_suffix (ADW_ACTION_ROW (row), button);
    }

  return requests->len;
}

static void
clear_rows (GPtrArray *rows)
{
  for (guint i = 0; i < rows->len; i++)
    {
      GtkWidget *row = g_ptr_array_index (rows, i);

      adw_preferences_group_remove (ADW_PREFERENCES_GROUP (gtk_widget_get_ancestor (row, ADW_TYPE_PREFERENCES_GROUP)), row);
    }
  g_ptr_array_set_size (rows, 0);
}

static void
choose_stack_page (MmpDevicesPage *self)
{
  gtk_stack_set_visible_child_name (self->stack, self->waiting_rows->len + self->device_rows->len > 0 ? "list" : "empty");
}

static void
refresh_requests (MmpDevicesPage *self)
{
  GListModel *model = mmp_account_get_connections (self->account);
  guint n = 0;

  clear_rows (self->waiting_rows);
  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (MmpConnection) connection = g_list_model_get_item (model, i);

      n += add_requests (self, connection);
    }
  gtk_widget_set_visible (GTK_WIDGET (self->waiting_group), n > 0);
  choose_stack_page (self);
}

static void
add_more_row (MmpDevicesPage *self,
              AdwPreferencesGroup *group,
              guint n_hidden)
{
  g_autofree char *title = g_strdup_printf (ngettext ("Show %u _More", "Show %u _More", n_hidden), n_hidden);
  GtkWidget *row = adw_button_row_new ();

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_preferences_row_set_use_underline (ADW_PREFERENCES_ROW (row), TRUE);
  gtk_actionable_set_action_name (GTK_ACTIONABLE (row), "devices.show-more");
  adw_preferences_group_add (group, row);
  g_ptr_array_add (self->device_rows, row);
}

/* Only as many as there is room for; then a row that makes room for the others. */
static void
refresh_devices (MmpDevicesPage *self)
{
  g_autoptr (GPtrArray) devices = mmp_device_store_list (mmp_account_get_devices (self->account));
  AdwPreferencesGroup *groups[] = { self->trusted_group, self->blocked_group };
  guint n[G_N_ELEMENTS (groups)] = { 0 };

  clear_rows (self->device_rows);
  for (guint i = 0; i < devices->len; i++)
    {
      const MmpDevice *device = g_ptr_array_index (devices, i);

      if (n[device->standing == MMP_STANDING_BLOCKED]++ < self->n_shown)
        add_device (self, device);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (groups); i++)
    {
      if (n[i] > self->n_shown)
        add_more_row (self, groups[i], MIN (n[i] - self->n_shown, ROWS_STEP));
      gtk_widget_set_visible (GTK_WIDGET (groups[i]), n[i] > 0);
    }
  choose_stack_page (self);
}

static void
show_more (GtkWidget *widget,
           const char *action_name,
           GVariant *parameter)
{
  MmpDevicesPage *self = MMP_DEVICES_PAGE (widget);

  self->n_shown += ROWS_STEP;
  refresh_devices (self);
}

static void
follow_connections (MmpDevicesPage *self)
{
  GListModel *model = mmp_account_get_connections (self->account);

  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (MmpConnection) connection = g_list_model_get_item (model, i);

      if (g_signal_handler_find (connection, G_SIGNAL_MATCH_DATA, 0, 0, NULL, NULL, self) == 0)
        g_signal_connect_object (connection, "changed", G_CALLBACK (refresh_requests), self, G_CONNECT_SWAPPED);
    }
  refresh_requests (self);
}

static void
mmp_devices_page_dispose (GObject *object)
{
  MmpDevicesPage *self = MMP_DEVICES_PAGE (object);

  gtk_widget_dispose_template (GTK_WIDGET (object), MMP_TYPE_DEVICES_PAGE);
  g_clear_pointer (&self->waiting_rows, g_ptr_array_unref);
  g_clear_pointer (&self->device_rows, g_ptr_array_unref);
  g_clear_object (&self->account);

  G_OBJECT_CLASS (mmp_devices_page_parent_class)->dispose (object);
}

static void
mmp_devices_page_class_init (MmpDevicesPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = mmp_devices_page_dispose;
  gtk_widget_class_install_action (widget_class, "devices.show-more", NULL, show_more);
  gtk_widget_class_set_template_from_resource (widget_class, MMP_RESOURCES "ui/mmp-devices-page.ui");
  gtk_widget_class_bind_template_child (widget_class, MmpDevicesPage, stack);
  gtk_widget_class_bind_template_child (widget_class, MmpDevicesPage, waiting_group);
  gtk_widget_class_bind_template_child (widget_class, MmpDevicesPage, trusted_group);
  gtk_widget_class_bind_template_child (widget_class, MmpDevicesPage, blocked_group);
}

static void
mmp_devices_page_init (MmpDevicesPage *self)
{
  self->waiting_rows = g_ptr_array_new ();
  self->device_rows = g_ptr_array_new ();
  self->n_shown = ROWS_STEP;
  gtk_widget_init_template (GTK_WIDGET (self));
}

/**
 * mmp_devices_page_new:
 *
 * Returns: (transfer floating): the page
 */
AdwNavigationPage *
mmp_devices_page_new (MmpAccount *account)
{
  MmpDevicesPage *self = g_object_new (MMP_TYPE_DEVICES_PAGE, NULL);

  self->account = g_object_ref (account);
  g_signal_connect_object (mmp_account_get_devices (account), "changed", G_CALLBACK (refresh_devices), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (mmp_account_get_connections (account), "items-changed", G_CALLBACK (follow_connections), self, G_CONNECT_SWAPPED);
  refresh_devices (self);
  follow_connections (self);

  return ADW_NAVIGATION_PAGE (self);
}
