/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-portals.h"

#ifdef GDK_WINDOWING_WAYLAND
#include <gdk/wayland/gdkwayland.h>
#endif
#include <libportal-gtk4/portal-gtk4.h>

/* Milliseconds that a portal may keep a window waiting */
#define PATIENCE_MS 500

/**
 * mmp_portals_get:
 * @error: that there is no session bus
 *
 * What the desktop does for apps on request. It is not known yet whether it does any of it.
 *
 * Returns: (transfer none) (nullable): the portals
 */
XdpPortal *
mmp_portals_get (GError **error)
{
  static XdpPortal *portals;

  /* The other constructor ends the process where there is no session bus. */
  if (portals == NULL)
    portals = xdp_portal_initable_new (error);

  return portals;
}

/* libportal takes it for a mistake of ours where a Wayland display knows no handles for windows. */
static gboolean
can_export (GdkDisplay *display)
{
#ifdef GDK_WINDOWING_WAYLAND
  if (GDK_IS_WAYLAND_DISPLAY (display))
    return gdk_wayland_display_query_registry (GDK_WAYLAND_DISPLAY (display), "zxdg_exporter_v2") || gdk_wayland_display_query_registry (GDK_WAYLAND_DISPLAY (display), "zxdg_exporter_v1");
#endif

  return TRUE;
}

/**
 * mmp_portals_make_parent:
 * @widget: (nullable): whose wish it is
 *
 * Returns: (transfer full) (nullable): the window that the desktop's dialogs belong to
 */
XdpParent *
mmp_portals_make_parent (GtkWidget *widget)
{
  GtkRoot *root = widget != NULL ? gtk_widget_get_root (widget) : NULL;

  return GTK_IS_WINDOW (root) && gtk_widget_get_mapped (GTK_WIDGET (root)) && can_export (gtk_widget_get_display (widget)) ? xdp_parent_new_gtk (GTK_WINDOW (root)) : NULL;
}

/**
 * mmp_portals_is_missing:
 *
 * Returns: whether @error says that nobody does what was asked for, rather than that somebody did not want to
 */
gboolean
mmp_portals_is_missing (const GError *error)
{
  static const int codes[] = {
    G_DBUS_ERROR_SERVICE_UNKNOWN,
    G_DBUS_ERROR_NAME_HAS_NO_OWNER,
    G_DBUS_ERROR_UNKNOWN_METHOD,
    G_DBUS_ERROR_UNKNOWN_INTERFACE,
    G_DBUS_ERROR_UNKNOWN_OBJECT,
    G_DBUS_ERROR_UNKNOWN_PROPERTY,
    G_DBUS_ERROR_INVALID_ARGS, /* what a property of an interface that is not there gives */
    G_DBUS_ERROR_SPAWN_SERVICE_NOT_FOUND,
    G_DBUS_ERROR_SPAWN_FAILED,
    G_DBUS_ERROR_SPAWN_CHILD_EXITED,
    G_DBUS_ERROR_NOT_SUPPORTED,
  };

  for (gsize i = 0; i < G_N_ELEMENTS (codes); i++)
    {
      if (g_error_matches (error, G_DBUS_ERROR, codes[i]))
        return TRUE;
    }

  return FALSE;
}

static gboolean
ask_bus (GDBusConnection *bus,
         const char *method,
         const char *name)
{
  g_autoptr (GVariant) reply = g_dbus_connection_call_sync (bus, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", method,
                                                            name != NULL ? g_variant_new ("(s)", name) : NULL, NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, NULL);
  g_autoptr (GVariant) value = reply != NULL ? g_variant_get_child_value (reply, 0) : NULL;
  g_autofree const char **names = NULL;

  if (value == NULL)
    return FALSE;
  if (name != NULL)
    return g_variant_get_boolean (value);
  names = g_variant_get_strv (value, NULL);

  return g_strv_contains (names, "org.freedesktop.Notifications") || g_strv_contains (names, "org.gtk.Notifications");
}

static gboolean
ask_portal (GDBusConnection *bus,
            const char *interface)
{
  g_autoptr (GVariant) reply = g_dbus_connection_call_sync (bus, "org.freedesktop.portal.Desktop", "/org/freedesktop/portal/desktop", "org.freedesktop.DBus.Properties", "Get",
                                                            g_variant_new ("(ss)", interface, "version"), NULL, G_DBUS_CALL_FLAGS_NONE, PATIENCE_MS, NULL, NULL);

  return reply != NULL;
}

/**
 * mmp_portals_can_notify:
 * @bus: (nullable): the session bus
 *
 * Asks the bus itself, which answers at once, or in a sandbox the portals, which have half a second.
 *
 * Returns: whether anybody shows notifications, or would be started for it
 */
gboolean
mmp_portals_can_notify (GDBusConnection *bus)
{
  /* There the bus shows none but the portals, and notifications go through one of them. */
  if (bus != NULL && xdp_portal_running_under_sandbox ())
    return ask_portal (bus, "org.freedesktop.portal.Notification");

  return bus != NULL && (ask_bus (bus, "NameHasOwner", "org.freedesktop.Notifications") || ask_bus (bus, "NameHasOwner", "org.gtk.Notifications") || ask_bus (bus, "ListActivatableNames", NULL));
}

/**
 * mmp_portals_can_open:
 * @bus: (nullable): the session bus
 *
 * Asks for the portal, which has half a second. GTK's launcher takes its absence for a mistake of ours.
 *
 * Returns: whether an address can be handed to whatever opens it, if there is such a thing
 */
gboolean
mmp_portals_can_open (GDBusConnection *bus)
{
  return !xdp_portal_running_under_sandbox () || (bus != NULL && ask_portal (bus, "org.freedesktop.portal.OpenURI"));
}
