/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>
#include <sys/resource.h>

#include "base/mmp-limits.h"
#include "mmp-certificates.h"
#include "mmp-fake-broker.h"
#include "mmp-mqtt-probe.h"
#include "mmp-test.h"

#define CONNECT 1
#define PUBLISH 3
#define SUBSCRIBE 8

/* What the broker does about one type of packet instead of what it should. */
typedef struct
{
  guint8 type;
  const guint8 *answer; /* nullable */
  gsize size;
  gboolean closes;
  gboolean only_v5; /* an MQTT 3.1.1 client is treated well */
  guint seen;
} Script;

static gboolean
follow_script (MmpFakeBroker *broker,
               MmpFakeGuest *guest,
               guint8 first,
               GBytes *body,
               gpointer user_data)
{
  Script *script = user_data;
  gsize size;
  const guint8 *data = g_bytes_get_data (body, &size);

  if (first >> 4 != script->type)
    return FALSE;
  if (script->only_v5 && first >> 4 == CONNECT && data[6] != 5)
    return FALSE;

  script->seen++;
  if (script->answer != NULL)
    mmp_fake_guest_send (guest, script->answer, script->size);
  if (script->closes)
    mmp_fake_guest_close (guest);

  return TRUE;
}

static MmpMqttProbe *
probe_for (MmpFakeBroker *broker,
           MmpClock *clock)
{
  g_autoptr (MmpMqttBroker) address = mmp_test_broker (mmp_fake_broker_get_port (broker), FALSE);

  return mmp_mqtt_probe_new (address, clock);
}

static glong
peak_memory (void)
{
  struct rusage usage;

  g_assert_cmpint (getrusage (RUSAGE_SELF, &usage), ==, 0);

  return usage.ru_maxrss;
}

/* Kilobytes. Less than 2000 are seen, but a sanitizer keeps for a while what was freed. */
#define FEW 24576

static void
test_older_broker (gconstpointer data)
{
  g_autoptr (MmpFakeBroker) broker = mmp_fake_broker_new (NULL);
  Script script = *(const Script *) data;
  g_autoptr (MmpMqttProbe) probe = NULL;

  mmp_fake_broker_set_packet_func (broker, follow_script, &script);
  probe = probe_for (broker, NULL);
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
  Script script = { .type = CONNECT, .closes = TRUE };
  g_autoptr (MmpMqttProbe) probe = NULL;

  mmp_fake_broker_set_packet_func (broker, follow_script, &script);
  probe = probe_for (broker, NULL);
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
      Script script = { .type = CONNECT, .answer = (const guint8 *) greetings[i].bytes, .size = greetings[i].size };
      g_autoptr (MmpMqttProbe) probe = NULL;

      g_test_message ("greeting %u", i);
      mmp_fake_broker_set_packet_func (broker, follow_script, &script);
      probe = probe_for (broker, NULL);
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
      Script script = { .type = SUBSCRIBE, .answer = (const guint8 *) packets[i].bytes, .size = packets[i].size };
      g_autoptr (MmpMqttProbe) probe = NULL;

      g_test_message ("packet %u", i);
      mmp_fake_broker_set_packet_func (broker, follow_script, &script);
      probe = probe_for (broker, NULL);
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
      Script script = { .type = SUBSCRIBE, .answer = (const guint8 *) answers[i].bytes, .size = answers[i].size };
      g_autoptr (MmpMqttProbe) probe = NULL;

      mmp_fake_broker_set_packet_func (broker, follow_script, &script);
      probe = probe_for (broker, NULL);
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
  Script script = { .type = SUBSCRIBE, .answer = refusal, .size = sizeof refusal };
  g_autoptr (MmpMqttProbe) probe = probe_for (broker, NULL);

  mmp_mqtt_probe_subscribe (probe, "a", 1);
  mmp_fake_broker_set_packet_func (broker, follow_script, &script);
  mmp_mqtt_client_kick (probe->client);
  mmp_test_await (probe->cause != NULL);
  mmp_mqtt_probe_assert_cause (probe, MMP_ERROR_BROKER_SUBSCRIBE, "not allow");
  g_assert_cmpuint (probe->done, ==, 1);
  g_assert_cmpstr (probe->states->str, ==, "COCOW");
}

