/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mmp-error.h"
#include "mmp-mosquitto.h"
#include "mmp-test.h"
#include "mqtt/mmp-mqtt-client.h"

typedef struct
{
  MmpMqttClient *client;
  GPtrArray *messages; /* "topic payload", with " retained" */
  GString *states; /* a letter each */
  GError *cause; /* the last one */
  guint done;
  GError *error; /* of the last request */
} Fixture;

static void
on_state_changed (MmpMqttClient *client,
                  MmpMqttState state,
                  const GError *cause,
                  gpointer user_data)
{
  Fixture *fixture = user_data;

  g_string_append_c (fixture->states, "SCOW"[state]);
  if (cause != NULL)
    {
      g_clear_error (&fixture->cause);
      fixture->cause = g_error_copy (cause);
    }
}

static void
on_message (MmpMqttClient *client,
            const MmpMqttMessage *message,
            gpointer user_data)
{
  Fixture *fixture = user_data;
  gsize size;
  const char *payload = g_bytes_get_data (message->payload, &size);

  g_ptr_array_add (fixture->messages, g_strdup_printf ("%s %.*s%s", message->topic, (int) size, payload != NULL ? payload : "", message->retained ? " retained" : ""));
}

static const MmpMqttClientFuncs funcs = { on_state_changed, on_message };

static void
on_done (MmpMqttClient *client,
         const GError *error,
         gpointer user_data)
{
  Fixture *fixture = user_data;

  fixture->done++;
  g_clear_error (&fixture->error);
  if (error != NULL)
    fixture->error = g_error_copy (error);
}

static void
set_up (Fixture *fixture,
        MmpMqttBroker *broker)
{
  *fixture = (Fixture) { 0 };
  fixture->messages = g_ptr_array_new_with_free_func (g_free);
  fixture->states = g_string_new (NULL);
  fixture->client = mmp_mqtt_client_new (NULL, broker, &funcs, fixture);
}

static void
tear_down (Fixture *fixture)
{
  mmp_mqtt_client_stop (fixture->client);
  mmp_test_await (mmp_mqtt_client_get_state (fixture->client) == MMP_MQTT_STATE_STOPPED);
  mmp_test_await_finalize (fixture->client);
  g_ptr_array_unref (fixture->messages);
  g_string_free (fixture->states, TRUE);
  g_clear_error (&fixture->cause);
  g_clear_error (&fixture->error);
}

static MmpMqttBroker *
broker_at (guint port)
{
  g_autoptr (GError) error = NULL;
  MmpMqttBroker *broker = mmp_mqtt_broker_new ("127.0.0.1", port, FALSE, &error);

  g_assert_no_error (error);

  return broker;
}

static void
publish (Fixture *fixture,
         const char *topic,
         const char *payload,
         int qos,
         gboolean retain)
{
  g_autoptr (GBytes) bytes = g_bytes_new (payload, strlen (payload));
  g_autoptr (GError) error = NULL;

  mmp_mqtt_client_publish (fixture->client, topic, bytes, qos, retain, 30, on_done, fixture, &error);
  g_assert_no_error (error);
}

static void
test_messages_arrive (void)
{
  g_autoptr (MmpMosquitto) mosquitto = NULL;
  g_autoptr (MmpMqttBroker) broker = NULL;
  Fixture fixture;

  if (!mmp_mosquitto_is_here ())
    return;

  mosquitto = mmp_mosquitto_new (NULL);
  mmp_mosquitto_start (mosquitto);
  broker = broker_at (mmp_mosquitto_get_port (mosquitto));
  set_up (&fixture, broker);
  mmp_mqtt_client_start (fixture.client);
  mmp_mqtt_client_subscribe (fixture.client, "a/+", 1, FALSE, on_done, &fixture);
  mmp_test_await (fixture.done == 1);
  g_assert_no_error (fixture.error);
  g_assert_cmpstr (fixture.states->str, ==, "CO");
  g_assert_true (mmp_mqtt_client_is_v5 (fixture.client));

  publish (&fixture, "a/b", "one", 1, FALSE);
  publish (&fixture, "a/c", "two", 0, FALSE);
  mmp_test_await (fixture.done == 3 && fixture.messages->len == 2);
  g_assert_cmpstr (g_ptr_array_index (fixture.messages, 0), ==, "a/b one");
  g_assert_cmpstr (g_ptr_array_index (fixture.messages, 1), ==, "a/c two");
  g_assert_cmpuint (mmp_mqtt_client_get_queued (fixture.client), ==, 0);
  tear_down (&fixture);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/mqtt-client/messages-arrive", test_messages_arrive);

  return g_test_run ();
}
