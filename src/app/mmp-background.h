/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

#define MMP_TYPE_BACKGROUND (mmp_background_get_type ())

G_DECLARE_FINAL_TYPE (MmpBackground, mmp_background, MMP, BACKGROUND, GObject)

/**
 * MmpBackground:
 *
 * What the desktop is asked so that the app may go on without a window, and start at login. Where nobody can be asked it
 * just does.
 */
MmpBackground *mmp_background_new (void);
void mmp_background_request (MmpBackground *self,
                             GtkWindow *window,
                             gboolean autostart);
void mmp_background_set_status (MmpBackground *self,
                                const char *text);

G_END_DECLS
