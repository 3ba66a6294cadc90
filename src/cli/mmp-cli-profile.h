/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "mmp-cli.h"

G_BEGIN_DECLS

MmpConnection *mmp_cli_profile_find (MmpAccount *account,
                                     const char *text,
                                     GError **error);
GPtrArray *mmp_cli_profile_list (MmpAccount *account);
const char *mmp_cli_profile_describe_state (const char *state);
const char *mmp_cli_profile_describe_path (const char *path);

G_END_DECLS
