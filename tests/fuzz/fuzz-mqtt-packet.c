/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mmp-limits.h"
#include "mqtt/mmp-mqtt-codec.h"
#include "mqtt/mmp-mqtt-topic.h"

#include <string.h>

/* What a broker sends, from its greeting on, through our own checks and libmosquitto. */

static void
on_greeted (gsize max_packet,
            gboolean resumed,
            gpointer user_data)
{
  gboolean *greeted = user_data;

  *greeted = TRUE;
}

static void
on_message (const MmpMqttMessage *message,
            gpointer user_data)
{
  g_assert (mmp_mqtt_topic_is_name (message->topic, strlen (message->topic)));
  g_assert (g_bytes_get_size (message->payload) <= MMP_MQTT_PACKET_MAX);
  g_assert (message->qos == 0 || message->id != 0);
}

static void
on_answer (int id,
           int code,
           gpointer user_data)
{
  g_assert (id > 0);
}

static const MmpMqttCodecFuncs funcs = { on_greeted, on_message, on_answer, on_answer };

int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize size)
{
  g_autoptr (MmpMqttBroker) broker = mmp_mqtt_broker_new ("localhost", 1, FALSE, NULL);
  g_autoptr (GBytes) payload = g_bytes_new_static ("x", 1);
  gboolean greeted = FALSE;
  const MmpMqttOptions options = { .client_id = "fuzz", .packet_max = MMP_MQTT_PACKET_MAX, .receive_max = 20, .send_max = 20 };
  g_autoptr (MmpMqttCodec) codec = mmp_mqtt_codec_new (broker, &options, size % 2 == 0, &funcs, &greeted, NULL);
  guint8 output[1024];
  int id;

  g_assert (codec != NULL);
  /* Something to answer, with the packet ids 1 and 2. */
  mmp_mqtt_codec_subscribe (codec, "a/#", 1, TRUE, &id, NULL);
  mmp_mqtt_codec_publish (codec, &(MmpMqttMessage) { .topic = "a", .payload = payload, .qos = 1 }, &id, NULL);

  while (size > 0)
    {
      MmpMqttPacket packet;

      if (!mmp_mqtt_packet_decode (data, size, greeted, MMP_MQTT_PACKET_MAX, FALSE, &packet, NULL) || packet.size == 0 || packet.size > size)
        break;
      g_assert (packet.size <= MMP_MQTT_PACKET_MAX && packet.body <= packet.size);
      if (packet.type == MMP_MQTT_PACKET_DISCONNECT || (packet.type == MMP_MQTT_PACKET_CONNACK && mmp_mqtt_packet_get_reason (data, &packet) != 0))
        break;
      if (!mmp_mqtt_codec_feed (codec, data, packet.size, &packet, NULL))
        break;
      if (mmp_mqtt_codec_drain (codec, output, sizeof output, NULL) < 0)
        break;
      data += packet.size;
      size -= packet.size;
    }

  return 0;
}
