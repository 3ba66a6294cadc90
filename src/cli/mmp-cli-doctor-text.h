/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "mmp-cli.h"

G_BEGIN_DECLS

char *mmp_cli_doctor_text_describe (MmpCheckResult *result);

G_END_DECLS
