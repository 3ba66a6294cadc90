/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-profile"

#include "profile/mmp-secrets.h"

#define MMP_TYPE_MEMORY_SECRETS (mmp_memory_secrets_get_type ())

G_DECLARE_FINAL_TYPE (MmpMemorySecrets, mmp_memory_secrets, MMP, MEMORY_SECRETS, GObject)

struct _MmpMemorySecrets
{
  GObject parent_instance;

  GMutex mutex;
  GHashTable *secrets; /* id -> MmpSecret */
};

static void mmp_memory_secrets_iface_init (MmpSecretsInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (MmpMemorySecrets, mmp_memory_secrets, G_TYPE_OBJECT, G_IMPLEMENT_INTERFACE (MMP_TYPE_SECRETS, mmp_memory_secrets_iface_init))

static MmpSecret *
lookup (MmpSecrets *secrets,
        const char *id,
        GError **error)
{
  MmpMemorySecrets *self = MMP_MEMORY_SECRETS (secrets);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);
  MmpSecret *secret = g_hash_table_lookup (self->secrets, id);

  return secret != NULL ? mmp_secret_ref (secret) : NULL;
}

static gboolean
store (MmpSecrets *secrets,
       const char *id,
       const char *label,
       MmpSecret *secret,
       GError **error)
{
  MmpMemorySecrets *self = MMP_MEMORY_SECRETS (secrets);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  g_hash_table_replace (self->secrets, g_strdup (id), mmp_secret_ref (secret));

  return TRUE;
}

static gboolean
remove_secret (MmpSecrets *secrets,
               const char *id,
               GError **error)
{
  MmpMemorySecrets *self = MMP_MEMORY_SECRETS (secrets);
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->mutex);

  g_hash_table_remove (self->secrets, id);

  return TRUE;
}

static void
mmp_memory_secrets_iface_init (MmpSecretsInterface *iface)
{
  iface->lookup = lookup;
  iface->store = store;
  iface->remove = remove_secret;
}

static void
mmp_memory_secrets_finalize (GObject *object)
{
  MmpMemorySecrets *self = MMP_MEMORY_SECRETS (object);

  g_hash_table_unref (self->secrets);
  g_mutex_clear (&self->mutex);

  G_OBJECT_CLASS (mmp_memory_secrets_parent_class)->finalize (object);
}

static void
mmp_memory_secrets_class_init (MmpMemorySecretsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = mmp_memory_secrets_finalize;
}

static void
mmp_memory_secrets_init (MmpMemorySecrets *self)
{
  g_mutex_init (&self->mutex);
  self->secrets = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) mmp_secret_unref);
}

/**
 * mmp_memory_secrets_new:
 *
 * Returns: (transfer full): secrets that end with the process
 */
MmpSecrets *
mmp_memory_secrets_new (void)
{
  return g_object_new (MMP_TYPE_MEMORY_SECRETS, NULL);
}
