/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "mmp.h"

G_BEGIN_DECLS

#define MMP_TYPE_CLASSIC_GROUP (mmp_classic_group_get_type ())

G_DECLARE_FINAL_TYPE (MmpClassicGroup, mmp_classic_group, MMP, CLASSIC_GROUP, AdwPreferencesGroup)

/**
 * MmpClassicGroup:
 *
 * Of a connection to the thesis's programs: what it lacks, and the public key that the other side has to be told.
 */
void mmp_classic_group_show (MmpClassicGroup *self,
                             MmpAccount *account,
                             const MmpProfile *profile);

G_END_DECLS
