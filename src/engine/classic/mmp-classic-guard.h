/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "crypto/mmp-box.h"

G_BEGIN_DECLS

/**
 * MmpClassicGuard:
 *
 * What has to be looked at before a sealed message is opened. The form has neither numbers nor times, and one key for both
 * directions; so the nonces of what was opened and of what was sent are remembered, as long as the program runs, and each
 * is taken once only. And opening is limited, for each device and for all together.
 */
typedef struct _MmpClassicGuard MmpClassicGuard;

MmpClassicGuard *mmp_classic_guard_new (void);
void mmp_classic_guard_free (MmpClassicGuard *self);
gboolean mmp_classic_guard_may_open (MmpClassicGuard *self,
                                     const MmpPublicKey *device,
                                     GBytes *sealed,
                                     gint64 now);
void mmp_classic_guard_note (MmpClassicGuard *self,
                             GBytes *sealed);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpClassicGuard, mmp_classic_guard_free)

G_END_DECLS
