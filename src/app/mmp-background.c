/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-background.h"

#include <glib/gi18n.h>
#include <libportal-gtk4/portal-gtk4.h>
#include <libportal/portal.h>

/* The portal takes no more. */
#define STATUS_MAX 96

struct _MmpBackground
{
  GObject parent_instance;

  XdpPortal *portal; /* NULL: there is none */
  char *said;
};

G_DEFINE_FINAL_TYPE (MmpBackground, mmp_background, G_TYPE_OBJECT)

static void
mmp_background_finalize (GObject *object)
{
  MmpBackground *self = MMP_BACKGROUND (object);

  g_clear_object (&self->portal);
  g_free (self->said);

  G_OBJECT_CLASS (mmp_background_parent_class)->finalize (object);
}

static void
mmp_background_class_init (MmpBackgroundClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = mmp_background_finalize;
}

static void
mmp_background_init (MmpBackground *self)
{
}

static void
on_requested (GObject *source,
              GAsyncResult *result,
              gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  if (!xdp_portal_request_background_finish (XDP_PORTAL (source), result, &error))
    g_debug ("the desktop does not know of background apps: %s", error != NULL ? error->message : "denied");
}

static void
on_status_set (GObject *source,
               GAsyncResult *result,
               gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  if (!xdp_portal_set_background_status_finish (XDP_PORTAL (source), result, &error))
    g_debug ("the desktop shows no status: %s", error->message);
}

/**
 * mmp_background_new:
 *
 * Returns: (transfer full): the desktop's portal, or one that does nothing
 */
MmpBackground *
mmp_background_new (void)
{
  MmpBackground *self = g_object_new (MMP_TYPE_BACKGROUND, NULL);
  g_autoptr (GError) error = NULL;

  /* The other constructor ends the process where there is no session bus. */
  self->portal = xdp_portal_initable_new (&error);
  if (self->portal == NULL)
    g_debug ("there are no portals: %s", error->message);

  return self;
}

/**
 * mmp_background_request:
 * @window: (nullable): whose wish it is
 * @autostart: whether to start at login, without a window
 */
void
mmp_background_request (MmpBackground *self,
                        GtkWindow *window,
                        gboolean autostart)
{
  g_autoptr (GPtrArray) command = g_ptr_array_new ();
  g_autoptr (XdpParent) parent = window != NULL && gtk_widget_get_realized (GTK_WIDGET (window)) ? xdp_parent_new_gtk (window) : NULL;

  if (self->portal == NULL)
    return;
  g_ptr_array_add (command, (gpointer) "message-portal");
  g_ptr_array_add (command, (gpointer) "--background");
  xdp_portal_request_background (self->portal, parent, (char *) _ ("Connections stay up without a window"), command,
                                 autostart ? XDP_BACKGROUND_FLAG_AUTOSTART : XDP_BACKGROUND_FLAG_NONE, NULL, on_requested, NULL);
}

/**
 * mmp_background_set_status:
 *
 * Says a line where the desktop lists apps without a window.
 */
void
mmp_background_set_status (MmpBackground *self,
                           const char *text)
{
  g_autofree char *line = g_utf8_strlen (text, -1) > STATUS_MAX ? g_utf8_substring (text, 0, STATUS_MAX) : g_strdup (text);

  if (self->portal == NULL || g_strcmp0 (self->said, line) == 0)
    return;
  g_free (self->said);
  self->said = g_steal_pointer (&line);
  xdp_portal_set_background_status (self->portal, self->said, NULL, on_status_set, NULL);
}
