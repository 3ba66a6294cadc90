/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "crypto/mmp-secret.h"

G_BEGIN_DECLS

#define MMP_TYPE_SECRETS (mmp_secrets_get_type ())

G_DECLARE_INTERFACE (MmpSecrets, mmp_secrets, MMP, SECRETS, GObject)

/**
 * MmpSecretsInterface:
 * @lookup: (transfer full): %NULL without an error if there is none
 * @store: keeps it, over one that is there; @label is for people
 * @remove: forgets it, whether or not it is there
 *
 * Where private keys and passwords are kept. An id is `kind/uuid`. All may block for as long as a person needs to unlock a
 * keyring, and may be called on any thread.
 */
struct _MmpSecretsInterface
{
  GTypeInterface parent_interface;

  MmpSecret *(*lookup) (MmpSecrets *self, const char *id, GError **error);
  gboolean (*store) (MmpSecrets *self, const char *id, const char *label, MmpSecret *secret, GError **error);
  gboolean (*remove) (MmpSecrets *self, const char *id, GError **error);
};

MmpSecret *mmp_secrets_lookup (MmpSecrets *self,
                               const char *id,
                               GError **error);
gboolean mmp_secrets_store (MmpSecrets *self,
                            const char *id,
                            const char *label,
                            MmpSecret *secret,
                            GError **error);
gboolean mmp_secrets_remove (MmpSecrets *self,
                             const char *id,
                             GError **error);
gboolean mmp_secret_id_is_valid (const char *id);

/* The keyring of the desktop (org.freedesktop.secrets, or a sealed file inside Flatpak) */
MmpSecrets *mmp_keyring_secrets_new (void);

/* Files that only this account can read, in a folder; for machines without a keyring */
MmpSecrets *mmp_file_secrets_new (const char *directory);

/* Nothing is kept */
MmpSecrets *mmp_memory_secrets_new (void);

G_END_DECLS
