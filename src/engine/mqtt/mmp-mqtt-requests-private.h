/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "mqtt/mmp-mqtt-client.h"
#include "mqtt/mmp-mqtt-codec.h"

G_BEGIN_DECLS

/* What a client was asked for: its subscriptions, its publications under way, and who waits for an answer to them. Every
 * function that answers may find anything changed afterwards, since the callback may call the client. */
typedef struct _MmpMqttRequests MmpMqttRequests;

MmpMqttRequests *mmp_mqtt_requests_new (MmpMqttClient *client,
                                        guint publications_max);
void mmp_mqtt_requests_free (MmpMqttRequests *self);

void mmp_mqtt_requests_subscribe (MmpMqttRequests *self,
                                  const char *filter,
                                  int qos,
                                  MmpMqttSubscribeFlags flags,
                                  MmpMqttDoneFunc done,
                                  gpointer user_data);
gboolean mmp_mqtt_requests_unsubscribe (MmpMqttRequests *self,
                                        const char *filter);
gboolean mmp_mqtt_requests_send (MmpMqttRequests *self,
                                 gboolean all,
                                 gboolean known,
                                 MmpMqttCodec *codec);
GError *mmp_mqtt_requests_subscribed (MmpMqttRequests *self,
                                      int id,
                                      int code);
void mmp_mqtt_requests_answer_refused (MmpMqttRequests *self);

gboolean mmp_mqtt_requests_publish (MmpMqttRequests *self,
                                    MmpMqttCodec *codec,
                                    const MmpMqttMessage *message,
                                    MmpMqttDoneFunc done,
                                    gpointer user_data,
                                    GError **error);
void mmp_mqtt_requests_published (MmpMqttRequests *self,
                                  int id,
                                  int code);
gsize mmp_mqtt_requests_get_queued (MmpMqttRequests *self);
guint mmp_mqtt_requests_count_free (MmpMqttRequests *self);

void mmp_mqtt_requests_lose (MmpMqttRequests *self,
                             const char *clause);
void mmp_mqtt_requests_cancel (MmpMqttRequests *self);

G_END_DECLS
