/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mqtt/mmp-mqtt-client.h"

#include <string.h>

#include "base/mmp-backoff.h"
#include "base/mmp-error.h"
#include "base/mmp-limits.h"
#include "mqtt/mmp-mqtt-connection.h"
#include "mqtt/mmp-mqtt-requests-private.h"

/* A connection that did not last this long counts as one more failure. */
#define GOOD_AFTER MMP_SECONDS (5)

/* Fixed header, topic length, packet id, property length and a message expiry, rounded up. */
#define PUBLISH_OVERHEAD 24

struct _MmpMqttClient
{
  GObject parent_instance;

  GMainContext *context;
  MmpClock *clock;
  MmpMqttBroker *broker;
  MmpMqttClientFuncs funcs; /* cleared by detach */
  gpointer user_data;
  char client_id[24];

  MmpMqttState state;
  gboolean stopping; /* DISCONNECT is on its way */
  gboolean v3; /* the broker does not speak MQTT 5 */
  gboolean v3_guessed; /* it did not say so, it only closed */
  MmpMqttConnection *connection; /* nullable */
  MmpBackoff backoff;
  guint retry_timer;
  guint refused_timer;
  gint64 online_since;
  gsize max_packet;

  MmpMqttRequests *requests;
};

G_DEFINE_FINAL_TYPE (MmpMqttClient, mmp_mqtt_client, G_TYPE_OBJECT)

static void
set_state (MmpMqttClient *self,
           MmpMqttState state,
           const GError *cause)
{
  if (self->state == state)
    return;

  self->state = state;
  if (self->funcs.state_changed != NULL)
    self->funcs.state_changed (self, state, cause, self->user_data);
}

static void
on_refused (gpointer user_data)
{
  g_autoptr (MmpMqttClient) self = g_object_ref (user_data);

  self->refused_timer = 0;
  mmp_mqtt_requests_answer_refused (self->requests);
}

static void
send_subscriptions (MmpMqttClient *self,
                    gboolean all)
{
  if (!mmp_mqtt_requests_send (self->requests, all, mmp_mqtt_connection_use (self->connection)) && self->refused_timer == 0)
    self->refused_timer = mmp_clock_add (self->clock, mmp_clock_now (self->clock), on_refused, self);
}

static gboolean
is_usable (MmpMqttClient *self)
{
  return self->state == MMP_MQTT_STATE_ONLINE && !self->stopping;
}

static void
connect_again (MmpMqttClient *self);

static void
on_retry (gpointer user_data)
{
  MmpMqttClient *self = user_data;

  self->retry_timer = 0;
  connect_again (self);
}

/* Whether to try again at once with MQTT 3.1.1. A broker that only closed may as well be one that is shutting down; so
 * that is believed only if it then answers the older greeting. */
static gboolean
choose_version (MmpMqttClient *self)
{
  if (self->v3_guessed)
    {
      self->v3_guessed = FALSE;
      self->v3 = FALSE;
      return FALSE;
    }
  if (!mmp_mqtt_connection_wants_older (self->connection))
    return FALSE;

  self->v3 = TRUE;
  self->v3_guessed = !mmp_mqtt_connection_was_answered (self->connection);

  return TRUE;
}

static void
on_ended (const GError *cause,
          gpointer user_data)
{
  g_autoptr (MmpMqttClient) self = g_object_ref (user_data);
  gboolean again = self->state == MMP_MQTT_STATE_CONNECTING && choose_version (self);

  g_clear_pointer (&self->connection, mmp_mqtt_connection_abandon);
  if (self->stopping)
    {
      self->stopping = FALSE;
      set_state (self, MMP_MQTT_STATE_STOPPED, NULL);
      return;
    }
  if (again)
    {
      connect_again (self);
      return;
    }

  if (self->state == MMP_MQTT_STATE_ONLINE && mmp_clock_now (self->clock) - self->online_since >= GOOD_AFTER)
    mmp_backoff_reset (&self->backoff);
  self->retry_timer = mmp_clock_add (self->clock, mmp_clock_now (self->clock) + mmp_backoff_next (&self->backoff), on_retry, self);
  set_state (self, MMP_MQTT_STATE_WAITING, cause);
  mmp_mqtt_requests_lose (self->requests, cause->message);
}

static void
on_greeted (gsize max_packet,
            gpointer user_data)
{
  g_autoptr (MmpMqttClient) self = g_object_ref (user_data);

  self->v3_guessed = FALSE;
  self->online_since = mmp_clock_now (self->clock);
  self->max_packet = max_packet > 0 ? MIN (max_packet, MMP_MQTT_PACKET_MAX) : MMP_MQTT_PACKET_MAX;
  send_subscriptions (self, TRUE);
  set_state (self, MMP_MQTT_STATE_ONLINE, NULL);
}

static void
on_message (const char *topic,
            GBytes *payload,
            gboolean retained,
            gpointer user_data)
{
  g_autoptr (MmpMqttClient) self = g_object_ref (user_data);
  const MmpMqttMessage message = { .topic = topic, .payload = payload, .retained = retained };

  if (self->funcs.message != NULL)
    self->funcs.message (self, &message, self->user_data);
}

