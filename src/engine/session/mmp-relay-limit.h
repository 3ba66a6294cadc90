/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What streams may put on a broker that is not one's own: bytes and messages in a second. */
#define MMP_RELAY_LIMIT_BYTES 65536
#define MMP_RELAY_LIMIT_MESSAGES 20

/**
 * MmpRelayLimit:
 *
 * How much the streams of all sessions on one broker connection may send: two allowances that fill up steadily and hold what
 * comes in one second. Pure state: the caller says what time it is. A plain value that starts as all zero: full.
 */
typedef struct
{
  double bytes; /* used and not yet back */
  double messages;
  gint64 then; /* when that was right, in microseconds */
  gint64 paused_until;
} MmpRelayLimit;

gsize mmp_relay_limit_get_space (const MmpRelayLimit *self,
                                 gint64 now);
void mmp_relay_limit_take (MmpRelayLimit *self,
                           gsize size,
                           gint64 now);
void mmp_relay_limit_pause (MmpRelayLimit *self,
                            gint64 until);
gint64 mmp_relay_limit_get_due (const MmpRelayLimit *self,
                                gint64 now);

G_END_DECLS