/* Streams zeros behind the header of a huge message. */
static gboolean
announce_too_much (MmpFakeBroker *broker,
                   MmpFakeGuest *guest,
                   guint8 first,
                   GBytes *body,
                   gpointer user_data)
{
  static const guint8 header[] = { 0x30, 0x80, 0x9f, 0xc9, 0x4b }; /* 158 MB */
  static const guint8 zeros[1024 * 1024];

  if (first >> 4 != SUBSCRIBE)
    return FALSE;

  mmp_fake_guest_send (guest, header, sizeof header);
  mmp_fake_guest_send (guest, zeros, sizeof zeros);

  return TRUE;
}

static void
check_too_much (MmpFakeBroker *broker,
                MmpMqttProbe *probe)
{
  glong before;

  mmp_test_await (mmp_mqtt_probe_is_online (probe));
  before = peak_memory ();
  mmp_fake_broker_set_packet_func (broker, announce_too_much, NULL);
  mmp_mqtt_client_subscribe (probe->client, "a", 1, FALSE, NULL, NULL);
  mmp_test_await (probe->cause != NULL);
  mmp_mqtt_probe_assert_cause (probe, MMP_ERROR_BROKER_LIMIT, "158486405 bytes");
  mmp_test_await (mmp_fake_broker_count_guests (broker) == 0);
  g_test_message ("peak memory rose by %ld kB", peak_memory () - before);
  g_assert_cmpint (peak_memory () - before, <, FEW);
}

static void
test_huge_message (void)
{
  g_autoptr (MmpFakeBroker) broker = mmp_fake_broker_new (NULL);
  g_autoptr (MmpMqttProbe) probe = probe_for (broker, NULL);

  check_too_much (broker, probe);
}

static void
test_huge_message_over_tls (void)
{
  g_autoptr (MmpCertificates) certificates = mmp_certificates_new ();
  g_autoptr (GTlsCertificate) certificate = NULL;
  g_autoptr (MmpFakeBroker) broker = NULL;
  g_autoptr (MmpMqttBroker) plain = NULL;
  g_autoptr (MmpMqttBroker) address = NULL;
  g_autoptr (MmpMqttProbe) probe = NULL;

  if (certificates == NULL)
    return;

  certificate = mmp_certificates_load (certificates, "good");
  broker = mmp_fake_broker_new (certificate);
  plain = mmp_test_broker (mmp_fake_broker_get_port (broker), TRUE);
  address = mmp_mqtt_broker_with_ca_file (plain, mmp_certificates_get_ca_file (certificates));
  probe = mmp_mqtt_probe_new (address, NULL);
  check_too_much (broker, probe);
}

#define FLOOD 1000000

/* Floods with messages that want acknowledgement, and reads none. */
static gboolean
flood (MmpFakeBroker *broker,
       MmpFakeGuest *guest,
       guint8 first,
       GBytes *body,
       gpointer user_data)
{
  MmpFakeGuest **flooded = user_data;

  if (first >> 4 != SUBSCRIBE)
    return FALSE;

  *flooded = guest;
  mmp_fake_guest_pause (guest);
  for (guint i = 0; i < FLOOD; i++)
    {
      const guint8 message[] = { 0x32, 6, 0, 1, 'a', (guint8) (i >> 8), (guint8) i | 1, 0 };

      mmp_fake_guest_send (guest, message, sizeof message);
    }

  return TRUE;
}

static void
count_message (MmpMqttClient *client,
               const MmpMqttMessage *message,
               gpointer user_data)
{
  guint *count = user_data;

  (*count)++;
}

static void
ignore_state (MmpMqttClient *client,
              MmpMqttState state,
              const GError *cause,
              gpointer user_data)
{
}

