/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mqtt/mmp-mqtt-codec.h"

#include <errno.h>
#include <fcntl.h>
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "base/mmp-error.h"
#include "base/mmp-limits.h"
#include "mqtt/mmp-mqtt-error.h"

/* Seconds. Short, because a dead path to the broker should not stay unnoticed while nobody has anything to say. */
#define KEEP_ALIVE 20
/* What libmosquitto may write ahead of mmp_mqtt_codec_drain(), in bytes; the kernel doubles it. */
#define WRITE_AHEAD 16384

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
    self->funcs.greeted (max_packet, self->user_data);
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
on_mosquitto_message (struct mosquitto *mosquitto,
                      void *user_data,
                      const struct mosquitto_message *message,
                      const mosquitto_property *properties)
{
  MmpMqttCodec *self = user_data;
  g_autoptr (GBytes) payload = g_bytes_new (message->payload, (gsize) message->payloadlen);

  self->funcs.message (message->topic, payload, message->retain, self->user_data);
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
  mosquitto_message_v5_callback_set (mosquitto, on_mosquitto_message);
  mosquitto_subscribe_v5_callback_set (mosquitto, on_mosquitto_subscribe);
  mosquitto_publish_v5_callback_set (mosquitto, on_mosquitto_publish);
}

/* libmosquitto makes its CONNECT here, and keeps it until it is drained. */
static int
call_connect (MmpMqttCodec *self,
              const char *path)
{
  mosquitto_property *properties = NULL;
  int code;

  if (self->v5)
    {
      mosquitto_property_add_int32 (&properties, MQTT_PROP_MAXIMUM_PACKET_SIZE, MMP_MQTT_PACKET_MAX);
      mosquitto_property_add_int16 (&properties, MQTT_PROP_RECEIVE_MAXIMUM, MMP_MQTT_RECEIVE_MAX);
      mosquitto_property_add_int32 (&properties, MQTT_PROP_SESSION_EXPIRY_INTERVAL, 0);
    }
  code = mosquitto_connect_bind_v5 (self->mosquitto, path, 0, KEEP_ALIVE, NULL, properties);
  mosquitto_property_free_all (&properties);

  return code;
}

static gboolean
meet_at (MmpMqttCodec *self,
         int listener,
         const char *path)
{
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  const int write_ahead = WRITE_AHEAD;

  if (g_strlcpy (address.sun_path, path, sizeof address.sun_path) >= sizeof address.sun_path)
    {
      errno = ENAMETOOLONG;
      return FALSE;
    }
  if (bind (listener, (struct sockaddr *) &address, sizeof address) != 0 || listen (listener, 1) != 0)
    return FALSE;
  if (call_connect (self, path) != MOSQ_ERR_SUCCESS)
    return FALSE;

  fcntl (mosquitto_socket (self->mosquitto), F_SETFD, FD_CLOEXEC);
  setsockopt (mosquitto_socket (self->mosquitto), SOL_SOCKET, SO_SNDBUF, &write_ahead, sizeof write_ahead);
  self->fd = accept (listener, NULL, NULL);
  if (self->fd < 0)
    return FALSE;
  fcntl (self->fd, F_SETFD, FD_CLOEXEC);

  return TRUE;
}

/* libmosquitto takes no socket that is connected already, so it connects to one of ours. The name in the file system
 * lives for the moment of this function, in a folder that nobody else may enter. */
