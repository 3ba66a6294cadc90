/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "mmp.h"

G_BEGIN_DECLS

const char *mmp_check_words_get_label (MmpCheck check);
const char *mmp_check_words_get_string (MmpCheckResult *result,
                                        const char *name);
char *mmp_check_words_describe (MmpCheckResult *result);
const char *mmp_check_words_describe_skipped (MmpCheck check);

G_END_DECLS
