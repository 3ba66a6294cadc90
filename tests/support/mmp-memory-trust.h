/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/mmp-trust.h"

G_BEGIN_DECLS

#define MMP_TYPE_MEMORY_TRUST (mmp_memory_trust_get_type ())

G_DECLARE_FINAL_TYPE (MmpMemoryTrust, mmp_memory_trust, MMP, MEMORY_TRUST, GObject)

/**
 * MmpMemoryTrust:
 *
 * A trust list without a file.
 */
MmpMemoryTrust *mmp_memory_trust_new (void);
void mmp_memory_trust_set (MmpMemoryTrust *self,
                           const MmpPublicKey *device,
                           MmpStanding standing);
void mmp_memory_trust_invite (MmpMemoryTrust *self,
                              const guint8 invitation[MMP_INVITATION_SIZE]);

G_END_DECLS
