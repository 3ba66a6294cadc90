/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mqtt/mmp-mqtt-codec.h"

#include <errno.h>
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/mmp-error.h"
#include "mqtt/mmp-mqtt-error.h"
#include "mqtt/mmp-mqtt-join-private.h"
#include "mqtt/mmp-mqtt-publish.h"
#include "mqtt/mmp-mqtt-sender-private.h"

/* CONNACK, MQTT 5 section 3.2.2.1: the broker still knows the session */
#define SESSION_PRESENT 1

#define PINGREQ_HEADER 0xc0
#define PINGREQ_SIZE 2
#define PIECE_SIZE 4096

struct _MmpMqttCodec
{
  struct mosquitto *mosquitto;
  int fd; /* our end of the socket of which libmosquitto has the other one */
  gboolean v5;
  MmpMqttCodecFuncs funcs;
  gpointer user_data;
  GError *lost; /* nullable: why libmosquitto gave up */
  MmpMqttSender *sender;
  gboolean torn; /* more of what libmosquitto wrote may be in the socket */
};

static void
on_mosquitto_connect (struct mosquitto *mosquitto,
                      void *user_data,
                      int code,
                      int flags,
                      const mosquitto_property *properties)
{
  MmpMqttCodec *self = user_data;
  guint32 max_packet = 0;
  guint16 receive_max = G_MAXUINT16;
  guint8 max_qos = 1;
  guint8 retains = 1;

  mosquitto_property_read_int32 (properties, MQTT_PROP_MAXIMUM_PACKET_SIZE, &max_packet, false);
  mosquitto_property_read_int16 (properties, MQTT_PROP_RECEIVE_MAXIMUM, &receive_max, false);
  mosquitto_property_read_byte (properties, MQTT_PROP_MAXIMUM_QOS, &max_qos, false);
  mosquitto_property_read_byte (properties, MQTT_PROP_RETAIN_AVAILABLE, &retains, false);
  mmp_mqtt_sender_limit (self->sender, receive_max, max_qos, retains != 0);
  if (code == 0)
    self->funcs.greeted (max_packet, (flags & SESSION_PRESENT) != 0, self->user_data);
}

static void
on_mosquitto_disconnect (struct mosquitto *mosquitto,
                         void *user_data,
                         int code,
                         const mosquitto_property *properties)
{
  MmpMqttCodec *self = user_data;

  if (self->lost == NULL)
    self->lost = mmp_mqtt_error_new (MMP_MQTT_ANSWER_END, code != 0 ? code : MOSQ_ERR_NO_CONN);
}

static void
on_mosquitto_subscribe (struct mosquitto *mosquitto,
                        void *user_data,
                        int id,
                        int count,
                        const int *codes,
                        const mosquitto_property *properties)
{
  MmpMqttCodec *self = user_data;

  self->funcs.subscribed (id, count == 1 ? codes[0] : MQTT_RC_PROTOCOL_ERROR, self->user_data);
}

static void
set_callbacks (struct mosquitto *mosquitto)
{
  mosquitto_connect_v5_callback_set (mosquitto, on_mosquitto_connect);
  mosquitto_disconnect_v5_callback_set (mosquitto, on_mosquitto_disconnect);
  mosquitto_subscribe_v5_callback_set (mosquitto, on_mosquitto_subscribe);
}

static gpointer
init_library (gpointer data)
{
  mosquitto_lib_init ();

  return NULL;
}

static gboolean
take_lost (MmpMqttCodec *self,
           GError **error)
{
  if (self->lost == NULL)
    return FALSE;

  g_propagate_error (error, g_error_copy (self->lost));

  return TRUE;
}

/**
 * mmp_mqtt_codec_new:
 * @broker: for its login; nothing is connected
 * @options: with a client id
 * @v5: %TRUE for MQTT 5, %FALSE for MQTT 3.1.1
 *
 * Returns: (transfer full) (nullable): a codec whose first output is a CONNECT
 */
