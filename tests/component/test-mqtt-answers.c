/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "mmp-fake-script.h"
#include "mmp-mqtt-probe.h"
#include "mmp-test.h"

static void
test_older_broker (gconstpointer data)
{
  g_autoptr (MmpFakeBroker) broker = mmp_fake_broker_new (NULL);
  MmpFakeScript script = *(const MmpFakeScript *) data;
  g_autoptr (MmpMqttProbe) probe = NULL;

  mmp_fake_broker_set_packet_func (broker, mmp_fake_script_follow, &script);
  probe = mmp_fake_script_probe (broker, NULL);
  mmp_mqtt_probe_subscribe (probe, "a", 1);
  g_assert_false (mmp_mqtt_client_is_v5 (probe->client));
  g_assert_cmpstr (probe->states->str, ==, "CO");
  mmp_mqtt_probe_publish (probe, "a", "x", 1);
  g_assert_cmpstr (mmp_mqtt_probe_get_message (probe, 0), ==, "a x");
  g_assert_cmpuint (script.seen, ==, 1);

  mmp_fake_broker_close_all (broker);
  mmp_test_await (!mmp_mqtt_probe_is_online (probe));
  mmp_mqtt_client_kick (probe->client);
  mmp_test_await (mmp_mqtt_probe_is_online (probe));
  g_assert_cmpuint (script.seen, ==, 1);
  g_assert_cmpuint (mmp_fake_broker_count_visits (broker), ==, 3);
}

static void
test_broker_that_only_closes (void)
{
  g_autoptr (MmpFakeBroker) broker = mmp_fake_broker_new (NULL);
  MmpFakeScript script = { .type = MMP_FAKE_CONNECT, .closes = TRUE };
  g_autoptr (MmpMqttProbe) probe = NULL;

  mmp_fake_broker_set_packet_func (broker, mmp_fake_script_follow, &script);
  probe = mmp_fake_script_probe (broker, NULL);
  mmp_test_await (probe->cause != NULL);
  mmp_mqtt_probe_assert_cause (probe, MMP_ERROR_BROKER_PROTOCOL, "without a greeting");
  g_assert_cmpuint (mmp_fake_broker_count_visits (broker), ==, 2);
  /* It was not the version, so the next try begins with the newer one. */
  g_assert_true (mmp_mqtt_client_is_v5 (probe->client));
}

typedef struct
{
  const char *bytes;
  gsize size;
  MmpError code;
  const char *part;
} Greeting;

#define BYTES(text) text, sizeof text - 1

static const Greeting greetings[] = {
  { BYTES ("HTTP/1.1 400 Bad Request\r\n\r\n"), MMP_ERROR_BROKER_PROTOCOL, "web server" },
  { BYTES ("\x15\x03\x03\x00\x02\x02\x46"), MMP_ERROR_BROKER_TLS, "expects TLS" },
  { BYTES ("SSH-2.0-OpenSSH_9.2\r\n"), MMP_ERROR_BROKER_PROTOCOL, "not an MQTT broker" },
  { BYTES ("\x00\x00"), MMP_ERROR_BROKER_PROTOCOL, "not an MQTT broker" },
  { BYTES ("\x20\x00"), MMP_ERROR_BROKER_PROTOCOL, "too short" },
  { BYTES ("\x20\x01\x00"), MMP_ERROR_BROKER_PROTOCOL, "too short" },
  { BYTES ("\x20\x02\x00\x00"), MMP_ERROR_BROKER_PROTOCOL, "rules" },
  { BYTES ("\x20\xff\xff\xff\xff\x01"), MMP_ERROR_BROKER_PROTOCOL, "length" },
  { BYTES ("\x20\xff\xff\xff\x7f"), MMP_ERROR_BROKER_LIMIT, "bytes" },
  { BYTES ("\x20\x05\x00\x00\x02\x27\x00"), MMP_ERROR_BROKER_PROTOCOL, "rules" },
  { BYTES ("\x20\x08\x00\x00\x05\x99\x00\x00\x00\x00"), MMP_ERROR_BROKER_PROTOCOL, "rules" },
  { BYTES ("\x20\x07\x00\x00\x04\x12\x00\x01x"), MMP_ERROR_BROKER_PROTOCOL, "rules" },
  { BYTES ("\x30\x03\x00\x01\x61"), MMP_ERROR_BROKER_PROTOCOL, "not an MQTT broker" },
  { BYTES ("\x20\x03\x00\x86\x00"), MMP_ERROR_BROKER_LOGIN, "password" },
  { BYTES ("\x20\x03\x00\x89\x00"), MMP_ERROR_BROKER_REFUSED, "busy" },
  { BYTES ("\x20\x03\x00\xff\x00"), MMP_ERROR_BROKER_REFUSED, "refused" },
  { BYTES ("\x20\x02\x00\x05"), MMP_ERROR_BROKER_LOGIN, "login" },
};

