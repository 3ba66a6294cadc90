/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/mmp-clock.h"
#include "mqtt/mmp-mqtt-message.h"

G_BEGIN_DECLS

/**
 * MmpPresence:
 *
 * Whether the other device is there, as far as a portal knows, and what came by the other way while it was not: that comes
 * once more when it is back. Belongs to the I/O thread.
 */
typedef struct _MmpPresence MmpPresence;

/* It came or went. */
typedef void (*MmpPresenceFunc) (gboolean present,
                                 gpointer user_data);

MmpPresence *mmp_presence_new (MmpClock *clock,
                               gint64 patience,
                               MmpPresenceFunc func,
                               gpointer user_data);
void mmp_presence_free (MmpPresence *self);
void mmp_presence_stay_away (MmpPresence *self);
gboolean mmp_presence_get (MmpPresence *self);
void mmp_presence_seen (MmpPresence *self,
                        gboolean seen);
void mmp_presence_begin (MmpPresence *self,
                         gboolean resumed);
void mmp_presence_caught_up (MmpPresence *self);
gboolean mmp_presence_note (MmpPresence *self,
                            const char *topic,
                            GBytes *payload);
gboolean mmp_presence_is_copy (MmpPresence *self,
                               const char *topic,
                               GBytes *payload);

G_END_DECLS
