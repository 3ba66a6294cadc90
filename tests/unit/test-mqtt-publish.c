/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mqtt/mmp-mqtt-publish.h"

#include "base/mmp-error.h"
#include "base/mmp-limits.h"
#include "mqtt/mmp-mqtt-inbox.h"
#include "mqtt/mmp-mqtt-properties.h"

#define BYTES(text) text, sizeof text - 1

static const struct
{
  const char *bytes;
  gsize size;
  gboolean v5;
  const char *payload; /* nullable: it is wrong */
} packets[] = {
  { BYTES ("\x30\x04\0\1ax"), FALSE, "x" },
  { BYTES ("\x30\x05\0\1a\0x"), TRUE, "x" },
  { BYTES ("\x3b\x06\0\1a\0\7x"), FALSE, "x" },
  { BYTES ("\x32\x05\0\1a\0\7"), FALSE, "" },
  { BYTES ("\x30\x07\0\1a\2\1\1x"), TRUE, "x" },
  { BYTES ("\x30\x01\0"), FALSE, NULL },
  { BYTES ("\x30\x02\0\0"), FALSE, NULL },
  { BYTES ("\x30\x03\0\2a"), FALSE, NULL },
  { BYTES ("\x30\x03\0\1#"), FALSE, NULL },
  { BYTES ("\x32\x04\0\1a\1"), FALSE, NULL },
  { BYTES ("\x32\x05\0\1a\0\0"), FALSE, NULL },
  { BYTES ("\x30\x03\0\1a"), TRUE, NULL },
  { BYTES ("\x30\x05\0\1a\2x"), TRUE, NULL },
  { BYTES ("\x30\x08\0\1a\xff\xff\xff\xff\1"), TRUE, NULL },
};

static void
test_publish (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (packets); i++)
    {
      const guint8 *data = (const guint8 *) packets[i].bytes;
      MmpMqttPacket packet;
      MmpMqttPublish publish = { .id = 99 };
      g_autoptr (GError) error = NULL;

      g_test_message ("packet %u", i);
      g_assert_true (mmp_mqtt_packet_decode (data, packets[i].size, TRUE, MMP_MQTT_PACKET_MAX, FALSE, &packet, NULL));
      if (mmp_mqtt_publish_decode (data, packets[i].size, &packet, packets[i].v5, &publish, &error))
        {
          g_assert_cmpmem (publish.topic, publish.topic_length, "a", 1);
          g_assert_cmpmem (publish.payload, publish.payload_size, packets[i].payload, strlen (packets[i].payload));
          g_assert_cmpint (publish.id, ==, publish.qos > 0 ? 7 : 0);
          g_assert_cmpint (publish.retained, ==, data[0] & 1);
          continue;
        }
      g_assert_null (packets[i].payload);
      g_assert_error (error, MMP_ERROR, MMP_ERROR_BROKER_PROTOCOL);
      g_assert_cmpint (publish.id, ==, 99);
    }
}

static const struct
{
  const char *bytes;
  gsize size;
  gboolean good;
  gsize kept; /* bytes of it that are for others */
} properties[] = {
  { BYTES (""), TRUE, 0 },
  { BYTES ("\1\0"), TRUE, 2 },
  { BYTES ("\1\2"), FALSE, 0 },
  { BYTES ("\1"), FALSE, 0 },
  { BYTES ("\2\0\0\0\x3c"), TRUE, 5 },
  { BYTES ("\2\0\0\0\0"), TRUE, 5 },
  { BYTES ("\2\0\0\0"), FALSE, 0 },
  { BYTES ("\3\0\1t"), TRUE, 4 },
  { BYTES ("\3\0\2t"), FALSE, 0 },
  { BYTES ("\3\0\1\xff"), FALSE, 0 },
  { BYTES ("\x08\0\1r"), TRUE, 4 },
  { BYTES ("\x08\0\1#"), FALSE, 0 },
  { BYTES ("\x08\0\0"), FALSE, 0 },
  { BYTES ("\x09\0\2\0\xff"), TRUE, 5 },
  { BYTES ("\x26\0\1k\0\1v\x26\0\1k\0\1v"), TRUE, 14 },
  { BYTES ("\x26\0\1k\0"), FALSE, 0 },
  { BYTES ("\x26\0\1k\0\1\x00"), FALSE, 0 },
  { BYTES ("\x0b\x80\1"), TRUE, 0 },
  { BYTES ("\x0b\x80"), FALSE, 0 },
  { BYTES ("\x0b\x80\x80\x80\x80\1"), FALSE, 0 },
  { BYTES ("\x23\0\1"), TRUE, 0 },
  { BYTES ("\x23\0"), FALSE, 0 },
  { BYTES ("\x11\0\0\0\1"), FALSE, 0 },
  { BYTES ("\xff"), FALSE, 0 },
};

