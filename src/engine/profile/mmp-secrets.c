/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-profile"

#include "profile/mmp-secrets.h"

#include <string.h>

static const char *const kinds[] = { "key/", "broker/", "invitation/", "bridge/", "turn/" };

G_DEFINE_INTERFACE (MmpSecrets, mmp_secrets, G_TYPE_OBJECT)

static void
mmp_secrets_default_init (MmpSecretsInterface *iface)
{
}

/**
 * mmp_secret_id_is_valid:
 * @id: an id, perhaps from a file
 *
 * Returns: whether it is one of ours: `key/`, `broker/`, `invitation/`, `bridge/` or `turn/` and a UUID
 */
gboolean
mmp_secret_id_is_valid (const char *id)
{
  for (gsize i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      if (g_str_has_prefix (id, kinds[i]))
        return g_uuid_string_is_valid (id + strlen (kinds[i]));
    }

  return FALSE;
}

/**
 * mmp_secrets_lookup:
 * @error: SECRETS: it cannot be had
 *
 * Returns: (transfer full) (nullable): the secret; %NULL without an error if there is none
 */
MmpSecret *
mmp_secrets_lookup (MmpSecrets *self,
                    const char *id,
                    GError **error)
{
  g_return_val_if_fail (mmp_secret_id_is_valid (id), NULL);

  return MMP_SECRETS_GET_IFACE (self)->lookup (self, id, error);
}

/**
 * mmp_secrets_store:
 * @label: what a person sees in a program for keyrings
 * @error: SECRETS: it cannot be kept
 */
gboolean
mmp_secrets_store (MmpSecrets *self,
                   const char *id,
                   const char *label,
                   MmpSecret *secret,
                   GError **error)
{
  g_return_val_if_fail (mmp_secret_id_is_valid (id), FALSE);

  return MMP_SECRETS_GET_IFACE (self)->store (self, id, label, secret, error);
}

/**
 * mmp_secrets_remove:
 * @error: SECRETS
 */
gboolean
mmp_secrets_remove (MmpSecrets *self,
                    const char *id,
                    GError **error)
{
  g_return_val_if_fail (mmp_secret_id_is_valid (id), FALSE);

  return MMP_SECRETS_GET_IFACE (self)->remove (self, id, error);
}
