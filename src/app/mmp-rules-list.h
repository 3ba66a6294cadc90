/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "mmp.h"

G_BEGIN_DECLS

#define MMP_TYPE_RULES_LIST (mmp_rules_list_get_type ())

G_DECLARE_FINAL_TYPE (MmpRulesList, mmp_rules_list, MMP, RULES_LIST, AdwPreferencesGroup)

/**
 * MmpRulesList:
 *
 * The rules of a bridge or portal, a row each, and what a person does with them.
 */
void mmp_rules_list_set_account (MmpRulesList *self,
                                 MmpAccount *account);
void mmp_rules_list_show (MmpRulesList *self,
                          const MmpProfile *profile);

G_END_DECLS
