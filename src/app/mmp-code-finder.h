/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "mmp-camera-page.h"

G_BEGIN_DECLS

#define MMP_TYPE_CODE_FINDER (mmp_code_finder_get_type ())

G_DECLARE_FINAL_TYPE (MmpCodeFinder, mmp_code_finder, MMP, CODE_FINDER, GObject)

/**
 * MmpCodeFinder:
 *
 * How a dialog comes by a code or its text: the camera, a picture of the screen, one that is chosen, dropped or pasted, text
 * that is pasted. `found` tells what a code says, `pasted` a text. It gives the dialog the actions `import.camera`,
 * `import.screenshot` and `import.image`.
 */
MmpCodeFinder *mmp_code_finder_new (AdwDialog *dialog,
                                    AdwNavigationView *navigation,
                                    MmpCameraPage *camera_page,
                                    GtkWidget *drop_box,
                                    GtkLabel *error_label);
void mmp_code_finder_say (MmpCodeFinder *self,
                          const char *problem);
void mmp_code_finder_paste (MmpCodeFinder *self);
void mmp_code_finder_stop (MmpCodeFinder *self);

G_END_DECLS
