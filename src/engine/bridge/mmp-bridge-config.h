/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "bridge/mmp-rule.h"
#include "mqtt/mmp-mqtt-broker.h"

G_BEGIN_DECLS

/**
 * MmpBridgeConfig:
 * @local: the broker whose messages are clear
 * @remote: the other one; the same for a bridge on one broker
 * @rules: (element-type MmpRule): what goes which way
 * @directory: (nullable): where the state is kept; %NULL for nowhere, so that nothing is remembered over a start
 * @name: what tells the states of several bridges apart; any text
 * @via: (nullable): another way to the other device, for sealed messages, beside plain ones to @remote
 * @presence: (nullable): a topic that says, retained, that the other device is there: this bridge says so to @remote, or
 *   hears it at @local if @listens
 * @listens: see @presence
 * @patience: seconds for which the other device may be out of sight before it counts as away
 * @stay_away: once it is away, it stays so: nothing goes back to @remote until the next start
 * @only_v3: speak MQTT 3.1.1 only
 * @keep_session: whether brokers keep what comes while the bridge is away
 *
 * What a bridge does.
 */
typedef struct
{
  MmpMqttBroker *local;
  MmpMqttBroker *remote;
  GPtrArray *rules;
  char *directory;
  char *name;
  MmpMqttBroker *via;
  char *presence;
  gboolean listens;
  guint patience;
  gboolean stay_away;
  gboolean only_v3;
  gboolean keep_session;
} MmpBridgeConfig;

MmpBridgeConfig *mmp_bridge_config_new (MmpMqttBroker *local,
                                        MmpMqttBroker *remote);
MmpBridgeConfig *mmp_bridge_config_copy (const MmpBridgeConfig *self);
void mmp_bridge_config_free (MmpBridgeConfig *self);
gboolean mmp_bridge_config_is_on_one_broker (const MmpBridgeConfig *self);
gboolean mmp_bridge_config_check (const MmpBridgeConfig *self,
                                  GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpBridgeConfig, mmp_bridge_config_free)

G_END_DECLS
