/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Characters that stand for a number of bytes, without and with padding */
#define MMP_BASE32_BARE_LENGTH(size) (((gsize) (size) * 8 + 4) / 5)
#define MMP_BASE32_PADDED_LENGTH(size) (((gsize) (size) + 4) / 5 * 8)

typedef enum
{
  MMP_BASE32_BARE = 1 << 0,
  MMP_BASE32_PADDED = 1 << 1,
  MMP_BASE32_EITHER = MMP_BASE32_BARE | MMP_BASE32_PADDED,
} MmpBase32Form;

char *mmp_base32_encode (gconstpointer data,
                         gsize size,
                         MmpBase32Form form);
gboolean mmp_base32_decode (const char *text,
                            gsize length,
                            MmpBase32Form forms,
                            gpointer data,
                            gsize size);

G_END_DECLS
