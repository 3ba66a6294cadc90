/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "bridge/mmp-bridge-config.h"
#include "profile/mmp-broker-entry.h"
#include "profile/mmp-profile.h"
#include "profile/mmp-secrets.h"

G_BEGIN_DECLS

/**
 * MmpBridgePlan:
 *
 * What the profile of a bridge or portal needs to run: its brokers with their passwords, and the key of its secret.
 */
typedef struct _MmpBridgePlan MmpBridgePlan;

MmpBridgePlan *mmp_bridge_plan_new (const MmpProfile *profile,
                                    const MmpBrokerEntry *local,
                                    const MmpBrokerEntry *far,
                                    GError **error);
void mmp_bridge_plan_free (MmpBridgePlan *self);
gboolean mmp_bridge_plan_add_secrets (MmpBridgePlan *self,
                                      MmpSecrets *secrets,
                                      GError **error);
MmpBridgeConfig *mmp_bridge_plan_make_config (MmpBridgePlan *self,
                                              const char *tunnel,
                                              guint port,
                                              GError **error);
GPtrArray *mmp_bridge_plan_make_rules (MmpBridgePlan *self,
                                       const MmpProfile *profile,
                                       GError **error);
gboolean mmp_bridge_plan_has_bridge (MmpBridgePlan *self);
gboolean mmp_bridge_plan_needs_tunnel (MmpBridgePlan *self);
char *mmp_bridge_plan_get_fingerprint (MmpBridgePlan *self);
MmpBridgeKey *mmp_bridge_plan_load_key (const MmpProfileBridge *bridge,
                                        MmpSecrets *secrets,
                                        GError **error);
void mmp_bridge_plan_add_ports (MmpProfile *profile,
                                const MmpBrokerEntry *local);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpBridgePlan, mmp_bridge_plan_free)

G_END_DECLS
