/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-crypto"

#include "crypto/mmp-bridge-seal.h"

#include <sodium.h>
#include <string.h>

#include "base/mmp-error.h"
#include "crypto/mmp-base32.h"
#include "crypto/mmp-bridge-key-private.h"

/* "MMB1" ‖ key id ‖ nonce ‖ ciphertext ‖ tag; what stands before the nonce is authenticated, too */
#define MAGIC "MMB1"
#define MAGIC_SIZE 4
#define KEY_ID_AT 4
#define NONCE_AT 8
#define CIPHER_AT 32
#define TAG_SIZE crypto_aead_xchacha20poly1305_ietf_ABYTES
#define BLOCK_SIZE 32

/* nonce ‖ tag ‖ ciphertext, as PyNaCl's SecretBox makes it */
#define CLASSIC_CIPHER_AT crypto_secretbox_NONCEBYTES
#define CLASSIC_TAG_SIZE crypto_secretbox_MACBYTES

#define TOKEN_BYTES 16

G_STATIC_ASSERT (crypto_aead_xchacha20poly1305_ietf_NPUBBYTES == MMP_BRIDGE_NONCE_SIZE);
G_STATIC_ASSERT (crypto_secretbox_NONCEBYTES == MMP_BRIDGE_NONCE_SIZE);
G_STATIC_ASSERT (CIPHER_AT + TAG_SIZE == MMP_BRIDGE_SEAL_OVERHEAD);
G_STATIC_ASSERT (CLASSIC_CIPHER_AT + CLASSIC_TAG_SIZE == MMP_BRIDGE_CLASSIC_OVERHEAD);

static gpointer
fail (GError **error,
      const char *message)
{
  g_set_error_literal (error, MMP_ERROR, MMP_ERROR_MESSAGE_INVALID, message);

  return NULL;
}

static void
set_nonce (guint8 *at,
           const guint8 *nonce)
{
  if (nonce != NULL)
    memcpy (at, nonce, MMP_BRIDGE_NONCE_SIZE);
  else
    randombytes_buf (at, MMP_BRIDGE_NONCE_SIZE);
}

/**
 * mmp_bridge_seal:
 * @nonce: (nullable): 24 bytes for test vectors; %NULL for random ones, the only right thing elsewhere
 * @parts: (array length=n_parts): what to seal, one behind the other
 *
 * Returns: (transfer full): the sealed bytes, whose length tells that of the content in steps of 32 only
 */
GBytes *
mmp_bridge_seal (MmpBridgeKey *key,
                 const guint8 *nonce,
                 const MmpBridgePart *parts,
                 guint n_parts)
{
  const MmpBridgeSecrets *secrets = mmp_bridge_key_get_secrets (key);
  gsize size = 0;
  gsize padded;
  guint8 *sealed;
  guint8 *plain;

  for (guint i = 0; i < n_parts; i++)
    size += parts[i].size;
  padded = (size / BLOCK_SIZE + 1) * BLOCK_SIZE;
  sealed = g_malloc (CIPHER_AT + padded + TAG_SIZE);
  memcpy (sealed, MAGIC, MAGIC_SIZE);
  memcpy (sealed + KEY_ID_AT, mmp_bridge_key_get_id (key), MMP_BRIDGE_KEY_ID_SIZE);
  set_nonce (sealed + NONCE_AT, nonce);

  plain = sealed + CIPHER_AT;
  for (guint i = 0; i < n_parts; i++)
    {
      if (parts[i].size > 0)
        memcpy (plain, parts[i].data, parts[i].size);
      plain += parts[i].size;
    }
  sodium_pad (&padded, sealed + CIPHER_AT, size, BLOCK_SIZE, padded);
  crypto_aead_xchacha20poly1305_ietf_encrypt (sealed + CIPHER_AT, NULL, sealed + CIPHER_AT, padded,
                                              sealed, NONCE_AT, NULL, sealed + NONCE_AT, secrets->data);

  return g_bytes_new_take (sealed, CIPHER_AT + padded + TAG_SIZE);
}

/**
 * mmp_bridge_seal_get_key_id:
 * @sealed: what came from a broker
 * @error: return location
 *
 * Looks at the form only.
 *
 * Returns: (transfer none) (array fixed-size=4) (nullable): the id of the key it claims to be sealed with; %NULL with
 *   %MMP_ERROR_MESSAGE_INVALID if it cannot be a sealed payload
 */
const guint8 *
mmp_bridge_seal_get_key_id (GBytes *sealed,
                            GError **error)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (sealed, &size);

  if (size < CIPHER_AT + BLOCK_SIZE + TAG_SIZE || (size - CIPHER_AT - TAG_SIZE) % BLOCK_SIZE != 0)
    return fail (error, "a sealed message has no such length");
  if (memcmp (data, MAGIC, MAGIC_SIZE) != 0)
    return fail (error, "a sealed message begins otherwise");

  return data + KEY_ID_AT;
}

