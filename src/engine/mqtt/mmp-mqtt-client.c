/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mqtt/mmp-mqtt-client.h"

#include "base/mmp-error.h"
#include "base/mmp-limits.h"
#include "mqtt/mmp-mqtt-client-private.h"

/* A connection that did not last this long counts as one more failure. */
#define GOOD_AFTER MMP_SECONDS (5)

#define PUBLICATIONS_MAX 256

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

/* Asks the broker for all subscriptions, or for the newest one */
void
mmp_mqtt_client_send_subscriptions (MmpMqttClient *self,
                                    gboolean all)
{
  /* MQTT 3.1.1 cannot ask for a subscription without what the broker retained. */
  gboolean known = all && self->resumed && self->v3;

  if (!mmp_mqtt_requests_send (self->requests, all, known, mmp_mqtt_connection_use (self->connection)) && self->refused_timer == 0)
    self->refused_timer = mmp_clock_add (self->clock, mmp_clock_now (self->clock), on_refused, self);
}

/* Whether a request may go to the broker now */
gboolean
mmp_mqtt_client_is_usable (MmpMqttClient *self)
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
            gboolean resumed,
            gpointer user_data)
{
  g_autoptr (MmpMqttClient) self = g_object_ref (user_data);

  self->v3_guessed = FALSE;
  self->online_since = mmp_clock_now (self->clock);
  self->resumed = resumed;
  self->max_packet = max_packet > 0 ? MIN (max_packet, self->options.packet_max) : self->options.packet_max;
  mmp_mqtt_client_send_subscriptions (self, TRUE);
  set_state (self, MMP_MQTT_STATE_ONLINE, NULL);
}

static void
on_message (const MmpMqttMessage *message,
            gpointer user_data)
{
  g_autoptr (MmpMqttClient) self = g_object_ref (user_data);

  if (self->funcs.message != NULL)
    self->funcs.message (self, message, self->user_data);
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
  self->connection = mmp_mqtt_connection_new (self->context, self->clock, self->broker, &self->options, !self->v3,
                                              &connection_funcs, self);
  mmp_mqtt_connection_set_paused (self->connection, self->paused);
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
  g_clear_pointer (&self->client_id, g_free);
  g_clear_pointer (&self->will_topic, g_free);

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
  const MmpMqttOptions options = {
    .packet_max = MMP_MQTT_PACKET_MAX,
    .receive_max = MMP_MQTT_RECEIVE_MAX,
    .send_max = PUBLICATIONS_MAX,
  };

  return mmp_mqtt_client_new_with_options (context, clock, broker, &options, funcs, user_data);
}

/**
 * mmp_mqtt_client_new_with_options:
 * @options: what is not as usual; copied
 *
 * As mmp_mqtt_client_new_with_clock().
 *
 * Returns: (transfer full): a client that is stopped
 */
MmpMqttClient *
mmp_mqtt_client_new_with_options (GMainContext *context,
                                  MmpClock *clock,
                                  MmpMqttBroker *broker,
                                  const MmpMqttOptions *options,
                                  const MmpMqttClientFuncs *funcs,
                                  gpointer user_data)
{
  MmpMqttClient *self = g_object_new (MMP_TYPE_MQTT_CLIENT, NULL);

  self->client_id = options->client_id != NULL ? g_strdup (options->client_id) : g_strdup_printf ("mmp%08x%08x", g_random_int (), g_random_int ());
  self->will_topic = g_strdup (options->will_topic);
  self->options = *options;
  self->options.client_id = self->client_id;
  self->options.will_topic = self->will_topic;
  self->max_packet = options->packet_max;
  self->v3 = options->only_v3;
  if (options->backoff_max > 0)
    self->backoff.max = options->backoff_max;
  self->requests = mmp_mqtt_requests_new (self, options->send_max);
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
 * mmp_mqtt_client_is_resumed:
 *
 * Returns: whether the broker, when it greeted, still knew the session of this client id
 */
gboolean
mmp_mqtt_client_is_resumed (MmpMqttClient *self)
{
  g_return_val_if_fail (MMP_IS_MQTT_CLIENT (self), FALSE);

  return self->resumed;
}
