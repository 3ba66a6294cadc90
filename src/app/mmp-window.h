/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "mmp.h"

G_BEGIN_DECLS

#define MMP_TYPE_WINDOW (mmp_window_get_type ())

G_DECLARE_FINAL_TYPE (MmpWindow, mmp_window, MMP, WINDOW, AdwApplicationWindow)

/**
 * MmpWindow:
 *
 * The main window: a list of connections and the page of the one that was chosen. Its actions that take an id do something
 * with a connection: `win.open`, `win.toggle`, `win.edit`, `win.duplicate`, `win.show-code`, `win.save-log`, `win.delete`,
 * `win.review`.
 */
MmpWindow *mmp_window_new (GtkApplication *application,
                           MmpAccount *account);
MmpWindow *mmp_window_new_broken (GtkApplication *application,
                                  const GError *error);
MmpAccount *mmp_window_get_account (MmpWindow *self);
void mmp_window_open (MmpWindow *self,
                      const char *id);
void mmp_window_open_page (MmpWindow *self,
                           const char *page);
void mmp_window_import (MmpWindow *self,
                        const char *text);
AdwToast *mmp_window_toast (MmpWindow *self,
                            const char *text);

G_END_DECLS
