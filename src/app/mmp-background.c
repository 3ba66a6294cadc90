/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-background.h"

#include <glib/gi18n.h>

#include "mmp-portals.h"

/* The portal takes no more. */
#define STATUS_MAX 96

struct _MmpBackground
{
  GObject parent_instance;

  XdpPortal *portal; /* (unowned) NULL: there is none */
  char *said;
};

G_DEFINE_FINAL_TYPE (MmpBackground, mmp_background, G_TYPE_OBJECT)

static void
mmp_background_finalize (GObject *object)
{
  MmpBackground *self = MMP_BACKGROUND (object);

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
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;
  MmpBackgroundAnswer answer = MMP_BACKGROUND_ALLOWED;

  if (!xdp_portal_request_background_finish (XDP_PORTAL (source), result, &error))
    {
      g_debug ("the desktop does not want a background app: %s", error != NULL ? error->message : "denied");
      answer = error != NULL && mmp_portals_is_missing (error) ? MMP_BACKGROUND_UNKNOWN : MMP_BACKGROUND_DENIED;
    }
  g_task_return_int (task, answer);
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

  self->portal = mmp_portals_get (&error);
  if (self->portal == NULL)
    g_debug ("there are no portals: %s", error->message);

  return self;
}

/**
 * mmp_background_request_async:
 * @window: (nullable): whose wish it is
 * @autostart: whether to start at login, without a window
 *
 * Asks whether the app may go on without a window. A desktop may ask the person in turn, so the answer may take long.
 */
void
mmp_background_request_async (MmpBackground *self,
                              GtkWindow *window,
                              gboolean autostart,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  g_autoptr (GPtrArray) command = g_ptr_array_new ();
  g_autoptr (XdpParent) parent = mmp_portals_make_parent (window != NULL ? GTK_WIDGET (window) : NULL);
  GTask *task = g_task_new (self, NULL, callback, user_data);

  if (self->portal == NULL)
    {
      g_task_return_int (task, MMP_BACKGROUND_UNKNOWN);
      g_object_unref (task);
      return;
    }
  g_ptr_array_add (command, (gpointer) "message-portal");
  g_ptr_array_add (command, (gpointer) "--background");
  xdp_portal_request_background (self->portal, parent, (char *) _ ("Connections stay up without a window"), command,
                                 autostart ? XDP_BACKGROUND_FLAG_AUTOSTART : XDP_BACKGROUND_FLAG_NONE, NULL, on_requested, task);
}

/**
 * mmp_background_request_finish:
 *
 * Returns: what the desktop says to it, or to starting at login if that was asked for
 */
MmpBackgroundAnswer
mmp_background_request_finish (GAsyncResult *result)
{
  return (MmpBackgroundAnswer) g_task_propagate_int (G_TASK (result), NULL);
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
