/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-crypto"

#include "crypto/mmp-key-pair.h"
#include "crypto/mmp-key-pair-private.h"

#include <glib/gstdio.h>
#include <sodium.h>
#include <string.h>

#include "base/mmp-error.h"
#include "crypto/mmp-base32.h"
#include "crypto/mmp-crypto-private.h"
#include "crypto/mmp-crypto.h"
#include "crypto/mmp-key-file.h"

#define PRIVATE_NAME "key.private"
#define PUBLIC_NAME "key.public"

struct _MmpKeyPair
{
  guint8 *secret; /* guarded, read-only once made */
  MmpPublicKey public_key;
};

static void
mmp_key_pair_clear (gpointer data)
{
  MmpKeyPair *self = data;

  mmp_crypto_guarded_free (self->secret);
}

static gboolean
is_end_of_line (char c)
{
  return c == '\n' || c == '\r';
}

/**
 * mmp_key_pair_new:
 * @secret: an X25519 private key; still the caller's to wipe
 * @error: return location
 *
 * Returns: (transfer full): the pair; %NULL with %MMP_ERROR_KEY_INVALID
 */
MmpKeyPair *
mmp_key_pair_new (const guint8 secret[MMP_SECRET_KEY_SIZE],
                  GError **error)
{
  g_autoptr (MmpKeyPair) self = g_atomic_rc_box_new0 (MmpKeyPair);
  guint8 bytes[MMP_PUBLIC_KEY_SIZE];

  self->secret = mmp_crypto_guarded_new (MMP_SECRET_KEY_SIZE);
  memcpy (self->secret, secret, MMP_SECRET_KEY_SIZE);
  sodium_mprotect_readonly (self->secret);
  crypto_scalarmult_base (bytes, self->secret);
  if (!mmp_public_key_from_bytes (bytes, &self->public_key, error))
    return NULL;

  return g_steal_pointer (&self);
}

/**
 * mmp_key_pair_generate:
 *
 * Returns: (transfer full): a new random pair
 */
MmpKeyPair *
mmp_key_pair_generate (void)
{
  g_autoptr (GError) error = NULL;
  guint8 secret[MMP_SECRET_KEY_SIZE];
  MmpKeyPair *self;

  mmp_crypto_random (secret, sizeof secret);
  self = mmp_key_pair_new (secret, &error);
  mmp_crypto_wipe (secret, sizeof secret);
  /* A base point times a clamped scalar is never of small order. */
  g_assert_no_error (error);

  return self;
}

/**
 * mmp_key_pair_parse:
 * @text: (array length=size): what a private key file holds; still the caller's to wipe
 * @size: its bytes
 * @error: return location
 *
 * One line of Base32, 56 characters with padding or 52 without; the end of the line may follow.
 *
 * Returns: (transfer full): the pair; %NULL with %MMP_ERROR_KEY_INVALID
 */
MmpKeyPair *
mmp_key_pair_parse (const char *text,
                    gsize size,
                    GError **error)
{
  guint8 secret[MMP_SECRET_KEY_SIZE];
  MmpKeyPair *self;

  while (size > 0 && is_end_of_line (text[size - 1]))
    size--;
  if (!mmp_base32_decode (text, size, MMP_BASE32_EITHER, secret, sizeof secret))
    {
      g_set_error_literal (error, MMP_ERROR, MMP_ERROR_KEY_INVALID, "a private key is one line of 56 characters, the letters A to Z and the digits 2 to 7");
      return NULL;
    }
  self = mmp_key_pair_new (secret, error);
  mmp_crypto_wipe (secret, sizeof secret);

  return self;
}

/**
 * mmp_key_pair_load:
 * @path: a private key file
 * @error: return location
 *
 * Reads a file that mmp_key_pair_save() or the thesis's key generator wrote. A file that anybody can read, or that others
 * can write, is refused, as ssh does. Blocks.
 *
 * Returns: (transfer full): the pair; %NULL with %MMP_ERROR_KEY_FILE and a sentence that holds the path
 */
MmpKeyPair *
mmp_key_pair_load (const char *path,
                   GError **error)
{
  g_autoptr (GError) parse_error = NULL;
  char text[MMP_KEY_FILE_SIZE_MAX];
  MmpKeyPair *self;
  gssize size;

  size = mmp_key_file_read_private (path, text, error);
  if (size < 0)
    return NULL;

  self = mmp_key_pair_parse (text, size, &parse_error);
  mmp_crypto_wipe (text, sizeof text);
  if (self == NULL)
    g_set_error (error, MMP_ERROR, MMP_ERROR_KEY_FILE, "%s does not hold a private key: %s", path, parse_error->message);

  return self;
}

