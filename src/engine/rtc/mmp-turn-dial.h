/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

void mmp_turn_dial_async (const char *host,
                          guint port,
                          gboolean tls,
                          const char *ca_file,
                          GCancellable *cancellable,
                          GAsyncReadyCallback callback,
                          gpointer user_data);
GIOStream *mmp_turn_dial_finish (GAsyncResult *result,
                                 GError **error);

G_END_DECLS
