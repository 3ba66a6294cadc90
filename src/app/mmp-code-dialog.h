/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "mmp.h"

G_BEGIN_DECLS

#define MMP_TYPE_CODE_DIALOG (mmp_code_dialog_get_type ())

G_DECLARE_FINAL_TYPE (MmpCodeDialog, mmp_code_dialog, MMP, CODE_DIALOG, AdwDialog)

/**
 * MmpCodeDialog:
 *
 * This device's code: of a listener the invitation to it, of a key pair just the public key; or the public key of another
 * device. Never a password.
 */
AdwDialog *mmp_code_dialog_new (MmpAccount *account,
                                const MmpProfile *profile);
AdwDialog *mmp_code_dialog_new_for_key (MmpAccount *account,
                                        const MmpKeyEntry *key);
AdwDialog *mmp_code_dialog_new_for_device (MmpAccount *account,
                                           const MmpPublicKey *key);

G_END_DECLS
