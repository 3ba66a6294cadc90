/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "mmp-cli.h"

G_BEGIN_DECLS

char *mmp_cli_cause_translate (const char *message) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
