/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/mmp-clock.h"
#include "base/mmp-context.h"
#include "mmp-test-trust.h"
#include "mmp-test.h"
#include "session/mmp-acceptor.h"
#include "session/mmp-dialer.h"

G_BEGIN_DECLS

/* Virtual time passes five times as fast as real time; what is slow in the real world (the broker) must not seem dead. */
#define mmp_session_pair_await(self, condition)                        \
  G_STMT_START                                                         \
  {                                                                    \
    MmpTestDeadline deadline_ = mmp_test_deadline ();                  \
    mmp_session_pair_begin_turn (self);                                \
    while (!(condition))                                               \
      {                                                                \
        mmp_test_iterate (&deadline_, #condition, __FILE__, __LINE__); \
        mmp_session_pair_end_turn (self);                              \
      }                                                                \
  }                                                                    \
  G_STMT_END

typedef enum
{
  MMP_PAIR_INITIATOR,
  MMP_PAIR_LISTENER,
} MmpPairSide;

/**
 * MmpPairEnd:
 *
 * What one side sent and got. Messages are made from the side and a number, so that each can be known again.
 */
typedef struct
{
  MmpPairSide side;
  GMainContext *io;
  GPtrArray *sessions; /* MmpSession, newest last; control */

  GMutex mutex; /* for the rest */
  MmpSession *session; /* the newest */
  GQueue unsent; /* numbers that did not go out yet */
  GHashTable *received; /* number -> how often */
  guint wrong; /* not what the other side sent */
} MmpPairEnd;

/**
 * MmpSessionPair:
 *
 * A listener that trusts an initiator, both at one broker, and messages between them.
 */
typedef struct
{
  MmpIoThread *thread;
  MmpClock *clock;
  gint64 turned; /* real time up to which virtual time has passed */
  MmpKeyPair *listener_key;
  MmpKeyPair *initiator_key;
  MmpTestTrust *trust;
  MmpAcceptor *acceptor;
  MmpDialer *dialer;
  MmpAcceptorState acceptor_state;
  MmpDialerState dialer_state;
  MmpPairEnd ends[2];
} MmpSessionPair;

MmpSessionPair *mmp_session_pair_new (guint port,
                                      MmpTrustMode mode);
void mmp_session_pair_free (MmpSessionPair *self);
void mmp_session_pair_begin_turn (MmpSessionPair *self);
void mmp_session_pair_end_turn (MmpSessionPair *self);
void mmp_session_pair_link (MmpSessionPair *self);
void mmp_session_pair_send (MmpSessionPair *self,
                            MmpPairSide side,
                            guint first,
                            guint count);
gboolean mmp_session_pair_has (MmpSessionPair *self,
                               MmpPairSide side,
                               guint first,
                               guint count);
void mmp_session_pair_check (MmpSessionPair *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpSessionPair, mmp_session_pair_free)

G_END_DECLS
