/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mqtt/mmp-mqtt-sender-private.h"

#include <string.h>

#include "base/mmp-error.h"

#define ALL 4096

static int
publish (MmpMqttSender *sender,
         int qos)
{
  g_autoptr (GBytes) payload = g_bytes_new_static ("x", 1);
  int id = 0;

  g_assert_true (mmp_mqtt_sender_publish (sender, &(MmpMqttMessage) { .topic = "a", .payload = payload, .qos = qos }, &id, NULL));

  return id;
}

static gboolean
answer (MmpMqttSender *sender,
        int id,
        GError **error)
{
  const guint8 data[] = { 0x40, 2, (guint8) (id >> 8), (guint8) id };
  const MmpMqttPacket packet = { .type = MMP_MQTT_PACKET_PUBACK, .size = sizeof data, .body = 2 };
  int found = 0;
  int code = -1;

  if (!mmp_mqtt_sender_answered (sender, data, &packet, &found, &code, error))
    return FALSE;
  g_assert_cmpint (found, ==, id);
  g_assert_cmpint (code, ==, 0);

  return TRUE;
}

/* Packet ids of the messages of QoS 1 that go out now; 0 behind the last one */
static void
drain_ids (MmpMqttSender *sender,
           int ids[8])
{
  static const guint8 one[] = { 0x32, 6, 0, 1, 'a' };
  guint8 data[ALL];
  gsize size = mmp_mqtt_sender_drain (sender, data, sizeof data);

  memset (ids, 0, 8 * sizeof ids[0]);
  for (gsize at = 0; at < size; at += 8)
    {
      g_assert_cmpmem (data + at, sizeof one, one, sizeof one);
      *ids++ = data[at + 5] << 8 | data[at + 6];
    }
  g_assert_false (mmp_mqtt_sender_has_output (sender));
}

/* No more than the broker takes is under way, and what waits goes in order. */
static void
test_window (void)
{
  g_autoptr (MmpMqttSender) sender = mmp_mqtt_sender_new (FALSE, 100);
  g_autoptr (GError) error = NULL;
  int ids[8];
  int sent[5];

  mmp_mqtt_sender_limit (sender, 2, 1, TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (sent); i++)
    sent[i] = publish (sender, 1);
  drain_ids (sender, ids);
  g_assert_true (ids[0] == sent[0] && ids[1] == sent[1] && ids[2] == 0);

  g_assert_false (answer (sender, sent[2], &error));
  g_assert_error (error, MMP_ERROR, MMP_ERROR_BROKER_PROTOCOL);
  g_assert_true (answer (sender, sent[1], NULL));
  drain_ids (sender, ids);
  g_assert_true (ids[0] == sent[2] && ids[1] == 0);
  g_assert_false (answer (sender, sent[1], NULL));
  g_assert_true (answer (sender, sent[0], NULL) && answer (sender, sent[2], NULL));
  drain_ids (sender, ids);
  g_assert_true (ids[0] == sent[3] && ids[1] == sent[4] && ids[2] == 0);
}

static void
test_ids_come_round (void)
{
  g_autoptr (MmpMqttSender) sender = mmp_mqtt_sender_new (FALSE, 1);

  for (guint i = 0; i < 70000; i++)
    {
      int next = mmp_mqtt_sender_get_next_id (sender);
      int id = publish (sender, (int) i % 2);
      int written = 0;
      guint8 data[ALL];

      g_assert_cmpint (id, ==, next);
      g_assert_cmpint (id, >=, MMP_MQTT_SENDER_ID_MIN);
      g_assert_cmpint (id, <=, G_MAXUINT16);
      mmp_mqtt_sender_drain (sender, data, sizeof data);
      if (i % 2 == 1)
        g_assert_true (answer (sender, id, NULL));
      else
        g_assert_true (mmp_mqtt_sender_next_written (sender, &written) && written == id);
    }
}

