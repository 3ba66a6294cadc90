/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "mqtt/mmp-mqtt-properties.h"

G_BEGIN_DECLS

/**
 * MmpMqttMessage:
 * @topic: valid during the call
 * @payload: (transfer none): never %NULL
 * @properties: (transfer none) (nullable): what MQTT 5 says beside
 * @id: of one that came: for mmp_mqtt_client_acknowledge(); 0 for QoS 0
 * @qos: 0 or 1
 * @retained: the broker keeps it, or kept it
 * @repeated: of one that came: it may have come before
 * @cut: of one that came: it was larger than what is taken; its payload was thrown away
 *
 * A message that came or is to be published.
 */
typedef struct
{
  const char *topic;
  GBytes *payload;
  MmpMqttProperties *properties;
  guint16 id;
  int qos;
  gboolean retained;
  gboolean repeated;
  gboolean cut;
} MmpMqttMessage;

/**
 * MmpMqttSubscribeFlags:
 * @MMP_MQTT_NO_LOCAL: no echo of what this client publishes
 * @MMP_MQTT_RETAIN_AS_PUBLISHED: tell of each message whether the broker keeps it
 * @MMP_MQTT_RETAINED_ONCE: what the broker kept comes with a new subscription only, not with one that is renewed
 *
 * Without effect on MQTT 3.1.1.
 */
typedef enum
{
  MMP_MQTT_NO_LOCAL = 1 << 0,
  MMP_MQTT_RETAIN_AS_PUBLISHED = 1 << 1,
  MMP_MQTT_RETAINED_ONCE = 1 << 2,
} MmpMqttSubscribeFlags;

/**
 * MmpMqttOptions:
 * @client_id: (nullable): 1 to 23 letters and digits, for a session that outlives the connection; %NULL for a random one
 * @session_expiry: seconds for which the broker keeps the session without a connection; 0 for a clean start each time
 * @packet_max: largest packet that is taken, %MMP_MQTT_PACKET_MAX at least
 * @receive_max: messages of QoS 1 that the broker may send ahead of acknowledgements
 * @send_max: messages that may be published ahead of acknowledgements
 * @manual: the caller acknowledges what comes, by mmp_mqtt_client_acknowledge(); and what is too large is cut, instead of
 *   the connection
 * @backoff_max: longest wait between two tries to connect, in microseconds; 0 for a minute
 * @only_v3: speak MQTT 3.1.1 only
 * @will_topic: (nullable): where the broker publishes, retained, an empty message when the connection breaks
 *
 * What is not the same for every client.
 */
typedef struct
{
  const char *client_id;
  guint32 session_expiry;
  gsize packet_max;
  guint16 receive_max;
  guint16 send_max;
  gboolean manual;
  gint64 backoff_max;
  gboolean only_v3;
  const char *will_topic;
} MmpMqttOptions;

G_END_DECLS
