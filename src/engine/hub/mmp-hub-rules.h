/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "bridge/mmp-rule.h"
#include "profile/mmp-profile.h"

G_BEGIN_DECLS

/* What a person writes as rules, as the engine follows them. */

GPtrArray *mmp_hub_rules_make (const MmpProfile *profile,
                               MmpKeyRing *keys,
                               GError **error);
gboolean mmp_hub_rules_check (const MmpProfile *profile,
                              GError **error);

G_END_DECLS