static void
test_flood_without_reading (void)
{
  static const MmpMqttClientFuncs funcs = { ignore_state, count_message };
  g_autoptr (MmpFakeBroker) broker = mmp_fake_broker_new (NULL);
  g_autoptr (MmpMqttBroker) address = mmp_test_broker (mmp_fake_broker_get_port (broker), FALSE);
  MmpFakeGuest *guest = NULL;
  guint count = 0;
  g_autoptr (MmpMqttClient) client = mmp_mqtt_client_new (NULL, address, &funcs, &count);
  glong before;
  guint quiet = 0;
  guint last = 0;

  mmp_fake_broker_set_packet_func (broker, flood, &guest);
  mmp_mqtt_client_subscribe (client, "a", 1, FALSE, NULL, NULL);
  mmp_mqtt_client_start (client);
  mmp_test_await (guest != NULL);
  before = peak_memory ();

  /* It stops taking messages when the acknowledgements fill the kernel's buffers. */
  while (quiet < 20)
    {
      mmp_test_await (g_main_context_iteration (NULL, FALSE) || ++quiet > 0);
      if (count != last)
        quiet = 0;
      last = count;
    }
  g_test_message ("%u messages taken, peak memory rose by %ld kB", count, peak_memory () - before);
  g_assert_cmpuint (count, <, FLOOD);
  g_assert_cmpint (peak_memory () - before, <, FEW);
  mmp_mqtt_client_detach (client);
  mmp_fake_broker_close_all (broker);
}

static void
test_end_in_the_middle_of_a_packet (void)
{
  static const guint8 half[] = { 0x30, 100, 0, 1, 'a', 0, 'x' };
  g_autoptr (MmpFakeBroker) broker = mmp_fake_broker_new (NULL);
  Script script = { .type = SUBSCRIBE, .answer = half, .size = sizeof half, .closes = TRUE };
  g_autoptr (MmpMqttProbe) probe = NULL;

  mmp_fake_broker_set_packet_func (broker, follow_script, &script);
  probe = probe_for (broker, NULL);
  mmp_mqtt_client_subscribe (probe->client, "a", 1, FALSE, mmp_mqtt_probe_on_done, probe);
  mmp_test_await (probe->cause != NULL);
  mmp_mqtt_probe_assert_cause (probe, MMP_ERROR_BROKER_LOST, "closed");
  g_assert_cmpuint (probe->messages->len, ==, 0);
}

/* Lets virtual time pass until the probe's client leaves a state. */
static gint64
pass_until_state_changes (MmpMqttProbe *probe)
{
  const gint64 begin = mmp_clock_now (probe->clock);
  const gsize states = probe->states->len;
  MmpTestDeadline deadline = mmp_test_deadline ();

  while (probe->states->len == states)
    {
      mmp_clock_step (probe->clock, mmp_clock_now (probe->clock) + G_USEC_PER_SEC / 20);
      while (g_main_context_iteration (NULL, FALSE))
        ;
      g_assert_cmpint (g_get_monotonic_time (), <, deadline.end);
    }

  return mmp_clock_now (probe->clock) - begin;
}

static void
test_silence_and_drips_time_out (gconstpointer data)
{
  static const guint8 greeting[] = { 0x20, 3, 0, 0, 0 };
  g_autoptr (MmpFakeBroker) broker = mmp_fake_broker_new (NULL);
  Script script = { .type = CONNECT, .answer = greeting, .size = GPOINTER_TO_SIZE (data) };
  g_autoptr (MmpClock) clock = mmp_clock_new_virtual ();
  g_autoptr (MmpMqttProbe) probe = NULL;

  mmp_fake_broker_set_packet_func (broker, follow_script, &script);
  probe = probe_for (broker, clock);
  mmp_test_await (script.seen == 1);
  g_assert_cmpint (pass_until_state_changes (probe), >=, MMP_SECONDS (10));
  g_assert_cmpint (mmp_clock_now (clock), <, MMP_SECONDS (11));
  mmp_mqtt_probe_assert_cause (probe, MMP_ERROR_BROKER_UNREACHABLE, "does not greet");
  g_assert_cmpstr (probe->states->str, ==, "CW");
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

  if (first >> 4 != SUBSCRIBE)
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
  probe = probe_for (broker, NULL);
  mmp_mqtt_probe_subscribe (probe, "a", 1);
  g_assert_cmpstr (mmp_mqtt_probe_get_message (probe, 0), ==, "a hi");
  g_assert_cmpstr (mmp_mqtt_probe_get_message (probe, 1), ==, "a ! retained");
}

