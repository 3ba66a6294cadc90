/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "mmp.h"

G_BEGIN_DECLS

#define MMP_TYPE_KEY_PAIR_ROW (mmp_key_pair_row_get_type ())

G_DECLARE_FINAL_TYPE (MmpKeyPairRow, mmp_key_pair_row, MMP, KEY_PAIR_ROW, AdwComboRow)

/**
 * MmpKeyPairRow:
 *
 * A choice of the account's key pairs: those that may be used in a connection's mode. It is hidden where there is none.
 */
void mmp_key_pair_row_fill (MmpKeyPairRow *self,
                            MmpAccount *account,
                            const MmpProfile *profile);
void mmp_key_pair_row_set_classic (MmpKeyPairRow *self,
                                   gboolean classic);
const char *mmp_key_pair_row_get_id (MmpKeyPairRow *self);

G_END_DECLS
