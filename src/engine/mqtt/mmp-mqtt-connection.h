/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/mmp-clock.h"
#include "mqtt/mmp-mqtt-broker.h"
#include "mqtt/mmp-mqtt-codec.h"

G_BEGIN_DECLS

/**
 * MmpMqttConnection:
 *
 * One connection to a broker, from the dialling to the end, never used again. It moves bytes between the network and a
 * #MmpMqttCodec and lets nothing pass that is too large or out of place. It belongs to the thread of its context.
 */
typedef struct _MmpMqttConnection MmpMqttConnection;

/**
 * MmpMqttConnectionFuncs:
 * @codec: what the broker says
 * @ended: the connection is over, after mmp_mqtt_connection_finish() or by itself; called once and last
 *
 * Called on the context, never from inside a request. Any function of the connection may be called in there.
 */
typedef struct
{
  MmpMqttCodecFuncs codec;
  void (*ended) (const GError *cause,
                 gpointer user_data);
} MmpMqttConnectionFuncs;

MmpMqttConnection *mmp_mqtt_connection_new (GMainContext *context,
                                            MmpClock *clock,
                                            MmpMqttBroker *broker,
                                            const MmpMqttOptions *options,
                                            gboolean v5,
                                            const MmpMqttConnectionFuncs *funcs,
                                            gpointer user_data);
void mmp_mqtt_connection_finish (MmpMqttConnection *self);
void mmp_mqtt_connection_leave (MmpMqttConnection *self);
void mmp_mqtt_connection_abandon (MmpMqttConnection *self);
gboolean mmp_mqtt_connection_wants_older (MmpMqttConnection *self);
gboolean mmp_mqtt_connection_was_answered (MmpMqttConnection *self);

void mmp_mqtt_connection_set_paused (MmpMqttConnection *self,
                                     gboolean paused);

MmpMqttCodec *mmp_mqtt_connection_use (MmpMqttConnection *self);

G_END_DECLS
