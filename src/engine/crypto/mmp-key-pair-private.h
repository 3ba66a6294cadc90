/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "crypto/mmp-key-pair.h"

G_BEGIN_DECLS

#define MMP_SECRET_KEY_SIZE 32

MmpKeyPair *mmp_key_pair_new (const guint8 secret[MMP_SECRET_KEY_SIZE],
                              GError **error);
MmpKeyPair *mmp_key_pair_parse (const char *text,
                                gsize size,
                                GError **error);
gboolean mmp_key_pair_agree (MmpKeyPair *self,
                             const guint8 public_key[MMP_PUBLIC_KEY_SIZE],
                             guint8 shared[32]);

G_END_DECLS
