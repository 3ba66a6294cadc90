/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mqtt/mmp-mqtt-client-private.h"

#include <string.h>

#include "base/mmp-error.h"

/* Fixed header, topic length, packet id, property length and a message expiry, rounded up. */
#define PUBLISH_OVERHEAD 24

/**
 * mmp_mqtt_client_subscribe:
 * @filter: a topic filter
 * @qos: 0 or 1
 * @flags: what shall come and how; without effect on MQTT 3.1.1
 * @done: (nullable): called for the first answer only, never from inside this function
 *
 * Subscribes now or as soon as there is a connection, and again after each reconnect. A subscription with the same
 * filter is replaced. If a broker that granted it once refuses it after a reconnect, the connection counts as lost.
 */
void
mmp_mqtt_client_subscribe (MmpMqttClient *self,
                           const char *filter,
                           int qos,
                           MmpMqttSubscribeFlags flags,
                           MmpMqttDoneFunc done,
                           gpointer user_data)
{
  g_return_if_fail (MMP_IS_MQTT_CLIENT (self));
  g_return_if_fail (filter != NULL);
  g_return_if_fail (qos == 0 || qos == 1);

  mmp_mqtt_requests_subscribe (self->requests, filter, qos, flags, done, user_data);
  if (mmp_mqtt_client_is_usable (self))
    mmp_mqtt_client_send_subscriptions (self, FALSE);
}

/**
 * mmp_mqtt_client_unsubscribe:
 * @filter: what was given to mmp_mqtt_client_subscribe(); an unknown one is ignored
 *
 * A few messages may still come.
 */
void
mmp_mqtt_client_unsubscribe (MmpMqttClient *self,
                             const char *filter)
{
  g_return_if_fail (MMP_IS_MQTT_CLIENT (self));
  g_return_if_fail (filter != NULL);

  if (mmp_mqtt_client_is_usable (self))
    mmp_mqtt_codec_unsubscribe (mmp_mqtt_connection_use (self->connection), filter);
  mmp_mqtt_requests_unsubscribe (self->requests, filter);
}

/**
 * mmp_mqtt_client_publish:
 * @qos: 0 or 1
 * @expiry: seconds that the broker may keep it for, 0 for no limit; without effect on MQTT 3.1.1
 * @done: (nullable): called when it was written (QoS 0) or acknowledged (QoS 1), never from inside this function, and
 *   not if this function failed
 *
 * Messages are not kept over a reconnect: what was not acknowledged is lost, and @done says so.
 *
 * Returns: %FALSE with %MMP_ERROR_BROKER_LOST if there is no connection, %MMP_ERROR_BROKER_LIMIT if too much waits or
 *   the message is too large, %MMP_ERROR_ADDRESS_INVALID if @topic is not valid
 */
gboolean
mmp_mqtt_client_publish (MmpMqttClient *self,
                         const char *topic,
                         GBytes *payload,
                         int qos,
                         gboolean retain,
                         guint expiry,
                         MmpMqttDoneFunc done,
                         gpointer user_data,
                         GError **error)
{
  g_autoptr (MmpMqttProperties) properties = NULL;
  const MmpMqttMessage message = { .topic = topic, .payload = payload, .qos = qos, .retained = retain };
  MmpMqttMessage limited = message;

  if (expiry == 0)
    return mmp_mqtt_client_publish_message (self, &message, done, user_data, error);

  properties = mmp_mqtt_properties_new ();
  properties->expiry = expiry;
  limited.properties = properties;

  return mmp_mqtt_client_publish_message (self, &limited, done, user_data, error);
}

/**
 * mmp_mqtt_client_publish_message:
 * @message: what to publish
 *
 * As mmp_mqtt_client_publish().
 */
gboolean
mmp_mqtt_client_publish_message (MmpMqttClient *self,
                                 const MmpMqttMessage *message,
                                 MmpMqttDoneFunc done,
                                 gpointer user_data,
                                 GError **error)
{
  g_return_val_if_fail (MMP_IS_MQTT_CLIENT (self), FALSE);
  g_return_val_if_fail (message->topic != NULL && message->payload != NULL, FALSE);
  g_return_val_if_fail (message->qos == 0 || message->qos == 1, FALSE);

  if (!mmp_mqtt_client_is_usable (self))
    {
      g_set_error_literal (error, MMP_ERROR, MMP_ERROR_BROKER_LOST, "there is no connection to the broker");
      return FALSE;
    }

  if (!mmp_mqtt_client_has_room_for (self, message))
    {
      g_set_error_literal (error, MMP_ERROR, MMP_ERROR_BROKER_LIMIT, "the message is too large for the broker");
      return FALSE;
    }

  return mmp_mqtt_requests_publish (self->requests, mmp_mqtt_connection_use (self->connection), message, done, user_data, error);
}

/**
 * mmp_mqtt_client_acknowledge:
 * @id: of a message that came over the present connection
 *
 * Tells the broker that it need not send it again. Does nothing without a connection, since the broker will send it again.
 */
void
mmp_mqtt_client_acknowledge (MmpMqttClient *self,
                             guint16 id)
{
  g_return_if_fail (MMP_IS_MQTT_CLIENT (self));

  if (mmp_mqtt_client_is_usable (self))
    mmp_mqtt_codec_acknowledge (mmp_mqtt_connection_use (self->connection), id);
}

/**
 * mmp_mqtt_client_set_paused:
 *
 * Stops or goes on reading what the broker sends. A little that came already is still given.
 */
void
mmp_mqtt_client_set_paused (MmpMqttClient *self,
                            gboolean paused)
{
  g_return_if_fail (MMP_IS_MQTT_CLIENT (self));

  if (self->paused == paused)
    return;
  self->paused = paused;
  if (self->connection != NULL)
    mmp_mqtt_connection_set_paused (self->connection, paused);
}

/**
 * mmp_mqtt_client_get_queued:
 *
 * Returns: bytes of payload that were given and are not yet written (QoS 0) or acknowledged (QoS 1)
 */
gsize
mmp_mqtt_client_get_queued (MmpMqttClient *self)
{
  g_return_val_if_fail (MMP_IS_MQTT_CLIENT (self), 0);

  return mmp_mqtt_requests_get_queued (self->requests);
}

/**
 * mmp_mqtt_client_count_free:
 *
 * Returns: how many messages may be published, if they are small, before the first of those under way is answered
 */
guint
mmp_mqtt_client_count_free (MmpMqttClient *self)
{
  g_return_val_if_fail (MMP_IS_MQTT_CLIENT (self), 0);

  return mmp_mqtt_requests_count_free (self->requests);
}

/**
 * mmp_mqtt_client_has_room_for:
 *
 * Returns: whether @message is not too large for the broker and for us
 */
gboolean
mmp_mqtt_client_has_room_for (MmpMqttClient *self,
                              const MmpMqttMessage *message)
{
  g_return_val_if_fail (MMP_IS_MQTT_CLIENT (self), FALSE);

  return strlen (message->topic) + g_bytes_get_size (message->payload) + mmp_mqtt_properties_measure (message->properties) + PUBLISH_OVERHEAD <= self->max_packet;
}

/**
 * mmp_mqtt_client_get_max_packet:
 *
 * Returns: the largest packet, headers included, that may be published: what the broker said, or our own limit if that
 *   is less
 */
gsize
mmp_mqtt_client_get_max_packet (MmpMqttClient *self)
{
  g_return_val_if_fail (MMP_IS_MQTT_CLIENT (self), 0);

  return self->max_packet;
}
