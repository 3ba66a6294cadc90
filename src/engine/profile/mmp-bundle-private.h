/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "profile/mmp-bundle.h"

G_BEGIN_DECLS

GHashTable *mmp_bundle_decode_secrets (const char *text,
                                       gsize size,
                                       GError **error);

G_END_DECLS
