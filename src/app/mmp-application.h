/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "mmp.h"

G_BEGIN_DECLS

#define MMP_TYPE_APPLICATION (mmp_application_get_type ())

G_DECLARE_FINAL_TYPE (MmpApplication, mmp_application, MMP, APPLICATION, AdwApplication)

/**
 * MmpApplication:
 *
 * The app as the desktop sees it: one instance, its account, links and notifications, and going on without a window.
 */
MmpApplication *mmp_application_new (void);

G_END_DECLS