static void
test_properties (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (properties); i++)
    {
      g_autoptr (MmpMqttProperties) found = NULL;
      g_autoptr (MmpMqttProperties) copy = NULL;
      g_autoptr (GByteArray) encoded = g_byte_array_new ();
      g_autoptr (GError) error = NULL;

      g_test_message ("properties %u", i);
      g_assert_cmpint (mmp_mqtt_properties_decode ((const guint8 *) properties[i].bytes, properties[i].size, &found, &error), ==, properties[i].good);
      g_assert_true ((error == NULL) == properties[i].good);
      g_assert_cmpuint (mmp_mqtt_properties_measure (found), ==, properties[i].kept);
      copy = mmp_mqtt_properties_copy (found);
      mmp_mqtt_properties_encode (copy, encoded);
      if (properties[i].kept == properties[i].size && properties[i].bytes[0] != 2)
        g_assert_cmpmem (encoded->data, encoded->len, properties[i].bytes, properties[i].size);
    }
}

/* One read of at most this many bytes */
static gsize
feed (MmpMqttInbox *inbox,
      const guint8 *data,
      gsize size)
{
  gsize room;
  guint8 *into = mmp_mqtt_inbox_prepare (inbox, &room);

  g_assert_cmpuint (room, >, 0);
  room = MIN (room, size);
  memcpy (into, data, room);
  mmp_mqtt_inbox_add (inbox, room);

  return room;
}

/* A message that is too large, in the middle of others: its beginning comes, and the next one is found. */
static void
test_cut (void)
{
  MmpMqttInbox inbox;
  g_autofree guint8 *large = g_malloc0 (600000);
  MmpMqttPacket packet;
  const guint8 *data;
  gsize size;
  gsize fed = 0;

  mmp_mqtt_inbox_init (&inbox, MMP_BRIDGE_PACKET_MAX, TRUE);
  memcpy (large, "\x32\xbc\xcf\x24\0\1a\0\7", 9); /* 599,996 bytes more */
  for (data = NULL; data == NULL;)
    {
      fed += feed (&inbox, large + fed, 10000);
      g_assert_true (mmp_mqtt_inbox_next (&inbox, TRUE, &packet, &data, &size, NULL));
    }
  g_assert_cmpuint (packet.size, ==, 600000);
  g_assert_cmpuint (size, <, 80000);
  while (fed < 600000)
    {
      g_assert_true (mmp_mqtt_inbox_next (&inbox, TRUE, &packet, &data, &size, NULL));
      g_assert_null (data);
      fed += feed (&inbox, large + fed, MIN (10000, 600000 - fed));
    }
  feed (&inbox, (const guint8 *) "\x30\x04\0\1bx", 6);
  g_assert_true (mmp_mqtt_inbox_next (&inbox, TRUE, &packet, &data, &size, NULL));
  g_assert_cmpmem (data, size, "\x30\x04\0\1bx", 6);
  g_assert_true (mmp_mqtt_inbox_next (&inbox, TRUE, &packet, &data, &size, NULL));
  g_assert_null (data);
  mmp_mqtt_inbox_clear (&inbox);
}

static void
test_not_cut (void)
{
  MmpMqttInbox inbox;
  MmpMqttPacket packet;
  const guint8 *data;
  gsize size;
  g_autoptr (GError) error = NULL;

  mmp_mqtt_inbox_init (&inbox, MMP_MQTT_PACKET_MAX, FALSE);
  feed (&inbox, (const guint8 *) "\x32\xbc\xcf\x24\0\1a\0\7", 9);
  g_assert_false (mmp_mqtt_inbox_next (&inbox, TRUE, &packet, &data, &size, &error));
  g_assert_error (error, MMP_ERROR, MMP_ERROR_BROKER_LIMIT);
  mmp_mqtt_inbox_clear (&inbox);
}

static const struct
{
  const char *topic;
  gsize payload;
  int qos;
  gboolean retained;
  gboolean v5;
  gboolean stamped;
} messages[] = {
  { "a", 0, 0, FALSE, FALSE, FALSE },
  { "a", 1, 1, TRUE, FALSE, FALSE },
  { "a/b", 122, 0, FALSE, TRUE, FALSE },
  { "a/b", 123, 1, FALSE, TRUE, TRUE },
  { "a/b", 16383, 1, TRUE, TRUE, TRUE },
  { "a/b", 20000, 1, TRUE, FALSE, TRUE },
};

