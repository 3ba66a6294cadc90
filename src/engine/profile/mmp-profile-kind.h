/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "profile/mmp-profile.h"

G_BEGIN_DECLS

/* What follows from a profile's kind. */

gboolean mmp_profile_has_rules (const MmpProfile *self);
gboolean mmp_profile_has_tunnel (const MmpProfile *self);
gboolean mmp_profile_is_called (const MmpProfile *self);

G_END_DECLS
