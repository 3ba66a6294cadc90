/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-crypto"

#include "crypto/mmp-noise-state.h"

#include <sodium.h>
#include <string.h>

#include "crypto/mmp-crypto-private.h"
#include "crypto/mmp-crypto.h"
#include "crypto/mmp-key-pair-private.h"

/* Where the parts of message 1 begin */
#define STATIC_AT MMP_NOISE_KEY_SIZE
#define PAYLOAD_1_AT (STATIC_AT + MMP_NOISE_KEY_SIZE + MMP_NOISE_TAG_SIZE)
#define PAYLOAD_2_AT MMP_NOISE_KEY_SIZE

G_STATIC_ASSERT (crypto_hash_sha256_BYTES == MMP_NOISE_KEY_SIZE);

/* Exactly as long as the hash, so it is the first hash itself. */
static const char protocol_name[] = "Noise_IK_25519_ChaChaPoly_SHA256";

G_STATIC_ASSERT (sizeof protocol_name - 1 == MMP_NOISE_KEY_SIZE);

static void
mix_hash (MmpNoiseState *self,
          gconstpointer data,
          gsize size)
{
  crypto_hash_sha256_state state;

  crypto_hash_sha256_init (&state);
  crypto_hash_sha256_update (&state, self->hash, sizeof self->hash);
  crypto_hash_sha256_update (&state, data, size);
  crypto_hash_sha256_final (&state, self->hash);
}

static void
hmac (const guint8 key[MMP_NOISE_KEY_SIZE],
      gconstpointer data,
      gsize size,
      guint8 result[MMP_NOISE_KEY_SIZE])
{
  crypto_auth_hmacsha256_state state;

  crypto_auth_hmacsha256_init (&state, key, MMP_NOISE_KEY_SIZE);
  crypto_auth_hmacsha256_update (&state, data, size);
  crypto_auth_hmacsha256_final (&state, result);
  sodium_memzero (&state, sizeof state);
}

/* HKDF of Noise section 4.3 with two outputs */
static void
hkdf (const guint8 chaining_key[MMP_NOISE_KEY_SIZE],
      gconstpointer input,
      gsize size,
      guint8 first[MMP_NOISE_KEY_SIZE],
      guint8 second[MMP_NOISE_KEY_SIZE])
{
  guint8 temporary[MMP_NOISE_KEY_SIZE];
  guint8 block[MMP_NOISE_KEY_SIZE + 1];

  hmac (chaining_key, input, size, temporary);
  block[0] = 1;
  hmac (temporary, block, 1, block);
  memcpy (first, block, MMP_NOISE_KEY_SIZE);
  block[MMP_NOISE_KEY_SIZE] = 2;
  hmac (temporary, block, sizeof block, second);
  sodium_memzero (temporary, sizeof temporary);
  sodium_memzero (block, sizeof block);
}

static void
mix_key (MmpNoiseState *self,
         guint8 shared[MMP_NOISE_KEY_SIZE])
{
  hkdf (self->chaining_key, shared, MMP_NOISE_KEY_SIZE, self->chaining_key, self->key);
  self->nonce = 0;
}

/* A product of the own static key */
static gboolean
mix_static (MmpNoiseState *self,
            MmpKeyPair *own,
            const guint8 public_key[MMP_NOISE_KEY_SIZE])
{
  guint8 shared[MMP_NOISE_KEY_SIZE];
  gboolean good = mmp_key_pair_agree (own, public_key, shared);

  if (good)
    mix_key (self, shared);
  sodium_memzero (shared, sizeof shared);

  return good;
}

/* A product of the own ephemeral key */
static gboolean
mix_ephemeral (MmpNoiseState *self,
               const guint8 public_key[MMP_NOISE_KEY_SIZE])
{
  guint8 shared[MMP_NOISE_KEY_SIZE];
  gboolean good = mmp_crypto_x25519 (self->ephemeral_secret, public_key, shared);

  if (good)
    mix_key (self, shared);
  sodium_memzero (shared, sizeof shared);

  return good;
}

static void
make_nonce (MmpNoiseState *self,
            guint8 nonce[crypto_aead_chacha20poly1305_ietf_NPUBBYTES])
{
  guint64 counter = GUINT64_TO_LE (self->nonce);

  self->nonce++;
  memset (nonce, 0, 4);
  memcpy (nonce + 4, &counter, sizeof counter);
}

