/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "mmp.h"

G_BEGIN_DECLS

#define MMP_TYPE_PROFILE_DIALOG (mmp_profile_dialog_get_type ())

G_DECLARE_FINAL_TYPE (MmpProfileDialog, mmp_profile_dialog, MMP, PROFILE_DIALOG, AdwDialog)

/**
 * MmpProfileDialog:
 *
 * Everything that a person says about a connection, new or not. The signal `saved` tells the id, and whether it is new.
 */
AdwDialog *mmp_profile_dialog_new (MmpAccount *account,
                                   const MmpProfile *profile);

G_END_DECLS
