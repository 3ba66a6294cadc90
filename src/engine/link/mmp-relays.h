/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "link/mmp-link.h"
#include "session/mmp-session.h"

G_BEGIN_DECLS

/**
 * MmpRelays:
 *
 * The relay carriers of one link: that of the newest session, and older ones, which are read for 10 s more. I/O thread.
 */
typedef struct _MmpRelays MmpRelays;

MmpRelays *mmp_relays_new (MmpLink *link,
                           MmpClock *clock);
void mmp_relays_free (MmpRelays *self);
void mmp_relays_retire (MmpRelays *self);
void mmp_relays_end_old (MmpRelays *self);
void mmp_relays_add (MmpRelays *self,
                     MmpSession *session);
void mmp_relays_set_streams (MmpRelays *self,
                             gboolean streams);
gboolean mmp_relays_note_lost (MmpRelays *self,
                               MmpCarrier *carrier,
                               gboolean stalled);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpRelays, mmp_relays_free)

G_END_DECLS
