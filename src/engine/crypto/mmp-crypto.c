/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-crypto"

#include "crypto/mmp-crypto.h"
#include "crypto/mmp-crypto-private.h"

#include <sodium.h>
#include <string.h>

/**
 * mmp_crypto_init:
 *
 * Prepares libsodium. May be called from any thread and any number of times; every constructor of this folder calls it,
 * so a program need not. Ends the program where no random numbers are to be had: nothing could be kept secret then.
 */
void
mmp_crypto_init (void)
{
  static gsize initialized = 0;

  if (g_once_init_enter (&initialized))
    {
      if (sodium_init () < 0)
        g_error ("libsodium cannot be initialized");
      g_once_init_leave (&initialized, 1);
    }
}

/**
 * mmp_crypto_random:
 * @data: (out caller-allocates): where the bytes go
 * @size: how many
 *
 * Fills @data with random bytes that nobody can guess. Any thread.
 */
void
mmp_crypto_random (gpointer data,
                   gsize size)
{
  mmp_crypto_init ();
  randombytes_buf (data, size);
}

/**
 * mmp_crypto_hash:
 * @label: what the hash is for, so that hashes of different things never coincide; "" for none
 * @data: the rest of the input
 * @size: its bytes
 * @hash: (out caller-allocates): BLAKE2b-256 of @label followed by @data (RFC 7693, no key)
 */
void
mmp_crypto_hash (const char *label,
                 gconstpointer data,
                 gsize size,
                 guint8 hash[MMP_CRYPTO_HASH_SIZE])
{
  crypto_generichash_state state;

  mmp_crypto_init ();
  crypto_generichash_init (&state, NULL, 0, MMP_CRYPTO_HASH_SIZE);
  crypto_generichash_update (&state, (const guint8 *) label, strlen (label));
  crypto_generichash_update (&state, data, size);
  crypto_generichash_final (&state, hash, MMP_CRYPTO_HASH_SIZE);
  sodium_memzero (&state, sizeof state);
}

/**
 * mmp_crypto_equal:
 * @a: bytes
 * @b: bytes
 * @size: how many
 *
 * Returns: whether they are the same; how long that takes does not depend on what they are
 */
gboolean
mmp_crypto_equal (gconstpointer a,
                  gconstpointer b,
                  gsize size)
{
  return sodium_memcmp (a, b, size) == 0;
}

/**
 * mmp_crypto_wipe:
 * @data: what was secret
 * @size: its bytes
 *
 * Writes zeros in a way that the compiler cannot leave out.
 */
void
mmp_crypto_wipe (gpointer data,
                 gsize size)
{
  sodium_memzero (data, size);
}

/**
 * mmp_crypto_guarded_new:
 * @size: bytes
 *
 * Returns: (transfer full): memory between guard pages, locked and kept out of core dumps where the system lets us, wiped
 *   by mmp_crypto_guarded_free(). Ends the program if there is none, as g_malloc() does
 */
gpointer
mmp_crypto_guarded_new (gsize size)
{
  gpointer memory;

  mmp_crypto_init ();
  memory = sodium_malloc (size);
  if (memory == NULL)
    g_error ("no guarded memory for %" G_GSIZE_FORMAT " bytes", size);

  return memory;
}

/**
 * mmp_crypto_guarded_free:
 * @memory: (nullable): what mmp_crypto_guarded_new() gave
 */
void
mmp_crypto_guarded_free (gpointer memory)
{
  sodium_free (memory);
}

/**
 * mmp_crypto_x25519:
 * @secret: a private key
 * @public_key: somebody's public key
 * @shared: (out caller-allocates): their product; unspecified on failure
 *
 * RFC 7748. The check for zero that section 6.1 leaves to the protocol is made here, so no caller can forget it.
 *
 * Returns: FALSE if the product is zero, which anybody could have computed
 */
gboolean
mmp_crypto_x25519 (const guint8 secret[32],
                   const guint8 public_key[32],
                   guint8 shared[32])
{
  return crypto_scalarmult (shared, secret, public_key) == 0 && !sodium_is_zero (shared, 32);
}
