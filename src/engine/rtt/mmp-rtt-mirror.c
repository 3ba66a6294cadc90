/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "rtt/mmp-rtt-mirror.h"

#include "base/mmp-error.h"
#include "mqtt/mmp-mqtt-topic.h"

/* As the thesis's tools: what is measured is the way itself, without repeats. */
#define QOS 0

struct _MmpRttMirror
{
  MmpMqttClient *client;
  char *publish;
  MmpRttMirrorFuncs funcs;
  gpointer user_data;
  MmpRttMirrorFigures figures;
};

static void
on_state_changed (MmpMqttClient *client,
                  MmpMqttState state,
                  const GError *cause,
                  gpointer user_data)
{
  MmpRttMirror *self = user_data;

  if (self->funcs.state_changed != NULL)
    self->funcs.state_changed (state, cause, self->user_data);
}

static void
on_message (MmpMqttClient *client,
            const MmpMqttMessage *message,
            gpointer user_data)
{
  MmpRttMirror *self = user_data;

  if (message->retained)
    {
      self->figures.retained++;
      return;
    }
  if (!mmp_mqtt_client_publish (client, self->publish, message->payload, QOS, FALSE, 0, NULL, NULL, NULL))
    {
      self->figures.dropped++;
      return;
    }

  self->figures.mirrored++;
  if (self->funcs.mirrored != NULL)
    self->funcs.mirrored (g_bytes_get_size (message->payload), self->user_data);
}

static const MmpMqttClientFuncs client_funcs = {
  .state_changed = on_state_changed,
  .message = on_message,
};

static void
on_subscribed (MmpMqttClient *client,
               const GError *error,
               gpointer user_data)
{
  MmpRttMirror *self = user_data;

  if (g_error_matches (error, MMP_ERROR, MMP_ERROR_BROKER_SUBSCRIBE) && self->funcs.failed != NULL)
    self->funcs.failed (error, self->user_data);
}

/**
 * mmp_rtt_mirror_new:
 * @context: (nullable): where it runs
 * @broker: the broker
 * @subscribe: topic, or filter, that it listens to
 * @publish: topic that it publishes to; @subscribe must not match it, else one message would go round for ever
 *
 * Returns: (transfer full): a mirror that connects; %NULL with %MMP_ERROR_ADDRESS_INVALID if the topics cannot be used
 */
MmpRttMirror *
mmp_rtt_mirror_new (GMainContext *context,
                    MmpMqttBroker *broker,
                    const char *subscribe,
                    const char *publish,
                    const MmpRttMirrorFuncs *funcs,
                    gpointer user_data,
                    GError **error)
{
  MmpRttMirror *self;

  if (!mmp_mqtt_topic_check_filter (subscribe, error) || !mmp_mqtt_topic_check_name (publish, error))
    return NULL;
  if (mmp_mqtt_topic_matches (subscribe, publish))
    {
      g_set_error (error, MMP_ERROR, MMP_ERROR_ADDRESS_INVALID, "a mirror that listens to \"%s\" would hear what it publishes to \"%s\"", subscribe, publish);
      return NULL;
    }

  self = g_new0 (MmpRttMirror, 1);
  self->publish = g_strdup (publish);
  self->funcs = *funcs;
  self->user_data = user_data;
  self->client = mmp_mqtt_client_new (context, broker, &client_funcs, self);
  mmp_mqtt_client_subscribe (self->client, subscribe, QOS, TRUE, on_subscribed, self);
  mmp_mqtt_client_start (self->client);

  return self;
}

/**
 * mmp_rtt_mirror_free:
 */
void
mmp_rtt_mirror_free (MmpRttMirror *self)
{
  mmp_mqtt_client_detach (self->client);
  g_object_unref (self->client);
  g_free (self->publish);
  g_free (self);
}

/**
 * mmp_rtt_mirror_get_figures:
 * @out: (out caller-allocates): the counters as of now
 */
void
mmp_rtt_mirror_get_figures (MmpRttMirror *self,
                            MmpRttMirrorFigures *out)
{
  *out = self->figures;
}