MmpMqttCodec *
mmp_mqtt_codec_new (MmpMqttBroker *broker,
                    const MmpMqttOptions *options,
                    gboolean v5,
                    const MmpMqttCodecFuncs *funcs,
                    gpointer user_data,
                    GError **error)
{
  static GOnce once = G_ONCE_INIT;
  g_autoptr (MmpMqttCodec) self = g_new0 (MmpMqttCodec, 1);

  g_once (&once, init_library, NULL);
  self->fd = -1;
  self->sender = mmp_mqtt_sender_new (v5, options->send_max);
  self->v5 = v5;
  self->funcs = *funcs;
  self->user_data = user_data;
  self->mosquitto = mosquitto_new (options->client_id, options->session_expiry == 0, self);
  if (self->mosquitto == NULL)
    {
      g_propagate_error (error, mmp_mqtt_error_new (MMP_MQTT_ANSWER_REQUEST, MOSQ_ERR_NOMEM));
      return NULL;
    }

  /* "Threaded" means here: a request only puts a packet in line and never writes or calls back by itself. */
  mosquitto_threaded_set (self->mosquitto, true);
  mosquitto_int_option (self->mosquitto, MOSQ_OPT_PROTOCOL_VERSION, v5 ? MQTT_PROTOCOL_V5 : MQTT_PROTOCOL_V311);
  mosquitto_int_option (self->mosquitto, MOSQ_OPT_RECEIVE_MAXIMUM, options->receive_max);
  mosquitto_username_pw_set (self->mosquitto, mmp_mqtt_broker_get_user (broker), mmp_mqtt_broker_get_password (broker));
  set_callbacks (self->mosquitto);
  self->fd = mmp_mqtt_join (self->mosquitto, options, v5, error);
  if (self->fd < 0)
    return NULL;

  return g_steal_pointer (&self);
}

/**
 * mmp_mqtt_codec_free:
 * @self: (nullable): a codec
 *
 * Not from inside one of its callbacks.
 */
void
mmp_mqtt_codec_free (MmpMqttCodec *self)
{
  if (self == NULL)
    return;

  if (self->mosquitto != NULL)
    mosquitto_destroy (self->mosquitto);
  if (self->fd >= 0)
    close (self->fd);
  g_clear_pointer (&self->sender, mmp_mqtt_sender_free);
  g_clear_error (&self->lost);
  g_free (self);
}

static gboolean
take_acknowledgement (MmpMqttCodec *self,
                      const guint8 *data,
                      const MmpMqttPacket *packet,
                      GError **error)
{
  int id;
  int code;

  if (!mmp_mqtt_sender_answered (self->sender, data, packet, &id, &code, error))
    return FALSE;
  self->funcs.published (id, code, self->user_data);

  return TRUE;
}

/* libmosquitto would acknowledge a message before anybody had it, so messages do not go through it. */
static gboolean
take_message (MmpMqttCodec *self,
              const guint8 *data,
              gsize size,
              const MmpMqttPacket *packet,
              GError **error)
{
  MmpMqttPublish publish;
  g_autoptr (MmpMqttProperties) properties = NULL;
  g_autoptr (GBytes) payload = NULL;
  g_autofree char *topic = NULL;
  g_autoptr (GError) wrong = NULL;
  gboolean cut = size < packet->size;

  if (!mmp_mqtt_publish_decode (data, size, packet, self->v5, &publish, error))
    return FALSE;
  if (!cut && !mmp_mqtt_properties_decode (publish.properties, publish.properties_size, &properties, &wrong))
    {
      g_set_error (error, MMP_ERROR, MMP_ERROR_BROKER_PROTOCOL, "the broker broke the rules of MQTT: %s", wrong->message);
      return FALSE;
    }

  topic = g_strndup (publish.topic, publish.topic_length);
  payload = g_bytes_new (publish.payload, cut ? 0 : publish.payload_size);
  self->funcs.message (&(MmpMqttMessage) {
                           .topic = topic,
                           .payload = payload,
                           .properties = properties,
                           .id = publish.id,
                           .qos = publish.qos,
                           .retained = publish.retained,
                           .repeated = publish.repeated,
                           .cut = cut,
                       },
                       self->user_data);

  return TRUE;
}

/**
 * mmp_mqtt_codec_feed:
 * @data: (array length=size): one packet of the broker, whole, or a message that is cut
 * @packet: what mmp_mqtt_packet_decode() said about it
 *
 * Returns: %FALSE if the broker broke the rules and the connection must end
 */
