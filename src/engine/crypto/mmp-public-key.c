/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-crypto"

#include "crypto/mmp-public-key.h"

#include <sodium.h>
#include <string.h>

#include "base/mmp-error.h"
#include "crypto/mmp-base32.h"
#include "crypto/mmp-crypto.h"

#define SHORT_LENGTH MMP_BASE32_BARE_LENGTH (MMP_PUBLIC_KEY_SIZE)
#define PADDED_LENGTH MMP_BASE32_PADDED_LENGTH (MMP_PUBLIC_KEY_SIZE)

/* 16 characters of the fingerprint are 10 bytes of the hash. */
#define FINGERPRINT_SIZE 10
#define FINGERPRINT_GROUP 4

/* Longer pasted text is no key, however many spaces are in it. */
#define TYPED_LENGTH_MAX 512
/* A 1 can be an I or an L: every one doubles the readings. */
#define AMBIGUOUS_MAX 6
#define SUGGESTIONS_MAX 4

/* The points of order 1, 2, 4 and 8 on Curve25519 and its twist, below 2^255: their product with any private key is zero.
 * The rest of the known list (https://cr.yp.to/ecdh.html#validate) has the top bit set and is refused for that. */
static const guint8 small_order[][MMP_PUBLIC_KEY_SIZE] = {
  { 0 },
  { 1 },
  { 0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a,
    0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00 },
  { 0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef, 0x5b,
    0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57 },
  { 0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f },
  { 0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f },
  { 0xee, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f },
};

G_DEFINE_BOXED_TYPE (MmpPublicKey, mmp_public_key, mmp_public_key_copy, mmp_public_key_free)

/* The text of a person without spaces, in upper case, with the end that every key has; NULL if it cannot be a key */
static char *
clean_typed (const char *text)
{
  g_autoptr (GString) cleaned = g_string_new (NULL);

  if (strnlen (text, TYPED_LENGTH_MAX + 1) > TYPED_LENGTH_MAX)
    return NULL;
  for (const char *c = text; *c != '\0'; c++)
    {
      if (!g_ascii_isspace (*c))
        g_string_append_c (cleaned, g_ascii_toupper (*c));
    }
  if (cleaned->len != SHORT_LENGTH && cleaned->len != PADDED_LENGTH)
    return NULL;

  return g_string_free_and_steal (g_steal_pointer (&cleaned));
}

/* Writes I and L in place of the ones, as the bits of @reading say */
static void
apply_reading (char *text,
               const gsize *ones,
               guint n_ones,
               guint reading)
{
  for (guint i = 0; i < n_ones; i++)
    text[ones[i]] = reading >> i & 1 ? 'L' : 'I';
}

/**
 * mmp_public_key_copy:
 * @self: a key
 *
 * Returns: (transfer full): a copy
 */
MmpPublicKey *
mmp_public_key_copy (const MmpPublicKey *self)
{
  return g_memdup2 (self, sizeof *self);
}

/**
 * mmp_public_key_free:
 * @self: (nullable) (transfer full): a key on the heap
 */
void
mmp_public_key_free (MmpPublicKey *self)
{
  g_free (self);
}

/**
 * mmp_public_key_equal:
 * @a: (type MmpPublicKey): a key
 * @b: (type MmpPublicKey): another
 *
 * Returns: whether they are the same
 */
gboolean
mmp_public_key_equal (gconstpointer a,
                      gconstpointer b)
{
  return memcmp (a, b, MMP_PUBLIC_KEY_SIZE) == 0;
}

/**
 * mmp_public_key_hash:
 * @self: (type MmpPublicKey): a key
 *
 * Keyed by a secret of this process, since strangers choose their keys and could make them collide.
 *
 * Returns: a hash for #GHashTable, different in each process
 */
guint
mmp_public_key_hash (gconstpointer self)
{
  static gsize initialized = 0;
  static guint8 key[crypto_shorthash_KEYBYTES];
  guint8 hash[crypto_shorthash_BYTES];
  guint result;

  if (g_once_init_enter (&initialized))
    {
      mmp_crypto_random (key, sizeof key);
      g_once_init_leave (&initialized, 1);
    }
  crypto_shorthash (hash, self, MMP_PUBLIC_KEY_SIZE, key);
  memcpy (&result, hash, sizeof result);

  return result;
}

/**
 * mmp_public_key_from_bytes:
 * @bytes: the X25519 public key
 * @out: (out caller-allocates): the key; untouched on failure. May be where @bytes are
 * @error: return location
 *
 * Takes a key only if it is one that can keep a secret: not of small order, and with the top bit clear, so that there are
 * not two texts for one key (RFC 7748 section 5 ignores that bit).
 *
 * Returns: FALSE with %MMP_ERROR_KEY_INVALID
 */
gboolean
mmp_public_key_from_bytes (const guint8 bytes[MMP_PUBLIC_KEY_SIZE],
                           MmpPublicKey *out,
                           GError **error)
{
  gboolean weak = (bytes[MMP_PUBLIC_KEY_SIZE - 1] & 0x80) != 0;

  for (gsize i = 0; i < G_N_ELEMENTS (small_order); i++)
    weak |= memcmp (bytes, small_order[i], MMP_PUBLIC_KEY_SIZE) == 0;
  if (weak)
    {
      g_set_error_literal (error, MMP_ERROR, MMP_ERROR_KEY_INVALID, "no device can have this key");
      return FALSE;
    }
  memmove (out->bytes, bytes, MMP_PUBLIC_KEY_SIZE);

  return TRUE;
}

