/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "crypto/mmp-key-pair.h"
#include "mqtt/mmp-mqtt-broker.h"
#include "session/mmp-session.h"
#include "session/mmp-trust.h"

G_BEGIN_DECLS

typedef struct
{
  GPtrArray *brokers; /* element-type MmpMqttBroker; the first for now is used until it fails, then the next */
  char *prefix;
  MmpKeyPair *key_pair;
  MmpTrust *trust;
  MmpTrustMode mode;
  char *name;
  gboolean unlimited; /* the brokers are one's own: streams may use them as they like */
  guint sessions_max; /* 0: the default, 32 */
} MmpAcceptorConfig;

typedef enum
{
  MMP_ACCEPTOR_STOPPED,
  MMP_ACCEPTOR_CONNECTING,
  MMP_ACCEPTOR_READY, /* subscribed: devices can come */
  MMP_ACCEPTOR_WAITING,
} MmpAcceptorState;

#define MMP_TYPE_ACCEPTOR (mmp_acceptor_get_type ())

G_DECLARE_FINAL_TYPE (MmpAcceptor, mmp_acceptor, MMP, ACCEPTOR, GObject)

/**
 * MmpAcceptorFuncs:
 * @resume: whether the link with this name of this device is known (asked before a hello is answered)
 * @session: a trusted device's session is established
 * @left: the device said goodbye on the newest session of this link, which it will not use again
 * @request: a stranger asks (mode ASK). Answer by mmp_acceptor_answer()
 * @request_gone: the stranger does not wait any more
 * @invited: a device became trusted through an invitation
 *
 * Called on control.
 */
typedef struct
{
  void (*state) (MmpAcceptor *self, MmpAcceptorState state, const GError *cause, guint retry, gpointer user_data);
  gboolean (*resume) (MmpAcceptor *self, const MmpPublicKey *device, const guint8 link_name[MMP_LINK_NAME_SIZE], gpointer user_data);
  void (*session) (MmpAcceptor *self, MmpSession *session, gboolean resumed, gpointer user_data);
  void (*left) (MmpAcceptor *self, const MmpPublicKey *device, const guint8 link_name[MMP_LINK_NAME_SIZE], gpointer user_data);
  void (*request) (MmpAcceptor *self, const MmpPublicKey *device, const char *name, gpointer user_data);
  void (*request_gone) (MmpAcceptor *self, const MmpPublicKey *device, gpointer user_data);
  void (*invited) (MmpAcceptor *self, const MmpPublicKey *device, const char *name, gpointer user_data);
} MmpAcceptorFuncs;

typedef enum
{
  MMP_ANSWER_TRUST, /* the caller has put it into the list already */
  MMP_ANSWER_BLOCK, /* likewise */
  MMP_ANSWER_NOT_NOW,
} MmpAnswer;

/**
 * MmpAcceptor:
 *
 * The listener's side of the rendezvous: greets devices by the order of checks and within the limits of PROTOCOL.md. Control thread.
 */
MmpAcceptor *mmp_acceptor_new (const MmpAcceptorConfig *config /* copied */, GMainContext *io, const MmpAcceptorFuncs *funcs, gpointer user_data);
void mmp_acceptor_start (MmpAcceptor *self);
void mmp_acceptor_stop (MmpAcceptor *self);
void mmp_acceptor_kick (MmpAcceptor *self);
void mmp_acceptor_answer (MmpAcceptor *self, const MmpPublicKey *device, MmpAnswer answer);
void mmp_acceptor_drop (MmpAcceptor *self, const MmpPublicKey *device); /* it is not trusted any more: bye to all its sessions */

G_END_DECLS
