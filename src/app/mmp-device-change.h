/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "mmp.h"

G_BEGIN_DECLS

/* What a person does with a device of the list, and can take back. */

gboolean mmp_device_change (GtkWidget *widget,
                            MmpAccount *account,
                            const MmpPublicKey *key,
                            MmpStanding standing,
                            const char *name,
                            GError **error);
void mmp_device_change_or_say (GtkWidget *widget,
                               MmpAccount *account,
                               const MmpPublicKey *key,
                               MmpStanding standing);

G_END_DECLS
