/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-connected-group.h"

#include "mmp-describe.h"
#include "mmp-text.h"

typedef struct
{
  MmpConnectedGroup *group;
  AdwActionRow *row;
  GtkWidget *button;
  MmpPublicKey device;
} Row;

struct _MmpConnectedGroup
{
  AdwPreferencesGroup parent_instance;

  MmpConnection *connection;
  GPtrArray *rows; /* Row */
};

G_DEFINE_FINAL_TYPE (MmpConnectedGroup, mmp_connected_group, ADW_TYPE_PREFERENCES_GROUP)

static void
on_disconnect_clicked (Row *row)
{
  MmpConnectedGroup *self = row->group;
  g_autofree char *text = g_strdup_printf (_ ("“%s” was disconnected; it may come back"), adw_preferences_row_get_title (ADW_PREFERENCES_ROW (row->row)));

  gtk_widget_activate_action (GTK_WIDGET (self), "win.toast", "s", text);
  mmp_connection_disconnect (self->connection, &row->device);
}

static void
add_row (MmpConnectedGroup *self)
{
  Row *row = g_new0 (Row, 1);

  row->group = self;
  row->row = ADW_ACTION_ROW (adw_action_row_new ());
  row->button = gtk_button_new_from_icon_name ("process-stop-symbolic");
  gtk_widget_add_css_class (row->button, "flat");
  gtk_widget_set_valign (row->button, GTK_ALIGN_CENTER);
  adw_preferences_row_set_use_markup (ADW_PREFERENCES_ROW (row->row), FALSE);
  adw_action_row_set_subtitle_lines (row->row, 0);
  adw_action_row_add_suffix (row->row, row->button);
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (self), GTK_WIDGET (row->row));
  g_signal_connect_swapped (row->button, "clicked", G_CALLBACK (on_disconnect_clicked), row);
  g_ptr_array_add (self->rows, row);
}

static void
show_row (Row *row,
          const MmpStatus *status)
{
  const char *name = mmp_describe_device_name (status);
  g_autofree char *subtitle = mmp_describe_device (status);
  g_autofree char *tooltip = g_strdup_printf (_ ("Disconnect “%s”"), name);

  row->device = status->device;
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row->row), name);
  adw_action_row_set_subtitle (row->row, subtitle);
  gtk_widget_set_tooltip_text (row->button, tooltip);
  gtk_widget_set_visible (row->button, status->state == MMP_STATE_CONNECTED);
}

static void
mmp_connected_group_dispose (GObject *object)
{
  g_clear_object (&MMP_CONNECTED_GROUP (object)->connection);

  G_OBJECT_CLASS (mmp_connected_group_parent_class)->dispose (object);
}

static void
mmp_connected_group_finalize (GObject *object)
{
  g_ptr_array_unref (MMP_CONNECTED_GROUP (object)->rows);

  G_OBJECT_CLASS (mmp_connected_group_parent_class)->finalize (object);
}

static void
mmp_connected_group_class_init (MmpConnectedGroupClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = mmp_connected_group_dispose;
  G_OBJECT_CLASS (klass)->finalize = mmp_connected_group_finalize;
}

static void
mmp_connected_group_init (MmpConnectedGroup *self)
{
  self->rows = g_ptr_array_new_with_free_func (g_free);
  adw_preferences_group_set_title (ADW_PREFERENCES_GROUP (self), _ ("Connected Devices"));
}

/**
 * mmp_connected_group_show:
 *
 * Shows the devices of @connection as they are now; without any it is hidden.
 */
void
mmp_connected_group_show (MmpConnectedGroup *self,
                          MmpConnection *connection)
{
  GPtrArray *devices = mmp_connection_get_devices (connection);

  g_set_object (&self->connection, connection);
  gtk_widget_set_visible (GTK_WIDGET (self), devices->len > 0);
  while (self->rows->len > devices->len)
    {
      Row *row = g_ptr_array_index (self->rows, self->rows->len - 1);

      adw_preferences_group_remove (ADW_PREFERENCES_GROUP (self), GTK_WIDGET (row->row));
      g_ptr_array_set_size (self->rows, (int) self->rows->len - 1);
    }
  while (self->rows->len < devices->len)
    add_row (self);
  for (guint i = 0; i < devices->len; i++)
    show_row (g_ptr_array_index (self->rows, i), g_ptr_array_index (devices, i));
}
