/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Far above the 56 characters of a key, far below what hurts */
#define MMP_KEY_FILE_SIZE_MAX 1024

gssize mmp_key_file_read_private (const char *path,
                                  char text[MMP_KEY_FILE_SIZE_MAX],
                                  GError **error);
gboolean mmp_key_file_prepare (const char *directory,
                               GError **error);
gboolean mmp_key_file_check_absent (const char *path,
                                    GError **error);
gboolean mmp_key_file_write (const char *path,
                             gconstpointer data,
                             gsize size,
                             int mode,
                             gboolean replace,
                             GError **error);

G_END_DECLS
