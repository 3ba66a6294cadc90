/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "mmp.h"

G_BEGIN_DECLS

#define MMP_TYPE_BRIDGE_DIALOG (mmp_bridge_dialog_get_type ())

G_DECLARE_FINAL_TYPE (MmpBridgeDialog, mmp_bridge_dialog, MMP, BRIDGE_DIALOG, AdwDialog)

/**
 * MmpBridgeDialog:
 *
 * Sets up a bridge or a portal, or changes one; its rules are on its page. The signal `saved` carries the id, and whether it
 * is new.
 */
AdwDialog *mmp_bridge_dialog_new (MmpAccount *account,
                                  const MmpProfile *profile);

G_END_DECLS