static gboolean
join (MmpMqttCodec *self,
      GError **error)
{
  g_autofree char *folder = g_dir_make_tmp ("mmp-XXXXXX", error);
  g_autofree char *path = NULL;
  int listener;
  gboolean joined;

  if (folder == NULL)
    return FALSE;

  path = g_build_filename (folder, "mqtt", NULL);
  listener = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  joined = listener >= 0 && meet_at (self, listener, path);
  if (!joined)
    g_set_error (error, MMP_ERROR, MMP_ERROR_FAILED, "libmosquitto cannot be joined at %s: %s", path, g_strerror (errno));
  if (listener >= 0)
    close (listener);
  g_unlink (path);
  g_rmdir (folder);

  return joined;
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
 * @client_id: 1 to 23 letters and digits
 * @v5: %TRUE for MQTT 5, %FALSE for MQTT 3.1.1
 *
 * Returns: (transfer full) (nullable): a codec whose first output is a CONNECT with clean start
 */
MmpMqttCodec *
mmp_mqtt_codec_new (MmpMqttBroker *broker,
                    const char *client_id,
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
  self->v5 = v5;
  self->funcs = *funcs;
  self->user_data = user_data;
  self->mosquitto = mosquitto_new (client_id, true, self);
  if (self->mosquitto == NULL)
    {
      g_propagate_error (error, mmp_mqtt_error_new (MMP_MQTT_ANSWER_REQUEST, MOSQ_ERR_NOMEM));
      return NULL;
    }

  /* "Threaded" means here: a request only puts a packet in line and never writes or calls back by itself. */
  mosquitto_threaded_set (self->mosquitto, true);
  mosquitto_int_option (self->mosquitto, MOSQ_OPT_PROTOCOL_VERSION, v5 ? MQTT_PROTOCOL_V5 : MQTT_PROTOCOL_V311);
  mosquitto_int_option (self->mosquitto, MOSQ_OPT_RECEIVE_MAXIMUM, MMP_MQTT_RECEIVE_MAX);
  mosquitto_username_pw_set (self->mosquitto, mmp_mqtt_broker_get_user (broker), mmp_mqtt_broker_get_password (broker));
  set_callbacks (self->mosquitto);
  if (!join (self, error))
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

/**
 * mmp_mqtt_codec_feed:
 * @data: one whole packet of the broker
 * @packet: what mmp_mqtt_packet_decode() said about it
 *
 * Returns: %FALSE if the broker broke the rules and the connection must end
 */
gboolean
mmp_mqtt_codec_feed (MmpMqttCodec *self,
                     const guint8 *data,
                     const MmpMqttPacket *packet,
                     GError **error)
{
  if (take_lost (self, error))
    return FALSE;
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
 * mmp_mqtt_codec_has_output:
 *
 * Returns: whether mmp_mqtt_codec_drain() would give something
 */
gboolean
mmp_mqtt_codec_has_output (MmpMqttCodec *self)
{
  return self->lost == NULL && mosquitto_want_write (self->mosquitto);
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
  gsize filled = 0;
  gssize got;

  /* In turns, because a few small packets fill the socket: the kernel counts what it needs for each. */
  do
    {
      if (mmp_mqtt_codec_has_output (self))
        {
          errno = 0;
          mosquitto_loop_write (self->mosquitto, 1);
        }
      got = recv (self->fd, data + filled, size - filled, MSG_DONTWAIT);
      filled += (gsize) MAX (got, 0);
    }
  while (got > 0 && filled < size);

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
 * @no_local: %TRUE for no echo of one's own messages (MQTT 5 only)
 * @id: (out): the packet id for which an answer comes
 *
 * Returns: %FALSE with %MMP_ERROR_BROKER_LIMIT or another error if it cannot be asked for
 */
gboolean
mmp_mqtt_codec_subscribe (MmpMqttCodec *self,
                          const char *filter,
                          int qos,
                          gboolean no_local,
                          int *id,
                          GError **error)
{
  int options = self->v5 && no_local ? MQTT_SUB_OPT_NO_LOCAL : 0;
  int code = mosquitto_subscribe_v5 (self->mosquitto, &self->last_id, filter, qos, options, NULL);

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

/**
 * mmp_mqtt_codec_publish:
 * @qos: 0 or 1
 * @expiry: seconds that the broker may keep it for; 0 for no limit (MQTT 5 only)
 * @id: (out): the packet id for which the outcome comes
 *
 * Returns: %FALSE with %MMP_ERROR_BROKER_LIMIT or another error if it cannot be sent
 */
gboolean
mmp_mqtt_codec_publish (MmpMqttCodec *self,
                        const char *topic,
                        GBytes *payload,
                        int qos,
                        gboolean retain,
                        guint expiry,
                        int *id,
                        GError **error)
{
  mosquitto_property *properties = NULL;
  gsize size;
  const void *data = g_bytes_get_data (payload, &size);
  int code;

  if (self->v5 && expiry > 0)
    mosquitto_property_add_int32 (&properties, MQTT_PROP_MESSAGE_EXPIRY_INTERVAL, expiry);
  code = mosquitto_publish_v5 (self->mosquitto, &self->last_id, topic, (int) size, data, qos, retain, properties);
  mosquitto_property_free_all (&properties);
  if (code != MOSQ_ERR_SUCCESS)
    {
      g_propagate_error (error, mmp_mqtt_error_new (MMP_MQTT_ANSWER_REQUEST, code));
      return FALSE;
    }
  *id = self->last_id;
  if (qos > 0)
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
