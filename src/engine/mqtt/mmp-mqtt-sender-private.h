/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "mqtt/mmp-mqtt-message.h"
#include "mqtt/mmp-mqtt-packet.h"

G_BEGIN_DECLS

/**
 * MmpMqttSender:
 *
 * The bytes that a connection has for its broker, in order: messages, acknowledgements, and whatever else is appended; and
 * which messages are under way. libmosquitto could publish, too, but with eight system calls for each message.
 */
typedef struct _MmpMqttSender MmpMqttSender;

/* The lowest packet id of a message. Those below are libmosquitto's, for subscriptions. */
#define MMP_MQTT_SENDER_ID_MIN 0x8000

MmpMqttSender *mmp_mqtt_sender_new (gboolean v5,
                                    guint send_max);
void mmp_mqtt_sender_free (MmpMqttSender *self);
void mmp_mqtt_sender_limit (MmpMqttSender *self,
                            guint receive_max,
                            int max_qos,
                            gboolean retains);

int mmp_mqtt_sender_get_next_id (MmpMqttSender *self);
gboolean mmp_mqtt_sender_publish (MmpMqttSender *self,
                                  const MmpMqttMessage *message,
                                  int *id,
                                  GError **error);
gboolean mmp_mqtt_sender_answered (MmpMqttSender *self,
                                   const guint8 *data,
                                   const MmpMqttPacket *packet,
                                   int *id,
                                   int *code,
                                   GError **error);
void mmp_mqtt_sender_acknowledge (MmpMqttSender *self,
                                  guint16 id);
guint mmp_mqtt_sender_count_acknowledgements (MmpMqttSender *self);

void mmp_mqtt_sender_append (MmpMqttSender *self,
                             const guint8 *data,
                             gsize size);
gboolean mmp_mqtt_sender_has_output (MmpMqttSender *self);
gsize mmp_mqtt_sender_drain (MmpMqttSender *self,
                             guint8 *data,
                             gsize size);
gboolean mmp_mqtt_sender_next_written (MmpMqttSender *self,
                                       int *id);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpMqttSender, mmp_mqtt_sender_free)

G_END_DECLS
