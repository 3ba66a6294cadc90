/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/mmp-limits.h"
#include "crypto/mmp-bridge-key.h"

G_BEGIN_DECLS

/**
 * MmpKeyRing:
 *
 * Up to four keys: the first one seals, all of them open, so that a key can be replaced one device after the other.
 * Immutable once in use, reference counted atomically.
 */
typedef struct _MmpKeyRing MmpKeyRing;

MmpKeyRing *mmp_key_ring_new (void);
gboolean mmp_key_ring_add (MmpKeyRing *self,
                           MmpBridgeKey *key,
                           GError **error);
MmpKeyRing *mmp_key_ring_ref (MmpKeyRing *self);
void mmp_key_ring_unref (MmpKeyRing *self);
guint mmp_key_ring_get_size (MmpKeyRing *self);
MmpBridgeKey *mmp_key_ring_get (MmpKeyRing *self,
                                guint index);
MmpBridgeKey *mmp_key_ring_find (MmpKeyRing *self,
                                 const guint8 id[MMP_BRIDGE_KEY_ID_SIZE]);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpKeyRing, mmp_key_ring_unref)

G_END_DECLS
