/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "mmp-cli.h"

G_BEGIN_DECLS

char *mmp_cli_text_explain (const GError *error);
MmpCliExit mmp_cli_text_get_exit (const GError *error);
const char *mmp_cli_text_nearest (const char *word,
                                  const char *const *candidates);
void mmp_cli_complain (const char *format,
                       ...) G_GNUC_PRINTF (1, 2);
MmpCliExit mmp_cli_complain_about (const GError *error);

G_END_DECLS
