/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-classic"

#include "classic/mmp-classic-post.h"

#include <string.h>

#include "base/mmp-error.h"
#include "classic/mmp-classic-guard.h"
#include "mqtt/mmp-mqtt-client.h"
#include "tunnel/mmp-crossing.h"

#define QOS 0

/* What anybody can send waits for control in this number; what is above is dropped on I/O. */
#define MESSAGES_WAITING_MAX 64

struct _MmpClassicPost
{
  const MmpEndpointConfig *config;
  MmpClassicSide side; /* what this device is */
  char *channel;
  MmpClassicPostFuncs funcs;
  gpointer user_data;
  MmpCrossing *crossing;
  MmpClassicGuard *guard;
  gboolean ready;
};

/* The I/O side: the connection to the broker */
typedef struct
{
  MmpCrossing *crossing;
  MmpMqttClient *client;
  gboolean granted; /* the subscription was, at least once */
} Wire;

/* What crosses; only some of it is set */
typedef struct
{
  GMainContext *io;
  MmpMqttBroker *broker;
  char *topic; /* or filter */
  GBytes *sealed;
  GError *cause;
} Parcel;

static void
parcel_free (gpointer data)
{
  Parcel *parcel = data;

  g_clear_pointer (&parcel->io, g_main_context_unref);
  g_clear_pointer (&parcel->broker, mmp_mqtt_broker_unref);
  g_clear_pointer (&parcel->sealed, g_bytes_unref);
  g_clear_error (&parcel->cause);
  g_free (parcel->topic);
  g_free (parcel);
}

/* Which side may send which type. What is sealed for one direction opens in the other one as well, so an answer that comes
 * as if it were an offer is our own. */
static gboolean
may_send (MmpClassicSide side,
          MmpClassicType type)
{
  return type == MMP_CLASSIC_BYE || (type == MMP_CLASSIC_OFFER) == (side == MMP_CLASSIC_OFFERS);
}

static char *
build_topic (MmpClassicPost *self,
             const MmpPublicKey *device,
             MmpClassicSide side)
{
  const MmpPublicKey *own = mmp_key_pair_get_public (self->config->key_pair);

  if (self->side == MMP_CLASSIC_OFFERS)
    return mmp_classic_topics_build (self->config->prefix, device, own, self->channel, side);

  return mmp_classic_topics_build (self->config->prefix, own, device, self->channel, side);
}

static gboolean
find_device (MmpClassicPost *self,
             const char *topic,
             MmpPublicKey *device)
{
  if (self->side == MMP_CLASSIC_OFFERS)
    {
      g_autofree char *expected = build_topic (self, &self->config->listener, MMP_CLASSIC_ANSWERS);

      *device = self->config->listener;
      return strcmp (expected, topic) == 0;
    }

  return mmp_classic_topics_parse (topic, self->config->prefix, mmp_key_pair_get_public (self->config->key_pair), self->channel, device);
}

/* What is cheap comes first. */
static MmpClassicMessage *
open_message (MmpClassicPost *self,
              const MmpPublicKey *device,
              GBytes *sealed,
              GError **error)
{
  g_autoptr (MmpBox) box = NULL;
  g_autoptr (GBytes) text = NULL;
  g_autoptr (MmpClassicMessage) message = NULL;

  if (!mmp_classic_guard_may_open (self->guard, device, sealed, g_get_monotonic_time ()))
    {
      g_set_error_literal (error, MMP_ERROR, MMP_ERROR_MESSAGE_INVALID, "a message is repeated, too long, too short, or one too many");
      return NULL;
    }
  box = mmp_box_new (self->config->key_pair, device, error);
  text = box != NULL ? mmp_box_open (box, sealed, error) : NULL;
  if (text == NULL)
    return NULL;
  mmp_classic_guard_note (self->guard, sealed);
  message = mmp_classic_message_decode (text, error);
  if (message == NULL)
    return NULL;
  if (!may_send (self->side == MMP_CLASSIC_OFFERS ? MMP_CLASSIC_ANSWERS : MMP_CLASSIC_OFFERS, message->type))
    {
      g_set_error_literal (error, MMP_ERROR, MMP_ERROR_MESSAGE_INVALID, "a message is of the type that this side sends");
      return NULL;
    }

  return g_steal_pointer (&message);
}

