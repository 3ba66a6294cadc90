/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "mmp.h"

G_BEGIN_DECLS

/* What rows of a connection's page say. */

char *mmp_describe_device (const MmpStatus *status);
const char *mmp_describe_device_name (const MmpStatus *status);
char *mmp_describe_path (const MmpStatus *status);
char *mmp_describe_local_address (MmpConnection *connection);
gboolean mmp_describe_is_locked (MmpConnection *connection);
char *mmp_describe_services (const MmpProfile *profile);
char *mmp_describe_own_key (MmpAccount *account,
                            const MmpProfile *profile);
const char *mmp_describe_access (const MmpProfile *profile);

G_END_DECLS
