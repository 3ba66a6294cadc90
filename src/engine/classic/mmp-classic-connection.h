/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/mmp-clock.h"
#include "rtc/mmp-peer.h"
#include "tunnel/mmp-pump.h"

G_BEGIN_DECLS

/* What may wait for a socket. The form has no credit, so whoever reads slower than the other side sends loses the
 * connection at this size, and nothing else does. */
#define MMP_CLASSIC_BACKLOG_MAX (16 * 1024 * 1024)

/**
 * MmpClassicConnection:
 *
 * Joins one TCP connection and one data channel. An empty message is the end of a direction. I/O thread.
 */
typedef struct _MmpClassicConnection MmpClassicConnection;

/**
 * MmpClassicConnectionFunc:
 * @error: (nullable): %NULL if both directions came to their end; else why not, which is worth telling only if it is
 *   %MMP_ERROR_LIMIT
 *
 * It is over; never from inside a function of it. It is to be freed from here.
 */
typedef void (*MmpClassicConnectionFunc) (MmpClassicConnection *self,
                                          const GError *error,
                                          gpointer user_data);

MmpClassicConnection *mmp_classic_connection_new (MmpPeer *peer,
                                                  guint channel,
                                                  MmpClock *clock,
                                                  MmpClassicConnectionFunc over,
                                                  gpointer user_data);
void mmp_classic_connection_free (MmpClassicConnection *self);
void mmp_classic_connection_connect (MmpClassicConnection *self,
                                     int fd,
                                     GMainContext *context);
void mmp_classic_connection_open (MmpClassicConnection *self);
void mmp_classic_connection_receive (MmpClassicConnection *self,
                                     GBytes *message);
void mmp_classic_connection_send (MmpClassicConnection *self);
void mmp_classic_connection_closed (MmpClassicConnection *self,
                                    gboolean overflowed);
void mmp_classic_connection_fail (MmpClassicConnection *self,
                                  GError *error);
guint mmp_classic_connection_get_channel (MmpClassicConnection *self);
guint64 mmp_classic_connection_get_sent (MmpClassicConnection *self);
guint64 mmp_classic_connection_get_received (MmpClassicConnection *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpClassicConnection, mmp_classic_connection_free)

G_END_DECLS
