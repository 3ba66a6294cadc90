/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "mmp-cli.h"

G_BEGIN_DECLS

void mmp_cli_secret_free (char *secret);
void mmp_cli_secret_wipe_arguments (const char *secret,
                                    int argc,
                                    char *argv[]);
char *mmp_cli_secret_read (const char *path,
                           GError **error);

G_END_DECLS
