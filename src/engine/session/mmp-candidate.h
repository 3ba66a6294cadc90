/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

gboolean mmp_candidate_passes (const char *candidate,
                               gboolean allow_loopback);
char *mmp_candidate_dup_lent_address (const char *candidate);

G_END_DECLS
