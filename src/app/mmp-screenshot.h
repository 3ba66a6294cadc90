/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

void mmp_screenshot_take_async (GtkWidget *parent,
                                GCancellable *cancellable,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
GdkTexture *mmp_screenshot_take_finish (GAsyncResult *result,
                                        GError **error);

G_END_DECLS
