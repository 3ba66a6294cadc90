/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "base/mmp-waiter.h"
#include "rtc/mmp-stun.h"

G_BEGIN_DECLS

/**
 * MmpStunQuestion:
 * @to: the server
 * @method: what is asked
 * @request: made from @method if %NULL
 * @answer: (nullable): what came back
 * @ms: after how many milliseconds
 *
 * Something to ask over UDP, and what came of it.
 */
typedef struct
{
  GSocketAddress *to;
  MmpStunMethod method;
  MmpStunRequest *request;
  MmpStunAnswer *answer;
  double ms;
} MmpStunQuestion;

void mmp_stun_question_init (MmpStunQuestion *self,
                             GSocketAddress *to,
                             MmpStunMethod method);
void mmp_stun_question_clear (MmpStunQuestion *self);

/**
 * MmpStunProbe:
 *
 * A UDP socket to ask STUN and TURN servers from: all that is asked from one comes from the same port. Used by one fiber.
 */
typedef struct _MmpStunProbe MmpStunProbe;

MmpStunProbe *mmp_stun_probe_new (GSocketFamily family,
                                  MmpClock *clock,
                                  MmpWaiter *waiter,
                                  GError **error);
void mmp_stun_probe_free (MmpStunProbe *self);
gboolean mmp_stun_probe_ask (MmpStunProbe *self,
                             MmpStunQuestion *questions,
                             guint n_questions,
                             GError **error);
GSocketAddress *mmp_stun_probe_get_local_address (MmpStunProbe *self,
                                                  GSocketAddress *server);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MmpStunQuestion, mmp_stun_question_clear)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpStunProbe, mmp_stun_probe_free)

G_END_DECLS
