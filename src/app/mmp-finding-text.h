/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "mmp.h"

G_BEGIN_DECLS

/* What an examination found, in the words of the app */

const char *mmp_finding_text_get_title (MmpExamined examined,
                                        gboolean called);
const char *mmp_finding_text_get_state (MmpFinding finding);
char *mmp_finding_text_describe (MmpExamination *examination,
                                 MmpExamined examined);
char *mmp_finding_text_get_label (MmpCheckResult *result);
char *mmp_finding_text_describe_result (MmpCheckResult *result);

G_END_DECLS
