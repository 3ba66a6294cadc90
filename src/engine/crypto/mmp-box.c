/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-crypto"

#include "crypto/mmp-box.h"
#include "crypto/mmp-box-private.h"

#include <sodium.h>
#include <string.h>

#include "base/mmp-error.h"
#include "crypto/mmp-crypto-private.h"
#include "crypto/mmp-crypto.h"
#include "crypto/mmp-key-pair-private.h"

G_STATIC_ASSERT (MMP_BOX_NONCE_SIZE == crypto_box_NONCEBYTES);
G_STATIC_ASSERT (MMP_BOX_OVERHEAD == crypto_box_NONCEBYTES + crypto_box_MACBYTES);

struct _MmpBox
{
  guint8 key[crypto_box_BEFORENMBYTES];
};

/**
 * mmp_box_new:
 * @own: this side's keys
 * @other: the other side's
 *
 * Agrees on the key; takes about a tenth of a millisecond.
 *
 * Returns: (transfer full) (nullable): a box in guarded memory; %NULL with %MMP_ERROR_KEY_INVALID if the two keys agree on
 *   zero, or are the same
 */
MmpBox *
mmp_box_new (MmpKeyPair *own,
             const MmpPublicKey *other,
             GError **error)
{
  static const guint8 zeros[crypto_core_hsalsa20_INPUTBYTES];
  guint8 shared[32];
  MmpBox *self;

  mmp_crypto_init ();
  if (mmp_public_key_equal (mmp_key_pair_get_public (own), other))
    {
      g_set_error_literal (error, MMP_ERROR, MMP_ERROR_KEY_INVALID, "the other side's key is this device's own");
      return NULL;
    }
  if (!mmp_key_pair_agree (own, other->bytes, shared))
    {
      g_set_error_literal (error, MMP_ERROR, MMP_ERROR_KEY_INVALID, "the other side's key agrees on zero with every key");
      return NULL;
    }

  self = mmp_crypto_guarded_new (sizeof *self);
  crypto_core_hsalsa20 (self->key, zeros, shared, NULL);
  sodium_memzero (shared, sizeof shared);

  return self;
}

/**
 * mmp_box_free:
 * @self: (nullable): a box; its key is wiped
 */
void
mmp_box_free (MmpBox *self)
{
  mmp_crypto_guarded_free (self);
}

/**
 * mmp_box_seal_with_nonce:
 *
 * As mmp_box_seal(), for test vectors.
 */
GBytes *
mmp_box_seal_with_nonce (const MmpBox *self,
                         const guint8 nonce[MMP_BOX_NONCE_SIZE],
                         const void *data,
                         gsize size)
{
  guint8 *sealed = g_malloc (size + MMP_BOX_OVERHEAD);

  memcpy (sealed, nonce, MMP_BOX_NONCE_SIZE);
  crypto_box_easy_afternm (sealed + MMP_BOX_NONCE_SIZE, data, size, nonce, self->key);

  return g_bytes_new_take (sealed, size + MMP_BOX_OVERHEAD);
}

/**
 * mmp_box_seal:
 * @data: a message
 * @size: its bytes
 *
 * Returns: (transfer full): nonce, tag and ciphertext
 */
GBytes *
mmp_box_seal (const MmpBox *self,
              const void *data,
              gsize size)
{
  guint8 nonce[MMP_BOX_NONCE_SIZE];

  mmp_crypto_random (nonce, sizeof nonce);

  return mmp_box_seal_with_nonce (self, nonce, data, size);
}

/**
 * mmp_box_open:
 * @sealed: what mmp_box_seal() made, here or at the other side
 *
 * Returns: (transfer full) (nullable): the message; %NULL with %MMP_ERROR_MESSAGE_INVALID if it was not sealed for this
 *   pair of keys or was altered
 */
GBytes *
mmp_box_open (const MmpBox *self,
              GBytes *sealed,
              GError **error)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (sealed, &size);
  g_autofree guint8 *opened = NULL;

  if (size < MMP_BOX_OVERHEAD)
    {
      g_set_error_literal (error, MMP_ERROR, MMP_ERROR_MESSAGE_INVALID, "a sealed message is too short");
      return NULL;
    }

  opened = g_malloc (size - MMP_BOX_OVERHEAD + 1);
  if (crypto_box_open_easy_afternm (opened, data + MMP_BOX_NONCE_SIZE, size - MMP_BOX_NONCE_SIZE, data, self->key) != 0)
    {
      g_set_error_literal (error, MMP_ERROR, MMP_ERROR_MESSAGE_INVALID, "a message was not sealed for this pair of keys, or was altered");
      return NULL;
    }

  return g_bytes_new_take (g_steal_pointer (&opened), size - MMP_BOX_OVERHEAD);
}
