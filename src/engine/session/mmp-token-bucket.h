/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * MmpTokenBucket:
 * @rate: tokens that come back in a second
 * @burst: tokens that it holds when full; it starts full
 *
 * How often something may happen. A plain value: `MmpTokenBucket bucket = { .rate = 1, .burst = 4 };`
 */
typedef struct
{
  double rate;
  double burst;
  double used; /* tokens taken and not yet back */
  gint64 then; /* when @used was right, in microseconds */
} MmpTokenBucket;

gboolean mmp_token_bucket_take (MmpTokenBucket *self,
                                gint64 now);
gboolean mmp_token_bucket_is_full (const MmpTokenBucket *self,
                                   gint64 now);

G_END_DECLS
