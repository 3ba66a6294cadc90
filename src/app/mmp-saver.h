/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "mmp.h"

G_BEGIN_DECLS

/**
 * MmpSaver:
 * @profile: what to save; its key pair may be "", then the first one is taken, or made
 * @broker: (nullable): the broker that it uses; one without an id is looked for among those that are there, or added
 * @password: (nullable): the broker's
 * @local: (nullable): the private broker of a bridge or portal, as @broker
 * @local_password: (nullable): its password
 * @turn_password: (nullable): that at the profile's TURN servers
 * @invitation: (nullable): the single-use secret that this device was invited with
 * @secret: (nullable): a new secret of a bridge or portal
 *
 * What a dialog wants to be saved; it takes several steps, each of which may wait for a person to unlock the keyring.
 */
typedef struct
{
  MmpProfile *profile;
  MmpBrokerEntry *broker;
  MmpSecret *password;
  MmpBrokerEntry *local;
  MmpSecret *local_password;
  MmpSecret *turn_password;
  MmpSecret *invitation;
  MmpSecret *secret;
} MmpSaver;

void mmp_saver_free (MmpSaver *self);
void mmp_saver_run (MmpSaver *self,
                    MmpAccount *account,
                    GAsyncReadyCallback callback,
                    gpointer user_data);
char *mmp_saver_finish (GAsyncResult *result,
                        GError **error);
void mmp_saver_ensure_key (MmpAccount *account,
                           gboolean classic,
                           GAsyncReadyCallback callback,
                           gpointer user_data);
char *mmp_saver_ensure_key_finish (GAsyncResult *result,
                                   GError **error);
void mmp_saver_offer_key_files (GtkWidget *parent,
                                MmpAccount *account,
                                const GError *error,
                                GCallback again,
                                gpointer user_data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpSaver, mmp_saver_free)

G_END_DECLS