/**
 * mmp_public_key_from_text:
 * @text: the key in Base32: 56 characters with padding or 52 without
 * @out: (out caller-allocates): the key; untouched on failure
 * @error: return location
 *
 * Strict: upper case, nothing around it. mmp_public_key_suggest() helps with what people type.
 *
 * Returns: FALSE with %MMP_ERROR_KEY_INVALID
 */
gboolean
mmp_public_key_from_text (const char *text,
                          MmpPublicKey *out,
                          GError **error)
{
  gsize length = strnlen (text, PADDED_LENGTH + 1);
  guint8 bytes[MMP_PUBLIC_KEY_SIZE];

  if (length != SHORT_LENGTH && length != PADDED_LENGTH)
    {
      g_set_error (error, MMP_ERROR, MMP_ERROR_KEY_INVALID, "a public key has %zu or %zu characters", SHORT_LENGTH, PADDED_LENGTH);
      return FALSE;
    }
  if (!mmp_base32_decode (text, length, MMP_BASE32_EITHER, bytes, sizeof bytes))
    {
      g_set_error_literal (error, MMP_ERROR, MMP_ERROR_KEY_INVALID, "a public key is made of the letters A to Z and the digits 2 to 7, and this one is mistyped");
      return FALSE;
    }

  return mmp_public_key_from_bytes (bytes, out, error);
}

/**
 * mmp_public_key_suggest:
 * @text: what somebody typed or pasted
 *
 * What was probably meant: spaces and case are ignored, and the digits that Base32 has not are read as the letters that
 * they look like (0 as O, 1 as I or L, 8 as B). To be offered, never applied silently.
 *
 * Returns: (transfer full): at most four keys in the form of 56 characters; empty if nothing fits
 */
GStrv
mmp_public_key_suggest (const char *text)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autofree char *cleaned = clean_typed (text);
  gsize ones[AMBIGUOUS_MAX];
  guint n_ones = 0;
  guint found = 0;

  for (gsize i = 0; cleaned != NULL && cleaned[i] != '\0'; i++)
    {
      if (cleaned[i] == '0')
        cleaned[i] = 'O';
      else if (cleaned[i] == '8')
        cleaned[i] = 'B';
      else if (cleaned[i] == '1' && n_ones == AMBIGUOUS_MAX)
        g_clear_pointer (&cleaned, g_free);
      else if (cleaned[i] == '1')
        ones[n_ones++] = i;
    }
  for (guint reading = 0; cleaned != NULL && reading < 1u << n_ones && found < SUGGESTIONS_MAX; reading++)
    {
      MmpPublicKey key;

      apply_reading (cleaned, ones, n_ones, reading);
      if (mmp_public_key_from_text (cleaned, &key, NULL))
        {
          g_strv_builder_take (builder, mmp_public_key_to_text (&key));
          found++;
        }
    }

  return g_strv_builder_end (builder);
}

/**
 * mmp_public_key_to_text:
 * @self: a key
 *
 * Returns: (transfer full): its 56 characters, as in key files and topics
 */
char *
mmp_public_key_to_text (const MmpPublicKey *self)
{
  return mmp_base32_encode (self->bytes, sizeof self->bytes, MMP_BASE32_PADDED);
}

/**
 * mmp_public_key_to_short_text:
 * @self: a key
 *
 * Returns: (transfer full): its 52 characters without padding, as in invitations
 */
char *
mmp_public_key_to_short_text (const MmpPublicKey *self)
{
  return mmp_base32_encode (self->bytes, sizeof self->bytes, MMP_BASE32_BARE);
}

/**
 * mmp_public_key_to_fingerprint:
 * @self: a key
 *
 * Returns: (transfer full): what people compare: `ABCD EFGH IJKL MNOP`, 80 bits of the key's BLAKE2b-256
 */
char *
mmp_public_key_to_fingerprint (const MmpPublicKey *self)
{
  guint8 hash[MMP_CRYPTO_HASH_SIZE];
  g_autofree char *digits = NULL;
  GString *text = g_string_new (NULL);

  mmp_crypto_hash ("", self->bytes, sizeof self->bytes, hash);
  digits = mmp_base32_encode (hash, FINGERPRINT_SIZE, MMP_BASE32_BARE);
  for (gsize i = 0; digits[i] != '\0'; i += FINGERPRINT_GROUP)
    {
      if (i > 0)
        g_string_append_c (text, ' ');
      g_string_append_len (text, digits + i, FINGERPRINT_GROUP);
    }

  return g_string_free_and_steal (text);
}

/**
 * mmp_public_key_to_rendezvous:
 * @self: a listener's key
 *
 * Returns: (transfer full): R, the 56 characters under which this listener is reached. Only who has the key can compute it
 */
char *
mmp_public_key_to_rendezvous (const MmpPublicKey *self)
{
  guint8 hash[MMP_CRYPTO_HASH_SIZE];

  mmp_crypto_hash ("mmp1 rendezvous", self->bytes, sizeof self->bytes, hash);

  return mmp_base32_encode (hash, sizeof hash, MMP_BASE32_PADDED);
}