static void
test_odd_greetings (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (greetings); i++)
    {
      g_autoptr (MmpFakeBroker) broker = mmp_fake_broker_new (NULL);
      MmpFakeScript script = { .type = MMP_FAKE_CONNECT, .answer = (const guint8 *) greetings[i].bytes, .size = greetings[i].size };
      g_autoptr (MmpMqttProbe) probe = NULL;

      g_test_message ("greeting %u", i);
      mmp_fake_broker_set_packet_func (broker, mmp_fake_script_follow, &script);
      probe = mmp_fake_script_probe (broker, NULL);
      mmp_test_await (probe->cause != NULL);
      mmp_mqtt_probe_assert_cause (probe, greetings[i].code, greetings[i].part);
      g_assert_cmpstr (probe->states->str, ==, "CW");
      mmp_test_await (mmp_fake_broker_count_guests (broker) == 0);
    }
}

static const Greeting packets[] = {
  { BYTES ("\x00\x00"), MMP_ERROR_BROKER_PROTOCOL, "only clients" },
  { BYTES ("\xff\xff\xff\xff\xff\xff\xff"), MMP_ERROR_BROKER_PROTOCOL, "only clients" },
  { BYTES ("\x20\x03\x00\x00\x00"), MMP_ERROR_BROKER_PROTOCOL, "twice" },
  { BYTES ("\x30\xff\xff\xff\xff\x01"), MMP_ERROR_BROKER_PROTOCOL, "length" },
  { BYTES ("\x30\x80\x80\x80\x80\x00"), MMP_ERROR_BROKER_PROTOCOL, "length" },
  { BYTES ("\x30\x00"), MMP_ERROR_BROKER_PROTOCOL, "rules" },
  { BYTES ("\x30\x02\x00\x00"), MMP_ERROR_BROKER_PROTOCOL, "rules" },
  { BYTES ("\x30\x04\x00\xff\x61\x61"), MMP_ERROR_BROKER_PROTOCOL, "rules" },
  { BYTES ("\x30\x05\x00\x02\xff\xfe\x00"), MMP_ERROR_BROKER_PROTOCOL, "rules" },
  { BYTES ("\x30\x05\x00\x02\x61\x00\x00"), MMP_ERROR_BROKER_PROTOCOL, "rules" },
  { BYTES ("\x30\x07\x00\x00\x03\x23\x00\x01x"), MMP_ERROR_BROKER_PROTOCOL, "rules" },
  { BYTES ("\x32\x06\x00\x01\x61\x00\x00\x00"), MMP_ERROR_BROKER_PROTOCOL, "rules" },
  { BYTES ("\x32\x03\x00\x01\x61"), MMP_ERROR_BROKER_PROTOCOL, "rules" },
  { BYTES ("\x34\x06\x00\x01\x61\x00\x01\x00"), MMP_ERROR_BROKER_PROTOCOL, "quality of service" },
  { BYTES ("\x36\x06\x00\x01\x61\x00\x01\x00"), MMP_ERROR_BROKER_PROTOCOL, "quality of service" },
  { BYTES ("\x40\x02\x00\x63"), MMP_ERROR_BROKER_PROTOCOL, "not sent" },
  { BYTES ("\x40\x0c\x00\x63\x00\x08\x26\x00\x01\x61\x00\x02\x62\x62"), MMP_ERROR_BROKER_PROTOCOL, "not sent" },
  { BYTES ("\x40\x00"), MMP_ERROR_BROKER_PROTOCOL, "rules" },
  { BYTES ("\x41\x02\x00\x01"), MMP_ERROR_BROKER_PROTOCOL, "flags" },
  { BYTES ("\x50\x02\x00\x01"), MMP_ERROR_BROKER_PROTOCOL, "only clients" },
  { BYTES ("\x62\x02\x00\x01"), MMP_ERROR_BROKER_PROTOCOL, "only clients" },
  { BYTES ("\x70\x02\x00\x01"), MMP_ERROR_BROKER_PROTOCOL, "only clients" },
  { BYTES ("\x90\x03\x00\x01\x00"), MMP_ERROR_BROKER_PROTOCOL, "rules" },
  { BYTES ("\x90\x01\x00"), MMP_ERROR_BROKER_PROTOCOL, "rules" },
  { BYTES ("\xb0\x00"), MMP_ERROR_BROKER_PROTOCOL, "rules" },
  { BYTES ("\xc0\x00"), MMP_ERROR_BROKER_PROTOCOL, "only clients" },
  { BYTES ("\xf0\x02\x18\x00"), MMP_ERROR_BROKER_PROTOCOL, "only clients" },
  { BYTES ("\xe0\x00"), MMP_ERROR_BROKER_LOST, "ended" },
  { BYTES ("\xe0\x01\x8b"), MMP_ERROR_BROKER_LOST, "shutting down" },
  { BYTES ("\xe0\x01\x8e"), MMP_ERROR_BROKER_LOST, "client id" },
  { BYTES ("\xe0\x02\x95\x00"), MMP_ERROR_BROKER_LIMIT, "too large" },
};

