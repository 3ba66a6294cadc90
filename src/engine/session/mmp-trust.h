/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/mmp-limits.h"
#include "base/mmp-standing.h"
#include "crypto/mmp-public-key.h"

G_BEGIN_DECLS

/* What a listener does with devices that it does not know */
typedef enum
{
  MMP_TRUST_ONLY_TRUSTED,
  MMP_TRUST_ASK,
  MMP_TRUST_ANYONE,
} MmpTrustMode;

#define MMP_TYPE_TRUST (mmp_trust_get_type ())

G_DECLARE_INTERFACE (MmpTrust, mmp_trust, MMP, TRUST, GObject)

/**
 * MmpTrustInterface:
 * @get_standing: what is known of a device
 * @has_invitation: whether any invitation is outstanding
 * @check_invitation: whether these bytes are a valid invitation (compared in constant time); uses nothing up
 * @use_invitation: uses it up and trusts @device from now on; FALSE if it was gone meanwhile
 *
 * Whom a listener trusts. The session layer asks, profile/ and hub/ answer. Control thread.
 */
struct _MmpTrustInterface
{
  GTypeInterface parent_interface;

  MmpStanding (*get_standing) (MmpTrust *self, const MmpPublicKey *device);
  gboolean (*has_invitation) (MmpTrust *self);
  gboolean (*check_invitation) (MmpTrust *self, const guint8 invitation[MMP_INVITATION_SIZE]);
  gboolean (*use_invitation) (MmpTrust *self, const guint8 invitation[MMP_INVITATION_SIZE], const MmpPublicKey *device, const char *name);
};

MmpStanding mmp_trust_get_standing (MmpTrust *self, const MmpPublicKey *device);
gboolean mmp_trust_has_invitation (MmpTrust *self);
gboolean mmp_trust_check_invitation (MmpTrust *self, const guint8 invitation[MMP_INVITATION_SIZE]);
gboolean mmp_trust_use_invitation (MmpTrust *self, const guint8 invitation[MMP_INVITATION_SIZE], const MmpPublicKey *device, const char *name);

G_END_DECLS
