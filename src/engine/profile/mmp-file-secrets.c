/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-profile"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

#include "base/mmp-error.h"
#include "crypto/mmp-crypto.h"
#include "crypto/mmp-key-file.h"
#include "profile/mmp-secrets.h"

#define MMP_TYPE_FILE_SECRETS (mmp_file_secrets_get_type ())

G_DECLARE_FINAL_TYPE (MmpFileSecrets, mmp_file_secrets, MMP, FILE_SECRETS, GObject)

struct _MmpFileSecrets
{
  GObject parent_instance;

  char *directory;
};

static void mmp_file_secrets_iface_init (MmpSecretsInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (MmpFileSecrets, mmp_file_secrets, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (MMP_TYPE_SECRETS, mmp_file_secrets_iface_init))

static char *
make_path (MmpFileSecrets *self,
           const char *id)
{
  g_autofree char *name = g_strdelimit (g_strdup (id), "/", '-');

  return g_build_filename (self->directory, name, NULL);
}

static MmpSecret *
lookup (MmpSecrets *secrets,
        const char *id,
        GError **error)
{
  g_autofree char *path = make_path (MMP_FILE_SECRETS (secrets), id);
  char text[MMP_KEY_FILE_SIZE_MAX];
  MmpSecret *secret;
  gssize size;

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return NULL;
  size = mmp_key_file_read_private (path, text, error);
  if (size < 0)
    return NULL;
  secret = mmp_secret_new (text, size);
  mmp_crypto_wipe (text, sizeof text);

  return secret;
}

static gboolean
store (MmpSecrets *secrets,
       const char *id,
       const char *label,
       MmpSecret *secret,
       GError **error)
{
  MmpFileSecrets *self = MMP_FILE_SECRETS (secrets);
  g_autofree char *path = make_path (self, id);
  gsize size;
  const char *text = mmp_secret_get_data (secret, &size);

  if (size > MMP_KEY_FILE_SIZE_MAX || strlen (text) != size)
    {
      g_set_error_literal (error, MMP_ERROR, MMP_ERROR_SECRETS, "it is too long, or no text");
      return FALSE;
    }

  return mmp_key_file_prepare (self->directory, error) && mmp_key_file_write (path, text, size, 0600, TRUE, error);
}

static gboolean
remove_secret (MmpSecrets *secrets,
               const char *id,
               GError **error)
{
  g_autofree char *path = make_path (MMP_FILE_SECRETS (secrets), id);

  if (g_unlink (path) == 0 || errno == ENOENT)
    return TRUE;

  g_set_error (error, MMP_ERROR, MMP_ERROR_SECRETS, "%s cannot be removed: %s", path, g_strerror (errno));

  return FALSE;
}

static void
mmp_file_secrets_iface_init (MmpSecretsInterface *iface)
{
  iface->lookup = lookup;
  iface->store = store;
  iface->remove = remove_secret;
}

static void
mmp_file_secrets_finalize (GObject *object)
{
  MmpFileSecrets *self = MMP_FILE_SECRETS (object);

  g_free (self->directory);

  G_OBJECT_CLASS (mmp_file_secrets_parent_class)->finalize (object);
}

static void
mmp_file_secrets_class_init (MmpFileSecretsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = mmp_file_secrets_finalize;
}

static void
mmp_file_secrets_init (MmpFileSecrets *self)
{
}

/**
 * mmp_file_secrets_new:
 * @directory: where the files are; made (mode 0700) with the first one
 *
 * Returns: (transfer full): secrets in files of mode 0600
 */
MmpSecrets *
mmp_file_secrets_new (const char *directory)
{
  MmpFileSecrets *self = g_object_new (MMP_TYPE_FILE_SECRETS, NULL);

  self->directory = g_strdup (directory);

  return MMP_SECRETS (self);
}
