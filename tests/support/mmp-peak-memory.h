/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

glong mmp_test_peak_memory (void);
void mmp_test_assert_memory (glong before);

G_END_DECLS
