/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-crypto"

#include "crypto/mmp-bridge-key.h"
#include "crypto/mmp-bridge-key-private.h"

#include <sodium.h>
#include <string.h>

#include "base/mmp-error.h"
#include "crypto/mmp-base32.h"
#include "crypto/mmp-crypto-private.h"
#include "crypto/mmp-crypto.h"
#include "crypto/mmp-key-file.h"

/* Both are part of the format. */
#define KDF_CONTEXT "mmp1brdg"
#define ID_LABEL "mmp1 key id"
#define SALT_LABEL "mmp1 password salt"

#define FINGERPRINT_BYTES 10
#define FINGERPRINT_GROUP 4

struct _MmpBridgeKey
{
  MmpBridgeSecrets *secrets; /* guarded, read-only once made */
  guint8 fingerprint[FINGERPRINT_BYTES]; /* begins with the key id */
};

typedef struct
{
  char *password; /* guarded */
  guint8 id[MMP_BRIDGE_ID_SIZE];
} Derivation;

G_DEFINE_BOXED_TYPE (MmpBridgeKey, mmp_bridge_key, mmp_bridge_key_ref, mmp_bridge_key_unref)

static void
mmp_bridge_key_clear (gpointer data)
{
  MmpBridgeKey *self = data;

  g_clear_pointer (&self->secrets, mmp_crypto_guarded_free);
}

static void
derivation_free (gpointer data)
{
  Derivation *derivation = data;

  mmp_crypto_guarded_free (derivation->password);
  g_free (derivation);
}

static void
derive_in_thread (GTask *task,
                  gpointer source,
                  gpointer data,
                  GCancellable *cancellable)
{
  Derivation *derivation = data;
  GError *error = NULL;
  MmpBridgeKey *key = mmp_bridge_key_derive (derivation->password, derivation->id, &error);

  if (key != NULL)
    g_task_return_pointer (task, key, (GDestroyNotify) mmp_bridge_key_unref);
  else
    g_task_return_error (task, error);
}

/**
 * mmp_bridge_key_new:
 * @key: 32 random bytes; the caller wipes them
 *
 * Returns: (transfer full): the key
 */
MmpBridgeKey *
mmp_bridge_key_new (const guint8 key[MMP_BRIDGE_KEY_SIZE])
{
  MmpBridgeKey *self = g_atomic_rc_box_new0 (MmpBridgeKey);
  guint8 hash[32];

  self->secrets = mmp_crypto_guarded_new (sizeof *self->secrets);
  memcpy (self->secrets->group, key, MMP_BRIDGE_KEY_SIZE);
  crypto_kdf_derive_from_key (self->secrets->data, sizeof self->secrets->data, 1, KDF_CONTEXT, key);
  crypto_kdf_derive_from_key (self->secrets->topics, sizeof self->secrets->topics, 2, KDF_CONTEXT, key);
  sodium_mprotect_readonly (self->secrets);
  crypto_generichash (hash, sizeof hash, (const guint8 *) ID_LABEL, strlen (ID_LABEL), key, MMP_BRIDGE_KEY_SIZE);
  memcpy (self->fingerprint, hash, sizeof self->fingerprint);

  return self;
}

/**
 * mmp_bridge_key_generate:
 *
 * Returns: (transfer full): a key that nobody has had before
 */
MmpBridgeKey *
mmp_bridge_key_generate (void)
{
  guint8 key[MMP_BRIDGE_KEY_SIZE];
  MmpBridgeKey *self;

  mmp_crypto_random (key, sizeof key);
  self = mmp_bridge_key_new (key);
  mmp_crypto_wipe (key, sizeof key);

  return self;
}

/**
 * mmp_bridge_key_load:
 * @path: a file of 32 bytes, as the thesis's programs have it
 * @error: return location
 *
 * Blocks.
 *
 * Returns: (transfer full) (nullable): the key; %NULL with %MMP_ERROR_KEY_FILE
 */
