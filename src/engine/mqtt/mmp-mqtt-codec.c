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
#include "mqtt/mmp-mqtt-seam.h"

/* CONNACK, MQTT 5 section 3.2.2.1: the broker still knows the session */
#define SESSION_PRESENT 1

#define PUBACK_HEADER (MMP_MQTT_PACKET_PUBACK << 4)
#define PUBACK_SIZE 4
#define PINGREQ_HEADER 0xc0
#define PINGREQ_SIZE 2

struct _MmpMqttCodec
{
  struct mosquitto *mosquitto;
  int fd; /* our end of the socket of which libmosquitto has the other one */
  gboolean v5;
  MmpMqttCodecFuncs funcs;
  gpointer user_data;
  GError *lost; /* nullable: why libmosquitto gave up */
  int last_id;
  GHashTable *unacknowledged; /* packet ids of messages of QoS 1 */
  GByteArray *acknowledgements; /* PUBACKs that wait for a seam */
  gboolean ping; /* so does a PINGREQ */
  MmpMqttSeam seam; /* in what libmosquitto writes */
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

  mosquitto_property_read_int32 (properties, MQTT_PROP_MAXIMUM_PACKET_SIZE, &max_packet, false);
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
on_mosquitto_publish (struct mosquitto *mosquitto,
                      void *user_data,
                      int id,
                      int code,
                      const mosquitto_property *properties)
{
  MmpMqttCodec *self = user_data;

  g_hash_table_remove (self->unacknowledged, GINT_TO_POINTER (id));
  self->funcs.published (id, code, self->user_data);
}

static void
set_callbacks (struct mosquitto *mosquitto)
{
  mosquitto_connect_v5_callback_set (mosquitto, on_mosquitto_connect);
  mosquitto_disconnect_v5_callback_set (mosquitto, on_mosquitto_disconnect);
  mosquitto_subscribe_v5_callback_set (mosquitto, on_mosquitto_subscribe);
  mosquitto_publish_v5_callback_set (mosquitto, on_mosquitto_publish);
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
  self->unacknowledged = g_hash_table_new (NULL, NULL);
  self->acknowledgements = g_byte_array_new ();
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
  mosquitto_int_option (self->mosquitto, MOSQ_OPT_SEND_MAXIMUM, options->send_max);
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
  g_hash_table_unref (self->unacknowledged);
  g_byte_array_unref (self->acknowledgements);
  g_clear_error (&self->lost);
  g_free (self);
}

/* libmosquitto would do nothing about an acknowledgement of nothing, but leak its properties (2.0.21). */
static gboolean
check_acknowledgement (MmpMqttCodec *self,
                       const guint8 *data,
                       const MmpMqttPacket *packet)
{
  const guint8 *id = data + packet->body;

  if (packet->type != MMP_MQTT_PACKET_PUBACK || packet->size < packet->body + 2)
    return TRUE;

  return g_hash_table_contains (self->unacknowledged, GINT_TO_POINTER (id[0] << 8 | id[1]));
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
  if (!check_acknowledgement (self, data, packet))
    {
      g_set_error_literal (error, MMP_ERROR, MMP_ERROR_BROKER_PROTOCOL, "the broker acknowledged a message that was not sent");
      return FALSE;
    }
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
  const guint8 packet[PUBACK_SIZE] = { PUBACK_HEADER, PUBACK_SIZE - 2, (guint8) (id >> 8), (guint8) id };

  g_byte_array_append (self->acknowledgements, packet, sizeof packet);
}

/**
 * mmp_mqtt_codec_count_acknowledgements:
 *
 * Returns: acknowledgements that wait to be drained
 */
guint
mmp_mqtt_codec_count_acknowledgements (MmpMqttCodec *self)
{
  return self->acknowledgements->len / PUBACK_SIZE;
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
  self->ping = TRUE;
}

/**
 * mmp_mqtt_codec_has_output:
 *
 * Returns: whether mmp_mqtt_codec_drain() would give something
 */
gboolean
mmp_mqtt_codec_has_output (MmpMqttCodec *self)
{
  return self->lost == NULL && (self->acknowledgements->len > 0 || self->ping || mosquitto_want_write (self->mosquitto));
}

/* What does not come from libmosquitto goes between what does. */
static gsize
drain_own (MmpMqttCodec *self,
           guint8 *data,
           gsize size)
{
  gsize taken = MIN (size, self->acknowledgements->len) / PUBACK_SIZE * PUBACK_SIZE;

  if (!mmp_mqtt_seam_is_here (&self->seam))
    return 0;
  if (self->ping && size >= taken + PINGREQ_SIZE)
    {
      self->ping = FALSE;
      memcpy (data, (const guint8[]) { PINGREQ_HEADER, 0 }, PINGREQ_SIZE);
      return PINGREQ_SIZE;
    }
  if (taken > 0)
    {
      memcpy (data, self->acknowledgements->data, taken);
      g_byte_array_remove_range (self->acknowledgements, 0, (guint) taken);
    }

  return taken;
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
  gsize filled = drain_own (self, data, size);
  gssize got;

  /* In turns, because a few small packets fill the socket: the kernel counts what it needs for each. */
  do
    {
      if (self->lost == NULL && mosquitto_want_write (self->mosquitto))
        {
          errno = 0;
          mosquitto_loop_write (self->mosquitto, 1);
        }
      got = recv (self->fd, data + filled, size - filled, MSG_DONTWAIT);
      if (got > 0)
        {
          mmp_mqtt_seam_pass (&self->seam, data + filled, (gsize) got);
          filled += (gsize) got;
        }
    }
  while (got > 0 && filled < size);

  if (filled == 0)
    filled = drain_own (self, data, size);
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
 * Returns: the packet id that the next request gets
 */
int
mmp_mqtt_codec_get_next_id (MmpMqttCodec *self)
{
  return self->last_id % G_MAXUINT16 + 1;
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

  if (self->v5 && flags & MMP_MQTT_NO_LOCAL)
    options |= MQTT_SUB_OPT_NO_LOCAL;
  if (self->v5 && flags & MMP_MQTT_RETAIN_AS_PUBLISHED)
    options |= MQTT_SUB_OPT_RETAIN_AS_PUBLISHED;
  if (self->v5 && flags & MMP_MQTT_RETAINED_ONCE)
    options |= MQTT_SUB_OPT_SEND_RETAIN_NEW;
  code = mosquitto_subscribe_v5 (self->mosquitto, &self->last_id, filter, qos, options, NULL);

  if (code != MOSQ_ERR_SUCCESS)
    {
      g_propagate_error (error, mmp_mqtt_error_new (MMP_MQTT_ANSWER_REQUEST, code));
      return FALSE;
    }
  *id = self->last_id;

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
  mosquitto_unsubscribe_v5 (self->mosquitto, &self->last_id, filter, NULL);
}

/* What was checked when it was decoded is not checked again. */
static mosquitto_property *
make_properties (const MmpMqttProperties *self)
{
  mosquitto_property *list = NULL;

  if (self->payload_format >= 0)
    mosquitto_property_add_byte (&list, MQTT_PROP_PAYLOAD_FORMAT_INDICATOR, (guint8) self->payload_format);
  if (self->expiry > 0)
    mosquitto_property_add_int32 (&list, MQTT_PROP_MESSAGE_EXPIRY_INTERVAL, self->expiry);
  if (self->content_type != NULL)
    mosquitto_property_add_string (&list, MQTT_PROP_CONTENT_TYPE, self->content_type);
  if (self->response_topic != NULL)
    mosquitto_property_add_string (&list, MQTT_PROP_RESPONSE_TOPIC, self->response_topic);
  if (self->correlation != NULL)
    mosquitto_property_add_binary (&list, MQTT_PROP_CORRELATION_DATA, g_bytes_get_data (self->correlation, NULL), (guint16) g_bytes_get_size (self->correlation));
  for (guint i = 0; self->user != NULL && i < self->user->len; i += 2)
    mosquitto_property_add_string_pair (&list, MQTT_PROP_USER_PROPERTY, g_ptr_array_index (self->user, i), g_ptr_array_index (self->user, i + 1));

  return list;
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
  mosquitto_property *properties = NULL;
  gsize size;
  const void *data = g_bytes_get_data (message->payload, &size);
  int code;

  if (self->v5 && message->properties != NULL)
    properties = make_properties (message->properties);
  code = mosquitto_publish_v5 (self->mosquitto, &self->last_id, message->topic, (int) size, data, message->qos, message->retained, properties);
  mosquitto_property_free_all (&properties);
  if (code != MOSQ_ERR_SUCCESS)
    {
      g_propagate_error (error, mmp_mqtt_error_new (MMP_MQTT_ANSWER_REQUEST, code));
      return FALSE;
    }
  *id = self->last_id;
  if (message->qos > 0)
    g_hash_table_add (self->unacknowledged, GINT_TO_POINTER (*id));

  return TRUE;
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
