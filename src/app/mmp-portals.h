/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>
#include <libportal/portal.h>

G_BEGIN_DECLS

XdpPortal *mmp_portals_get (GError **error);
XdpParent *mmp_portals_make_parent (GtkWidget *widget);
gboolean mmp_portals_is_missing (const GError *error);
gboolean mmp_portals_can_notify (GDBusConnection *bus);
gboolean mmp_portals_can_open (GDBusConnection *bus);

G_END_DECLS
