/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "mmp.h"

G_BEGIN_DECLS

#define MMP_TYPE_PREFERENCES (mmp_preferences_get_type ())

G_DECLARE_FINAL_TYPE (MmpPreferences, mmp_preferences, MMP, PREFERENCES, AdwPreferencesDialog)

/**
 * MmpPreferences:
 *
 * What holds for all connections, and taking them to another computer.
 */
AdwDialog *mmp_preferences_new (MmpAccount *account);

G_END_DECLS