/**
 * mmp_bridge_open:
 * @sealed: what mmp_bridge_seal() made
 * @error: return location
 *
 * Returns: (transfer full) (nullable): the content; %NULL with %MMP_ERROR_MESSAGE_INVALID
 */
GBytes *
mmp_bridge_open (MmpBridgeKey *key,
                 GBytes *sealed,
                 GError **error)
{
  const guint8 *id = mmp_bridge_seal_get_key_id (sealed, error);
  gsize size;
  const guint8 *data = g_bytes_get_data (sealed, &size);
  g_autofree guint8 *plain = NULL;
  gsize plain_size;

  if (id == NULL)
    return NULL;
  if (memcmp (id, mmp_bridge_key_get_id (key), MMP_BRIDGE_KEY_ID_SIZE) != 0)
    return fail (error, "it is sealed with another key");

  plain = g_malloc (size - CIPHER_AT - TAG_SIZE);
  if (crypto_aead_xchacha20poly1305_ietf_decrypt (plain, NULL, NULL, data + CIPHER_AT, size - CIPHER_AT, data, NONCE_AT,
                                                  data + NONCE_AT, mmp_bridge_key_get_secrets (key)->data)
      != 0)
    return fail (error, "it was changed, or is sealed with another key");
  if (sodium_unpad (&plain_size, plain, size - CIPHER_AT - TAG_SIZE, BLOCK_SIZE) != 0)
    return fail (error, "its padding is wrong");

  return g_bytes_new_take (g_steal_pointer (&plain), plain_size);
}

/**
 * mmp_bridge_seal_classic:
 * @nonce: (nullable): as for mmp_bridge_seal()
 *
 * Returns: (transfer full): the payload in the form of the thesis's programs with a key file
 */
GBytes *
mmp_bridge_seal_classic (MmpBridgeKey *key,
                         const guint8 *nonce,
                         GBytes *payload)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (payload, &size);
  guint8 *sealed = g_malloc (MMP_BRIDGE_CLASSIC_OVERHEAD + size);

  set_nonce (sealed, nonce);
  crypto_secretbox_easy (sealed + CLASSIC_CIPHER_AT, data, size, sealed, mmp_bridge_key_get_secrets (key)->group);

  return g_bytes_new_take (sealed, MMP_BRIDGE_CLASSIC_OVERHEAD + size);
}

/**
 * mmp_bridge_open_classic:
 * @sealed: what came from a broker
 * @error: return location
 *
 * Returns: (transfer full) (nullable): the payload; %NULL with %MMP_ERROR_MESSAGE_INVALID
 */
GBytes *
mmp_bridge_open_classic (MmpBridgeKey *key,
                         GBytes *sealed,
                         GError **error)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (sealed, &size);
  g_autofree guint8 *payload = NULL;

  if (size < MMP_BRIDGE_CLASSIC_OVERHEAD)
    return fail (error, "it is too short for a sealed message");

  payload = g_malloc (size - MMP_BRIDGE_CLASSIC_OVERHEAD + 1);
  if (crypto_secretbox_open_easy (payload, data + CLASSIC_CIPHER_AT, size - CLASSIC_CIPHER_AT, data, mmp_bridge_key_get_secrets (key)->group) != 0)
    return fail (error, "it was changed, or is sealed with another key");

  return g_bytes_new_take (g_steal_pointer (&payload), size - MMP_BRIDGE_CLASSIC_OVERHEAD);
}

/**
 * mmp_bridge_make_token:
 * @level: which level of the topic, from 0
 * @name: (array length=length): its name
 * @token: (out caller-allocates): what stands for it on the public broker
 *
 * The same name at the same level always has the same token, so that wildcards still work there.
 */
void
mmp_bridge_make_token (MmpBridgeKey *key,
                       guint8 level,
                       const char *name,
                       gsize length,
                       char token[MMP_BRIDGE_TOKEN_LENGTH + 1])
{
  crypto_generichash_state state;
  guint8 hash[TOKEN_BYTES];
  g_autofree char *text = NULL;

  crypto_generichash_init (&state, mmp_bridge_key_get_secrets (key)->topics, sizeof mmp_bridge_key_get_secrets (key)->topics, sizeof hash);
  crypto_generichash_update (&state, &level, 1);
  crypto_generichash_update (&state, (const guint8 *) name, length);
  crypto_generichash_final (&state, hash, sizeof hash);
  text = mmp_base32_encode (hash, sizeof hash, MMP_BASE32_BARE);
  memcpy (token, text, MMP_BRIDGE_TOKEN_LENGTH + 1);
}
