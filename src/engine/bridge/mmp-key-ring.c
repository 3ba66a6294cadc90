/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-bridge"

#include "bridge/mmp-key-ring.h"

#include <string.h>

#include "base/mmp-error.h"

struct _MmpKeyRing
{
  MmpBridgeKey *keys[MMP_BRIDGE_KEYS_MAX];
  guint size;
};

static void
mmp_key_ring_clear (gpointer data)
{
  MmpKeyRing *self = data;

  for (guint i = 0; i < self->size; i++)
    mmp_bridge_key_unref (self->keys[i]);
}

/**
 * mmp_key_ring_new:
 *
 * Returns: (transfer full): no key
 */
MmpKeyRing *
mmp_key_ring_new (void)
{
  return g_atomic_rc_box_new0 (MmpKeyRing);
}

/**
 * mmp_key_ring_add:
 * @key: (transfer none): the key; the first one that is added seals
 * @error: return location
 *
 * Returns: FALSE with %MMP_ERROR_LIMIT if there are four already, or with %MMP_ERROR_KEY_INVALID if it is there, or one
 *   that cannot be told apart from it
 */
gboolean
mmp_key_ring_add (MmpKeyRing *self,
                  MmpBridgeKey *key,
                  GError **error)
{
  if (mmp_key_ring_find (self, mmp_bridge_key_get_id (key)) != NULL)
    {
      g_set_error_literal (error, MMP_ERROR, MMP_ERROR_KEY_INVALID, "the same key was given twice");
      return FALSE;
    }
  if (self->size == MMP_BRIDGE_KEYS_MAX)
    {
      g_set_error (error, MMP_ERROR, MMP_ERROR_LIMIT, "a bridge has at most %d keys", MMP_BRIDGE_KEYS_MAX);
      return FALSE;
    }
  self->keys[self->size++] = mmp_bridge_key_ref (key);

  return TRUE;
}

/**
 * mmp_key_ring_ref:
 *
 * Returns: (transfer full): @self
 */
MmpKeyRing *
mmp_key_ring_ref (MmpKeyRing *self)
{
  return g_atomic_rc_box_acquire (self);
}

/**
 * mmp_key_ring_unref:
 */
void
mmp_key_ring_unref (MmpKeyRing *self)
{
  g_atomic_rc_box_release_full (self, mmp_key_ring_clear);
}

/**
 * mmp_key_ring_get_size:
 *
 * Returns: how many keys there are
 */
guint
mmp_key_ring_get_size (MmpKeyRing *self)
{
  return self->size;
}

/**
 * mmp_key_ring_get:
 * @index: 0 for the one that seals
 *
 * Returns: (transfer none): a key
 */
MmpBridgeKey *
mmp_key_ring_get (MmpKeyRing *self,
                  guint index)
{
  g_return_val_if_fail (index < self->size, NULL);

  return self->keys[index];
}

/**
 * mmp_key_ring_find:
 *
 * Returns: (transfer none) (nullable): the key with this id
 */
MmpBridgeKey *
mmp_key_ring_find (MmpKeyRing *self,
                   const guint8 id[MMP_BRIDGE_KEY_ID_SIZE])
{
  for (guint i = 0; i < self->size; i++)
    if (memcmp (mmp_bridge_key_get_id (self->keys[i]), id, MMP_BRIDGE_KEY_ID_SIZE) == 0)
      return self->keys[i];

  return NULL;
}
