/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-help.h"

#include <glib/gi18n.h>

#include "mmp-portals.h"

#define KEY "mmp-help-topic"

/**
 * mmp_help_set_topic:
 * @widget: a dialog or page
 * @topic: (transfer none): a static string, the id of a page in help/C
 *
 * Says which page of the help is about @widget.
 */
void
mmp_help_set_topic (gpointer widget,
                    const char *topic)
{
  g_object_set_data (widget, KEY, (gpointer) topic);
}

/**
 * mmp_help_find_topic:
 *
 * Returns: (transfer none): the page of the help about what has the focus in @window
 */
const char *
mmp_help_find_topic (MmpWindow *window)
{
  AdwDialog *dialog = adw_application_window_get_visible_dialog (ADW_APPLICATION_WINDOW (window));
  GtkWidget *widget = gtk_root_get_focus (GTK_ROOT (window));

  if (dialog != NULL && (widget == NULL || !gtk_widget_is_ancestor (widget, GTK_WIDGET (dialog))))
    widget = GTK_WIDGET (dialog);
  for (; widget != NULL; widget = gtk_widget_get_parent (widget))
    if (g_object_get_data (G_OBJECT (widget), KEY) != NULL)
      return g_object_get_data (G_OBJECT (widget), KEY);

  return "index";
}

static void
on_launched (GObject *source,
             GAsyncResult *result,
             gpointer user_data)
{
  g_autoptr (MmpWindow) window = user_data;
  g_autoptr (GError) error = NULL;

  if (gtk_uri_launcher_launch_finish (GTK_URI_LAUNCHER (source), result, &error))
    return;
  if (g_error_matches (error, GTK_DIALOG_ERROR, GTK_DIALOG_ERROR_DISMISSED))
    return;
  mmp_window_toast (window, _ ("There is no help viewer. Install Yelp and try again."));
}

/**
 * mmp_help_open:
 *
 * Shows the help about what is open in @window, or says why not.
 */
void
mmp_help_open (MmpWindow *window)
{
  g_autofree char *uri = g_strdup_printf ("help:message-portal/%s", mmp_help_find_topic (window));
  g_autoptr (GtkUriLauncher) launcher = gtk_uri_launcher_new (uri);

  if (!mmp_portals_can_open (g_application_get_dbus_connection (g_application_get_default ())))
    {
      mmp_window_toast (window, _ ("This desktop does not open the help for apps. Install xdg-desktop-portal and Yelp, and try again."));
      return;
    }
  gtk_uri_launcher_launch (launcher, GTK_WINDOW (window), NULL, on_launched, g_object_ref (window));
}
