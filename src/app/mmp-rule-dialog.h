/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "mmp.h"

G_BEGIN_DECLS

#define MMP_TYPE_RULE_DIALOG (mmp_rule_dialog_get_type ())

G_DECLARE_FINAL_TYPE (MmpRuleDialog, mmp_rule_dialog, MMP, RULE_DIALOG, AdwDialog)

/**
 * MmpRuleDialog:
 *
 * One rule of a bridge or portal, checked with the others while it is typed. The signal `done` says that a person is
 * content with it.
 */
AdwDialog *mmp_rule_dialog_new (const MmpProfile *profile,
                                guint index);
MmpProfileRule *mmp_rule_dialog_make_rule (MmpRuleDialog *self);

G_END_DECLS
