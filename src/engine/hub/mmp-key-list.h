/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "crypto/mmp-public-key.h"

G_BEGIN_DECLS

GHashTable *mmp_key_list_parse (const char *text,
                                gsize size,
                                GError **error);
GHashTable *mmp_key_list_load (const char *path,
                               GError **error);

G_END_DECLS
