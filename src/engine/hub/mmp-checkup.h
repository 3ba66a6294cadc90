/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "diagnose/mmp-diagnosis-config.h"

G_BEGIN_DECLS

gboolean mmp_checkup_set_topics (MmpDiagnosisConfig *config,
                                 const char *prefix,
                                 GError **error);

G_END_DECLS
