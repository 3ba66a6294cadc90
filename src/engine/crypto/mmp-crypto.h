/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What the rest of the engine needs of libsodium beside keys and sessions. */

#define MMP_CRYPTO_HASH_SIZE 32

void mmp_crypto_init (void);
void mmp_crypto_random (gpointer data,
                        gsize size);
void mmp_crypto_hash (const char *label,
                      gconstpointer data,
                      gsize size,
                      guint8 hash[MMP_CRYPTO_HASH_SIZE]);
gboolean mmp_crypto_equal (gconstpointer a,
                           gconstpointer b,
                           gsize size);
void mmp_crypto_wipe (gpointer data,
                      gsize size);

G_END_DECLS
