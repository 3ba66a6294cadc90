/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What a machine can do to a program: a disk that fills up, files that may not be touched, a clock that jumps */

void mmp_hardship_init (void);
const char *mmp_hardship_get_small_disk (void);
void mmp_hardship_fill_disk (gboolean full);
gboolean mmp_hardship_obey_permissions (gboolean obey);
void mmp_hardship_shift_clock (gint64 seconds);

G_END_DECLS