static void
on_subscribed (int id,
               int code,
               gpointer user_data)
{
  g_autoptr (MmpMqttClient) self = g_object_ref (user_data);
  g_autoptr (GError) lost = mmp_mqtt_requests_subscribed (self->requests, id, code);

  if (lost != NULL)
    on_ended (lost, self);
}

static void
on_published (int id,
              int code,
              gpointer user_data)
{
  g_autoptr (MmpMqttClient) self = g_object_ref (user_data);

  mmp_mqtt_requests_published (self->requests, id, code);
}

static const MmpMqttConnectionFuncs connection_funcs = {
  .codec = {
      .greeted = on_greeted,
      .message = on_message,
      .subscribed = on_subscribed,
      .published = on_published,
  },
  .ended = on_ended,
};

static void
connect_again (MmpMqttClient *self)
{
  self->connection = mmp_mqtt_connection_new (self->context, self->clock, self->broker, self->client_id, !self->v3,
                                              &connection_funcs, self);
  set_state (self, MMP_MQTT_STATE_CONNECTING, NULL);
}

static void
mmp_mqtt_client_dispose (GObject *object)
{
  mmp_mqtt_client_detach (MMP_MQTT_CLIENT (object));

  G_OBJECT_CLASS (mmp_mqtt_client_parent_class)->dispose (object);
}

static void
mmp_mqtt_client_finalize (GObject *object)
{
  MmpMqttClient *self = MMP_MQTT_CLIENT (object);

  g_clear_pointer (&self->requests, mmp_mqtt_requests_free);
  g_clear_pointer (&self->clock, mmp_clock_unref);
  g_clear_pointer (&self->broker, mmp_mqtt_broker_unref);
  g_clear_pointer (&self->context, g_main_context_unref);

  G_OBJECT_CLASS (mmp_mqtt_client_parent_class)->finalize (object);
}

static void
mmp_mqtt_client_class_init (MmpMqttClientClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = mmp_mqtt_client_dispose;
  object_class->finalize = mmp_mqtt_client_finalize;
}

static void
mmp_mqtt_client_init (MmpMqttClient *self)
{
  self->backoff = (MmpBackoff) { .first = MMP_SECONDS (1), .factor = 2, .max = MMP_SECONDS (60) };
  self->max_packet = MMP_MQTT_PACKET_MAX;
  self->requests = mmp_mqtt_requests_new (self);
  g_snprintf (self->client_id, sizeof self->client_id, "mmp%08x%08x", g_random_int (), g_random_int ());
}

/**
 * mmp_mqtt_client_new:
 * @context: (nullable): where everything happens; %NULL for the global default one
 * @broker: where the broker is
 * @funcs: what to call
 *
 * Returns: (transfer full): a client that is stopped
 */
MmpMqttClient *
mmp_mqtt_client_new (GMainContext *context,
                     MmpMqttBroker *broker,
                     const MmpMqttClientFuncs *funcs,
                     gpointer user_data)
{
  g_autoptr (MmpClock) clock = mmp_clock_new (context);

  return mmp_mqtt_client_new_with_clock (context, clock, broker, funcs, user_data);
}

/**
 * mmp_mqtt_client_new_with_clock:
 * @clock: the clock for time limits and back-off, of the same thread as @context
 *
 * As mmp_mqtt_client_new(), for tests that let an hour pass.
 *
 * Returns: (transfer full): a client that is stopped
 */
MmpMqttClient *
mmp_mqtt_client_new_with_clock (GMainContext *context,
                                MmpClock *clock,
                                MmpMqttBroker *broker,
                                const MmpMqttClientFuncs *funcs,
                                gpointer user_data)
{
  MmpMqttClient *self = g_object_new (MMP_TYPE_MQTT_CLIENT, NULL);

  self->context = g_main_context_ref (context != NULL ? context : g_main_context_default ());
  self->clock = mmp_clock_ref (clock);
  self->broker = mmp_mqtt_broker_ref (broker);
  self->funcs = *funcs;
  self->user_data = user_data;

  return self;
}

/**
 * mmp_mqtt_client_start:
 *
 * Connects, and connects again whenever the connection is lost, until mmp_mqtt_client_stop(). Does nothing if started.
 */
void
mmp_mqtt_client_start (MmpMqttClient *self)
{
  g_return_if_fail (MMP_IS_MQTT_CLIENT (self));

  if (self->stopping)
    {
      self->stopping = FALSE;
      g_clear_pointer (&self->connection, mmp_mqtt_connection_leave);
    }
  else if (self->state != MMP_MQTT_STATE_STOPPED)
    {
      return;
    }

  mmp_backoff_reset (&self->backoff);
  connect_again (self);
}

/**
 * mmp_mqtt_client_stop:
 *
 * Ends every request with %MMP_ERROR_CANCELLED before it returns. What was published is still sent, then DISCONNECT;
 * the state is %MMP_MQTT_STATE_STOPPED when that is done, within two seconds, or at once if there was no connection.
 * Subscriptions stay for the next start.
 */
