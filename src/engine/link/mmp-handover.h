/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "link/mmp-link.h"
#include "rtc/mmp-peer.h"

G_BEGIN_DECLS

/**
 * MmpHandover:
 *
 * The direct carriers of one link, newest first. A newer one is attached beside the older ones, and these are ended when
 * the newer one has carried for long enough that the other side has changed over too. Control thread; what is done to the link
 * happens on its own.
 */
typedef struct _MmpHandover MmpHandover;

MmpHandover *mmp_handover_new (MmpLink *link,
                               GMainContext *io);
void mmp_handover_free (MmpHandover *self);
void mmp_handover_end (MmpHandover *self,
                       guint64 gen);
void mmp_handover_attach (MmpHandover *self,
                          guint64 gen,
                          MmpPeer *peer,
                          const MmpCandidatePair *pair);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpHandover, mmp_handover_free)

G_END_DECLS
