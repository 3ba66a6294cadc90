/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mqtt/mmp-mqtt-publish.h"

#include <string.h>

#include "base/mmp-error.h"
#include "mqtt/mmp-mqtt-properties.h"
#include "mqtt/mmp-mqtt-topic.h"

#define VARINT_MAX 4
#define LENGTH_MAX 268435455 /* of what follows the fixed header */
#define HEAD_MAX 16 /* of a PUBLISH, beside topic, properties and payload */

static gboolean
fail (GError **error,
      const char *clause)
{
  g_set_error (error, MMP_ERROR, MMP_ERROR_BROKER_PROTOCOL, "the broker broke the rules of MQTT: %s", clause);

  return FALSE;
}

static gboolean
read_varint (const guint8 *data,
             gsize size,
             gsize *at,
             gsize *value)
{
  *value = 0;
  for (guint i = 0; i < VARINT_MAX && *at < size; i++)
    {
      guint8 byte = data[(*at)++];

      *value |= (gsize) (byte & 0x7f) << (7 * i);
      if ((byte & 0x80) == 0)
        return TRUE;
    }

  return FALSE;
}

/**
 * mmp_mqtt_publish_decode:
 * @data: (array length=size): the packet, or as much of it as there is: its payload may be cut short
 * @packet: what mmp_mqtt_packet_decode() said about it
 * @v5: whether MQTT 5 is spoken
 * @publish: (out): what it says (MQTT 5, section 3.3)
 * @error: return location
 *
 * Returns: FALSE with %MMP_ERROR_BROKER_PROTOCOL
 */
gboolean
mmp_mqtt_publish_decode (const guint8 *data,
                         gsize size,
                         const MmpMqttPacket *packet,
                         gboolean v5,
                         MmpMqttPublish *publish,
                         GError **error)
{
  gsize end = MIN (size, packet->size);
  gsize at = packet->body + 2;
  MmpMqttPublish found = {
    .qos = data[0] >> 1 & 3,
    .retained = (data[0] & 1) != 0,
    .repeated = (data[0] & 8) != 0,
  };

  if (at > end)
    return fail (error, "a message without a topic");
  found.topic = (const char *) data + at;
  found.topic_length = (gsize) data[at - 2] << 8 | data[at - 1];
  at += found.topic_length;
  if (at > end)
    return fail (error, "a message whose topic is longer than the message");
  /* An empty one would go with a topic alias, for which we did not ask. */
  if (!mmp_mqtt_topic_is_name (found.topic, found.topic_length))
    return fail (error, "a message with a wrong topic");

  if (found.qos > 0)
    {
      if (at + 2 > end)
        return fail (error, "a message that is too short");
      found.id = (guint16) (data[at] << 8 | data[at + 1]);
      at += 2;
      if (found.id == 0)
        return fail (error, "a message with a wrong number");
    }
  if (v5)
    {
      if (!read_varint (data, end, &at, &found.properties_size) || found.properties_size > packet->size - at)
        return fail (error, "a message with wrong properties");
      found.properties = data + at;
      at += found.properties_size;
    }
  if (at <= end)
    {
      found.payload = data + at;
      found.payload_size = end - at;
    }
  *publish = found;

  return TRUE;
}

static void
append_varint (GByteArray *into,
               gsize value)
{
  do
    {
      guint8 byte = value & 0x7f;

      value >>= 7;
      if (value > 0)
        byte |= 0x80;
      g_byte_array_append (into, &byte, 1);
    }
  while (value > 0);
}

static gsize
measure_varint (gsize value)
{
  gsize size = 1;

  while (value >>= 7)
    size++;

  return size;
}

static void
append_number (GByteArray *into,
               gsize number)
{
  g_byte_array_append (into, (const guint8[]) { (guint8) (number >> 8), (guint8) number }, 2);
}

/**
 * mmp_mqtt_publish_is_possible:
 * @message: with a topic that is one
 *
 * Returns: whether a packet can be so long
 */
gboolean
mmp_mqtt_publish_is_possible (const MmpMqttMessage *message)
{
  return strlen (message->topic) + g_bytes_get_size (message->payload) + mmp_mqtt_properties_measure (message->properties) + HEAD_MAX <= LENGTH_MAX;
}

/**
 * mmp_mqtt_publish_encode:
 * @message: one for which mmp_mqtt_publish_is_possible()
 * @v5: whether MQTT 5 is spoken; without it properties are left out
 * @id: packet id; without effect on QoS 0
 * @into: what the packet is added to (MQTT 5, section 3.3)
 */
void
mmp_mqtt_publish_encode (const MmpMqttMessage *message,
                         gboolean v5,
                         int id,
                         GByteArray *into)
{
  gsize topic_length = strlen (message->topic);
  gsize properties_size = v5 ? mmp_mqtt_properties_measure (message->properties) : 0;
  gsize payload_size;
  gconstpointer payload = g_bytes_get_data (message->payload, &payload_size);
  guint8 header = (guint8) (MMP_MQTT_PACKET_PUBLISH << 4 | message->qos << 1 | (message->retained ? 1 : 0));

  g_byte_array_append (into, &header, 1);
  append_varint (into, 2 + topic_length + (message->qos > 0 ? 2 : 0) + (v5 ? measure_varint (properties_size) + properties_size : 0) + payload_size);
  append_number (into, topic_length);
  g_byte_array_append (into, (const guint8 *) message->topic, (guint) topic_length);
  if (message->qos > 0)
    append_number (into, (gsize) id);
  if (v5)
    append_varint (into, properties_size);
  if (properties_size > 0)
    mmp_mqtt_properties_encode (message->properties, into);
  if (payload_size > 0)
    g_byte_array_append (into, payload, (guint) payload_size);
}

/**
 * mmp_mqtt_puback_decode:
 * @data: a whole PUBACK
 * @packet: what mmp_mqtt_packet_decode() said about it
 * @v5: whether MQTT 5 is spoken
 * @id: (out): of which message
 * @code: (out): reason code; 0 with MQTT 3.1.1
 * @error: return location
 *
 * What the broker says beside (MQTT 5, section 3.4.2.2) is not for anybody.
 *
 * Returns: FALSE with %MMP_ERROR_BROKER_PROTOCOL
 */
gboolean
mmp_mqtt_puback_decode (const guint8 *data,
                        const MmpMqttPacket *packet,
                        gboolean v5,
                        int *id,
                        int *code,
                        GError **error)
{
  const guint8 *body = data + packet->body;
  gsize size = packet->size - packet->body;
  gsize at = 3;
  gsize properties_size = 0;

  if (size < 2 || (!v5 && size > 2))
    return fail (error, "an acknowledgement of a wrong length");
  if (size > at && (!read_varint (body, size, &at, &properties_size) || properties_size != size - at))
    return fail (error, "an acknowledgement with wrong properties");

  *id = body[0] << 8 | body[1];
  *code = size > 2 ? body[2] : 0;

  return TRUE;
}