/* Control */
static void
take_message (gpointer side,
              gpointer data)
{
  MmpClassicPost *self = side;
  const Parcel *parcel = data;
  g_autoptr (MmpClassicMessage) opened = NULL;
  g_autoptr (GError) error = NULL;
  MmpPublicKey device;

  if (!find_device (self, parcel->topic, &device) || !self->funcs.may_talk (&device, self->user_data))
    return;

  opened = open_message (self, &device, parcel->sealed, &error);
  if (opened != NULL)
    self->funcs.message (&device, opened, self->user_data);
  else
    g_debug ("a message is ignored: %s", error->message);
}

/* Control */
static void
take_ready (gpointer side,
            gpointer data)
{
  MmpClassicPost *self = side;

  self->ready = TRUE;
  self->funcs.ready (self->user_data);
}

/* Control */
static void
take_lost (gpointer side,
           gpointer data)
{
  MmpClassicPost *self = side;

  self->ready = FALSE;
  self->funcs.lost (((const Parcel *) data)->cause, self->user_data);
}

static void
tell_lost (Wire *wire,
           const GError *cause)
{
  Parcel *parcel = g_new0 (Parcel, 1);

  parcel->cause = g_error_copy (cause);
  mmp_crossing_to_control (wire->crossing, take_lost, parcel, parcel_free);
}

static void
on_message (MmpMqttClient *client,
            const MmpMqttMessage *message,
            gpointer user_data)
{
  Wire *wire = user_data;
  Parcel *parcel;

  if (message->retained || mmp_crossing_count_waiting (wire->crossing) >= MESSAGES_WAITING_MAX)
    return;

  parcel = g_new0 (Parcel, 1);
  parcel->topic = g_strdup (message->topic);
  parcel->sealed = g_bytes_ref (message->payload);
  mmp_crossing_to_control (wire->crossing, take_message, parcel, parcel_free);
}

static void
on_state_changed (MmpMqttClient *client,
                  MmpMqttState state,
                  const GError *cause,
                  gpointer user_data)
{
  Wire *wire = user_data;

  if (state == MMP_MQTT_STATE_ONLINE && wire->granted)
    mmp_crossing_to_control (wire->crossing, take_ready, NULL, NULL);
  else if (state == MMP_MQTT_STATE_WAITING)
    tell_lost (wire, cause);
}

static void
on_subscribed (MmpMqttClient *client,
               const GError *error,
               gpointer user_data)
{
  Wire *wire = user_data;

  if (error == NULL)
    {
      wire->granted = TRUE;
      mmp_crossing_to_control (wire->crossing, take_ready, NULL, NULL);
    }
  else if (!g_error_matches (error, MMP_ERROR, MMP_ERROR_CANCELLED))
    {
      tell_lost (wire, error);
    }
}

static const MmpMqttClientFuncs client_funcs = {
  .state_changed = on_state_changed,
  .message = on_message,
};

static gpointer
begin_wire (MmpCrossing *crossing,
            gpointer data)
{
  const Parcel *parcel = data;
  Wire *wire = g_new0 (Wire, 1);

  wire->crossing = mmp_crossing_ref (crossing);
  wire->client = mmp_mqtt_client_new (parcel->io, parcel->broker, &client_funcs, wire);
  mmp_mqtt_client_subscribe (wire->client, parcel->topic, QOS, TRUE, on_subscribed, wire);
  mmp_mqtt_client_start (wire->client);

  return wire;
}

static void
end_wire (gpointer data)
{
  Wire *wire = data;

  mmp_mqtt_client_detach (wire->client);
  g_object_unref (wire->client);
  mmp_crossing_unref (wire->crossing);
  g_free (wire);
}

