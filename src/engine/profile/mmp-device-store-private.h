/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "profile/mmp-device-store.h"

G_BEGIN_DECLS

GHashTable *mmp_device_store_parse (GKeyFile *key_file,
                                    GError **error);

G_END_DECLS
