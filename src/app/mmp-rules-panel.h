/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "mmp.h"

G_BEGIN_DECLS

#define MMP_TYPE_RULES_PANEL (mmp_rules_panel_get_type ())

G_DECLARE_FINAL_TYPE (MmpRulesPanel, mmp_rules_panel, MMP, RULES_PANEL, GtkBox)

/**
 * MmpRulesPanel:
 *
 * What the page of a bridge or portal has beside what all have: paths, rules, secret, brokers and what became of messages.
 * Not visible for others.
 */
void mmp_rules_panel_set_connection (MmpRulesPanel *self,
                                     MmpAccount *account,
                                     MmpConnection *connection);

G_END_DECLS
