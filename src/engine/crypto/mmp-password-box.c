/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-crypto"

#include "crypto/mmp-password-box.h"
#include "crypto/mmp-password-box-private.h"

#include <sodium.h>
#include <string.h>

#include "base/mmp-error.h"
#include "crypto/mmp-crypto-private.h"
#include "crypto/mmp-crypto.h"

/* "MMPB", version 1, passes and KiB of Argon2id (RFC 9106; big-endian 32 bit each), salt, nonce, then the content sealed by
 * XChaCha20-Poly1305 with all of this as associated data. */
#define MAGIC "MMPB\001"
#define MAGIC_SIZE 5
#define HEADER_SIZE (MAGIC_SIZE + 8 + MMP_PASSWORD_SALT_SIZE + MMP_PASSWORD_NONCE_SIZE)
#define TAG_SIZE crypto_aead_xchacha20poly1305_ietf_ABYTES
#define KEY_SIZE crypto_aead_xchacha20poly1305_ietf_KEYBYTES
#define BOX_SIZE_MAX (2 * 1024 * 1024)

/* What ours take, and what a file of somebody else may ask of this machine */
#define PASSES 3
#define MEMORY (128 * 1024)
#define PASSES_MAX 16
#define MEMORY_MIN 8
#define MEMORY_MAX (1024 * 1024)

G_STATIC_ASSERT (MMP_PASSWORD_SALT_SIZE == crypto_pwhash_SALTBYTES);
G_STATIC_ASSERT (MMP_PASSWORD_NONCE_SIZE == crypto_aead_xchacha20poly1305_ietf_NPUBBYTES);

static guint32
read_uint32 (const guint8 *data)
{
  guint32 value;

  memcpy (&value, data, sizeof value);

  return GUINT32_FROM_BE (value);
}

static void
write_uint32 (guint8 *data,
              guint32 value)
{
  value = GUINT32_TO_BE (value);
  memcpy (data, &value, sizeof value);
}

static gboolean
fail (GError **error,
      const char *message)
{
  g_set_error_literal (error, MMP_ERROR, MMP_ERROR_FILE_INVALID, message);

  return FALSE;
}

/**
 * mmp_password_box_decode:
 * @data: (array length=size): a box, from anywhere
 * @out: (out caller-allocates): its parts; untouched on failure
 * @error: FILE_INVALID
 *
 * Takes it apart. What it says was not verified yet, but it cannot ask for more than this machine can be asked for.
 */
gboolean
mmp_password_box_decode (const guint8 *data,
                         gsize size,
                         MmpPasswordBox *out,
                         GError **error)
{
  MmpPasswordBox box;

  if (size < HEADER_SIZE + TAG_SIZE || size > BOX_SIZE_MAX || memcmp (data, MAGIC, MAGIC_SIZE) != 0)
    return fail (error, "the sealed part is damaged or of a version that this program does not know");
  box.passes = read_uint32 (data + MAGIC_SIZE);
  box.memory = read_uint32 (data + MAGIC_SIZE + 4);
  if (box.passes < 1 || box.passes > PASSES_MAX || box.memory < MEMORY_MIN || box.memory > MEMORY_MAX)
    return fail (error, "the sealed part asks for more memory or time than is reasonable");
  box.salt = data + MAGIC_SIZE + 8;
  box.nonce = box.salt + MMP_PASSWORD_SALT_SIZE;
  box.sealed = data + HEADER_SIZE;
  box.sealed_size = size - HEADER_SIZE;
  *out = box;

  return TRUE;
}

static gboolean
check_password (const char *password,
                GError **error)
{
  gsize size = strnlen (password, MMP_PASSWORD_MAX + 1);

  if (size >= MMP_PASSWORD_MIN && size <= MMP_PASSWORD_MAX)
    return TRUE;

  g_set_error (error, MMP_ERROR, MMP_ERROR_SECRETS, "a password has at least %d characters", MMP_PASSWORD_MIN);

  return FALSE;
}

