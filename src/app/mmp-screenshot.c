/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-screenshot.h"

#include <glib/gi18n.h>

#include "mmp-portals.h"

static void
fail (GTask *task,
      const GError *cause)
{
  if (mmp_portals_is_missing (cause))
    g_task_return_new_error_literal (task, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, _ ("This desktop takes no screenshots for apps. Take one with its own tool, then choose that image."));
  else if (g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_task_return_new_error_literal (task, G_IO_ERROR, G_IO_ERROR_CANCELLED, _ ("No screenshot was taken. Try again, choose an image, or paste the invitation."));
  else
    g_task_return_new_error_literal (task, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED, _ ("The desktop did not allow a screenshot. Choose an image or paste the invitation."));
}

static void
on_taken (GObject *source,
          GAsyncResult *result,
          gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *uri = xdp_portal_take_screenshot_finish (XDP_PORTAL (source), result, &error);
  g_autoptr (GFile) file = uri != NULL ? g_file_new_for_uri (uri) : NULL;
  GdkTexture *texture = file != NULL ? gdk_texture_new_from_file (file, NULL) : NULL;

  if (texture != NULL)
    g_task_return_pointer (task, texture, g_object_unref);
  else if (file != NULL)
    g_task_return_new_error_literal (task, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, _ ("The screenshot cannot be read. Choose an image or paste the invitation."));
  else
    fail (task, error);
}

/**
 * mmp_screenshot_take_async:
 * @parent: whose wish it is
 *
 * Lets the person choose a part of the screen, in a dialog of the desktop. The file that it makes stays where the desktop puts
 * screenshots.
 */
void
mmp_screenshot_take_async (GtkWidget *parent,
                           GCancellable *cancellable,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  GTask *task = g_task_new (parent, cancellable, callback, user_data);
  g_autoptr (GError) error = NULL;
  g_autoptr (XdpParent) window = NULL;
  XdpPortal *portals = mmp_portals_get (&error);

  if (portals == NULL)
    {
      g_task_return_new_error_literal (task, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, _ ("This desktop takes no screenshots for apps. Take one with its own tool, then choose that image."));
      g_object_unref (task);
      return;
    }
  window = mmp_portals_make_parent (parent);
  xdp_portal_take_screenshot (portals, window, XDP_SCREENSHOT_FLAG_INTERACTIVE, cancellable, on_taken, task);
}

/**
 * mmp_screenshot_take_finish:
 * @error: #GIOErrorEnum with a sentence for the person: NOT_SUPPORTED, CANCELLED, PERMISSION_DENIED, INVALID_DATA
 *
 * Returns: (transfer full): what the person chose of the screen
 */
GdkTexture *
mmp_screenshot_take_finish (GAsyncResult *result,
                            GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
