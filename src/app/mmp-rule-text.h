/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib/gi18n.h>

#include "mmp.h"

G_BEGIN_DECLS

/* Rules of bridges and portals in words. */

const char *mmp_rule_text_flow (const MmpProfileRule *rule);
char *mmp_rule_text_summary (const MmpProfile *profile,
                             const MmpProfileRule *rule);
char *mmp_rule_text_map (const MmpProfileRule *rule);
const char *mmp_rule_text_topics (const MmpProfile *profile,
                                  const MmpProfileRule *rule);
const char *mmp_rule_text_qos (const MmpProfileRule *rule);
char *mmp_rule_text_age (const MmpProfileRule *rule);
char *mmp_rule_text_problem (const char *filter,
                             const GError *error);
const char *mmp_rule_text_count (MmpBridgeCount count);
const char *mmp_rule_text_hint (MmpBridgeCount count);

G_END_DECLS