void
mmp_mqtt_client_stop (MmpMqttClient *self)
{
  g_autoptr (MmpMqttClient) held = NULL;

  g_return_if_fail (MMP_IS_MQTT_CLIENT (self));

  if (self->state == MMP_MQTT_STATE_STOPPED || self->stopping)
    return;

  held = g_object_ref (self);
  mmp_clock_remove (self->clock, &self->retry_timer);
  self->stopping = self->state == MMP_MQTT_STATE_ONLINE;
  if (self->stopping)
    mmp_mqtt_connection_finish (self->connection);
  else
    g_clear_pointer (&self->connection, mmp_mqtt_connection_abandon);
  if (!self->stopping)
    set_state (self, MMP_MQTT_STATE_STOPPED, NULL);
  mmp_mqtt_requests_cancel (self->requests);
}

/**
 * mmp_mqtt_client_detach:
 *
 * As mmp_mqtt_client_stop(), and never calls the funcs again. The last messages and DISCONNECT go out by themselves as
 * long as the context runs.
 */
void
mmp_mqtt_client_detach (MmpMqttClient *self)
{
  g_return_if_fail (MMP_IS_MQTT_CLIENT (self));

  self->funcs = (MmpMqttClientFuncs) { 0 };
  self->state = MMP_MQTT_STATE_STOPPED;
  self->stopping = FALSE;
  mmp_clock_remove (self->clock, &self->retry_timer);
  mmp_clock_remove (self->clock, &self->refused_timer);
  g_clear_pointer (&self->connection, mmp_mqtt_connection_leave);
  mmp_mqtt_requests_cancel (self->requests);
}

/**
 * mmp_mqtt_client_kick:
 *
 * Connects anew at once and starts the back-off again: the network changed, so the old connection is most likely dead.
 * Does nothing if stopped.
 */
void
mmp_mqtt_client_kick (MmpMqttClient *self)
{
  g_autoptr (MmpMqttClient) held = NULL;

  g_return_if_fail (MMP_IS_MQTT_CLIENT (self));

  if (self->state == MMP_MQTT_STATE_STOPPED || self->stopping)
    return;

  held = g_object_ref (self);
  mmp_clock_remove (self->clock, &self->retry_timer);
  mmp_backoff_reset (&self->backoff);
  g_clear_pointer (&self->connection, mmp_mqtt_connection_abandon);
  connect_again (self);
  mmp_mqtt_requests_lose (self->requests, "the connection to the broker was made anew");
}

/**
 * mmp_mqtt_client_get_state:
 *
 * Returns: the state, as last given to @state_changed
 */
MmpMqttState
mmp_mqtt_client_get_state (MmpMqttClient *self)
{
  g_return_val_if_fail (MMP_IS_MQTT_CLIENT (self), MMP_MQTT_STATE_STOPPED);

  return self->state;
}

/**
 * mmp_mqtt_client_is_v5:
 *
 * Returns: %FALSE if the broker turned out not to speak MQTT 5, so that MQTT 3.1.1 is spoken
 */
gboolean
mmp_mqtt_client_is_v5 (MmpMqttClient *self)
{
  g_return_val_if_fail (MMP_IS_MQTT_CLIENT (self), FALSE);

  return !self->v3;
}

/**
 * mmp_mqtt_client_subscribe:
 * @filter: a topic filter
 * @qos: 0 or 1
 * @no_local: %TRUE for no echo of what this client publishes; without effect on MQTT 3.1.1
 * @done: (nullable): called for the first answer only, never from inside this function
 *
 * Subscribes now or as soon as there is a connection, and again after each reconnect. A subscription with the same
 * filter is replaced. If a broker that granted it once refuses it after a reconnect, the connection counts as lost.
 */
void
mmp_mqtt_client_subscribe (MmpMqttClient *self,
                           const char *filter,
                           int qos,
                           gboolean no_local,
                           MmpMqttDoneFunc done,
                           gpointer user_data)
{
  g_return_if_fail (MMP_IS_MQTT_CLIENT (self));
  g_return_if_fail (filter != NULL);
  g_return_if_fail (qos == 0 || qos == 1);

  mmp_mqtt_requests_subscribe (self->requests, filter, qos, no_local, done, user_data);
  if (is_usable (self))
    send_subscriptions (self, FALSE);
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

  if (is_usable (self))
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
  g_return_val_if_fail (MMP_IS_MQTT_CLIENT (self), FALSE);
  g_return_val_if_fail (topic != NULL && payload != NULL, FALSE);
  g_return_val_if_fail (qos == 0 || qos == 1, FALSE);

  if (!is_usable (self))
    {
      g_set_error_literal (error, MMP_ERROR, MMP_ERROR_BROKER_LOST, "there is no connection to the broker");
      return FALSE;
    }

  if (strlen (topic) + g_bytes_get_size (payload) + PUBLISH_OVERHEAD > self->max_packet)
    {
      g_set_error_literal (error, MMP_ERROR, MMP_ERROR_BROKER_LIMIT, "the message is too large for the broker");
      return FALSE;
    }

  return mmp_mqtt_requests_publish (self->requests, mmp_mqtt_connection_use (self->connection), topic, payload, qos, retain,
                                    expiry, done, user_data, error);
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
