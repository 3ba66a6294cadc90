/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/mmp-clock.h"
#include "crypto/mmp-public-key.h"

G_BEGIN_DECLS

typedef enum
{
  MMP_GREETING_DROP,
  MMP_GREETING_READ, /* find out who sent it */
  MMP_GREETING_REPEAT, /* publish the same HS2 once more */
} MmpGreetingVerdict;

/* A greeting that was answered is given up: no valid DATA in time, or a newer one needs its place */
typedef void (*MmpGreetingGoneFunc) (const MmpPublicKey *ephemeral,
                                     gpointer user_data);

/**
 * MmpGreetingGuard:
 *
 * What a listener may do for greetings (HS1) that anybody can send or repeat: the order of checks and the limits of
 * PROTOCOL.md 3.4. It only says what to do; it reads no secret and sends nothing. One thread, that of its clock.
 *
 * In order: check() says whether HS1 is read. Then the caller finds out who it is from, whether that device may come at
 * all, and that HS1 is its own. admit() says whether there may be an answer now; answered() tells that there was one.
 * settled() tells that valid DATA came, forget() that the session is over.
 */
typedef struct _MmpGreetingGuard MmpGreetingGuard;

MmpGreetingGuard *mmp_greeting_guard_new (MmpClock *clock,
                                          MmpGreetingGoneFunc gone,
                                          gpointer user_data);
void mmp_greeting_guard_free (MmpGreetingGuard *self);
MmpGreetingVerdict mmp_greeting_guard_check (MmpGreetingGuard *self,
                                             const MmpPublicKey *ephemeral,
                                             GBytes *hs1,
                                             GBytes **hs2);
gboolean mmp_greeting_guard_admit (MmpGreetingGuard *self,
                                   const MmpPublicKey *device,
                                   gboolean stranger);
void mmp_greeting_guard_answered (MmpGreetingGuard *self,
                                  const MmpPublicKey *ephemeral,
                                  const MmpPublicKey *device,
                                  gboolean stranger,
                                  GBytes *hs1,
                                  GBytes *hs2);
void mmp_greeting_guard_settled (MmpGreetingGuard *self,
                                 const MmpPublicKey *ephemeral);
void mmp_greeting_guard_forget (MmpGreetingGuard *self,
                                const MmpPublicKey *ephemeral);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpGreetingGuard, mmp_greeting_guard_free)

G_END_DECLS
