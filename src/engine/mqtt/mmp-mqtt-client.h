/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "mqtt/mmp-mqtt-broker.h"

G_BEGIN_DECLS

typedef enum
{
  MMP_MQTT_STATE_STOPPED,
  MMP_MQTT_STATE_CONNECTING, /* name look-up, TCP, TLS, CONNECT under way */
  MMP_MQTT_STATE_ONLINE,
  MMP_MQTT_STATE_WAITING, /* back-off before the next try */
} MmpMqttState;

typedef struct
{
  const char *topic; /* valid during the callback */
  GBytes *payload; /* (transfer none) never NULL */
  gboolean retained;
} MmpMqttMessage;

#define MMP_TYPE_MQTT_CLIENT (mmp_mqtt_client_get_type ())

G_DECLARE_FINAL_TYPE (MmpMqttClient, mmp_mqtt_client, MMP, MQTT_CLIENT, GObject)

/**
 * MmpMqttClientFuncs:
 * @state_changed: the state changed; @cause says why a connection was lost or not had, else %NULL
 * @message: a message of a subscribed topic came
 *
 * All called on the client's context. A callback may call any function of the client, and may drop the last reference.
 */
typedef struct
{
  void (*state_changed) (MmpMqttClient *self, MmpMqttState state, const GError *cause, gpointer user_data);
  void (*message) (MmpMqttClient *self, const MmpMqttMessage *message, gpointer user_data);
} MmpMqttClientFuncs;

/* @error: NULL when granted or acknowledged; BROKER_SUBSCRIBE, BROKER_PUBLISH, BROKER_LOST, CANCELLED (client stopped) … */
typedef void (*MmpMqttDoneFunc) (MmpMqttClient *self, const GError *error, gpointer user_data);

/**
 * MmpMqttClient:
 *
 * An MQTT client driven by a #GMainContext: MQTT 5 with 3.1.1 as fall-back, random client id, clean start, reconnects with
 * back-off until stopped, subscribes again after each reconnect. Every function is called on the thread of its context.
 * Nothing blocks: name look-up and TCP connect run in a worker that holds what it needs and is abandoned when cancelled.
 */
MmpMqttClient *mmp_mqtt_client_new (GMainContext *context, MmpMqttBroker *broker, const MmpMqttClientFuncs *funcs, gpointer user_data);
void mmp_mqtt_client_start (MmpMqttClient *self);
void mmp_mqtt_client_stop (MmpMqttClient *self); /* DISCONNECT, then STOPPED; no callback after user_data is gone: see detach */
void mmp_mqtt_client_detach (MmpMqttClient *self); /* stop, and never call funcs again */
void mmp_mqtt_client_kick (MmpMqttClient *self); /* connect anew at once, back-off reset: the network changed */
MmpMqttState mmp_mqtt_client_get_state (MmpMqttClient *self);
gboolean mmp_mqtt_client_is_v5 (MmpMqttClient *self);

/* A subscription stays until removed and is made again after each reconnect; @done is called for the first answer only. */
void mmp_mqtt_client_subscribe (MmpMqttClient *self, const char *filter, int qos, gboolean no_local, MmpMqttDoneFunc done, gpointer user_data);
void mmp_mqtt_client_unsubscribe (MmpMqttClient *self, const char *filter);

/* Not ONLINE: BROKER_LOST at once. Queue full (messages or bytes under way): BROKER_LIMIT at once. @expiry in seconds, 0 = none (MQTT 5 only).
 * @done (nullable): QoS 0: written; QoS 1: acknowledged */
gboolean mmp_mqtt_client_publish (MmpMqttClient *self, const char *topic, GBytes *payload, int qos, gboolean retain, guint expiry, MmpMqttDoneFunc done, gpointer user_data, GError **error);
gsize mmp_mqtt_client_get_queued (MmpMqttClient *self); /* bytes given and not yet acknowledged or written */
/* Largest packet the broker said it takes, or a safe default */
gsize mmp_mqtt_client_get_max_packet (MmpMqttClient *self);

G_END_DECLS
