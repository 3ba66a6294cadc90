/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "session/mmp-dialer.h"

G_BEGIN_DECLS

/**
 * MmpGreeting:
 *
 * One handshake of an initiator: HS1, where it goes, and what of all that comes back is HS2. Single owner.
 */
typedef struct _MmpGreeting MmpGreeting;

MmpGreeting *mmp_greeting_new (const MmpDialerConfig *config,
                               GError **error);
void mmp_greeting_free (MmpGreeting *self);
GBytes *mmp_greeting_get_hs1 (MmpGreeting *self);
const char *mmp_greeting_get_topic_in (MmpGreeting *self);
const char *mmp_greeting_get_topic_out (MmpGreeting *self);
MmpTransport *mmp_greeting_try_answer (MmpGreeting *self,
                                       const char *topic,
                                       GBytes *message,
                                       gint64 now);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpGreeting, mmp_greeting_free)

G_END_DECLS
