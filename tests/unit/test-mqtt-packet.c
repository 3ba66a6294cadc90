/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mmp-error.h"
#include "base/mmp-limits.h"
#include "mqtt/mmp-mqtt-packet.h"

#define BYTES(text) text, sizeof text - 1

typedef struct
{
  const char *bytes;
  gsize size;
  gboolean greeted;
  gsize packet_size; /* 0: more is needed */
  gsize body;
  gboolean acknowledged;
} Good;

static const Good good[] = {
  { BYTES ("\x20"), FALSE, 0, 0, FALSE },
  { BYTES ("\x20\x03"), FALSE, 5, 2, FALSE },
  { BYTES ("\x20\x03\x00\x00\x00\x30"), FALSE, 5, 2, FALSE },
  { BYTES ("\x30\x80"), TRUE, 0, 0, FALSE },
  { BYTES ("\x30\xff\xff"), TRUE, 0, 0, FALSE },
  { BYTES ("\x30\x80\x80\x80\x00"), TRUE, 5, 5, FALSE },
  { BYTES ("\x30\x80\x01"), TRUE, 131, 3, FALSE },
  { BYTES ("\x30\xfc\x9f\x01"), TRUE, MMP_MQTT_PACKET_MAX, 4, FALSE },
  { BYTES ("\x3b\x04"), TRUE, 6, 2, TRUE },
  { BYTES ("\x31\x04"), TRUE, 6, 2, FALSE },
  { BYTES ("\x40\x02"), TRUE, 4, 2, FALSE },
  { BYTES ("\x90\x03"), TRUE, 5, 2, FALSE },
  { BYTES ("\xb0\x02"), TRUE, 4, 2, FALSE },
  { BYTES ("\xd0\x00"), TRUE, 2, 2, FALSE },
  { BYTES ("\xe0\x00"), TRUE, 2, 2, FALSE },
};

static void
test_good_packets (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (GError) error = NULL;
      MmpMqttPacket packet;

      g_test_message ("packet %u", i);
      g_assert_true (mmp_mqtt_packet_decode ((const guint8 *) good[i].bytes, good[i].size, good[i].greeted, MMP_MQTT_PACKET_MAX, FALSE, &packet, &error));
      g_assert_no_error (error);
      g_assert_cmpuint (packet.size, ==, good[i].packet_size);
      g_assert_cmpuint (packet.body, ==, good[i].body);
      g_assert_cmpint (packet.acknowledged, ==, good[i].acknowledged);
      if (packet.size > 0)
        g_assert_cmpuint (packet.type, ==, (guint8) good[i].bytes[0] >> 4);
    }
}

typedef struct
{
  const char *bytes;
  gsize size;
  gboolean greeted;
  MmpError code;
} Bad;

static const Bad bad[] = {
  { BYTES ("H"), FALSE, MMP_ERROR_BROKER_PROTOCOL },
  { BYTES ("\x15"), FALSE, MMP_ERROR_BROKER_TLS },
  { BYTES ("\x21"), FALSE, MMP_ERROR_BROKER_PROTOCOL },
  { BYTES ("\x30"), FALSE, MMP_ERROR_BROKER_PROTOCOL },
  { BYTES ("\x15"), TRUE, MMP_ERROR_BROKER_PROTOCOL },
  { BYTES ("\x20"), TRUE, MMP_ERROR_BROKER_PROTOCOL },
  { BYTES ("\x34"), TRUE, MMP_ERROR_BROKER_PROTOCOL },
  { BYTES ("\x36"), TRUE, MMP_ERROR_BROKER_PROTOCOL },
  { BYTES ("\x48"), TRUE, MMP_ERROR_BROKER_PROTOCOL },
  { BYTES ("\x50"), TRUE, MMP_ERROR_BROKER_PROTOCOL },
  { BYTES ("\xf0"), TRUE, MMP_ERROR_BROKER_PROTOCOL },
  { BYTES ("\x30\x80\x80\x80\x80"), TRUE, MMP_ERROR_BROKER_PROTOCOL },
  { BYTES ("\x30\xfd\x9f\x01"), TRUE, MMP_ERROR_BROKER_LIMIT },
  { BYTES ("\x30\xff\xff\xff\x7f"), TRUE, MMP_ERROR_BROKER_LIMIT },
};

static void
test_bad_packets (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (GError) error = NULL;
      MmpMqttPacket packet = { .size = 77 };

      g_test_message ("packet %u", i);
      g_assert_false (mmp_mqtt_packet_decode ((const guint8 *) bad[i].bytes, bad[i].size, bad[i].greeted, MMP_MQTT_PACKET_MAX, FALSE, &packet, &error));
      g_assert_error (error, MMP_ERROR, (int) bad[i].code);
      g_assert_cmpuint (packet.size, ==, 77);
    }
}

static void
test_reasons (void)
{
  static const struct
  {
    const char *bytes;
    gsize size;
    int reason;
  } cases[] = {
    { BYTES ("\x20\x00"), -1 },
    { BYTES ("\x20\x01\x00"), -1 },
    { BYTES ("\x20\x02\x00\x05"), 5 },
    { BYTES ("\x20\x03\x01\x84\x00"), 0x84 },
    { BYTES ("\xe0\x00"), 0 },
    { BYTES ("\xe0\x01\x8b"), 0x8b },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const guint8 *data = (const guint8 *) cases[i].bytes;
      MmpMqttPacket packet;

      g_assert_true (mmp_mqtt_packet_decode (data, cases[i].size, data[0] == 0xe0, MMP_MQTT_PACKET_MAX, FALSE, &packet, NULL));
      g_assert_cmpint (mmp_mqtt_packet_get_reason (data, &packet), ==, cases[i].reason);
    }
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/mqtt-packet/good-packets", test_good_packets);
  g_test_add_func ("/mqtt-packet/bad-packets", test_bad_packets);
  g_test_add_func ("/mqtt-packet/reasons", test_reasons);

  return g_test_run ();
}