static void
test_never_acknowledged (void)
{
  g_autoptr (MmpFakeBroker) broker = mmp_fake_broker_new (NULL);
  Script script = { .type = PUBLISH };
  g_autoptr (MmpMqttProbe) probe = NULL;
  g_autoptr (GBytes) payload = g_bytes_new_static ("x", 1);
  g_autoptr (GError) error = NULL;
  guint taken = 0;

  mmp_fake_broker_set_packet_func (broker, follow_script, &script);
  probe = probe_for (broker, NULL);
  mmp_test_await (mmp_mqtt_probe_is_online (probe));
  while (mmp_mqtt_client_publish (probe->client, "a", payload, 1, FALSE, 0, mmp_mqtt_probe_on_done, probe, &error))
    taken++;
  g_assert_cmpuint (taken, ==, 256);
  g_assert_error (error, MMP_ERROR, MMP_ERROR_BROKER_LIMIT);
  mmp_test_await (script.seen >= 20);
  g_assert_cmpuint (probe->done, ==, 0);
  mmp_fake_broker_close_all (broker);
  mmp_test_await (probe->done == 256);
  g_assert_error (probe->error, MMP_ERROR, MMP_ERROR_BROKER_LOST);
  g_assert_cmpuint (mmp_mqtt_client_get_queued (probe->client), ==, 0);
}

static void
test_small_limit_of_the_broker (void)
{
  static const guint8 greeting[] = { 0x20, 8, 0, 0, 5, 0x27, 0, 0, 0, 60 };
  g_autoptr (MmpFakeBroker) broker = mmp_fake_broker_new (NULL);
  Script script = { .type = CONNECT, .answer = greeting, .size = sizeof greeting };
  g_autoptr (MmpMqttProbe) probe = NULL;
  g_autoptr (GBytes) payload = g_bytes_new_static ("012345678901234567890123456789012345678901234567890123456789", 60);
  g_autoptr (GError) error = NULL;

  mmp_fake_broker_set_packet_func (broker, follow_script, &script);
  probe = probe_for (broker, NULL);
  mmp_test_await (mmp_mqtt_probe_is_online (probe));
  g_assert_cmpuint (mmp_mqtt_client_get_max_packet (probe->client), ==, 60);
  g_assert_false (mmp_mqtt_client_publish (probe->client, "a", payload, 1, FALSE, 0, NULL, NULL, &error));
  g_assert_error (error, MMP_ERROR, MMP_ERROR_BROKER_LIMIT);
  mmp_mqtt_client_subscribe (probe->client, g_bytes_get_data (payload, NULL), 1, FALSE, mmp_mqtt_probe_on_done, probe);
  g_assert_cmpuint (probe->done, ==, 0);
  mmp_test_await (probe->done == 1);
  g_assert_error (probe->error, MMP_ERROR, MMP_ERROR_BROKER_SUBSCRIBE);
}