static void
test_odd_packets (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (packets); i++)
    {
      g_autoptr (MmpFakeBroker) broker = mmp_fake_broker_new (NULL);
      MmpFakeScript script = { .type = MMP_FAKE_SUBSCRIBE, .answer = (const guint8 *) packets[i].bytes, .size = packets[i].size };
      g_autoptr (MmpMqttProbe) probe = NULL;

      g_test_message ("packet %u", i);
      mmp_fake_broker_set_packet_func (broker, mmp_fake_script_follow, &script);
      probe = mmp_fake_script_probe (broker, NULL);
      mmp_mqtt_client_subscribe (probe->client, "a", 1, FALSE, mmp_mqtt_probe_on_done, probe);
      mmp_test_await (probe->cause != NULL);
      mmp_mqtt_probe_assert_cause (probe, packets[i].code, packets[i].part);
      g_assert_cmpstr (probe->states->str, ==, "COW");
      g_assert_cmpuint (probe->done, ==, 0);
      g_assert_cmpuint (probe->messages->len, ==, 0);
    }
}

static void
test_odd_answers_to_subscribe (void)
{
  static const Greeting answers[] = {
    { BYTES ("\x90\x04\x00\x01\x00\x87"), 0, "not allow" },
    { BYTES ("\x90\x04\x00\x01\x00\x8f"), 0, "filter" },
    { BYTES ("\x90\x05\x00\x01\x00\x01\x01"), 0, "refused" },
    { BYTES ("\x90\x04\x00\x01\x00\x03"), 0, "refused" },
    { BYTES ("\x90\x04\x00\x63\x00\x01\x90\x04\x00\x01\x00\x80"), 0, "refused" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (answers); i++)
    {
      g_autoptr (MmpFakeBroker) broker = mmp_fake_broker_new (NULL);
      MmpFakeScript script = { .type = MMP_FAKE_SUBSCRIBE, .answer = (const guint8 *) answers[i].bytes, .size = answers[i].size };
      g_autoptr (MmpMqttProbe) probe = NULL;

      mmp_fake_broker_set_packet_func (broker, mmp_fake_script_follow, &script);
      probe = mmp_fake_script_probe (broker, NULL);
      mmp_mqtt_client_subscribe (probe->client, "some/filter", 1, FALSE, mmp_mqtt_probe_on_done, probe);
      mmp_test_await (probe->done == 1);
      g_assert_error (probe->error, MMP_ERROR, MMP_ERROR_BROKER_SUBSCRIBE);
      g_assert_nonnull (strstr (probe->error->message, answers[i].part));
      g_assert_nonnull (strstr (probe->error->message, "some/filter"));
      g_assert_true (mmp_mqtt_probe_is_online (probe));
    }
}

static void
test_subscription_that_is_taken_back (void)
{
  static const guint8 refusal[] = { 0x90, 4, 0, 1, 0, 0x87 };
  g_autoptr (MmpFakeBroker) broker = mmp_fake_broker_new (NULL);
  MmpFakeScript script = { .type = MMP_FAKE_SUBSCRIBE, .answer = refusal, .size = sizeof refusal };
  g_autoptr (MmpMqttProbe) probe = mmp_fake_script_probe (broker, NULL);

  mmp_mqtt_probe_subscribe (probe, "a", 1);
  mmp_fake_broker_set_packet_func (broker, mmp_fake_script_follow, &script);
  mmp_mqtt_client_kick (probe->client);
  mmp_test_await (probe->cause != NULL);
  mmp_mqtt_probe_assert_cause (probe, MMP_ERROR_BROKER_SUBSCRIBE, "not allow");
  g_assert_cmpuint (probe->done, ==, 1);
  g_assert_cmpstr (probe->states->str, ==, "COCOW");
}

static void
test_end_in_the_middle_of_a_packet (void)
{
  static const guint8 half[] = { 0x30, 100, 0, 1, 'a', 0, 'x' };
  g_autoptr (MmpFakeBroker) broker = mmp_fake_broker_new (NULL);
  MmpFakeScript script = { .type = MMP_FAKE_SUBSCRIBE, .answer = half, .size = sizeof half, .closes = TRUE };
  g_autoptr (MmpMqttProbe) probe = NULL;

  mmp_fake_broker_set_packet_func (broker, mmp_fake_script_follow, &script);
  probe = mmp_fake_script_probe (broker, NULL);
  mmp_mqtt_client_subscribe (probe->client, "a", 1, FALSE, mmp_mqtt_probe_on_done, probe);
  mmp_test_await (probe->cause != NULL);
  mmp_mqtt_probe_assert_cause (probe, MMP_ERROR_BROKER_LOST, "closed");
  g_assert_cmpuint (probe->messages->len, ==, 0);
}

typedef struct
{
  MmpFakeGuest *guest;
  const guint8 *next;
  const guint8 *end;
} Drip;

static gboolean
drip (gpointer user_data)
{
  Drip *self = user_data;

  mmp_fake_guest_send (self->guest, self->next++, 1);

  return self->next < self->end ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

static gboolean
begin_to_drip (MmpFakeBroker *broker,
               MmpFakeGuest *guest,
               guint8 first,
               GBytes *body,
               gpointer user_data)
{
  Drip *self = user_data;

  if (first >> 4 != MMP_FAKE_SUBSCRIBE)
    return FALSE;

  self->guest = guest;
  g_timeout_add (1, drip, self);

  return TRUE;
}

static void
test_packets_in_single_bytes (void)
{
  static const guint8 bytes[] = "\x90\x04\x00\x01\x00\x01\x30\x86\x00\x00\x01"
                                "a\x00hi\xd0\x00\x31\x05\x00\x01"
                                "a\x00!";
  g_autoptr (MmpFakeBroker) broker = mmp_fake_broker_new (NULL);
  Drip state = { .next = bytes, .end = bytes + sizeof bytes - 1 };
  g_autoptr (MmpMqttProbe) probe = NULL;

  mmp_fake_broker_set_packet_func (broker, begin_to_drip, &state);
  probe = mmp_fake_script_probe (broker, NULL);
  mmp_mqtt_probe_subscribe (probe, "a", 1);
  g_assert_cmpstr (mmp_mqtt_probe_get_message (probe, 0), ==, "a hi");
  g_assert_cmpstr (mmp_mqtt_probe_get_message (probe, 1), ==, "a ! retained");
}

typedef struct
{
  GRand *rand;
  guint8 type; /* when the noise begins */
} Noise;

static gboolean
make_noise (MmpFakeBroker *broker,
            MmpFakeGuest *guest,
            guint8 first,
            GBytes *body,
            gpointer user_data)
{
  static const guint8 likely[] = { 0x20, 0x30, 0x31, 0x32, 0x40, 0x90, 0xb0, 0xd0, 0xe0 };
  Noise *noise = user_data;

  if (first >> 4 != noise->type)
    return FALSE;

  for (int i = g_rand_int_range (noise->rand, 1, 20); i > 0; i--)
    {
      guint8 bytes[64];
      gsize size = (gsize) g_rand_int_range (noise->rand, 0, sizeof bytes);

      for (gsize j = 0; j < size; j++)
        bytes[j] = (guint8) g_rand_int_range (noise->rand, 0, g_rand_boolean (noise->rand) ? 256 : 4);
      mmp_fake_guest_send_packet (guest, likely[g_rand_int_range (noise->rand, 0, G_N_ELEMENTS (likely))], bytes, size);
    }
  mmp_fake_guest_close (guest);

  return TRUE;
}

static void
test_noise (void)
{
  g_autoptr (MmpFakeBroker) broker = mmp_fake_broker_new (NULL);
  g_autoptr (GRand) rand = g_rand_new_with_seed ((guint32) g_test_rand_int ());
  Noise noise = { .rand = rand };

  mmp_fake_broker_set_packet_func (broker, make_noise, &noise);
  for (guint i = 0; i < 300; i++)
    {
      g_autoptr (MmpMqttProbe) probe = NULL;

      noise.type = i % 2 == 0 ? MMP_FAKE_CONNECT : MMP_FAKE_SUBSCRIBE;
      probe = mmp_fake_script_probe (broker, NULL);
      mmp_mqtt_client_subscribe (probe->client, "#", 1, FALSE, mmp_mqtt_probe_on_done, probe);
      mmp_test_await (probe->cause != NULL);
    }
}

int
main (int argc,
      char *argv[])
{
  static const guint8 refusal_5[] = { 0x20, 3, 0, 0x84, 0 };
  static const guint8 refusal_3[] = { 0x20, 2, 0, 1 };
  static const MmpFakeScript refuses_5 = { .type = MMP_FAKE_CONNECT, .answer = refusal_5, .size = sizeof refusal_5, .closes = TRUE, .only_v5 = TRUE };
  static const MmpFakeScript refuses_3 = { .type = MMP_FAKE_CONNECT, .answer = refusal_3, .size = sizeof refusal_3, .closes = TRUE, .only_v5 = TRUE };
  static const MmpFakeScript closes = { .type = MMP_FAKE_CONNECT, .closes = TRUE, .only_v5 = TRUE };

  g_test_init (&argc, &argv, NULL);

  g_test_add_data_func ("/mqtt-answers/older-broker/refuses-in-mqtt-5", &refuses_5, test_older_broker);
  g_test_add_data_func ("/mqtt-answers/older-broker/refuses-in-mqtt-3", &refuses_3, test_older_broker);
  g_test_add_data_func ("/mqtt-answers/older-broker/closes", &closes, test_older_broker);
  g_test_add_func ("/mqtt-answers/broker-that-only-closes", test_broker_that_only_closes);
  g_test_add_func ("/mqtt-answers/odd-greetings", test_odd_greetings);
  g_test_add_func ("/mqtt-answers/odd-packets", test_odd_packets);
  g_test_add_func ("/mqtt-answers/odd-answers-to-subscribe", test_odd_answers_to_subscribe);
  g_test_add_func ("/mqtt-answers/subscription-that-is-taken-back", test_subscription_that_is_taken_back);
  g_test_add_func ("/mqtt-answers/end-in-the-middle-of-a-packet", test_end_in_the_middle_of_a_packet);
  g_test_add_func ("/mqtt-answers/packets-in-single-bytes", test_packets_in_single_bytes);
  g_test_add_func ("/mqtt-answers/noise", test_noise);

  return g_test_run ();
}