MmpBridgeKey *
mmp_bridge_key_load (const char *path,
                     GError **error)
{
  char data[MMP_KEY_FILE_SIZE_MAX];
  gssize size = mmp_key_file_read_private (path, data, error);
  MmpBridgeKey *self = NULL;

  if (size == MMP_BRIDGE_KEY_SIZE)
    self = mmp_bridge_key_new ((const guint8 *) data);
  else if (size >= 0)
    g_set_error (error, MMP_ERROR, MMP_ERROR_KEY_FILE, "%s has %d bytes; the key of a secure bridge has %d", path, (int) size, MMP_BRIDGE_KEY_SIZE);
  mmp_crypto_wipe (data, sizeof data);

  return self;
}

/**
 * mmp_bridge_key_derive:
 * @password: what a person can remember, at least one character
 * @id: the bridge's id, which keeps a password from giving the same key twice
 * @error: return location
 *
 * Takes most of a second and 256 MiB on purpose, so that passwords cannot be tried out fast (Argon2id, RFC 9106).
 *
 * Returns: (transfer full) (nullable): the key; %NULL with %MMP_ERROR_LIMIT if there is not enough memory, or
 *   %MMP_ERROR_KEY_INVALID
 */
MmpBridgeKey *
mmp_bridge_key_derive (const char *password,
                       const guint8 id[MMP_BRIDGE_ID_SIZE],
                       GError **error)
{
  crypto_generichash_state state;
  guint8 salt[crypto_pwhash_SALTBYTES];
  guint8 key[MMP_BRIDGE_KEY_SIZE];
  MmpBridgeKey *self = NULL;

  if (password[0] == '\0')
    {
      g_set_error_literal (error, MMP_ERROR, MMP_ERROR_KEY_INVALID, "the password is empty");
      return NULL;
    }

  mmp_crypto_init ();
  crypto_generichash_init (&state, NULL, 0, sizeof salt);
  crypto_generichash_update (&state, (const guint8 *) SALT_LABEL, strlen (SALT_LABEL));
  crypto_generichash_update (&state, id, MMP_BRIDGE_ID_SIZE);
  crypto_generichash_final (&state, salt, sizeof salt);
  if (crypto_pwhash (key, sizeof key, password, strlen (password), salt, crypto_pwhash_OPSLIMIT_MODERATE, crypto_pwhash_MEMLIMIT_MODERATE, crypto_pwhash_ALG_ARGON2ID13) == 0)
    self = mmp_bridge_key_new (key);
  else
    g_set_error_literal (error, MMP_ERROR, MMP_ERROR_LIMIT, "there is not enough memory to make a key of the password; it takes 256 MiB");
  mmp_crypto_wipe (key, sizeof key);

  return self;
}

/**
 * mmp_bridge_key_derive_async:
 * @password: as for mmp_bridge_key_derive()
 * @id: the bridge's id
 * @cancellable: (nullable): ends the waiting at once; the work itself, which cannot be stopped, is thrown away
 * @callback: called in the present thread-default context
 *
 * As mmp_bridge_key_derive(), in a thread of its own.
 */
void
mmp_bridge_key_derive_async (const char *password,
                             const guint8 id[MMP_BRIDGE_ID_SIZE],
                             GCancellable *cancellable,
                             GAsyncReadyCallback callback,
                             gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  Derivation *derivation = g_new0 (Derivation, 1);

  derivation->password = mmp_crypto_guarded_new (strlen (password) + 1);
  memcpy (derivation->password, password, strlen (password) + 1);
  memcpy (derivation->id, id, sizeof derivation->id);
  g_task_set_source_tag (task, mmp_bridge_key_derive_async);
  g_task_set_task_data (task, derivation, derivation_free);
  g_task_set_return_on_cancel (task, TRUE);
  g_task_run_in_thread (task, derive_in_thread);
}

/**
 * mmp_bridge_key_derive_finish:
 * @result: what the callback got
 * @error: return location
 *
 * Returns: (transfer full) (nullable): the key; %NULL with an error of mmp_bridge_key_derive() or %G_IO_ERROR_CANCELLED
 */
