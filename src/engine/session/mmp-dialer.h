/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "crypto/mmp-key-pair.h"
#include "mqtt/mmp-mqtt-broker.h"
#include "session/mmp-session.h"

G_BEGIN_DECLS

/**
 * MmpDialerConfig:
 * @brokers: (element-type MmpMqttBroker): tried in order, at least one
 * @prefix: topic prefix, default "sig"
 * @invitation: (nullable): MMP_INVITATION_SIZE bytes
 * @name: what this device calls itself
 * @unlimited: the brokers are one's own: streams may use them as they like
 */
typedef struct
{
  GPtrArray *brokers;
  char *prefix;
  MmpKeyPair *key_pair;
  MmpPublicKey listener;
  guint8 *invitation;
  char *name;
  gboolean unlimited;
  guint8 link_name[MMP_LINK_NAME_SIZE];
} MmpDialerConfig;

typedef enum
{
  MMP_DIALER_STOPPED,
  MMP_DIALER_CONNECTING, /* to the broker */
  MMP_DIALER_GREETING, /* HS1 was sent */
  MMP_DIALER_PENDING, /* a person at the other side decides */
  MMP_DIALER_LINKED,
  MMP_DIALER_WAITING, /* back-off; the cause is given with the change */
} MmpDialerState;

#define MMP_TYPE_DIALER (mmp_dialer_get_type ())

G_DECLARE_FINAL_TYPE (MmpDialer, mmp_dialer, MMP, DIALER, GObject)

/**
 * MmpDialerFuncs:
 * @state: @cause (nullable) is why; @retry is seconds until the next try when WAITING, else 0
 * @session: a session is established. @resumed FALSE: the other side does not know this link (any more)
 *
 * Called on control.
 */
typedef struct
{
  void (*state) (MmpDialer *self, MmpDialerState state, const GError *cause, guint retry, gpointer user_data);
  void (*session) (MmpDialer *self, MmpSession *session, gboolean resumed, gpointer user_data);
} MmpDialerFuncs;

/**
 * MmpDialer:
 *
 * The initiator's side of the rendezvous: keeps a session with one listener alive through a broker. Control thread.
 */
MmpDialer *mmp_dialer_new (const MmpDialerConfig *config /* copied */, GMainContext *io, const MmpDialerFuncs *funcs, gpointer user_data);
void mmp_dialer_start (MmpDialer *self);
void mmp_dialer_stop (MmpDialer *self); /* says bye, then no callback any more */
void mmp_dialer_kick (MmpDialer *self); /* the network changed or a carrier stalled: reconnect the broker, greet anew if needed */

MmpDialerConfig *mmp_dialer_config_copy (const MmpDialerConfig *self);
void mmp_dialer_config_free (MmpDialerConfig *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpDialerConfig, mmp_dialer_config_free)

G_END_DECLS
