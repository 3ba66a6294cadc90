/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/mmp-limits.h"
#include "mmp-certificates.h"
#include "mmp-fake-script.h"
#include "mmp-mqtt-probe.h"
#include "mmp-peak-memory.h"
#include "mmp-test.h"

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

  if (first >> 4 != MMP_FAKE_SUBSCRIBE)
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
  before = mmp_test_peak_memory ();
  mmp_fake_broker_set_packet_func (broker, announce_too_much, NULL);
  mmp_mqtt_client_subscribe (probe->client, "a", 1, FALSE, NULL, NULL);
  mmp_test_await (probe->cause != NULL);
  mmp_mqtt_probe_assert_cause (probe, MMP_ERROR_BROKER_LIMIT, "158486405 bytes");
  mmp_test_await (mmp_fake_broker_count_guests (broker) == 0);
  mmp_test_assert_memory (before);
}

static void
test_huge_message (void)
{
  g_autoptr (MmpFakeBroker) broker = mmp_fake_broker_new (NULL);
  g_autoptr (MmpMqttProbe) probe = mmp_fake_script_probe (broker, NULL);

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

  if (first >> 4 != MMP_FAKE_SUBSCRIBE)
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
  before = mmp_test_peak_memory ();

  /* It stops taking messages when the acknowledgements fill the kernel's buffers. */
  while (quiet < 20)
    {
      mmp_test_await (g_main_context_iteration (NULL, FALSE) || ++quiet > 0);
      if (count != last)
        quiet = 0;
      last = count;
    }
  g_test_message ("%u messages taken", count);
  g_assert_cmpuint (count, <, FLOOD);
  mmp_test_assert_memory (before);
  mmp_mqtt_client_detach (client);
  mmp_fake_broker_close_all (broker);
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
  MmpFakeScript script = { .type = MMP_FAKE_CONNECT, .answer = greeting, .size = GPOINTER_TO_SIZE (data) };
  g_autoptr (MmpClock) clock = mmp_clock_new_virtual ();
  g_autoptr (MmpMqttProbe) probe = NULL;

  mmp_fake_broker_set_packet_func (broker, mmp_fake_script_follow, &script);
  probe = mmp_fake_script_probe (broker, clock);
  mmp_test_await (script.seen == 1);
  g_assert_cmpint (pass_until_state_changes (probe), >=, MMP_SECONDS (10));
  g_assert_cmpint (mmp_clock_now (clock), <, MMP_SECONDS (11));
  mmp_mqtt_probe_assert_cause (probe, MMP_ERROR_BROKER_UNREACHABLE, "does not greet");
  g_assert_cmpstr (probe->states->str, ==, "CW");
}

static void
test_never_acknowledged (void)
{
  g_autoptr (MmpFakeBroker) broker = mmp_fake_broker_new (NULL);
  MmpFakeScript script = { .type = MMP_FAKE_PUBLISH };
  g_autoptr (MmpMqttProbe) probe = NULL;
  g_autoptr (GBytes) payload = g_bytes_new_static ("x", 1);
  g_autoptr (GError) error = NULL;
  guint taken = 0;

  mmp_fake_broker_set_packet_func (broker, mmp_fake_script_follow, &script);
  probe = mmp_fake_script_probe (broker, NULL);
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
  MmpFakeScript script = { .type = MMP_FAKE_CONNECT, .answer = greeting, .size = sizeof greeting };
  g_autoptr (MmpMqttProbe) probe = NULL;
  g_autoptr (GBytes) payload = g_bytes_new_static ("012345678901234567890123456789012345678901234567890123456789", 60);
  g_autoptr (GError) error = NULL;

  mmp_fake_broker_set_packet_func (broker, mmp_fake_script_follow, &script);
  probe = mmp_fake_script_probe (broker, NULL);
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
  MmpFakeScript script = { .type = MMP_FAKE_CONNECT, .answer = greet_and_end, .size = sizeof greet_and_end };
  g_autoptr (MmpClock) clock = mmp_clock_new_virtual ();
  g_autoptr (MmpMqttProbe) probe = NULL;
  gint64 until;

  mmp_fake_broker_set_packet_func (broker, mmp_fake_script_follow, &script);
  probe = mmp_fake_script_probe (broker, clock);
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

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/mqtt-hostile/huge-message", test_huge_message);
  g_test_add_func ("/mqtt-hostile/huge-message-over-tls", test_huge_message_over_tls);
  g_test_add_func ("/mqtt-hostile/flood-without-reading", test_flood_without_reading);
  g_test_add_data_func ("/mqtt-hostile/silence-times-out", GSIZE_TO_POINTER (0), test_silence_and_drips_time_out);
  g_test_add_data_func ("/mqtt-hostile/half-a-greeting-times-out", GSIZE_TO_POINTER (4), test_silence_and_drips_time_out);
  g_test_add_func ("/mqtt-hostile/never-acknowledged", test_never_acknowledged);
  g_test_add_func ("/mqtt-hostile/small-limit-of-the-broker", test_small_limit_of_the_broker);
  g_test_add_func ("/mqtt-hostile/back-off-grows-until-a-connection-holds", test_back_off_grows_until_a_connection_holds);

  return g_test_run ();
}
