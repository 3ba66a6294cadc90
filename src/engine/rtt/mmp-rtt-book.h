/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * MmpRttBook:
 *
 * Which messages are on their way. A timestamp is not taken as a time when it comes back, only as the name of a message that
 * was sent: so no clock that jumps and no message of somebody else can make a round trip up.
 */
typedef struct _MmpRttBook MmpRttBook;

typedef enum
{
  MMP_RTT_BACK, /* on time, for the first time */
  MMP_RTT_LATE, /* after it was counted as lost */
  MMP_RTT_REPEATED,
  MMP_RTT_FOREIGN, /* not sent from here, or so long ago that it is forgotten */
} MmpRttVerdict;

/**
 * MmpRttLostFunc:
 * @timestamp: of the message
 *
 * A message did not come back in time.
 */
typedef void (*MmpRttLostFunc) (gint64 timestamp,
                                gpointer user_data);

MmpRttBook *mmp_rtt_book_new (gint64 wait);
void mmp_rtt_book_free (MmpRttBook *self);
gint64 mmp_rtt_book_send (MmpRttBook *self,
                          gint64 now,
                          gint64 real_time);
void mmp_rtt_book_take_back (MmpRttBook *self,
                             gint64 timestamp);
MmpRttVerdict mmp_rtt_book_receive (MmpRttBook *self,
                                    gint64 now,
                                    gint64 timestamp,
                                    gint64 *rtt);
void mmp_rtt_book_expire (MmpRttBook *self,
                          gint64 now,
                          MmpRttLostFunc lost,
                          gpointer user_data);
guint mmp_rtt_book_get_outstanding (MmpRttBook *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpRttBook, mmp_rtt_book_free)

G_END_DECLS