/* The key in guarded memory; NULL if there is not enough memory for it */
static guint8 *
derive (const MmpPasswordBox *box,
        const char *password,
        GError **error)
{
  guint8 *key = mmp_crypto_guarded_new (KEY_SIZE);

  if (crypto_pwhash (key, KEY_SIZE, password, strlen (password), box->salt, box->passes, (gsize) box->memory * 1024, crypto_pwhash_ALG_ARGON2ID13) == 0)
    return key;

  mmp_crypto_guarded_free (key);
  g_set_error (error, MMP_ERROR, MMP_ERROR_LIMIT, "there are not %u MiB of memory for the password", box->memory / 1024);

  return NULL;
}

/**
 * mmp_password_box_seal:
 * @content: what is secret
 * @password: %MMP_PASSWORD_MIN to %MMP_PASSWORD_MAX bytes
 * @error: SECRETS: the password is too short; LIMIT: no memory
 *
 * Blocks for up to a second and takes 128 MiB meanwhile, on purpose (RFC 9106): whoever guesses has to as well.
 *
 * Returns: (transfer full): what only mmp_password_box_open() with the same password opens
 */
GBytes *
mmp_password_box_seal (MmpSecret *content,
                       const char *password,
                       GError **error)
{
  gsize size;
  const char *data = mmp_secret_get_data (content, &size);
  MmpPasswordBox box = { .passes = PASSES, .memory = MEMORY };
  g_autofree guint8 *bytes = NULL;
  guint8 *key;

  if (!check_password (password, error))
    return NULL;

  bytes = g_malloc (HEADER_SIZE + size + TAG_SIZE);
  memcpy (bytes, MAGIC, MAGIC_SIZE);
  write_uint32 (bytes + MAGIC_SIZE, PASSES);
  write_uint32 (bytes + MAGIC_SIZE + 4, MEMORY);
  mmp_crypto_random (bytes + MAGIC_SIZE + 8, MMP_PASSWORD_SALT_SIZE + MMP_PASSWORD_NONCE_SIZE);
  box.salt = bytes + MAGIC_SIZE + 8;
  box.nonce = box.salt + MMP_PASSWORD_SALT_SIZE;
  key = derive (&box, password, error);
  if (key == NULL)
    return NULL;
  crypto_aead_xchacha20poly1305_ietf_encrypt (bytes + HEADER_SIZE, NULL, (const guint8 *) data, size, bytes, HEADER_SIZE, NULL, box.nonce, key);
  mmp_crypto_guarded_free (key);

  return g_bytes_new_take (g_steal_pointer (&bytes), HEADER_SIZE + size + TAG_SIZE);
}

/**
 * mmp_password_box_open:
 * @box: what mmp_password_box_seal() made, or what claims to be that
 * @password: the password
 * @error: FILE_INVALID: it is damaged; SECRETS: the password is wrong, or somebody changed it; LIMIT: no memory
 *
 * Returns: (transfer full): the content
 */
MmpSecret *
mmp_password_box_open (GBytes *box,
                       const char *password,
                       GError **error)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (box, &size);
  MmpPasswordBox parts;
  MmpSecret *content = NULL;
  guint8 *plain;
  guint8 *key;

  if (!mmp_password_box_decode (data, size, &parts, error) || !check_password (password, error))
    return NULL;
  key = derive (&parts, password, error);
  if (key == NULL)
    return NULL;

  plain = mmp_crypto_guarded_new (parts.sealed_size);
  if (crypto_aead_xchacha20poly1305_ietf_decrypt (plain, NULL, NULL, parts.sealed, parts.sealed_size, data, HEADER_SIZE, parts.nonce, key) == 0)
    content = mmp_secret_new (plain, parts.sealed_size - TAG_SIZE);
  else
    g_set_error_literal (error, MMP_ERROR, MMP_ERROR_SECRETS, "the password is wrong, or the file was changed");
  mmp_crypto_guarded_free (plain);
  mmp_crypto_guarded_free (key);

  return content;
}