gboolean
mmp_mqtt_codec_feed (MmpMqttCodec *self,
                     const guint8 *data,
                     gsize size,
                     const MmpMqttPacket *packet,
                     GError **error)
{
  if (take_lost (self, error))
    return FALSE;
  if (packet->type == MMP_MQTT_PACKET_PUBLISH)
    return take_message (self, data, size, packet, error);
  if (packet->type == MMP_MQTT_PACKET_PUBACK)
    return take_acknowledgement (self, data, packet, error);
  /* The socket was read empty last time, and holds far more than a packet. */
  if (send (self->fd, data, packet->size, MSG_DONTWAIT | MSG_NOSIGNAL) != (gssize) packet->size)
    {
      g_set_error (error, MMP_ERROR, MMP_ERROR_FAILED, "libmosquitto takes no packet: %s", g_strerror (errno));
      return FALSE;
    }

  errno = 0; /* libmosquitto looks at it even when no call failed */
  mosquitto_loop_read (self->mosquitto, 1);

  return !take_lost (self, error);
}

/* What libmosquitto has to say, as far as there is room. The socket holds a few packets only. */
static gsize
read_library (MmpMqttCodec *self,
              guint8 *data,
              gsize size)
{
  gsize filled = 0;
  gssize got;

  do
    {
      if (self->lost == NULL && mosquitto_want_write (self->mosquitto))
        {
          errno = 0;
          mosquitto_loop_write (self->mosquitto, 1);
        }
      got = recv (self->fd, data + filled, size - filled, MSG_DONTWAIT);
      if (got > 0)
        filled += (gsize) got;
    }
  while (got > 0 && filled < size);
  self->torn = filled == size;

  return filled;
}

static gboolean
library_has_output (MmpMqttCodec *self)
{
  return self->torn || (self->lost == NULL && mosquitto_want_write (self->mosquitto));
}

/* What libmosquitto was asked for before comes before what we add ourselves, and never in the middle of it. */
static MmpMqttSender *
prepare_sender (MmpMqttCodec *self)
{
  guint8 piece[PIECE_SIZE];
  gsize size = library_has_output (self) ? sizeof piece : 0;

  while (size == sizeof piece)
    {
      size = read_library (self, piece, sizeof piece);
      mmp_mqtt_sender_append (self->sender, piece, size);
    }

  return self->sender;
}

/**
 * mmp_mqtt_codec_acknowledge:
 * @id: of a message that came with QoS 1
 *
 * Tells the broker that it need not send it again.
 */
void
mmp_mqtt_codec_acknowledge (MmpMqttCodec *self,
                            guint16 id)
{
  mmp_mqtt_sender_acknowledge (prepare_sender (self), id);
}

/**
 * mmp_mqtt_codec_count_acknowledgements:
 *
 * Returns: acknowledgements that wait to be drained
 */
guint
mmp_mqtt_codec_count_acknowledgements (MmpMqttCodec *self)
{
  return mmp_mqtt_sender_count_acknowledgements (self->sender);
}

/**
 * mmp_mqtt_codec_ping:
 *
 * Asks the broker for a sign of life and waits for none: for somebody who does not read, so that the broker does not
 * think we are gone.
 */
void
mmp_mqtt_codec_ping (MmpMqttCodec *self)
{
  mmp_mqtt_sender_append (prepare_sender (self), (const guint8[]) { PINGREQ_HEADER, 0 }, PINGREQ_SIZE);
}

/**
 * mmp_mqtt_codec_has_output:
 *
 * Returns: whether mmp_mqtt_codec_drain() would give something
 */
gboolean
mmp_mqtt_codec_has_output (MmpMqttCodec *self)
{
  return self->lost == NULL && (mmp_mqtt_sender_has_output (self->sender) || library_has_output (self));
}

/**
 * mmp_mqtt_codec_drain:
 * @data: (out caller-allocates): where bytes for the broker are put
 * @size: how many there is room for
 *
 * Returns: how many there are, 0 if there is nothing more to say for now; -1 if the connection must end
 */
gssize
mmp_mqtt_codec_drain (MmpMqttCodec *self,
                      guint8 *data,
                      gsize size,
                      GError **error)
{
  gsize filled = mmp_mqtt_sender_drain (self->sender, data, size);
  int id;

  if (filled < size && library_has_output (self))
    filled += read_library (self, data + filled, size - filled);
  while (mmp_mqtt_sender_next_written (self->sender, &id))
    self->funcs.published (id, 0, self->user_data);

  /* libmosquitto closes its end after its own DISCONNECT, too; what it wrote before counts first. */
  if (filled == 0 && take_lost (self, error))
    return -1;

  return (gssize) filled;
}