MmpBridgeKey *
mmp_bridge_key_derive_finish (GAsyncResult *result,
                              GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * mmp_bridge_key_save:
 * @path: the file, 32 bytes, mode 0600; complete or not there at all
 * @replace: whether a file that is there may be overwritten
 * @error: return location
 *
 * Blocks.
 *
 * Returns: FALSE with %MMP_ERROR_KEY_FILE
 */
gboolean
mmp_bridge_key_save (MmpBridgeKey *self,
                     const char *path,
                     gboolean replace,
                     GError **error)
{
  return mmp_key_file_write (path, self->secrets->group, MMP_BRIDGE_KEY_SIZE, 0600, replace, error);
}

/**
 * mmp_bridge_key_from_secret:
 * @secret: what mmp_bridge_key_to_secret() gave
 * @error: return location
 *
 * Returns: (transfer full) (nullable): the key; %NULL with %MMP_ERROR_KEY_INVALID
 */
MmpBridgeKey *
mmp_bridge_key_from_secret (MmpSecret *secret,
                            GError **error)
{
  guint8 key[MMP_BRIDGE_KEY_SIZE];
  gsize size;
  const char *text = mmp_secret_get_data (secret, &size);
  MmpBridgeKey *self = NULL;

  if (mmp_base32_decode (text, size, MMP_BASE32_BARE, key, sizeof key))
    self = mmp_bridge_key_new (key);
  else
    g_set_error_literal (error, MMP_ERROR, MMP_ERROR_KEY_INVALID, "what is kept is not the key of a secure bridge");
  mmp_crypto_wipe (key, sizeof key);

  return self;
}

/**
 * mmp_bridge_key_to_secret:
 *
 * Returns: (transfer full): the key as text, to be kept among the secrets
 */
MmpSecret *
mmp_bridge_key_to_secret (MmpBridgeKey *self)
{
  char *text = mmp_base32_encode (self->secrets->group, MMP_BRIDGE_KEY_SIZE, MMP_BASE32_BARE);
  MmpSecret *secret = mmp_secret_new (text, strlen (text));

  mmp_crypto_wipe (text, strlen (text));
  g_free (text);

  return secret;
}

/**
 * mmp_bridge_key_ref:
 *
 * Returns: (transfer full): @self
 */
MmpBridgeKey *
mmp_bridge_key_ref (MmpBridgeKey *self)
{
  return g_atomic_rc_box_acquire (self);
}

/**
 * mmp_bridge_key_unref:
 * @self: (transfer full): a key
 */
void
mmp_bridge_key_unref (MmpBridgeKey *self)
{
  g_atomic_rc_box_release_full (self, mmp_bridge_key_clear);
}

/**
 * mmp_bridge_key_get_id:
 *
 * Returns: (transfer none) (array fixed-size=4): what tells keys apart, visible to the broker
 */
const guint8 *
mmp_bridge_key_get_id (MmpBridgeKey *self)
{
  return self->fingerprint;
}

/**
 * mmp_bridge_key_to_fingerprint:
 *
 * Returns: (transfer full): 16 characters in groups of four, the same wherever this key is, to compare
 */
char *
mmp_bridge_key_to_fingerprint (MmpBridgeKey *self)
{
  g_autofree char *text = mmp_base32_encode (self->fingerprint, sizeof self->fingerprint, MMP_BASE32_BARE);
  GString *groups = g_string_new (NULL);

  for (gsize i = 0; text[i] != '\0'; i++)
    {
      if (i > 0 && i % FINGERPRINT_GROUP == 0)
        g_string_append_c (groups, ' ');
      g_string_append_c (groups, text[i]);
    }

  return g_string_free (groups, FALSE);
}

/**
 * mmp_bridge_key_get_secrets:
 *
 * Returns: (transfer none): what the key is derived into
 */
const MmpBridgeSecrets *
mmp_bridge_key_get_secrets (MmpBridgeKey *self)
{
  return self->secrets;
}
