/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-profile"

#include <libsecret/secret.h>

#include "base/mmp-error.h"
#include "profile/mmp-secrets.h"

/* The name is part of what is kept: another one would not find what is there. */
static const SecretSchema schema = {
  .name = "io.github.messageportal.MessagePortal",
  .flags = SECRET_SCHEMA_NONE,
  .attributes = { { "id", SECRET_SCHEMA_ATTRIBUTE_STRING } },
};

#define MMP_TYPE_KEYRING_SECRETS (mmp_keyring_secrets_get_type ())

G_DECLARE_FINAL_TYPE (MmpKeyringSecrets, mmp_keyring_secrets, MMP, KEYRING_SECRETS, GObject)

struct _MmpKeyringSecrets
{
  GObject parent_instance;
};

static void mmp_keyring_secrets_iface_init (MmpSecretsInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (MmpKeyringSecrets, mmp_keyring_secrets, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (MMP_TYPE_SECRETS, mmp_keyring_secrets_iface_init))

/* Whatever it is called by whoever keeps the keyring, a person has one thing to do. */
static gboolean
fail (GError **error,
      const GError *cause)
{
  if (g_error_matches (cause, SECRET_ERROR, SECRET_ERROR_IS_LOCKED))
    g_set_error_literal (error, MMP_ERROR, MMP_ERROR_SECRETS, "the keyring is locked");
  else if (g_error_matches (cause, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN))
    g_set_error_literal (error, MMP_ERROR, MMP_ERROR_SECRETS, "there is no keyring");
  else if (cause->domain == G_DBUS_ERROR || cause->domain == G_IO_ERROR)
    g_set_error (error, MMP_ERROR, MMP_ERROR_SECRETS, "there is no keyring: %s", cause->message);
  else
    g_set_error (error, MMP_ERROR, MMP_ERROR_SECRETS, "the keyring says: %s", cause->message);

  return FALSE;
}

static MmpSecret *
lookup (MmpSecrets *secrets,
        const char *id,
        GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_autoptr (SecretValue) value = secret_password_lookup_binary_sync (&schema, NULL, &cause, "id", id, NULL);
  const char *data;
  gsize size;

  if (cause != NULL)
    {
      fail (error, cause);
      return NULL;
    }
  if (value == NULL)
    return NULL;
  data = secret_value_get (value, &size);

  return mmp_secret_new (data, size);
}

static gboolean
store (MmpSecrets *secrets,
       const char *id,
       const char *label,
       MmpSecret *secret,
       GError **error)
{
  g_autoptr (GError) cause = NULL;
  gsize size;
  const char *data = mmp_secret_get_data (secret, &size);
  g_autoptr (SecretValue) value = secret_value_new (data, (gssize) size, "text/plain");

  if (secret_password_store_binary_sync (&schema, SECRET_COLLECTION_DEFAULT, label, value, NULL, &cause, "id", id, NULL))
    return TRUE;

  return fail (error, cause);
}

static gboolean
remove_secret (MmpSecrets *secrets,
               const char *id,
               GError **error)
{
  g_autoptr (GError) cause = NULL;

  secret_password_clear_sync (&schema, NULL, &cause, "id", id, NULL);

  return cause == NULL || fail (error, cause);
}

static void
mmp_keyring_secrets_iface_init (MmpSecretsInterface *iface)
{
  iface->lookup = lookup;
  iface->store = store;
  iface->remove = remove_secret;
}

static void
mmp_keyring_secrets_class_init (MmpKeyringSecretsClass *klass)
{
}

static void
mmp_keyring_secrets_init (MmpKeyringSecrets *self)
{
}

/**
 * mmp_keyring_secrets_new:
 *
 * Returns: (transfer full): the keyring of the desktop; nothing is asked of it yet
 */
MmpSecrets *
mmp_keyring_secrets_new (void)
{
  return g_object_new (MMP_TYPE_KEYRING_SECRETS, NULL);
}
