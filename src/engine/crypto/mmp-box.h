/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "crypto/mmp-key-pair.h"

G_BEGIN_DECLS

#define MMP_BOX_NONCE_SIZE 24
#define MMP_BOX_OVERHEAD (MMP_BOX_NONCE_SIZE + 16)

/**
 * MmpBox:
 *
 * The thesis's sealed messages between two key pairs (`crypto_box`: X25519, XSalsa20, Poly1305; the nonce stands in front). The
 * same key serves both directions and for ever: a message can be recorded and sent again, also to who wrote it. Only the
 * classic mode uses it.
 */
typedef struct _MmpBox MmpBox;

MmpBox *mmp_box_new (MmpKeyPair *own,
                     const MmpPublicKey *other,
                     GError **error);
void mmp_box_free (MmpBox *self);
GBytes *mmp_box_seal (const MmpBox *self,
                      const void *data,
                      gsize size);
GBytes *mmp_box_open (const MmpBox *self,
                      GBytes *sealed,
                      GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpBox, mmp_box_free)

G_END_DECLS
