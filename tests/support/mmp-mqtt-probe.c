/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-mqtt-probe.h"

#include <string.h>

#include "mmp-test.h"

static void
on_state_changed (MmpMqttClient *client,
                  MmpMqttState state,
                  const GError *cause,
                  gpointer user_data)
{
  MmpMqttProbe *self = user_data;

  g_assert_true (mmp_mqtt_client_get_state (client) == state);
  g_string_append_c (self->states, "SCOW"[state]);
  if (cause != NULL)
    {
      g_test_message ("cause: %s", cause->message);
      g_clear_error (&self->cause);
      self->cause = g_error_copy (cause);
    }
}

static void
on_message (MmpMqttClient *client,
            const MmpMqttMessage *message,
            gpointer user_data)
{
  MmpMqttProbe *self = user_data;
  gsize size;
  const char *payload = g_bytes_get_data (message->payload, &size);

  g_ptr_array_add (self->messages, g_strdup_printf ("%s %.*s%s", message->topic, (int) size, payload != NULL ? payload : "",
                                                    message->retained ? " retained" : ""));
}

/**
 * mmp_mqtt_probe_new:
 * @clock: (nullable): a virtual clock for the client
 *
 * Returns: (transfer full): a client that is started, on the default context
 */
MmpMqttProbe *
mmp_mqtt_probe_new (MmpMqttBroker *broker,
                    MmpClock *clock)
{
  static const MmpMqttClientFuncs funcs = { on_state_changed, on_message };
  MmpMqttProbe *self = g_new0 (MmpMqttProbe, 1);

  self->clock = clock != NULL ? mmp_clock_ref (clock) : NULL;
  self->states = g_string_new (NULL);
  self->messages = g_ptr_array_new_with_free_func (g_free);
  self->client = clock != NULL
                     ? mmp_mqtt_client_new_with_clock (NULL, clock, broker, &funcs, self)
                     : mmp_mqtt_client_new (NULL, broker, &funcs, self);
  mmp_mqtt_client_start (self->client);

  return self;
}

/**
 * mmp_mqtt_probe_free:
 *
 * Stops the client and proves that it ends.
 */
void
mmp_mqtt_probe_free (MmpMqttProbe *self)
{
  mmp_mqtt_client_stop (self->client);
  mmp_test_await (mmp_mqtt_client_get_state (self->client) == MMP_MQTT_STATE_STOPPED);
  mmp_test_await_finalize (self->client);
  g_clear_pointer (&self->clock, mmp_clock_unref);
  g_string_free (self->states, TRUE);
  g_ptr_array_unref (self->messages);
  g_clear_error (&self->cause);
  g_clear_error (&self->error);
  g_free (self);
}

/**
 * mmp_mqtt_probe_on_done:
 * @user_data: a probe
 *
 * Notes the answer to a request.
 */
void
mmp_mqtt_probe_on_done (MmpMqttClient *client,
                        const GError *error,
                        gpointer user_data)
{
  MmpMqttProbe *self = user_data;

  self->done++;
  g_clear_error (&self->error);
  if (error != NULL)
    self->error = g_error_copy (error);
}

/**
 * mmp_mqtt_probe_subscribe:
 *
 * Subscribes and waits until it is granted.
 */
void
mmp_mqtt_probe_subscribe (MmpMqttProbe *self,
                          const char *filter,
                          int qos)
{
  guint before = self->done;

  mmp_mqtt_client_subscribe (self->client, filter, qos, FALSE, mmp_mqtt_probe_on_done, self);
  mmp_test_await (self->done > before);
  g_assert_no_error (self->error);
}

/**
 * mmp_mqtt_probe_publish:
 *
 * Publishes; waits only for room.
 */
void
mmp_mqtt_probe_publish (MmpMqttProbe *self,
                        const char *topic,
                        const char *payload,
                        int qos)
{
  g_autoptr (GBytes) bytes = g_bytes_new (payload, strlen (payload));
  g_autoptr (GError) error = NULL;

  while (!mmp_mqtt_client_publish (self->client, topic, bytes, qos, FALSE, 30, mmp_mqtt_probe_on_done, self, &error))
    {
      guint before = self->done;

      g_assert_error (error, MMP_ERROR, MMP_ERROR_BROKER_LIMIT);
      g_clear_error (&error);
      mmp_test_await (self->done > before);
    }
}

/**
 * mmp_mqtt_probe_is_online:
 *
 * Returns: whether the client is online now
 */
gboolean
mmp_mqtt_probe_is_online (MmpMqttProbe *self)
{
  return mmp_mqtt_client_get_state (self->client) == MMP_MQTT_STATE_ONLINE;
}

/**
 * mmp_mqtt_probe_get_message:
 *
 * Waits for a message.
 *
 * Returns: (transfer none): the message with this index
 */
const char *
mmp_mqtt_probe_get_message (MmpMqttProbe *self,
                            guint index)
{
  mmp_test_await (self->messages->len > index);

  return g_ptr_array_index (self->messages, index);
}

/**
 * mmp_test_broker:
 *
 * Returns: (transfer full): a broker at 127.0.0.1
 */
MmpMqttBroker *
mmp_test_broker (guint port,
                 gboolean tls)
{
  g_autoptr (GError) error = NULL;
  MmpMqttBroker *broker = mmp_mqtt_broker_new ("127.0.0.1", port, tls, &error);

  g_assert_no_error (error);

  return broker;
}
