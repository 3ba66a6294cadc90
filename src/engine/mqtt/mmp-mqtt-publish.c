/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mqtt/mmp-mqtt-publish.h"

#include "base/mmp-error.h"
#include "mqtt/mmp-mqtt-topic.h"

#define VARINT_MAX 4

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