/**
 * mmp_key_pair_save:
 * @self: a pair
 * @directory: where to; made (mode 0700) if it is missing
 * @replace: whether files that are there may be overwritten
 * @error: return location
 *
 * Writes `key.private` (mode 0600) and `key.public`. Both appear complete or not at all and are on the disk when this
 * returns. Blocks.
 *
 * Returns: FALSE with %MMP_ERROR_KEY_FILE
 */
gboolean
mmp_key_pair_save (MmpKeyPair *self,
                   const char *directory,
                   gboolean replace,
                   GError **error)
{
  g_autofree char *private_path = g_build_filename (directory, PRIVATE_NAME, NULL);
  g_autofree char *public_path = g_build_filename (directory, PUBLIC_NAME, NULL);
  g_autofree char *public_text = mmp_public_key_to_text (&self->public_key);
  char *private_text;
  gboolean saved;

  if (!mmp_key_file_prepare (directory, error))
    return FALSE;
  if (!replace && (!mmp_key_file_check_absent (private_path, error) || !mmp_key_file_check_absent (public_path, error)))
    return FALSE;

  /* No end of line: the thesis's programs hand the whole file to a decoder that takes nothing but Base32. */
  private_text = mmp_base32_encode (self->secret, MMP_SECRET_KEY_SIZE, MMP_BASE32_PADDED);
  saved = mmp_key_file_write (private_path, private_text, strlen (private_text), 0600, replace, error);
  mmp_crypto_wipe (private_text, strlen (private_text));
  g_free (private_text);

  if (!saved)
    return FALSE;

  saved = mmp_key_file_write (public_path, public_text, strlen (public_text), 0644, replace, error);
  /* Else the next try would find half a pair and refuse. */
  if (!saved && !replace)
    g_unlink (private_path);

  return saved;
}

/**
 * mmp_key_pair_from_secret:
 * @secret: what mmp_key_pair_to_secret() gave, or the content of a private key file
 * @error: KEY_INVALID
 *
 * Returns: (transfer full): the pair
 */
MmpKeyPair *
mmp_key_pair_from_secret (MmpSecret *secret,
                          GError **error)
{
  gsize size;
  const char *text = mmp_secret_get_data (secret, &size);

  return mmp_key_pair_parse (text, size, error);
}

/**
 * mmp_key_pair_to_secret:
 *
 * For whoever keeps key pairs.
 *
 * Returns: (transfer full): the private key as one line of Base32
 */
MmpSecret *
mmp_key_pair_to_secret (MmpKeyPair *self)
{
  char *text = mmp_base32_encode (self->secret, MMP_SECRET_KEY_SIZE, MMP_BASE32_PADDED);
  MmpSecret *secret = mmp_secret_new (text, strlen (text));

  mmp_crypto_wipe (text, strlen (text));
  g_free (text);

  return secret;
}

/**
 * mmp_key_pair_ref:
 * @self: a pair
 *
 * Returns: (transfer full): @self
 */
MmpKeyPair *
mmp_key_pair_ref (MmpKeyPair *self)
{
  return g_atomic_rc_box_acquire (self);
}

/**
 * mmp_key_pair_unref:
 * @self: (transfer full): a pair
 */
void
mmp_key_pair_unref (MmpKeyPair *self)
{
  g_atomic_rc_box_release_full (self, mmp_key_pair_clear);
}

/**
 * mmp_key_pair_get_public:
 * @self: a pair
 *
 * Returns: (transfer none): the public half
 */
const MmpPublicKey *
mmp_key_pair_get_public (MmpKeyPair *self)
{
  return &self->public_key;
}

/**
 * mmp_key_pair_agree:
 * @self: a pair
 * @public_key: somebody's public key
 * @shared: (out caller-allocates): the product of its secret half and @public_key; wipe it
 *
 * Returns: FALSE if the product is zero
 */
gboolean
mmp_key_pair_agree (MmpKeyPair *self,
                    const guint8 public_key[MMP_PUBLIC_KEY_SIZE],
                    guint8 shared[32])
{
  return mmp_crypto_x25519 (self->secret, public_key, shared);
}
