/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "profile/mmp-device-store.h"
#include "profile/mmp-invitation-store.h"
#include "session/mmp-trust.h"

G_BEGIN_DECLS

#define MMP_TYPE_HUB_TRUST (mmp_hub_trust_get_type ())

G_DECLARE_FINAL_TYPE (MmpHubTrust, mmp_hub_trust, MMP, HUB_TRUST, GObject)

/**
 * MmpHubTrust:
 *
 * Whom this account trusts, as the files say that `mmp trust` and `mmp invite` write; or, if a file of trusted
 * initiators was given, exactly those in it. The signal `changed` says that an answer may be another one than before.
 */
MmpHubTrust *mmp_hub_trust_new (MmpDeviceStore *devices,
                                MmpInvitationStore *invitations);
MmpHubTrust *mmp_hub_trust_with_keys (MmpHubTrust *self,
                                      const char *const *keys);
gboolean mmp_hub_trust_set_file (MmpHubTrust *self,
                                 const char *path,
                                 GError **error);

G_END_DECLS
