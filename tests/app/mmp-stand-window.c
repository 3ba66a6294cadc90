/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-stand.h"

#include "mmp-test.h"

static const char *
get_text (GtkWidget *widget)
{
  if (ADW_IS_PREFERENCES_ROW (widget))
    return adw_preferences_row_get_title (ADW_PREFERENCES_ROW (widget));
  if (GTK_IS_BUTTON (widget))
    return gtk_button_get_label (GTK_BUTTON (widget)) != NULL ? gtk_button_get_label (GTK_BUTTON (widget)) : gtk_widget_get_tooltip_text (widget);
  if (GTK_IS_LABEL (widget))
    return gtk_label_get_text (GTK_LABEL (widget));

  return NULL;
}

/**
 * mmp_find:
 * @text: (nullable): its label or title
 *
 * Returns: (transfer none) (nullable): a widget that can be seen
 */
GtkWidget *
mmp_find (gpointer root,
          GType type,
          const char *text)
{
  if (!gtk_widget_get_mapped (root))
    return NULL;
  if (g_type_is_a (G_OBJECT_TYPE (root), type) && (text == NULL || g_strcmp0 (get_text (root), text) == 0))
    return root;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = mmp_find (child, type, text);

      if (found != NULL)
        return found;
    }

  return NULL;
}

/**
 * mmp_await:
 *
 * Returns: (transfer none): a widget, once it can be seen
 */
GtkWidget *
mmp_await (gpointer root,
           GType type,
           const char *text)
{
  GtkWidget *found = NULL;

  g_test_message ("waiting for %s “%s”", g_type_name (type), text != NULL ? text : "");
  mmp_test_await ((found = mmp_find (root, type, text)) != NULL);

  return found;
}

static gboolean
on_frame (GtkWidget *widget,
          GdkFrameClock *clock,
          gpointer user_data)
{
  guint *n = user_data;

  return ++*n < 3 ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

/**
 * mmp_settle:
 *
 * Waits until all that is to be drawn was, for every window.
 */
void
mmp_settle (void)
{
  for (GList *l = gtk_application_get_windows (GTK_APPLICATION (g_application_get_default ())); l != NULL; l = l->next)
    {
      guint n = 0;

      if (!gtk_widget_get_mapped (l->data))
        continue;
      gtk_widget_add_tick_callback (l->data, on_frame, &n, NULL);
      mmp_test_await (n >= 3);
    }
  while (g_main_context_iteration (NULL, FALSE))
    ;
}

/**
 * mmp_click:
 *
 * Clicks a button, or activates a row.
 */
void
mmp_click (gpointer root,
           const char *label)
{
  GtkWidget *widget = NULL;

  g_test_message ("click %s", label);
  mmp_test_await ((widget = mmp_find (root, GTK_TYPE_BUTTON, label)) != NULL || (widget = mmp_find (root, ADW_TYPE_PREFERENCES_ROW, label)) != NULL);
  g_assert_true (gtk_widget_is_sensitive (widget));
  if (GTK_IS_BUTTON (widget))
    g_signal_emit_by_name (widget, "clicked");
  else
    gtk_widget_activate (widget);
  mmp_settle ();
}

/**
 * mmp_type:
 * @title: of an entry row
 */
void
mmp_type (gpointer root,
          const char *title,
          const char *text)
{
  GtkWidget *row = mmp_await (root, ADW_TYPE_ENTRY_ROW, title);

  gtk_editable_set_text (GTK_EDITABLE (row), text);
  mmp_settle ();
}

/**
 * mmp_await_dialog:
 *
 * Returns: (transfer none): the window's dialog, once there is one
 */
GtkWidget *
mmp_await_dialog (gpointer window)
{
  AdwDialog *dialog = NULL;

  mmp_test_await ((dialog = adw_application_window_get_visible_dialog (window)) != NULL);
  mmp_settle ();

  return GTK_WIDGET (dialog);
}

/**
 * mmp_await_no_dialog:
 *
 * Waits until the window's dialog is closed.
 */
void
mmp_await_no_dialog (gpointer window)
{
  mmp_test_await (adw_application_window_get_visible_dialog (window) == NULL);
  mmp_settle ();
}

/**
 * mmp_close_dialog:
 *
 * Closes the window's dialog, whatever it would ask.
 */
void
mmp_close_dialog (gpointer window)
{
  adw_dialog_force_close (adw_application_window_get_visible_dialog (window));
  mmp_await_no_dialog (window);
}

static GtkWidget *
get_child (GtkWidget *widget,
           const char *name)
{
  return GTK_WIDGET (gtk_widget_get_template_child (widget, G_OBJECT_TYPE (widget), name));
}

/**
 * mmp_type_broker:
 * @group: of the dialog, a #MmpBrokerGroup
 *
 * Types into its row about the host.
 */
void
mmp_type_broker (GtkWidget *dialog,
                 const char *group,
                 const char *host)
{
  gtk_editable_set_text (GTK_EDITABLE (get_child (get_child (dialog, group), "host_row")), host);
  mmp_settle ();
}

/**
 * mmp_capture:
 * @name: of the file, without folder and ending
 *
 * Writes what the window shows to `$MMP_SHOTS/NAME.png`.
 *
 * Returns: whether somebody wants pictures
 */
gboolean
mmp_capture (gpointer window,
             const char *name)
{
  const char *folder = g_getenv ("MMP_SHOTS");
  g_autofree char *file = g_strconcat (name, ".png", NULL);
  g_autofree char *path = folder != NULL ? g_build_filename (folder, file, NULL) : NULL;
  g_autoptr (GdkPaintable) paintable = NULL;
  g_autoptr (GtkSnapshot) snapshot = NULL;
  g_autoptr (GskRenderNode) node = NULL;
  g_autoptr (GdkTexture) texture = NULL;
  int width = gtk_widget_get_width (window);
  int height = gtk_widget_get_height (window);

  if (folder == NULL)
    return FALSE;
  mmp_settle ();
  paintable = gtk_widget_paintable_new (window);
  snapshot = gtk_snapshot_new ();
  gdk_paintable_snapshot (paintable, snapshot, width, height);
  node = gtk_snapshot_free_to_node (g_steal_pointer (&snapshot));
  texture = gsk_renderer_render_texture (gtk_native_get_renderer (GTK_NATIVE (window)), node, &GRAPHENE_RECT_INIT (0, 0, (float) width, (float) height));

  return gdk_texture_save_to_png (texture, path);
}
