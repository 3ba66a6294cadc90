/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "mmp.h"

G_BEGIN_DECLS

/**
 * MmpBridgeSaver:
 * @profile: of a bridge or portal; what it refers to is filled in
 * @local: the private broker
 * @local_password: (nullable): its password
 * @far: the public broker, of a portal also the signaling one
 * @far_password: (nullable): its password
 * @secret: (nullable): a new secret of the bridge
 *
 * What a dialog wants to be saved, in several steps: secrets first, the profile last, so that it is never without.
 */
typedef struct
{
  MmpProfile *profile;
  MmpBrokerEntry *local;
  MmpSecret *local_password;
  MmpBrokerEntry *far;
  MmpSecret *far_password;
  MmpSecret *secret;
} MmpBridgeSaver;

void mmp_bridge_saver_free (MmpBridgeSaver *self);
void mmp_bridge_saver_run (MmpBridgeSaver *self,
                           MmpAccount *account,
                           GAsyncReadyCallback callback,
                           gpointer user_data);
char *mmp_bridge_saver_finish (GAsyncResult *result,
                               GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpBridgeSaver, mmp_bridge_saver_free)

G_END_DECLS
