/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "mmp-background.h"
#include "mmp.h"

G_BEGIN_DECLS

#define MMP_TYPE_CLOSER (mmp_closer_get_type ())

G_DECLARE_FINAL_TYPE (MmpCloser, mmp_closer, MMP, CLOSER, GObject)

/**
 * MmpCloser:
 *
 * What closing the window and quitting mean while connections run: going on without a window where the desktop allows it and
 * the person wants it, else a question.
 */
MmpCloser *mmp_closer_new (GApplication *application,
                           MmpAccount *account,
                           GSettings *settings,
                           MmpBackground *background);
void mmp_closer_follow (MmpCloser *self,
                        GtkWindow *window);
void mmp_closer_quit (MmpCloser *self);
guint mmp_closer_count_running (MmpAccount *account,
                                guint *n_connected);

G_END_DECLS
