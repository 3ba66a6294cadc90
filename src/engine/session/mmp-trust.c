/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-session"

#include "session/mmp-trust.h"

G_DEFINE_INTERFACE (MmpTrust, mmp_trust, G_TYPE_OBJECT)

static void
mmp_trust_default_init (MmpTrustInterface *iface)
{
}

/**
 * mmp_trust_get_standing:
 * @device: a device
 *
 * Returns: what is known of @device
 */
MmpStanding
mmp_trust_get_standing (MmpTrust *self,
                        const MmpPublicKey *device)
{
  g_return_val_if_fail (MMP_IS_TRUST (self), MMP_STANDING_UNKNOWN);

  return MMP_TRUST_GET_IFACE (self)->get_standing (self, device);
}

/**
 * mmp_trust_has_invitation:
 *
 * Returns: whether any invitation is outstanding, so that it is worth reading what a stranger brings
 */
gboolean
mmp_trust_has_invitation (MmpTrust *self)
{
  g_return_val_if_fail (MMP_IS_TRUST (self), FALSE);

  return MMP_TRUST_GET_IFACE (self)->has_invitation (self);
}

/**
 * mmp_trust_check_invitation:
 * @invitation: what a stranger brought
 *
 * Uses nothing up: a greeting may be a replay.
 *
 * Returns: whether @invitation is valid now
 */
gboolean
mmp_trust_check_invitation (MmpTrust *self,
                            const guint8 invitation[MMP_INVITATION_SIZE])
{
  g_return_val_if_fail (MMP_IS_TRUST (self), FALSE);

  return MMP_TRUST_GET_IFACE (self)->check_invitation (self, invitation);
}

/**
 * mmp_trust_use_invitation:
 * @invitation: what @device brought
 * @device: who proved by a sealed message that it is there
 * @name: what @device calls itself, cleaned; may be empty
 *
 * Uses the invitation up and trusts @device from now on.
 *
 * Returns: FALSE if the invitation is not valid any more; then nothing changed
 */
gboolean
mmp_trust_use_invitation (MmpTrust *self,
                          const guint8 invitation[MMP_INVITATION_SIZE],
                          const MmpPublicKey *device,
                          const char *name)
{
  g_return_val_if_fail (MMP_IS_TRUST (self), FALSE);

  return MMP_TRUST_GET_IFACE (self)->use_invitation (self, invitation, device, name);
}
