/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

gpointer mmp_crypto_guarded_new (gsize size);
void mmp_crypto_guarded_free (gpointer memory);
gboolean mmp_crypto_x25519 (const guint8 secret[32],
                            const guint8 public_key[32],
                            guint8 shared[32]);

G_END_DECLS
