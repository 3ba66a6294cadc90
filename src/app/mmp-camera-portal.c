/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-camera.h"
#include "mmp-portals.h"

#define PATIENCE_MS 10000
#define BUS_NAME "org.freedesktop.portal.Desktop"
#define OBJECT_PATH "/org/freedesktop/portal/desktop"
#define INTERFACE "org.freedesktop.portal.Camera"

/* Causes that the desktop has a thousand words for, as one of three that a person can do something about */
static void
fail (GTask *task,
      const GError *cause)
{
  int code = G_IO_ERROR_FAILED;

  if (mmp_portals_is_missing (cause))
    code = G_IO_ERROR_NOT_SUPPORTED;
  /* How somebody, or the desktop by itself, said no: dismissed or otherwise ended */
  else if (g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_CANCELLED) || g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_FAILED))
    code = G_IO_ERROR_PERMISSION_DENIED;
  g_task_return_new_error_literal (task, G_IO_ERROR, code, cause->message);
  g_object_unref (task);
}

static void
on_allowed (GObject *source,
            GAsyncResult *result,
            gpointer user_data)
{
  GTask *task = user_data;
  g_autoptr (GError) error = NULL;
  int fd;

  if (g_task_return_error_if_cancelled (task))
    {
      g_object_unref (task);
      return;
    }
  if (!xdp_portal_access_camera_finish (XDP_PORTAL (source), result, &error))
    {
      fail (task, error);
      return;
    }
  fd = xdp_portal_open_pipewire_remote_for_camera (XDP_PORTAL (source));
  if (fd >= 0)
    g_task_return_int (task, fd);
  else
    g_task_return_new_error_literal (task, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "PipeWire cannot be reached");
  g_object_unref (task);
}

static void
on_present (GObject *source,
            GAsyncResult *result,
            gpointer user_data)
{
  GTask *task = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);
  g_autoptr (GVariant) value = NULL;
  g_autoptr (XdpParent) parent = NULL;
  XdpPortal *portals = mmp_portals_get (NULL);

  if (g_task_return_error_if_cancelled (task))
    {
      g_object_unref (task);
      return;
    }
  if (reply == NULL)
    {
      fail (task, error);
      return;
    }
  g_variant_get (reply, "(v)", &value);
  if (!g_variant_is_of_type (value, G_VARIANT_TYPE_BOOLEAN) || !g_variant_get_boolean (value))
    {
      g_task_return_new_error_literal (task, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "the desktop knows of no camera");
      g_object_unref (task);
      return;
    }
  parent = mmp_portals_make_parent (g_task_get_source_object (task));
  xdp_portal_access_camera (portals, parent, XDP_CAMERA_FLAG_NONE, g_task_get_cancellable (task), on_allowed, task);
}

static void
on_bus (GObject *source,
        GAsyncResult *result,
        gpointer user_data)
{
  GTask *task = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusConnection) bus = g_bus_get_finish (result, &error);

  if (bus == NULL || mmp_portals_get (NULL) == NULL)
    {
      g_task_return_new_error_literal (task, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "there is no session bus");
      g_object_unref (task);
      return;
    }
  /* libportal has a call for this as well, which blocks. */
  g_dbus_connection_call (bus, BUS_NAME, OBJECT_PATH, "org.freedesktop.DBus.Properties", "Get",
                          g_variant_new ("(ss)", INTERFACE, "IsCameraPresent"), G_VARIANT_TYPE ("(v)"),
                          G_DBUS_CALL_FLAGS_NONE, -1, g_task_get_cancellable (task), on_present, task);
}

static void
open_async (GtkWidget *parent,
            GCancellable *cancellable,
            GAsyncReadyCallback callback,
            gpointer user_data)
{
  g_bus_get (G_BUS_TYPE_SESSION, cancellable, on_bus, g_task_new (parent, cancellable, callback, user_data));
}

static char *
open_finish (GAsyncResult *result,
             int *fd,
             GError **error)
{
  *fd = (int) g_task_propagate_int (G_TASK (result), error);

  return *fd >= 0 ? g_strdup_printf ("pipewiresrc fd=%d do-timestamp=true", *fd) : NULL;
}

const MmpCameraSource mmp_camera_portal = {
  .patience = PATIENCE_MS,
  .open_async = open_async,
  .open_finish = open_finish,
};
