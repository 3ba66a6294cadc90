/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-connection-row.h"

#include "mmp-text.h"

struct _MmpConnectionRow
{
  GtkListBoxRow parent_instance;

  MmpConnection *connection; /* NULL: a page */
  char *page;
  MmpTone tone;

  GtkImage *icon;
  GtkLabel *name_label;
  GtkLabel *state_label;
  AdwSpinner *spinner;
  GtkLabel *badge;
};

enum
{
  MENU,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (MmpConnectionRow, mmp_connection_row, GTK_TYPE_LIST_BOX_ROW)

static void
describe (MmpConnectionRow *self)
{
  g_autofree char *label = g_strdup_printf ("%s, %s", gtk_label_get_text (self->name_label), gtk_label_get_text (self->state_label));

  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  gtk_label_get_text (self->state_label)[0] != '\0' ? label : gtk_label_get_text (self->name_label), -1);
}

static void
set_tone (MmpConnectionRow *self,
          MmpTone tone)
{
  const char *before = mmp_text_tone_class (self->tone);
  const char *after = mmp_text_tone_class (tone);

  if (before != NULL)
    gtk_widget_remove_css_class (GTK_WIDGET (self->icon), before);
  if (after != NULL)
    gtk_widget_add_css_class (GTK_WIDGET (self->icon), after);
  self->tone = tone;
}

static void
on_figures (MmpConnectionRow *self)
{
  g_autofree char *line = mmp_text_state_line (self->connection);

  if (g_str_equal (line, gtk_label_get_text (self->state_label)))
    return;
  gtk_label_set_text (self->state_label, line);
  describe (self);
}

static void
on_changed (MmpConnectionRow *self)
{
  gboolean busy = mmp_text_is_busy (self->connection);

  gtk_label_set_text (self->name_label, mmp_text_name (self->connection));
  gtk_image_set_from_icon_name (self->icon, mmp_text_state_icon (self->connection));
  set_tone (self, mmp_text_tone (self->connection));
  gtk_widget_set_visible (GTK_WIDGET (self->spinner), busy);
  mmp_connection_row_set_count (self, mmp_connection_get_requests (self->connection)->len);
  on_figures (self);
  describe (self);
}

static void
open_row (GtkWidget *widget,
          const char *action_name,
          GVariant *parameter)
{
  gtk_widget_activate (widget);
}

static void
show_menu (MmpConnectionRow *self)
{
  if (self->connection != NULL)
    g_signal_emit (self, signals[MENU], 0);
}

static void
on_pressed (MmpConnectionRow *self)
{
  show_menu (self);
}

static gboolean
on_menu_key (GtkWidget *widget,
             GVariant *arguments,
             gpointer user_data)
{
  show_menu (MMP_CONNECTION_ROW (widget));

  return TRUE;
}

static void
mmp_connection_row_dispose (GObject *object)
{
  MmpConnectionRow *self = MMP_CONNECTION_ROW (object);

  if (self->connection != NULL)
    g_signal_handlers_disconnect_by_data (self->connection, self);
  gtk_widget_dispose_template (GTK_WIDGET (object), MMP_TYPE_CONNECTION_ROW);

  G_OBJECT_CLASS (mmp_connection_row_parent_class)->dispose (object);
}

static void
mmp_connection_row_finalize (GObject *object)
{
  MmpConnectionRow *self = MMP_CONNECTION_ROW (object);

  g_clear_object (&self->connection);
  g_free (self->page);

  G_OBJECT_CLASS (mmp_connection_row_parent_class)->finalize (object);
}

static void
mmp_connection_row_class_init (MmpConnectionRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = mmp_connection_row_dispose;
  G_OBJECT_CLASS (klass)->finalize = mmp_connection_row_finalize;
  signals[MENU] = g_signal_new ("menu", MMP_TYPE_CONNECTION_ROW, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_template_from_resource (widget_class, MMP_RESOURCES "ui/mmp-connection-row.ui");
  gtk_widget_class_bind_template_child (widget_class, MmpConnectionRow, icon);
  gtk_widget_class_bind_template_child (widget_class, MmpConnectionRow, name_label);
  gtk_widget_class_bind_template_child (widget_class, MmpConnectionRow, state_label);
  gtk_widget_class_bind_template_child (widget_class, MmpConnectionRow, spinner);
  gtk_widget_class_bind_template_child (widget_class, MmpConnectionRow, badge);
  gtk_widget_class_install_action (widget_class, "row.open", NULL, open_row);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_F10, GDK_SHIFT_MASK, on_menu_key, NULL);
  gtk_widget_class_add_binding (widget_class, GDK_KEY_Menu, GDK_NO_MODIFIER_MASK, on_menu_key, NULL);
}

