/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "mmp-camera.h"

G_BEGIN_DECLS

#define MMP_TYPE_CAMERA_PAGE (mmp_camera_page_get_type ())

G_DECLARE_FINAL_TYPE (MmpCameraPage, mmp_camera_page, MMP, CAMERA_PAGE, AdwNavigationPage)

/**
 * MmpCameraPage:
 *
 * Shows what the camera sees while the page is shown, or what the camera waits for, or why there is none and what to do
 * instead. `found` tells what a code says.
 */
void mmp_camera_page_set_source (MmpCameraPage *self,
                                 const MmpCameraSource *source);
void mmp_camera_page_say (MmpCameraPage *self,
                          const char *problem);

G_END_DECLS
