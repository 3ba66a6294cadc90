/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define MMP_TYPE_BACKGROUND (mmp_background_get_type ())

typedef enum
{
  MMP_BACKGROUND_ALLOWED,
  MMP_BACKGROUND_DENIED,
  MMP_BACKGROUND_UNKNOWN, /* nobody has a say in it */
} MmpBackgroundAnswer;

G_DECLARE_FINAL_TYPE (MmpBackground, mmp_background, MMP, BACKGROUND, GObject)

/**
 * MmpBackground:
 *
 * What the desktop is asked so that the app may go on without a window, and start at login. Where nobody can be asked it
 * just does.
 */
MmpBackground *mmp_background_new (void);
void mmp_background_request_async (MmpBackground *self,
                                   GtkWindow *window,
                                   gboolean autostart,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
MmpBackgroundAnswer mmp_background_request_finish (GAsyncResult *result);
void mmp_background_set_status (MmpBackground *self,
                                const char *text);

G_END_DECLS
