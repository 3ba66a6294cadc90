/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "mmp.h"

G_BEGIN_DECLS

#define MMP_TYPE_ADVANCED_ROW (mmp_advanced_row_get_type ())

G_DECLARE_FINAL_TYPE (MmpAdvancedRow, mmp_advanced_row, MMP, ADVANCED_ROW, AdwExpanderRow)

/**
 * MmpAdvancedRow:
 *
 * What few people have to set up in a connection. The signal `changed` says that a person did.
 */
void mmp_advanced_row_fill (MmpAdvancedRow *self,
                            const MmpProfile *profile);
void mmp_advanced_row_fill_names (MmpAdvancedRow *self,
                                  const char *topic,
                                  const char *service);
gboolean mmp_advanced_row_check (MmpAdvancedRow *self);
void mmp_advanced_row_apply (MmpAdvancedRow *self,
                             MmpProfile *profile);
gboolean mmp_advanced_row_is_classic (MmpAdvancedRow *self);
const char *mmp_advanced_row_get_service (MmpAdvancedRow *self);
GtkEditable *mmp_advanced_row_get_ca_file_row (MmpAdvancedRow *self);
MmpSecret *mmp_advanced_row_get_turn_password (MmpAdvancedRow *self);

G_END_DECLS