static void
encrypt_and_hash (MmpNoiseState *self,
                  const guint8 *plain,
                  gsize size,
                  guint8 *sealed)
{
  guint8 nonce[crypto_aead_chacha20poly1305_ietf_NPUBBYTES];

  make_nonce (self, nonce);
  crypto_aead_chacha20poly1305_ietf_encrypt (sealed, NULL, plain, size, self->hash, sizeof self->hash, NULL, nonce, self->key);
  mix_hash (self, sealed, size + MMP_NOISE_TAG_SIZE);
}

static gboolean
decrypt_and_hash (MmpNoiseState *self,
                  const guint8 *sealed,
                  guint8 *plain,
                  gsize size)
{
  guint8 nonce[crypto_aead_chacha20poly1305_ietf_NPUBBYTES];

  make_nonce (self, nonce);
  if (crypto_aead_chacha20poly1305_ietf_decrypt (plain, NULL, NULL, sealed, size + MMP_NOISE_TAG_SIZE, self->hash, sizeof self->hash, nonce, self->key) != 0)
    return FALSE;
  mix_hash (self, sealed, size + MMP_NOISE_TAG_SIZE);

  return TRUE;
}

/* Noise takes any ephemeral; we refuse a second text for the same key. Whether it is of small order shows in the product. */
static gboolean
read_ephemeral (MmpNoiseState *self,
                const guint8 *message)
{
  if (message[MMP_NOISE_KEY_SIZE - 1] & 0x80)
    return FALSE;
  memcpy (self->remote_ephemeral, message, MMP_NOISE_KEY_SIZE);
  mix_hash (self, message, MMP_NOISE_KEY_SIZE);

  return TRUE;
}

/**
 * mmp_noise_state_init:
 * @self: uninitialized memory
 * @prologue: (array length=prologue_size): what both sides must agree on
 * @prologue_size: its bytes
 * @responder: the static key that the initiator knows beforehand
 *
 * Begins a handshake, on either side.
 */
void
mmp_noise_state_init (MmpNoiseState *self,
                      gconstpointer prologue,
                      gsize prologue_size,
                      const MmpPublicKey *responder)
{
  *self = (MmpNoiseState) { 0 };
  memcpy (self->hash, protocol_name, sizeof self->hash);
  memcpy (self->chaining_key, self->hash, sizeof self->chaining_key);
  mix_hash (self, prologue, prologue_size);
  mix_hash (self, responder->bytes, sizeof responder->bytes);
  memcpy (self->remote_static, responder->bytes, sizeof self->remote_static);
}

/**
 * mmp_noise_state_generate_ephemeral:
 * @self: a state that has written nothing
 *
 * Chooses the own ephemeral key, without which nothing can be written. Apart from mmp_noise_state_init() because a responder
 * throws most of what it reads away before it needs one.
 */
void
mmp_noise_state_generate_ephemeral (MmpNoiseState *self)
{
  guint8 secret[MMP_NOISE_KEY_SIZE];

  mmp_crypto_random (secret, sizeof secret);
  mmp_noise_state_set_ephemeral (self, secret);
  sodium_memzero (secret, sizeof secret);
}

/**
 * mmp_noise_state_set_ephemeral:
 * @self: a state that has written nothing
 * @secret: the own ephemeral private key
 *
 * For test vectors; see mmp_noise_state_generate_ephemeral().
 */
void
mmp_noise_state_set_ephemeral (MmpNoiseState *self,
                               const guint8 secret[MMP_NOISE_KEY_SIZE])
{
  memcpy (self->ephemeral_secret, secret, sizeof self->ephemeral_secret);
  crypto_scalarmult_base (self->ephemeral, self->ephemeral_secret);
}

/**
 * mmp_noise_state_write_1:
 * @self: an initiator's state
 * @own: the initiator's static key
 * @payload: (array length=size): what travels along
 * @size: its bytes
 * @message: (out caller-allocates): @size + %MMP_NOISE_1_OVERHEAD bytes
 *
 * `-> e, es, s, ss`
 *
 * Returns: FALSE if a product is zero: the handshake is over
 */
