/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "profile/mmp-broker-entry.h"
#include "profile/mmp-key-entry.h"
#include "profile/mmp-profile.h"
#include "profile/mmp-secrets.h"
#include "tunnel/mmp-endpoint.h"

G_BEGIN_DECLS

MmpEndpointConfig *mmp_connection_config_new (const MmpProfile *profile,
                                              const MmpBrokerEntry *broker,
                                              MmpTrust *trust,
                                              GError **error);
gboolean mmp_connection_config_add_secrets (MmpEndpointConfig *self,
                                            const MmpProfile *profile,
                                            MmpSecrets *secrets,
                                            GError **error);
char *mmp_connection_config_get_invitation_id (const char *id);

G_END_DECLS