static void
test_back_off_grows_until_a_connection_holds (void)
{
  static const guint8 greet_and_end[] = { 0x20, 3, 0, 0, 0, 0xe0, 0 };
  static const int waits[] = { 1, 2, 4, 8, 16, 32, 60, 60 };
  g_autoptr (MmpFakeBroker) broker = mmp_fake_broker_new (NULL);
  Script script = { .type = CONNECT, .answer = greet_and_end, .size = sizeof greet_and_end };
  g_autoptr (MmpClock) clock = mmp_clock_new_virtual ();
  g_autoptr (MmpMqttProbe) probe = NULL;
  gint64 until;

  mmp_fake_broker_set_packet_func (broker, follow_script, &script);
  probe = probe_for (broker, clock);
  for (guint i = 0; i < G_N_ELEMENTS (waits); i++)
    {
      gint64 wait;

      mmp_test_await (mmp_mqtt_client_get_state (probe->client) == MMP_MQTT_STATE_WAITING);
      wait = pass_until_state_changes (probe);
      g_assert_cmpint (wait, >=, MMP_SECONDS (waits[i]) * 3 / 4);
      g_assert_cmpint (wait, <=, MMP_SECONDS (waits[i]) * 5 / 4 + G_USEC_PER_SEC / 20);
    }

  mmp_test_await (mmp_mqtt_client_get_state (probe->client) == MMP_MQTT_STATE_WAITING);
  mmp_fake_broker_set_packet_func (broker, NULL, NULL);
  pass_until_state_changes (probe);
  mmp_test_await (mmp_mqtt_probe_is_online (probe));
  until = mmp_clock_now (clock) + MMP_SECONDS (5);
  while (mmp_clock_step (clock, until))
    ;
  mmp_fake_broker_close_all (broker);
  mmp_test_await (mmp_mqtt_client_get_state (probe->client) == MMP_MQTT_STATE_WAITING);
  g_assert_cmpint (pass_until_state_changes (probe), <, MMP_SECONDS (1.5));
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

      noise.type = i % 2 == 0 ? CONNECT : SUBSCRIBE;
      probe = probe_for (broker, NULL);
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
  static const Script refuses_5 = { .type = CONNECT, .answer = refusal_5, .size = sizeof refusal_5, .closes = TRUE, .only_v5 = TRUE };
  static const Script refuses_3 = { .type = CONNECT, .answer = refusal_3, .size = sizeof refusal_3, .closes = TRUE, .only_v5 = TRUE };
  static const Script closes = { .type = CONNECT, .closes = TRUE, .only_v5 = TRUE };

  g_test_init (&argc, &argv, NULL);

  g_test_add_data_func ("/mqtt-hostile/older-broker/refuses-in-mqtt-5", &refuses_5, test_older_broker);
  g_test_add_data_func ("/mqtt-hostile/older-broker/refuses-in-mqtt-3", &refuses_3, test_older_broker);
  g_test_add_data_func ("/mqtt-hostile/older-broker/closes", &closes, test_older_broker);
  g_test_add_func ("/mqtt-hostile/broker-that-only-closes", test_broker_that_only_closes);
  g_test_add_func ("/mqtt-hostile/odd-greetings", test_odd_greetings);
  g_test_add_func ("/mqtt-hostile/odd-packets", test_odd_packets);
  g_test_add_func ("/mqtt-hostile/odd-answers-to-subscribe", test_odd_answers_to_subscribe);
  g_test_add_func ("/mqtt-hostile/subscription-that-is-taken-back", test_subscription_that_is_taken_back);
  g_test_add_func ("/mqtt-hostile/huge-message", test_huge_message);
  g_test_add_func ("/mqtt-hostile/huge-message-over-tls", test_huge_message_over_tls);
  g_test_add_func ("/mqtt-hostile/flood-without-reading", test_flood_without_reading);
  g_test_add_func ("/mqtt-hostile/end-in-the-middle-of-a-packet", test_end_in_the_middle_of_a_packet);
  g_test_add_data_func ("/mqtt-hostile/silence-times-out", GSIZE_TO_POINTER (0), test_silence_and_drips_time_out);
  g_test_add_data_func ("/mqtt-hostile/half-a-greeting-times-out", GSIZE_TO_POINTER (4), test_silence_and_drips_time_out);
  g_test_add_func ("/mqtt-hostile/packets-in-single-bytes", test_packets_in_single_bytes);
  g_test_add_func ("/mqtt-hostile/never-acknowledged", test_never_acknowledged);
  g_test_add_func ("/mqtt-hostile/small-limit-of-the-broker", test_small_limit_of_the_broker);
  g_test_add_func ("/mqtt-hostile/back-off-grows-until-a-connection-holds", test_back_off_grows_until_a_connection_holds);
  g_test_add_func ("/mqtt-hostile/noise", test_noise);

  return g_test_run ();
}
