/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "profile/mmp-profile-bridge.h"

G_BEGIN_DECLS

gboolean mmp_profile_bridge_check (const MmpProfileBridge *self,
                                   gboolean is_portal,
                                   GError **error);
gboolean mmp_profile_bridge_read (MmpProfileBridge *self,
                                  GKeyFile *key_file,
                                  GError **error);
void mmp_profile_bridge_write (const MmpProfileBridge *self,
                               gboolean is_portal,
                               GKeyFile *key_file);

G_END_DECLS
