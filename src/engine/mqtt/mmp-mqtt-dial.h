/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "mqtt/mmp-mqtt-broker.h"

G_BEGIN_DECLS

/**
 * MmpMqttDial:
 *
 * One attempt to reach a broker: name look-up, TCP and, where asked for, TLS, in a thread of its own, so that nothing
 * of it blocks a context. The thread holds all that it needs and never touches the caller.
 */
typedef struct _MmpMqttDial MmpMqttDial;

/**
 * MmpMqttDialFunc:
 * @stream: (transfer none) (nullable): the way to the broker
 * @error: (nullable): why there is none
 *
 * The end of an attempt, called once on the context, and never after mmp_mqtt_dial_cancel().
 */
typedef void (*MmpMqttDialFunc) (GIOStream *stream,
                                 const GError *error,
                                 gpointer user_data);

MmpMqttDial *mmp_mqtt_dial_new (GMainContext *context,
                                MmpMqttBroker *broker,
                                MmpMqttDialFunc func,
                                gpointer user_data);
void mmp_mqtt_dial_cancel (MmpMqttDial *self);
GError *mmp_mqtt_dial_get_delay (MmpMqttDial *self);

G_END_DECLS
