/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "crypto/mmp-secret.h"
#include "profile/mmp-broker-entry.h"
#include "profile/mmp-device-store.h"
#include "profile/mmp-key-entry.h"
#include "profile/mmp-profile.h"

G_BEGIN_DECLS

/**
 * MmpBundle:
 *
 * What is taken from one machine to another, as one file: profiles, what they refer to, the device list; and, sealed with a
 * password, private keys and passwords. A plain structure.
 */
typedef struct
{
  GPtrArray *profiles; /* MmpProfile */
  GPtrArray *brokers; /* MmpBrokerEntry */
  GPtrArray *keys; /* MmpKeyEntry */
  GPtrArray *devices; /* MmpDevice */
  GHashTable *secrets; /* id -> MmpSecret */
  GBytes *sealed; /* nullable: secrets that were not opened yet */
} MmpBundle;

MmpBundle *mmp_bundle_new (void);
void mmp_bundle_free (MmpBundle *self);
char *mmp_bundle_encode (const MmpBundle *self,
                         const char *password,
                         GError **error);
MmpBundle *mmp_bundle_decode (const char *text,
                              gsize size,
                              GError **error);
gboolean mmp_bundle_unlock (MmpBundle *self,
                            const char *password,
                            GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpBundle, mmp_bundle_free)

G_END_DECLS
