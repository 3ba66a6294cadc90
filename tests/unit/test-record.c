/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "bridge/mmp-record.h"

#include "base/mmp-error.h"
#include "base/mmp-limits.h"
#include "crypto/mmp-bridge-seal.h"
#include "mmp-vectors.h"

#define HEAD "\1\1"      \
             "SSSSSSSS"  \
             "RRRRRRRR"  \
             "NNNNNNN\0" \
             "TTTTTTTT"

static void
test_vector (void)
{
  g_autoptr (MmpVectors) vectors = mmp_vectors_load ("bridge.json");
  g_autoptr (GBytes) group = mmp_vectors_get_bytes (vectors, "$.group");
  g_autoptr (GBytes) nonce = mmp_vectors_get_bytes (vectors, "$.nonce");
  g_autoptr (GBytes) expected = mmp_vectors_get_bytes (vectors, "$.record");
  g_autoptr (MmpBridgeKey) key = mmp_bridge_key_new (g_bytes_get_data (group, NULL));
  g_autofree char *topic = mmp_vectors_get_text (vectors, "$.topic");
  g_autofree char *text = mmp_vectors_get_text (vectors, "$.payload");
  g_autoptr (GBytes) payload = g_bytes_new (text, strlen (text));
  const MmpRecord record = {
    .qos = 1,
    .sender = 0x0102030405060708,
    .run = 1758000000000,
    .number = 7,
    .time = 1758000000123,
    .topic = topic,
    .payload = payload,
  };
  g_autoptr (GBytes) sealed = mmp_record_seal (&record, key, g_bytes_get_data (nonce, NULL));
  g_autoptr (GBytes) plain = mmp_bridge_open (key, expected, NULL);
  g_autoptr (MmpRecord) opened = mmp_record_decode (plain, NULL);

  g_assert_true (g_bytes_equal (sealed, expected));
  g_assert_cmpint (opened->qos, ==, 1);
  g_assert_false (opened->retain);
  g_assert_cmphex (opened->sender, ==, record.sender);
  g_assert_cmpuint (opened->run, ==, record.run);
  g_assert_cmpuint (opened->number, ==, record.number);
  g_assert_cmpint (opened->time, ==, record.time);
  g_assert_cmpstr (opened->topic, ==, topic);
  g_assert_null (opened->properties);
  g_assert_true (g_bytes_equal (opened->payload, payload));
}

static void
test_all_of_it (void)
{
  g_autoptr (MmpBridgeKey) key = mmp_bridge_key_generate ();
  g_autoptr (MmpMqttProperties) properties = mmp_mqtt_properties_new ();
  g_autoptr (GBytes) payload = g_bytes_new (NULL, 0);
  const MmpRecord record = { .qos = 2, .retain = TRUE, .topic = (char *) "a", .properties = properties, .payload = payload };
  g_autoptr (GBytes) sealed = NULL;
  g_autoptr (GBytes) plain = NULL;
  g_autoptr (MmpRecord) opened = NULL;

  properties->expiry = 60;
  mmp_mqtt_properties_add_user (properties, "unit", "°C");
  sealed = mmp_record_seal (&record, key, NULL);
  plain = mmp_bridge_open (key, sealed, NULL);
  opened = mmp_record_decode (plain, NULL);
  g_assert_cmpint (opened->qos, ==, 2);
  g_assert_true (opened->retain);
  g_assert_cmpuint (g_bytes_get_size (opened->payload), ==, 0);
  g_assert_cmpuint (opened->properties->expiry, ==, 60);
  g_assert_true (mmp_mqtt_properties_has_user (opened->properties, "unit", "°C"));
}

#define PLAIN(text) text, sizeof text - 1

static const struct
{
  const char *plain;
  gsize size;
  const char *part; /* nullable: of what is said about it */
} plains[] = {
  { PLAIN (HEAD "\1\0a\0\0"), NULL },
  { PLAIN (HEAD "\1\0a\0\0payload"), NULL },
  { PLAIN (HEAD "\3\0a/b\0\0"), NULL },
  { PLAIN (HEAD "\1\0a\7\0\x26\0\1k\0\1vx"), NULL },
  { PLAIN (""), "short" },
  { PLAIN (HEAD), "short" },
  { PLAIN ("\2" HEAD "\1\0a\0\0"), "version" },
  { PLAIN ("\1\3SSSSSSSSRRRRRRRRNNNNNNN\0TTTTTTTT\1\0a\0\0"), "flags" },
  { PLAIN ("\1\x08SSSSSSSSRRRRRRRRNNNNNNN\0TTTTTTTT\1\0a\0\0"), "flags" },
  { PLAIN ("\1\1SSSSSSSSRRRRRRRRNNNNNNN\x80TTTTTTTT\1\0a\0\0"), "number" },
  { PLAIN (HEAD "\0\0\0\0"), "topic" },
  { PLAIN (HEAD "\2\0a"), "topic" },
  { PLAIN (HEAD "\xff\xff"
                "a\0\0"),
    "topic" },
  { PLAIN (HEAD "\1\0+\0\0"), "topic" },
  { PLAIN (HEAD "\3\0a/#\0\0"), "topic" },
  { PLAIN (HEAD "\4\0$SYS\0\0"), "topic" },
  { PLAIN (HEAD "\2\0a\0\0\0"), "topic" },
  { PLAIN (HEAD "\1\0\xff\0\0"), "topic" },
  { PLAIN (HEAD "\2\0a\n\0\0"), "topic" },
  { PLAIN (HEAD "\1\0a"), "properties" },
  { PLAIN (HEAD "\1\0a\0"), "properties" },
  { PLAIN (HEAD "\1\0a\1\0"), "properties" },
  { PLAIN (HEAD "\1\0a\1\0\x7f"), "properties" },
};

static void
test_plains (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (plains); i++)
    {
      g_autoptr (GBytes) plain = g_bytes_new_static (plains[i].plain, plains[i].size);
      g_autoptr (GError) error = NULL;
      g_autoptr (MmpRecord) record = mmp_record_decode (plain, &error);

      g_test_message ("plain %u", i);
      if (plains[i].part == NULL)
        {
          g_assert_no_error (error);
          continue;
        }
      g_assert_null (record);
      g_assert_error (error, MMP_ERROR, MMP_ERROR_MESSAGE_INVALID);
      g_assert_nonnull (strstr (error->message, plains[i].part));
    }
}

static void
test_long_topic (void)
{
  for (gsize length = MMP_BRIDGE_TOPIC_MAX; length <= MMP_BRIDGE_TOPIC_MAX + 1; length++)
    {
      g_autoptr (GByteArray) array = g_byte_array_new ();
      g_autofree char *topic = g_strnfill (length, 'a');
      const guint8 size[2] = { (guint8) length, (guint8) (length >> 8) };
      g_autoptr (GBytes) plain = NULL;
      g_autoptr (MmpRecord) record = NULL;

      g_byte_array_append (array, (const guint8 *) HEAD, sizeof HEAD - 1);
      g_byte_array_append (array, size, 2);
      g_byte_array_append (array, (const guint8 *) topic, (guint) length);
      g_byte_array_append (array, (const guint8 *) "\0\0", 2);
      plain = g_bytes_new (array->data, array->len);
      record = mmp_record_decode (plain, NULL);
      g_assert_true ((record != NULL) == (length == MMP_BRIDGE_TOPIC_MAX));
    }
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/record/vector", test_vector);
  g_test_add_func ("/record/all-of-it", test_all_of_it);
  g_test_add_func ("/record/good-and-bad", test_plains);
  g_test_add_func ("/record/long-topic", test_long_topic);

  return g_test_run ();
}
