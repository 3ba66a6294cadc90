/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "mmp-camera.h"
#include "mmp.h"

G_BEGIN_DECLS

#define MMP_TYPE_IMPORT_DIALOG (mmp_import_dialog_get_type ())

G_DECLARE_FINAL_TYPE (MmpImportDialog, mmp_import_dialog, MMP, IMPORT_DIALOG, AdwDialog)

/**
 * MmpImportDialog:
 *
 * Takes an invitation as text, from a camera, as an image or from a link, and shows what it says before anything is added. It never
 * connects. The signal `imported` tells the id of the profile.
 */
AdwDialog *mmp_import_dialog_new (MmpAccount *account,
                                  const char *text);
void mmp_import_dialog_scan (MmpImportDialog *self,
                             const MmpCameraSource *source);

G_END_DECLS
