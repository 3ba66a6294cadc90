/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/mmp-clock.h"
#include "session/mmp-acceptor.h"
#include "session/mmp-signaling.h"

G_BEGIN_DECLS

/**
 * MmpReception:
 *
 * What an acceptor does with those who come: greeting, hello, trust, invitations, requests, and room for them. The broker
 * is the acceptor's. Control thread.
 */
typedef struct _MmpReception MmpReception;

MmpReception *mmp_reception_new (MmpAcceptor *acceptor,
                                 const MmpAcceptorConfig *config,
                                 MmpSignaling *signaling,
                                 MmpClock *clock,
                                 const MmpAcceptorFuncs *funcs,
                                 gpointer user_data);
void mmp_reception_close (MmpReception *self);
void mmp_reception_free (MmpReception *self);
char *mmp_reception_get_filter (MmpReception *self);
void mmp_reception_greet (MmpReception *self,
                          const char *topic,
                          GBytes *message);
void mmp_reception_answer (MmpReception *self,
                           const MmpPublicKey *device,
                           MmpAnswer answer);
void mmp_reception_drop (MmpReception *self,
                         const MmpPublicKey *device);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpReception, mmp_reception_free)

G_END_DECLS
