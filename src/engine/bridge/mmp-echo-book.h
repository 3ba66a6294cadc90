/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/mmp-clock.h"
#include "mqtt/mmp-mqtt-message.h"

G_BEGIN_DECLS

/**
 * MmpEchoBook:
 *
 * What was published where it will be heard, too: brokers of MQTT 3.1.1 send a client its own messages back. Each one that
 * is noted is known once when it comes back. Belongs to one thread.
 */
typedef struct _MmpEchoBook MmpEchoBook;

MmpEchoBook *mmp_echo_book_new (MmpClock *clock,
                                gint64 keep);
void mmp_echo_book_free (MmpEchoBook *self);
void mmp_echo_book_note (MmpEchoBook *self,
                         const char *topic,
                         GBytes *payload);
gboolean mmp_echo_book_take (MmpEchoBook *self,
                             const char *topic,
                             GBytes *payload);

G_END_DECLS
