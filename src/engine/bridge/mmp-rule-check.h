/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "bridge/mmp-rule.h"

G_BEGIN_DECLS

gboolean mmp_rule_check (GPtrArray *rules,
                         gboolean one_broker,
                         GError **error);

G_END_DECLS
