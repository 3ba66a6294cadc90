/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "mmp-window.h"

G_BEGIN_DECLS

void mmp_window_class_install_actions (GtkWidgetClass *widget_class);
void mmp_window_follow (MmpWindow *self,
                        MmpConnection *connection);
void mmp_window_step (MmpWindow *self,
                      int step);
void mmp_window_search (MmpWindow *self);
MmpConnection *mmp_window_get_shown (MmpWindow *self);

G_END_DECLS