gboolean
mmp_noise_state_write_1 (MmpNoiseState *self,
                         MmpKeyPair *own,
                         const guint8 *payload,
                         gsize size,
                         guint8 *message)
{
  memcpy (message, self->ephemeral, MMP_NOISE_KEY_SIZE);
  mix_hash (self, self->ephemeral, MMP_NOISE_KEY_SIZE);
  if (!mix_ephemeral (self, self->remote_static))
    return FALSE;
  encrypt_and_hash (self, mmp_key_pair_get_public (own)->bytes, MMP_NOISE_KEY_SIZE, message + STATIC_AT);
  if (!mix_static (self, own, self->remote_static))
    return FALSE;
  encrypt_and_hash (self, payload, size, message + PAYLOAD_1_AT);

  return TRUE;
}

/**
 * mmp_noise_state_read_1_static:
 * @self: a responder's state
 * @own: the responder's static key
 * @message: at least %MMP_NOISE_1_OVERHEAD bytes
 *
 * `-> e, es, s`: one product, after which remote_static holds the initiator's claim. That it has the private key is proved
 * by mmp_noise_state_read_1_payload() only.
 *
 * Returns: FALSE if the message is not for this key or broken: the handshake is over
 */
gboolean
mmp_noise_state_read_1_static (MmpNoiseState *self,
                               MmpKeyPair *own,
                               const guint8 *message)
{
  return read_ephemeral (self, message)
         && mix_static (self, own, self->remote_ephemeral)
         && decrypt_and_hash (self, message + STATIC_AT, self->remote_static, MMP_NOISE_KEY_SIZE);
}

/**
 * mmp_noise_state_read_1_payload:
 * @self: a responder's state, after mmp_noise_state_read_1_static()
 * @own: the responder's static key
 * @message: the same message
 * @payload: (out caller-allocates): @size bytes
 * @size: bytes of @message less %MMP_NOISE_1_OVERHEAD
 *
 * `-> ss`: the second product
 *
 * Returns: FALSE if the message is broken: the handshake is over
 */
gboolean
mmp_noise_state_read_1_payload (MmpNoiseState *self,
                                MmpKeyPair *own,
                                const guint8 *message,
                                guint8 *payload,
                                gsize size)
{
  return mix_static (self, own, self->remote_static)
         && decrypt_and_hash (self, message + PAYLOAD_1_AT, payload, size);
}

/**
 * mmp_noise_state_write_2:
 * @self: a responder's state that has read message 1
 * @payload: (array length=size) (nullable): what travels along
 * @size: its bytes
 * @message: (out caller-allocates): @size + %MMP_NOISE_2_OVERHEAD bytes
 *
 * `<- e, ee, se`
 *
 * Returns: FALSE if a product is zero: the handshake is over
 */
gboolean
mmp_noise_state_write_2 (MmpNoiseState *self,
                         const guint8 *payload,
                         gsize size,
                         guint8 *message)
{
  memcpy (message, self->ephemeral, MMP_NOISE_KEY_SIZE);
  mix_hash (self, self->ephemeral, MMP_NOISE_KEY_SIZE);
  if (!mix_ephemeral (self, self->remote_ephemeral) || !mix_ephemeral (self, self->remote_static))
    return FALSE;
  encrypt_and_hash (self, payload, size, message + PAYLOAD_2_AT);

  return TRUE;
}

/**
 * mmp_noise_state_read_2:
 * @self: an initiator's state that has written message 1; unspecified on failure, so try on a copy
 * @own: the initiator's static key
 * @message: @size + %MMP_NOISE_2_OVERHEAD bytes
 * @payload: (out caller-allocates) (nullable): @size bytes
 * @size: of the payload
 *
 * `<- e, ee, se`
 *
 * Returns: FALSE if the message does not answer message 1
 */
gboolean
mmp_noise_state_read_2 (MmpNoiseState *self,
                        MmpKeyPair *own,
                        const guint8 *message,
                        guint8 *payload,
                        gsize size)
{
  return read_ephemeral (self, message)
         && mix_ephemeral (self, self->remote_ephemeral)
         && mix_static (self, own, self->remote_ephemeral)
         && decrypt_and_hash (self, message + PAYLOAD_2_AT, payload, size);
}

/**
 * mmp_noise_state_split:
 * @self: a state after both messages
 * @initiator_key: (out caller-allocates): seals what the initiator sends; wipe it
 * @responder_key: (out caller-allocates): seals what the responder sends; wipe it
 */
void
mmp_noise_state_split (const MmpNoiseState *self,
                       guint8 initiator_key[MMP_NOISE_KEY_SIZE],
                       guint8 responder_key[MMP_NOISE_KEY_SIZE])
{
  hkdf (self->chaining_key, NULL, 0, initiator_key, responder_key);
}
