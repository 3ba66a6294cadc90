/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-devices-page.h"

#include "mmp-device-change.h"
#include "mmp-device-dialog.h"
#include "mmp-device-page.h"
#include "mmp-device-text.h"
#include "mmp-help.h"
#include "mmp-text.h"

struct _MmpDevicesPage
{
  AdwNavigationPage parent_instance;

  MmpAccount *account;
  GPtrArray *waiting_rows;
  GPtrArray *device_rows;
  char *listed; /* what the rows of devices were made of */
  guint n_shown; /* how many devices of each kind there is room for */
  guint minute_source; /* while it can be seen */

  AdwNavigationView *navigation;
  GtkStack *stack;
  AdwPreferencesGroup *waiting_group;
  AdwPreferencesGroup *trusted_group;
  AdwPreferencesGroup *blocked_group;
};

/* So many rows of a kind are shown at first, and more each time that a person asks: thousands at once would be slow. */
#define ROWS_STEP 30

#define MINUTE_SECONDS 60

G_DEFINE_FINAL_TYPE (MmpDevicesPage, mmp_devices_page, ADW_TYPE_NAVIGATION_PAGE)

/* The row holds the key of its device. */
static const MmpPublicKey *
get_key (GtkWidget *row)
{
  return g_object_get_data (G_OBJECT (row), "key");
}

static void
on_unblock_clicked (GtkWidget *button,
                    MmpDevicesPage *self)
{
  mmp_device_change_or_say (GTK_WIDGET (self), self->account, get_key (gtk_widget_get_ancestor (button, ADW_TYPE_ACTION_ROW)), MMP_STANDING_UNKNOWN);
}

static void
on_device_activated (GtkWidget *row,
                     MmpDevicesPage *self)
{
  adw_navigation_view_push (self->navigation, mmp_device_page_new (self->account, get_key (row)));
}

static void
add_device_dialog (GtkWidget *widget,
                   const char *action_name,
                   GVariant *parameter)
{
  AdwDialog *dialog = mmp_device_dialog_new (MMP_DEVICES_PAGE (widget)->account, widget);

  mmp_help_set_topic (dialog, "fingerprints");
  adw_dialog_present (dialog, widget);
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
make_trusted (MmpDevicesPage *self,
              GtkWidget *row)
{
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), gtk_image_new_from_icon_name ("go-next-symbolic"));
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), TRUE);
  g_signal_connect_object (row, "activated", G_CALLBACK (on_device_activated), self, 0);
}

static void
make_blocked (MmpDevicesPage *self,
              GtkWidget *row,
              const char *name)
{
  GtkWidget *button = gtk_button_new_with_mnemonic (_ ("_Unblock"));
  g_autofree char *label = g_strdup_printf (_ ("Unblock %s"), name);

  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_accessible_update_property (GTK_ACCESSIBLE (button), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  g_signal_connect_object (button, "clicked", G_CALLBACK (on_unblock_clicked), self, 0);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), button);
}

static void
add_device (MmpDevicesPage *self,
            const MmpDevice *device)
{
  gboolean trusted = device->standing == MMP_STANDING_TRUSTED;
  const char *name = mmp_device_text_name (device);
  GtkWidget *row = add_row (self->device_rows, trusted ? self->trusted_group : self->blocked_group, name, "");

  g_object_set_data_full (G_OBJECT (row), "key", mmp_public_key_copy (&device->key), (GDestroyNotify) mmp_public_key_free);
  if (trusted)
    make_trusted (self, row);
  else
    make_blocked (self, row, name);
}

static void
update_row (MmpDevicesPage *self,
            AdwActionRow *row,
            const MmpPublicKey *key)
{
  g_autoptr (MmpDevice) device = mmp_device_store_find (mmp_account_get_devices (self->account), key);
  gboolean trusted = device != NULL && device->standing == MMP_STANDING_TRUSTED;
  g_autofree char *fingerprint = mmp_public_key_to_fingerprint (key);
  g_autofree char *seen = trusted ? mmp_device_text_seen (self->account, device, FALSE) : NULL;
  g_autofree char *both = trusted ? g_strdup_printf ("%s\n%s", fingerprint, seen) : NULL;

  adw_action_row_set_subtitle (row, trusted ? both : fingerprint);
}

