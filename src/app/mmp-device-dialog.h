/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "mmp.h"

G_BEGIN_DECLS

#define MMP_TYPE_DEVICE_DIALOG (mmp_device_dialog_get_type ())

G_DECLARE_FINAL_TYPE (MmpDeviceDialog, mmp_device_dialog, MMP, DEVICE_DIALOG, AdwDialog)

/**
 * MmpDeviceDialog:
 *
 * Takes the public key of a device, as text or as a code, shows its fingerprint to compare, and trusts it. The toast that
 * takes this back is shown where @parent is.
 */
AdwDialog *mmp_device_dialog_new (MmpAccount *account,
                                  GtkWidget *parent);

G_END_DECLS