/* A message of QoS 0 is told of when its last byte is gone, an acknowledgement is counted until then. */
static void
test_pieces (void)
{
  g_autoptr (MmpMqttSender) sender = mmp_mqtt_sender_new (TRUE, 10);
  int first = publish (sender, 0);
  g_autoptr (GByteArray) all = g_byte_array_new ();
  static const guint8 expected[] = "\x30\5\0\1a\0x\x40\2\1\2\x40\2\1\3\x30\5\0\1a\0xend";
  int second;
  int id;

  mmp_mqtt_sender_acknowledge (sender, 0x0102);
  mmp_mqtt_sender_acknowledge (sender, 0x0103);
  second = publish (sender, 0);
  mmp_mqtt_sender_append (sender, (const guint8 *) "end", 3);
  for (guint at = 1; mmp_mqtt_sender_has_output (sender); at++)
    {
      guint8 byte;

      g_assert_cmpuint (mmp_mqtt_sender_drain (sender, &byte, 1), ==, 1);
      g_byte_array_append (all, &byte, 1);
      g_assert_cmpint (mmp_mqtt_sender_next_written (sender, &id), ==, at == 7 || at == 22);
      if (at == 7 || at == 22)
        g_assert_cmpint (id, ==, at == 7 ? first : second);
      g_assert_cmpuint (mmp_mqtt_sender_count_acknowledgements (sender), ==, at < 11 ? 2 : at < 15 ? 1
                                                                                                   : 0);
    }
  g_assert_cmpmem (all->data, all->len, expected, sizeof expected - 1);
}

/* With something to send all the time, too, each message is told of once and in order. */
static void
test_never_empty (void)
{
  g_autoptr (MmpMqttSender) sender = mmp_mqtt_sender_new (FALSE, 1);
  guint8 data[ALL];
  gsize size = 6 - 1; /* of the first packet, all but a byte; of the others as much as one has */
  int expected = MMP_MQTT_SENDER_ID_MIN;
  int id;

  publish (sender, 0);
  for (guint i = 0; i < 20000; i++)
    {
      publish (sender, 0);
      mmp_mqtt_sender_acknowledge (sender, 1);
      g_assert_cmpuint (mmp_mqtt_sender_drain (sender, data, size), ==, size);
      g_assert_true (mmp_mqtt_sender_has_output (sender));
      for (; mmp_mqtt_sender_next_written (sender, &id); expected = expected < G_MAXUINT16 ? expected + 1 : MMP_MQTT_SENDER_ID_MIN)
        g_assert_cmpint (id, ==, expected);
      g_assert_cmpuint (mmp_mqtt_sender_count_acknowledgements (sender), ==, MIN (i + 1, 2));
      size = 6 + 4;
    }
}

static void
test_refused (void)
{
  static const struct
  {
    const char *topic;
    int qos;
    gboolean retained;
    MmpError code;
  } rows[] = {
    { "a", 1, FALSE, MMP_ERROR_BROKER_PUBLISH },
    { "a", 0, TRUE, MMP_ERROR_FAILED },
    { "", 0, FALSE, MMP_ERROR_ADDRESS_INVALID },
    { "a/#", 0, FALSE, MMP_ERROR_ADDRESS_INVALID },
    { "a\xff", 0, FALSE, MMP_ERROR_ADDRESS_INVALID },
  };
  g_autoptr (MmpMqttSender) sender = mmp_mqtt_sender_new (TRUE, 10);
  g_autoptr (GBytes) payload = g_bytes_new_static ("x", 1);

  mmp_mqtt_sender_limit (sender, 0, 0, FALSE);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    {
      const MmpMqttMessage message = { .topic = rows[i].topic, .payload = payload, .qos = rows[i].qos, .retained = rows[i].retained };
      int id = -1;
      g_autoptr (GError) error = NULL;

      g_assert_false (mmp_mqtt_sender_publish (sender, &message, &id, &error));
      g_assert_error (error, MMP_ERROR, (int) rows[i].code);
      g_assert_cmpint (id, ==, -1);
    }
  g_assert_false (mmp_mqtt_sender_has_output (sender));
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/mqtt-sender/no-more-than-the-broker-takes", test_window);
  g_test_add_func ("/mqtt-sender/ids-come-round", test_ids_come_round);
  g_test_add_func ("/mqtt-sender/told-when-it-is-gone", test_pieces);
  g_test_add_func ("/mqtt-sender/never-empty", test_never_empty);
  g_test_add_func ("/mqtt-sender/refused", test_refused);

  return g_test_run ();
}
