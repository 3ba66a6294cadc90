/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "profile/mmp-path-store.h"

G_BEGIN_DECLS

gboolean mmp_path_store_parse (GKeyFile *key_file,
                               const char *group,
                               gint64 now,
                               gint64 *since);
void mmp_path_store_make_room (GKeyFile *key_file,
                               gint64 now);

G_END_DECLS
