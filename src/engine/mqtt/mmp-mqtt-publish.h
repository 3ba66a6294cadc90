/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "mqtt/mmp-mqtt-message.h"
#include "mqtt/mmp-mqtt-packet.h"

G_BEGIN_DECLS

/**
 * MmpMqttPublish:
 * @topic: (array length=topic_length): where it was published; no 0 behind it
 * @id: packet id; 0 for QoS 0
 * @repeated: it may have come before
 * @properties: (array length=properties_size): as mmp_mqtt_properties_decode() takes them
 *
 * A PUBLISH packet taken apart; everything points into the packet.
 */
typedef struct
{
  const char *topic;
  gsize topic_length;
  guint16 id;
  int qos;
  gboolean retained;
  gboolean repeated;
  const guint8 *properties;
  gsize properties_size;
  const guint8 *payload;
  gsize payload_size;
} MmpMqttPublish;

gboolean mmp_mqtt_publish_decode (const guint8 *data,
                                  gsize size,
                                  const MmpMqttPacket *packet,
                                  gboolean v5,
                                  MmpMqttPublish *publish,
                                  GError **error);
gboolean mmp_mqtt_publish_is_possible (const MmpMqttMessage *message);
void mmp_mqtt_publish_encode (const MmpMqttMessage *message,
                              gboolean v5,
                              int id,
                              GByteArray *into);
gboolean mmp_mqtt_puback_decode (const guint8 *data,
                                 const MmpMqttPacket *packet,
                                 gboolean v5,
                                 int *id,
                                 int *code,
                                 GError **error);

G_END_DECLS