/**
 * mmp_mqtt_codec_tick:
 *
 * To be called every second: keep-alive.
 *
 * Returns: %FALSE if the broker is silent for too long
 */
gboolean
mmp_mqtt_codec_tick (MmpMqttCodec *self,
                     GError **error)
{
  if (self->lost == NULL)
    mosquitto_loop_misc (self->mosquitto);

  return !take_lost (self, error);
}

/**
 * mmp_mqtt_codec_get_next_id:
 *
 * Returns: the packet id that the next message gets
 */
int
mmp_mqtt_codec_get_next_id (MmpMqttCodec *self)
{
  return mmp_mqtt_sender_get_next_id (self->sender);
}

/* Its packet ids must not run into those of messages. A new connection begins anew. */
static void
note_request (MmpMqttCodec *self,
              int id)
{
  if (id >= MMP_MQTT_SENDER_ID_MIN - 1 && self->lost == NULL)
    self->lost = g_error_new_literal (MMP_ERROR, MMP_ERROR_BROKER_LOST, "the numbers for subscriptions are used up");
}

/**
 * mmp_mqtt_codec_subscribe:
 * @qos: 0 or 1
 * @flags: without effect on MQTT 3.1.1
 * @id: (out): the packet id for which an answer comes
 *
 * Returns: %FALSE with %MMP_ERROR_BROKER_LIMIT or another error if it cannot be asked for
 */
gboolean
mmp_mqtt_codec_subscribe (MmpMqttCodec *self,
                          const char *filter,
                          int qos,
                          MmpMqttSubscribeFlags flags,
                          int *id,
                          GError **error)
{
  int options = 0;
  int code;
  int number = 0;

  if (self->v5 && flags & MMP_MQTT_NO_LOCAL)
    options |= MQTT_SUB_OPT_NO_LOCAL;
  if (self->v5 && flags & MMP_MQTT_RETAIN_AS_PUBLISHED)
    options |= MQTT_SUB_OPT_RETAIN_AS_PUBLISHED;
  if (self->v5 && flags & MMP_MQTT_RETAINED_ONCE)
    options |= MQTT_SUB_OPT_SEND_RETAIN_NEW;
  code = mosquitto_subscribe_v5 (self->mosquitto, &number, filter, qos, options, NULL);

  if (code != MOSQ_ERR_SUCCESS)
    {
      g_propagate_error (error, mmp_mqtt_error_new (MMP_MQTT_ANSWER_REQUEST, code));
      return FALSE;
    }
  note_request (self, number);
  *id = number;

  return TRUE;
}

/**
 * mmp_mqtt_codec_unsubscribe:
 *
 * The answer does not matter: messages that still come for @filter are dropped by whoever looks at the topic.
 */
void
mmp_mqtt_codec_unsubscribe (MmpMqttCodec *self,
                            const char *filter)
{
  int number = 0;

  mosquitto_unsubscribe_v5 (self->mosquitto, &number, filter, NULL);
  note_request (self, number);
}

/**
 * mmp_mqtt_codec_publish:
 * @message: what to publish; properties go with MQTT 5 only
 * @id: (out): the packet id for which the outcome comes
 *
 * Returns: %FALSE with %MMP_ERROR_BROKER_LIMIT or another error if it cannot be sent
 */
gboolean
mmp_mqtt_codec_publish (MmpMqttCodec *self,
                        const MmpMqttMessage *message,
                        int *id,
                        GError **error)
{
  if (self->lost != NULL)
    {
      g_propagate_error (error, mmp_mqtt_error_new (MMP_MQTT_ANSWER_REQUEST, MOSQ_ERR_NO_CONN));
      return FALSE;
    }

  return mmp_mqtt_sender_publish (prepare_sender (self), message, id, error);
}

/**
 * mmp_mqtt_codec_disconnect:
 *
 * Puts a DISCONNECT behind everything that waits to be sent. When mmp_mqtt_codec_drain() gave that, it fails.
 */
void
mmp_mqtt_codec_disconnect (MmpMqttCodec *self)
{
  mosquitto_disconnect_v5 (self->mosquitto, 0, NULL);
}
