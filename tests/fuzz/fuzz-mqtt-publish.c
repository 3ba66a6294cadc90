/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mmp-limits.h"
#include "mqtt/mmp-mqtt-inbox.h"
#include "mqtt/mmp-mqtt-properties.h"
#include "mqtt/mmp-mqtt-publish.h"

#include <string.h>

int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize size);

static void
take (const guint8 *data,
      gsize size,
      const MmpMqttPacket *packet)
{
  MmpMqttPublish publish;
  g_autoptr (MmpMqttProperties) properties = NULL;
  int id = -1;
  int code = -1;

  if (packet->type == MMP_MQTT_PACKET_PUBACK && mmp_mqtt_puback_decode (data, packet, packet->size % 2 == 0, &id, &code, NULL))
    g_assert (id >= 0 && id <= G_MAXUINT16 && code >= 0 && code <= G_MAXUINT8);
  if (packet->type != MMP_MQTT_PACKET_PUBLISH || !mmp_mqtt_publish_decode (data, size, packet, packet->size % 2 == 0, &publish, NULL))
    return;
  g_assert ((const guint8 *) publish.topic >= data && (const guint8 *) publish.topic + publish.topic_length <= data + size);
  g_assert (publish.payload_size == 0 || publish.payload + publish.payload_size == data + size);
  if (size == packet->size && mmp_mqtt_properties_decode (publish.properties, publish.properties_size, &properties, NULL))
    {
      g_autoptr (GByteArray) encoded = g_byte_array_new ();
      g_autoptr (MmpMqttProperties) again = NULL;

      mmp_mqtt_properties_encode (properties, encoded);
      g_assert (mmp_mqtt_properties_decode (encoded->data, encoded->len, &again, NULL));
      g_assert (mmp_mqtt_properties_measure (again) == encoded->len);
    }
}

/* What comes after the greeting, in pieces of all sizes, with a limit that is soon reached. */
int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize size)
{
  MmpMqttInbox inbox;
  gsize piece = size > 0 ? data[0] + 1u : 1;

  mmp_mqtt_inbox_init (&inbox, size % 2 == 0 ? MMP_MQTT_PACKET_MAX + 1 : 64, size % 2 == 0);
  while (size > 0)
    {
      gsize room;
      guint8 *into = mmp_mqtt_inbox_prepare (&inbox, &room);
      MmpMqttPacket packet;
      const guint8 *found;
      gsize there;

      g_assert (room > 0);
      room = MIN (MIN (room, piece), size);
      memcpy (into, data, room);
      mmp_mqtt_inbox_add (&inbox, room);
      data += room;
      size -= room;
      do
        {
          if (!mmp_mqtt_inbox_next (&inbox, TRUE, &packet, &found, &there, NULL))
            goto out;
          if (found != NULL)
            take (found, there, &packet);
        }
      while (found != NULL);
    }

out:
  mmp_mqtt_inbox_clear (&inbox);

  return 0;
}
