/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "crypto/mmp-public-key.h"
#include "crypto/mmp-secret.h"

G_BEGIN_DECLS

/**
 * MmpKeyPair:
 *
 * An X25519 key pair whose secret half lives in guarded memory, leaves only as another #MmpSecret, and is wiped with the last reference.
 * Immutable, reference counted atomically: it may be shared between threads.
 */
typedef struct _MmpKeyPair MmpKeyPair;

MmpKeyPair *mmp_key_pair_generate (void);
MmpKeyPair *mmp_key_pair_load (const char *path, GError **error);
gboolean mmp_key_pair_save (MmpKeyPair *self, const char *directory, gboolean replace, GError **error);
MmpKeyPair *mmp_key_pair_from_secret (MmpSecret *secret, GError **error);
MmpSecret *mmp_key_pair_to_secret (MmpKeyPair *self);
MmpKeyPair *mmp_key_pair_ref (MmpKeyPair *self);
void mmp_key_pair_unref (MmpKeyPair *self);
const MmpPublicKey *mmp_key_pair_get_public (MmpKeyPair *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpKeyPair, mmp_key_pair_unref)

G_END_DECLS
