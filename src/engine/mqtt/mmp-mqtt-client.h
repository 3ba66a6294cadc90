/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/mmp-clock.h"
#include "mqtt/mmp-mqtt-broker.h"
#include "mqtt/mmp-mqtt-message.h"

G_BEGIN_DECLS

typedef enum
{
  MMP_MQTT_STATE_STOPPED,
  MMP_MQTT_STATE_CONNECTING, /* name look-up, TCP, TLS, CONNECT under way */
  MMP_MQTT_STATE_ONLINE,
  MMP_MQTT_STATE_WAITING, /* back-off before the next try */
} MmpMqttState;

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
  void (*state_changed) (MmpMqttClient *self,
                         MmpMqttState state,
                         const GError *cause,
                         gpointer user_data);
  void (*message) (MmpMqttClient *self,
                   const MmpMqttMessage *message,
                   gpointer user_data);
} MmpMqttClientFuncs;

/**
 * MmpMqttDoneFunc:
 * @error: (nullable): %NULL when granted, written or acknowledged; else %MMP_ERROR_BROKER_SUBSCRIBE, _PUBLISH, _LOST,
 *   %MMP_ERROR_CANCELLED (the client was stopped or the subscription removed) …
 *
 * The outcome of a request, called exactly once.
 */
typedef void (*MmpMqttDoneFunc) (MmpMqttClient *self,
                                 const GError *error,
                                 gpointer user_data);

/**
 * MmpMqttClient:
 *
 * An MQTT client driven by a #GMainContext: MQTT 5 with 3.1.1 as fall-back, random client id, clean start, reconnects
 * with back-off until stopped, subscribes again after each reconnect. Every function is called on the thread of its
 * context. Nothing blocks: name look-up, TCP and TLS handshake run in a thread that is left alone when it takes too long.
 */
MmpMqttClient *mmp_mqtt_client_new (GMainContext *context,
                                    MmpMqttBroker *broker,
                                    const MmpMqttClientFuncs *funcs,
                                    gpointer user_data);
MmpMqttClient *mmp_mqtt_client_new_with_clock (GMainContext *context,
                                               MmpClock *clock,
                                               MmpMqttBroker *broker,
                                               const MmpMqttClientFuncs *funcs,
                                               gpointer user_data);
MmpMqttClient *mmp_mqtt_client_new_with_options (GMainContext *context,
                                                 MmpClock *clock,
                                                 MmpMqttBroker *broker,
                                                 const MmpMqttOptions *options,
                                                 const MmpMqttClientFuncs *funcs,
                                                 gpointer user_data);
void mmp_mqtt_client_start (MmpMqttClient *self);
void mmp_mqtt_client_stop (MmpMqttClient *self);
void mmp_mqtt_client_detach (MmpMqttClient *self);
void mmp_mqtt_client_kick (MmpMqttClient *self);
MmpMqttState mmp_mqtt_client_get_state (MmpMqttClient *self);
gboolean mmp_mqtt_client_is_v5 (MmpMqttClient *self);
gboolean mmp_mqtt_client_is_resumed (MmpMqttClient *self);
void mmp_mqtt_client_set_paused (MmpMqttClient *self,
                                 gboolean paused);
void mmp_mqtt_client_acknowledge (MmpMqttClient *self,
                                  guint16 id);

void mmp_mqtt_client_subscribe (MmpMqttClient *self,
                                const char *filter,
                                int qos,
                                MmpMqttSubscribeFlags flags,
                                MmpMqttDoneFunc done,
                                gpointer user_data);
void mmp_mqtt_client_unsubscribe (MmpMqttClient *self,
                                  const char *filter);

gboolean mmp_mqtt_client_publish (MmpMqttClient *self,
                                  const char *topic,
                                  GBytes *payload,
                                  int qos,
                                  gboolean retain,
                                  guint expiry,
                                  MmpMqttDoneFunc done,
                                  gpointer user_data,
                                  GError **error);
gboolean mmp_mqtt_client_publish_message (MmpMqttClient *self,
                                          const MmpMqttMessage *message,
                                          MmpMqttDoneFunc done,
                                          gpointer user_data,
                                          GError **error);
gsize mmp_mqtt_client_get_queued (MmpMqttClient *self);
guint mmp_mqtt_client_count_free (MmpMqttClient *self);
gboolean mmp_mqtt_client_has_room_for (MmpMqttClient *self,
                                       const MmpMqttMessage *message);
gsize mmp_mqtt_client_get_max_packet (MmpMqttClient *self);

G_END_DECLS
