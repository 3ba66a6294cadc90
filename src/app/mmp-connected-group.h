/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "mmp.h"

G_BEGIN_DECLS

#define MMP_TYPE_CONNECTED_GROUP (mmp_connected_group_get_type ())

G_DECLARE_FINAL_TYPE (MmpConnectedGroup, mmp_connected_group, MMP, CONNECTED_GROUP, AdwPreferencesGroup)

/**
 * MmpConnectedGroup:
 *
 * The devices of a listener, a row each, with a button that sends it away.
 */
void mmp_connected_group_show (MmpConnectedGroup *self,
                               MmpConnection *connection);

G_END_DECLS