/* What goes out is understood as what comes in. */
static void
test_encode (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (messages); i++)
    {
      g_autofree guint8 *bytes = g_malloc0 (messages[i].payload + 1);
      g_autoptr (GBytes) payload = g_bytes_new (bytes, messages[i].payload);
      g_autoptr (MmpMqttProperties) stamp = mmp_mqtt_properties_new ();
      g_autoptr (MmpMqttProperties) found = NULL;
      g_autoptr (GByteArray) into = g_byte_array_new ();
      const MmpMqttMessage message = {
        .topic = messages[i].topic,
        .payload = payload,
        .properties = messages[i].stamped ? stamp : NULL,
        .qos = messages[i].qos,
        .retained = messages[i].retained,
      };
      MmpMqttPacket packet;
      MmpMqttPublish publish;

      g_test_message ("message %u", i);
      mmp_mqtt_properties_add_user (stamp, "key", "value");
      stamp->expiry = 60;
      g_assert_true (mmp_mqtt_publish_is_possible (&message));
      mmp_mqtt_publish_encode (&message, messages[i].v5, 0x8001, into);
      g_assert_true (mmp_mqtt_packet_decode (into->data, into->len, TRUE, MMP_MQTT_PACKET_MAX, FALSE, &packet, NULL));
      g_assert_cmpuint (packet.size, ==, into->len);
      g_assert_true (mmp_mqtt_publish_decode (into->data, into->len, &packet, messages[i].v5, &publish, NULL));
      g_assert_cmpmem (publish.topic, publish.topic_length, message.topic, strlen (message.topic));
      g_assert_cmpmem (publish.payload, publish.payload_size, bytes, messages[i].payload);
      g_assert_cmpint (publish.id, ==, message.qos > 0 ? 0x8001 : 0);
      g_assert_cmpint (publish.retained, ==, message.retained);
      g_assert_true (mmp_mqtt_properties_decode (publish.properties, publish.properties_size, &found, NULL));
      g_assert_cmpint (mmp_mqtt_properties_has_user (found, "key", "value"), ==, messages[i].v5 && messages[i].stamped);
    }
}

static const struct
{
  const char *bytes;
  gsize size;
  gboolean v5;
  int code; /* -1: it is wrong */
} acknowledgements[] = {
  { BYTES ("\x40\x02\x80\1"), FALSE, 0 },
  { BYTES ("\x40\x02\x80\1"), TRUE, 0 },
  { BYTES ("\x40\x03\x80\1\x87"), TRUE, 0x87 },
  { BYTES ("\x40\x04\x80\1\x10\0"), TRUE, 0x10 },
  { BYTES ("\x40\x08\x80\1\x97\4\x1f\0\1t"), TRUE, 0x97 },
  { BYTES ("\x40\x03\x80\1\x87"), FALSE, -1 },
  { BYTES ("\x40\x01\x80"), TRUE, -1 },
  { BYTES ("\x40\x00"), FALSE, -1 },
  { BYTES ("\x40\x04\x80\1\x10\1"), TRUE, -1 },
  { BYTES ("\x40\x05\x80\1\x10\0\0"), TRUE, -1 },
  { BYTES ("\x40\x04\x80\1\x10\xff"), TRUE, -1 },
};

static void
test_acknowledgement (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (acknowledgements); i++)
    {
      const guint8 *data = (const guint8 *) acknowledgements[i].bytes;
      MmpMqttPacket packet;
      int id = -1;
      int code = -1;
      g_autoptr (GError) error = NULL;

      g_test_message ("acknowledgement %u", i);
      g_assert_true (mmp_mqtt_packet_decode (data, acknowledgements[i].size, TRUE, MMP_MQTT_PACKET_MAX, FALSE, &packet, NULL));
      g_assert_cmpint (mmp_mqtt_puback_decode (data, &packet, acknowledgements[i].v5, &id, &code, &error), ==, acknowledgements[i].code >= 0);
      g_assert_cmpint (code, ==, acknowledgements[i].code);
      g_assert_cmpint (id, ==, code >= 0 ? 0x8001 : -1);
      if (code < 0)
        g_assert_error (error, MMP_ERROR, MMP_ERROR_BROKER_PROTOCOL);
    }
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/mqtt-publish/good-and-bad", test_publish);
  g_test_add_func ("/mqtt-publish/properties", test_properties);
  g_test_add_func ("/mqtt-publish/too-large-is-cut", test_cut);
  g_test_add_func ("/mqtt-publish/too-large-is-refused", test_not_cut);
  g_test_add_func ("/mqtt-publish/messages-of-our-own", test_encode);
  g_test_add_func ("/mqtt-publish/acknowledgements", test_acknowledgement);

  return g_test_run ();
}