/* What changes without the list: who is there, and how long ago that was */
static void
update_words (MmpDevicesPage *self)
{
  AdwNavigationPage *page = adw_navigation_view_get_visible_page (self->navigation);

  for (guint i = 0; i < self->device_rows->len; i++)
    {
      GtkWidget *row = g_ptr_array_index (self->device_rows, i);

      if (get_key (row) != NULL) /* else it leads to more */
        update_row (self, ADW_ACTION_ROW (row), get_key (row));
    }
  if (MMP_IS_DEVICE_PAGE (page))
    mmp_device_page_refresh (MMP_DEVICE_PAGE (page));
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
  update_words (self);
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

/* All that rows are made of; while it stays the same they stay, and so does the focus. */
static char *
describe_list (MmpDevicesPage *self,
               GPtrArray *devices)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < devices->len; i++)
    {
      const MmpDevice *device = g_ptr_array_index (devices, i);
      g_autofree char *key = mmp_public_key_to_short_text (&device->key);

      g_string_append_printf (text, "%s %d %s\n", key, device->standing, device->name);
    }
  g_string_append_printf (text, "%u", self->n_shown);

  return g_string_free (text, FALSE);
}

/* Only as many as there is room for; then a row that makes room for the others. */
static void
make_rows (MmpDevicesPage *self,
           GPtrArray *devices)
{
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
}

static void
refresh_devices (MmpDevicesPage *self)
{
  g_autoptr (GPtrArray) devices = mmp_device_store_list (mmp_account_get_devices (self->account));
  g_autofree char *listed = describe_list (self, devices);

  if (g_strcmp0 (listed, self->listed) != 0)
    {
      make_rows (self, devices);
      g_free (self->listed);
      self->listed = g_steal_pointer (&listed);
    }
  choose_stack_page (self);
  update_words (self);
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

/* Who is about to answer a request must not lose the button. */
static gboolean
on_minute (gpointer user_data)
{
  MmpDevicesPage *self = user_data;

  if (gtk_widget_get_focus_child (GTK_WIDGET (self->waiting_group)) == NULL)
    refresh_requests (self);
  else
    update_words (self);

  return G_SOURCE_CONTINUE;
}

static void
mmp_devices_page_map (GtkWidget *widget)
{
  MmpDevicesPage *self = MMP_DEVICES_PAGE (widget);

  GTK_WIDGET_CLASS (mmp_devices_page_parent_class)->map (widget);
  update_words (self);
  self->minute_source = g_timeout_add_seconds (MINUTE_SECONDS, on_minute, self);
}

static void
mmp_devices_page_unmap (GtkWidget *widget)
{
  g_clear_handle_id (&MMP_DEVICES_PAGE (widget)->minute_source, g_source_remove);

  GTK_WIDGET_CLASS (mmp_devices_page_parent_class)->unmap (widget);
}

static void
mmp_devices_page_dispose (GObject *object)
{
  MmpDevicesPage *self = MMP_DEVICES_PAGE (object);

  g_clear_handle_id (&self->minute_source, g_source_remove);
  /* The page does not notice that the template takes its child away. */
  adw_navigation_page_set_child (ADW_NAVIGATION_PAGE (self), NULL);
  gtk_widget_dispose_template (GTK_WIDGET (object), MMP_TYPE_DEVICES_PAGE);
  g_clear_pointer (&self->waiting_rows, g_ptr_array_unref);
  g_clear_pointer (&self->device_rows, g_ptr_array_unref);
  g_clear_pointer (&self->listed, g_free);
  g_clear_object (&self->account);

  G_OBJECT_CLASS (mmp_devices_page_parent_class)->dispose (object);
}

static void
mmp_devices_page_class_init (MmpDevicesPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = mmp_devices_page_dispose;
  widget_class->map = mmp_devices_page_map;
  widget_class->unmap = mmp_devices_page_unmap;
  gtk_widget_class_install_action (widget_class, "devices.add", NULL, add_device_dialog);
  gtk_widget_class_install_action (widget_class, "devices.show-more", NULL, show_more);
  gtk_widget_class_set_template_from_resource (widget_class, MMP_RESOURCES "ui/mmp-devices-page.ui");
  gtk_widget_class_bind_template_child (widget_class, MmpDevicesPage, navigation);
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
