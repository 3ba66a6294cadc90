/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * MmpBackoff:
 * @first: the first wait, in microseconds
 * @factor: what each further wait is multiplied by, at least 1
 * @max: the longest wait before jitter, in microseconds
 * @next: the next wait before jitter; 0 means @first
 *
 * How long to wait before trying again: growing, and never the same for two devices that lost the same broker at the
 * same time. A plain value: `MmpBackoff backoff = { .first = MMP_SECONDS (1), .factor = 2, .max = MMP_SECONDS (60) };`
 */
typedef struct
{
  gint64 first;
  double factor;
  gint64 max;
  gint64 next;
} MmpBackoff;

gint64 mmp_backoff_next (MmpBackoff *self);
void mmp_backoff_reset (MmpBackoff *self);

G_END_DECLS