static void
publish (gpointer side,
         gpointer data)
{
  const Parcel *parcel = data;
  g_autoptr (GError) error = NULL;

  if (!mmp_mqtt_client_publish (((Wire *) side)->client, parcel->topic, parcel->sealed, QOS, FALSE, 0, NULL, NULL, &error))
    g_debug ("a message does not go out: %s", error->message);
}

static void
kick (gpointer side,
      gpointer data)
{
  mmp_mqtt_client_kick (((Wire *) side)->client);
}

/**
 * mmp_classic_post_new:
 * @config: keys, broker and prefix, and for who offers whom to call; must stay
 * @side: what this device is
 * @io: the context of the I/O thread
 *
 * Connects, and goes on trying until it is freed. None of @funcs may free it.
 *
 * Returns: (transfer full): a post
 */
MmpClassicPost *
mmp_classic_post_new (const MmpEndpointConfig *config,
                      MmpClassicSide side,
                      const char *channel,
                      GMainContext *io,
                      const MmpClassicPostFuncs *funcs,
                      gpointer user_data)
{
  MmpClassicPost *self = g_new0 (MmpClassicPost, 1);
  Parcel *parcel = g_new0 (Parcel, 1);

  self->config = config;
  self->side = side;
  self->channel = g_strdup (channel);
  self->funcs = *funcs;
  self->user_data = user_data;
  self->guard = mmp_classic_guard_new ();
  self->crossing = mmp_crossing_new (self, io);

  if (side == MMP_CLASSIC_OFFERS)
    parcel->topic = build_topic (self, &config->listener, MMP_CLASSIC_ANSWERS);
  else
    parcel->topic = mmp_classic_topics_get_filter (config->prefix, mmp_key_pair_get_public (config->key_pair), channel);
  parcel->io = g_main_context_ref (io);
  parcel->broker = mmp_mqtt_broker_ref (g_ptr_array_index (config->brokers, 0));
  mmp_crossing_begin (self->crossing, begin_wire, parcel, parcel_free);

  return self;
}

/**
 * mmp_classic_post_free:
 *
 * What was sent before still goes out.
 */
void
mmp_classic_post_free (MmpClassicPost *self)
{
  mmp_crossing_end (self->crossing, end_wire);
  mmp_crossing_unref (self->crossing);
  mmp_classic_guard_free (self->guard);
  g_free (self->channel);
  g_free (self);
}

/**
 * mmp_classic_post_is_ready:
 *
 * Returns: whether messages can be sent
 */
gboolean
mmp_classic_post_is_ready (MmpClassicPost *self)
{
  return self->ready;
}

/**
 * mmp_classic_post_kick:
 *
 * The network changed: connects anew.
 */
void
mmp_classic_post_kick (MmpClassicPost *self)
{
  mmp_crossing_to_io (self->crossing, kick, NULL, NULL);
}

/**
 * mmp_classic_post_send:
 * @device: the other side; one that mmp_box_new() takes, else nothing is sent
 * @sdp: (nullable): as in #MmpClassicMessage
 *
 * Seals a message and publishes it. Nobody says whether it arrived.
 */
void
mmp_classic_post_send (MmpClassicPost *self,
                       const MmpPublicKey *device,
                       MmpClassicType type,
                       const char *sdp)
{
  g_autoptr (MmpClassicMessage) message = mmp_classic_message_new (type, sdp);
  g_autoptr (MmpBox) box = mmp_box_new (self->config->key_pair, device, NULL);
  g_autofree char *text = NULL;
  Parcel *parcel;

  if (box == NULL)
    return;

  text = mmp_classic_message_encode (message);
  parcel = g_new0 (Parcel, 1);
  parcel->topic = build_topic (self, device, self->side);
  parcel->sealed = mmp_box_seal (box, text, strlen (text));
  mmp_classic_guard_note (self->guard, parcel->sealed);
  mmp_crossing_to_io (self->crossing, publish, parcel, parcel_free);
}
