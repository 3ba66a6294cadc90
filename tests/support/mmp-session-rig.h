/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/mmp-context.h"
#include "base/mmp-limits.h"
#include "mqtt/mmp-mqtt-client.h"
#include "session/mmp-acceptor.h"
#include "session/mmp-dialer.h"

#include "mmp-mosquitto.h"
#include "mmp-test-trust.h"
#include "mmp-test.h"

G_BEGIN_DECLS

/* Waits for an event with a deadline in real time, while @pace of the rig's time passes in each turn of about 10 ms. What
 * is slow in the real world, such as the broker, must not seem dead. */
#define mmp_rig_await(rig, condition)                                  \
  G_STMT_START                                                         \
  {                                                                    \
    MmpTestDeadline deadline_ = mmp_test_deadline ();                  \
    while (!(condition))                                               \
      {                                                                \
        mmp_test_iterate (&deadline_, #condition, __FILE__, __LINE__); \
        mmp_rig_pass_time ((rig)->clock, (rig)->pace);                 \
      }                                                                \
  }                                                                    \
  G_STMT_END

/* What a test of sessions needs: a real broker, an I/O thread, and time that the test lets pass */
typedef struct
{
  MmpMosquitto *mosquitto;
  MmpIoThread *thread;
  GMainContext *io;
  MmpClock *clock; /* virtual */
  gint64 pace; /* microseconds; may be changed */
  GPtrArray *brokers; /* MmpMqttBroker; may be changed */
  gboolean unlimited; /* how much streams may use of them; may be changed before somebody starts */
} MmpRig;

/* A listener, and what it told */
typedef struct
{
  MmpAcceptor *acceptor;
  MmpKeyPair *key_pair;
  MmpTestTrust *trust;
  MmpAcceptorState state;
  GError *cause;
  gboolean knows_links;
  GPtrArray *sessions; /* MmpSession */
  gboolean resumed;
  guint n_requests;
  guint n_requests_gone;
  guint n_invited;
  MmpPublicKey device; /* of the last request or invitation */
  char *name;
} MmpRigListener;

/* An initiator, and what it told */
typedef struct
{
  MmpDialer *dialer;
  MmpKeyPair *key_pair;
  MmpDialerState state;
  GError *cause;
  guint retry;
  GPtrArray *sessions; /* MmpSession */
  gboolean resumed;
  guint n_linked;
} MmpRigCaller;

/* Whoever uses a session on the I/O thread, and what it got, as seen on control */
typedef struct
{
  MmpSession *session;
  GPtrArray *received; /* char*, control */
  gboolean closed; /* control */
} MmpRigUser;

/* Somebody who reads everything on the broker */
typedef struct
{
  MmpMqttClient *client;
  gboolean subscribed;
  guint n_offers;
  guint n_answers;
} MmpRigSpy;

void mmp_rig_pass_time (MmpClock *clock, gint64 duration);
MmpMqttBroker *mmp_rig_broker_at (guint port);
gboolean mmp_rig_set_up (MmpRig *rig);
void mmp_rig_tear_down (MmpRig *rig);
void mmp_rig_listener_start (MmpRig *rig, MmpRigListener *listener, MmpTrustMode mode);
void mmp_rig_listener_await_ready (MmpRig *rig, MmpRigListener *listener);
void mmp_rig_listener_stop (MmpRigListener *listener);
void mmp_rig_listener_clear (MmpRigListener *listener);
MmpSession *mmp_rig_listener_last (MmpRigListener *listener);
void mmp_rig_caller_init (MmpRigCaller *caller);
const MmpPublicKey *mmp_rig_caller_key (MmpRigCaller *caller);
void mmp_rig_caller_start (MmpRig *rig, MmpRigCaller *caller, const MmpPublicKey *listener, const guint8 *invitation);
void mmp_rig_caller_stop (MmpRigCaller *caller);
void mmp_rig_caller_clear (MmpRigCaller *caller);
MmpSession *mmp_rig_caller_last (MmpRigCaller *caller);
void mmp_rig_call (MmpRig *rig, MmpRigCaller *caller, MmpRigListener *listener);
void mmp_rig_link_up (MmpRig *rig, MmpRigListener *listener, MmpRigCaller *caller);
MmpRigUser *mmp_rig_user_new (MmpRig *rig, MmpSession *session);
void mmp_rig_user_send (MmpRig *rig, MmpRigUser *user, const char *text);
void mmp_rig_user_free (MmpRigUser *user);
void mmp_rig_spy_start (MmpRig *rig, MmpRigSpy *spy);
void mmp_rig_spy_stop (MmpRigSpy *spy);

G_END_DECLS