static void
mmp_connection_row_init (MmpConnectionRow *self)
{
  GtkGesture *click = gtk_gesture_click_new ();
  GtkGesture *press = gtk_gesture_long_press_new ();

  gtk_widget_init_template (GTK_WIDGET (self));
  gtk_gesture_single_set_button (GTK_GESTURE_SINGLE (click), GDK_BUTTON_SECONDARY);
  gtk_gesture_single_set_touch_only (GTK_GESTURE_SINGLE (press), TRUE);
  g_signal_connect_swapped (click, "pressed", G_CALLBACK (on_pressed), self);
  g_signal_connect_swapped (press, "pressed", G_CALLBACK (on_pressed), self);
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (click));
  gtk_widget_add_controller (GTK_WIDGET (self), GTK_EVENT_CONTROLLER (press));
}

/**
 * mmp_connection_row_new:
 *
 * Returns: (transfer floating): a row that follows @connection
 */
GtkWidget *
mmp_connection_row_new (MmpConnection *connection)
{
  MmpConnectionRow *self = g_object_new (MMP_TYPE_CONNECTION_ROW, NULL);

  self->connection = g_object_ref (connection);
  g_signal_connect_swapped (connection, "changed", G_CALLBACK (on_changed), self);
  g_signal_connect_swapped (connection, "figures", G_CALLBACK (on_figures), self);
  on_changed (self);

  return GTK_WIDGET (self);
}

/**
 * mmp_connection_row_new_page:
 * @page: its name in the window
 *
 * Returns: (transfer floating): a row that leads to a page
 */
GtkWidget *
mmp_connection_row_new_page (const char *page,
                             const char *title,
                             const char *icon_name)
{
  MmpConnectionRow *self = g_object_new (MMP_TYPE_CONNECTION_ROW, NULL);

  self->page = g_strdup (page);
  gtk_label_set_text (self->name_label, title);
  gtk_image_set_from_icon_name (self->icon, icon_name);
  mmp_connection_row_set_subtitle (self, "");

  return GTK_WIDGET (self);
}

/**
 * mmp_connection_row_get_connection:
 *
 * Returns: (transfer none) (nullable): its connection; %NULL: it leads to a page
 */
MmpConnection *
mmp_connection_row_get_connection (MmpConnectionRow *self)
{
  return self->connection;
}

/**
 * mmp_connection_row_get_page:
 *
 * Returns: (transfer none) (nullable): the page that it leads to
 */
const char *
mmp_connection_row_get_page (MmpConnectionRow *self)
{
  return self->page;
}

/**
 * mmp_connection_row_get_title:
 *
 * Returns: (transfer none): what it is called
 */
const char *
mmp_connection_row_get_title (MmpConnectionRow *self)
{
  return gtk_label_get_text (self->name_label);
}

/**
 * mmp_connection_row_set_subtitle:
 * @subtitle: a second line; "": none
 */
void
mmp_connection_row_set_subtitle (MmpConnectionRow *self,
                                 const char *subtitle)
{
  gtk_label_set_text (self->state_label, subtitle);
  gtk_widget_set_visible (GTK_WIDGET (self->state_label), subtitle[0] != '\0');
  describe (self);
}

/**
 * mmp_connection_row_set_count:
 * @count: how many things wait for a person
 */
void
mmp_connection_row_set_count (MmpConnectionRow *self,
                              guint count)
{
  g_autofree char *text = g_strdup_printf ("%u", count);

  gtk_label_set_text (self->badge, text);
  gtk_widget_set_visible (GTK_WIDGET (self->badge), count > 0);
}
