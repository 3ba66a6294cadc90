/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "mmp.h"

G_BEGIN_DECLS

#define MMP_TYPE_DIAGNOSTICS_GROUP (mmp_diagnostics_group_get_type ())

G_DECLARE_FINAL_TYPE (MmpDiagnosticsGroup, mmp_diagnostics_group, MMP, DIAGNOSTICS_GROUP, AdwPreferencesGroup)

/**
 * MmpDiagnosticsGroup:
 *
 * Why a connection does not come up: a row for each thing that is looked at, in the order in which a connection is made.
 */
void mmp_diagnostics_group_set_connection (MmpDiagnosticsGroup *self,
                                           MmpConnection *connection);
void mmp_diagnostics_group_copy_report (MmpDiagnosticsGroup *self);

G_END_DECLS
