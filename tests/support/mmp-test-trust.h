/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/mmp-trust.h"

G_BEGIN_DECLS

#define MMP_TYPE_TEST_TRUST (mmp_test_trust_get_type ())

G_DECLARE_FINAL_TYPE (MmpTestTrust, mmp_test_trust, MMP, TEST_TRUST, GObject)

/**
 * MmpTestTrust:
 *
 * A list of devices and one invitation, in memory.
 */
MmpTestTrust *mmp_test_trust_new (void);
void mmp_test_trust_set (MmpTestTrust *self,
                         const MmpPublicKey *device,
                         MmpStanding standing);
void mmp_test_trust_invite (MmpTestTrust *self,
                            const guint8 invitation[MMP_INVITATION_SIZE]);

G_END_DECLS
