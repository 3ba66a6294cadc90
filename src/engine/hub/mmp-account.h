/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "hub/mmp-connection.h"
#include "hub/mmp-hub.h"
#include "profile/mmp-bundle.h"
#include "profile/mmp-profile-store.h"
#include "profile/mmp-secrets.h"

G_BEGIN_DECLS

#define MMP_TYPE_ACCOUNT (mmp_account_get_type ())

G_DECLARE_FINAL_TYPE (MmpAccount, mmp_account, MMP, ACCOUNT, GObject)

/**
 * MmpAccount:
 *
 * Everything that a person set up on this machine, and what of it runs in this process: profiles, brokers, key pairs,
 * devices, secrets, and a connection for each profile. It follows what other processes change. The app and the headless
 * commands are thin fronts of it. Control thread.
 */
MmpAccount *mmp_account_new (const char *directory,
                             MmpSecrets *secrets,
                             GError **error);
void mmp_account_stop (MmpAccount *self);
const char *mmp_account_get_directory (MmpAccount *self);
MmpHub *mmp_account_get_hub (MmpAccount *self);
GListModel *mmp_account_get_connections (MmpAccount *self);
MmpConnection *mmp_account_find_connection (MmpAccount *self,
                                            const char *id);
MmpProfileStore *mmp_account_get_profiles (MmpAccount *self);
MmpEntryStore *mmp_account_get_brokers (MmpAccount *self);
MmpEntryStore *mmp_account_get_keys (MmpAccount *self);
gboolean mmp_account_has_key (MmpAccount *self,
                              const MmpPublicKey *key);
MmpDeviceStore *mmp_account_get_devices (MmpAccount *self);
MmpSecrets *mmp_account_get_secrets (MmpAccount *self);
void mmp_account_use_key_files (MmpAccount *self);

void mmp_account_add_key_async (MmpAccount *self,
                                const char *name,
                                MmpKeyPair *key_pair,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
char *mmp_account_add_key_finish (MmpAccount *self,
                                  GAsyncResult *result,
                                  GError **error);
void mmp_account_store_secret_async (MmpAccount *self,
                                     const char *id,
                                     const char *label,
                                     MmpSecret *secret,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data);
gboolean mmp_account_store_secret_finish (MmpAccount *self,
                                          GAsyncResult *result,
                                          GError **error);

MmpBundle *mmp_account_make_bundle (MmpAccount *self,
                                    const char *const *profiles,
                                    gboolean with_secrets,
                                    GError **error);
gboolean mmp_account_take_bundle (MmpAccount *self,
                                  const MmpBundle *bundle,
                                  guint *n_new,
                                  GError **error);
MmpInvitation *mmp_account_make_invitation (MmpAccount *self,
                                            const MmpProfile *profile,
                                            GError **error);

G_END_DECLS
