/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "mmp.h"

G_BEGIN_DECLS

/* What there is to say of a device of the list. */

const char *mmp_device_text_name (const MmpDevice *device);
char *mmp_device_text_seen (MmpAccount *account,
                            const MmpDevice *device,
                            gboolean by_calendar);
char *mmp_device_text_moment (gint64 seconds_since_1970);
char *mmp_device_text_use (MmpConnection *connection,
                           const MmpPublicKey *key);

G_END_DECLS
