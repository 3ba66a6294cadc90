/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-fake-broker.h"

#include <string.h>
#include <sys/socket.h>

enum
{
  CONNECT = 1,
  PUBLISH = 3,
  PUBACK = 4,
  SUBSCRIBE = 8,
  UNSUBSCRIBE = 10,
  PINGREQ = 12,
  DISCONNECT = 14,
};

struct _MmpFakeBroker
{
  GSocketService *service;
  GTlsCertificate *certificate; /* nullable */
  guint port;
  guint visits;
  GPtrArray *guests; /* MmpFakeGuest */
  MmpFakePacketFunc packet_func;
  gpointer packet_data;
  MmpFakeRouteFunc route_func;
  gpointer route_data;
};

/* A string of MQTT: two bytes of length, then the bytes. NULL if there is none. */
static char *
take_string (const guint8 **data,
             gsize *size)
{
  gsize length;
  char *text;

  if (*size < 2)
    return NULL;
  length = (gsize) ((*data)[0] << 8 | (*data)[1]);
  if (*size < 2 + length)
    return NULL;

  text = g_strndup ((const char *) *data + 2, length);
  *data += 2 + length;
  *size -= 2 + length;

  return text;
}

static gboolean
skip (const guint8 **data,
      gsize *size,
      gsize count)
{
  if (*size < count)
    return FALSE;

  *data += count;
  *size -= count;

  return TRUE;
}

/* Properties of fewer than 128 bytes are all that our clients send. */
static gboolean
skip_properties (MmpFakeGuest *guest,
                 const guint8 **data,
                 gsize *size)
{
  return !mmp_fake_guest_is_v5 (guest) || (*size > 0 && (*data)[0] < 128 && skip (data, size, 1 + (gsize) (*data)[0]));
}

static void
on_connect (MmpFakeGuest *guest,
            const guint8 *data,
            gsize size)
{
  static const guint8 greeting[] = { 0, 0, 0 };

  mmp_fake_guest_set_v5 (guest, size > 6 && data[6] == 5);
  mmp_fake_guest_send_packet (guest, 0x20, greeting, mmp_fake_guest_is_v5 (guest) ? 3 : 2);
}

static void
on_publish (MmpFakeBroker *self,
            MmpFakeGuest *guest,
            guint8 first,
            const guint8 *data,
            gsize size)
{
  g_autofree char *topic = take_string (&data, &size);
  g_autoptr (GBytes) payload = NULL;
  const gboolean acknowledged = (first & 6) != 0;
  guint8 id[2] = { 0 };

  if (topic == NULL || (acknowledged && size < 2))
    return;

  if (acknowledged)
    {
      memcpy (id, data, 2);
      skip (&data, &size, 2);
      mmp_fake_guest_send_packet (guest, PUBACK << 4, id, sizeof id);
    }
  if (!skip_properties (guest, &data, &size))
    return;

  payload = g_bytes_new (data, size);
  if (self->route_func != NULL)
    self->route_func (self, topic, payload, self->route_data);
  else
    mmp_fake_broker_deliver (self, topic, payload, FALSE);
}

static void
on_subscribe (MmpFakeGuest *guest,
              guint8 first,
              const guint8 *data,
              gsize size)
{
  const gboolean adds = first >> 4 == SUBSCRIBE;
  const gboolean v5 = mmp_fake_guest_is_v5 (guest);
  g_autoptr (GByteArray) answer = g_byte_array_new ();
  static const guint8 zero = 0;
  char *filter;

  if (size < 2)
    return;

  g_byte_array_append (answer, data, 2);
  skip (&data, &size, 2);
  if (v5)
    g_byte_array_append (answer, &zero, 1);
  if (!skip_properties (guest, &data, &size))
    return;

  while ((filter = take_string (&data, &size)) != NULL)
    {
      const guint8 granted = adds && size > 0 ? data[0] & 1 : 0;

      if (adds)
        mmp_fake_guest_subscribe (guest, filter);
      else
        mmp_fake_guest_unsubscribe (guest, filter);
      if (adds || v5)
        g_byte_array_append (answer, &granted, 1);
      if (adds)
        skip (&data, &size, 1);
      g_free (filter);
    }
  mmp_fake_guest_send_packet (guest, adds ? 0x90 : 0xb0, answer->data, answer->len);
}

static void
on_packet (MmpFakeGuest *guest,
           guint8 first,
           const guint8 *data,
           gsize size,
           gpointer user_data)
{
  MmpFakeBroker *self = user_data;
  g_autoptr (GBytes) body = g_bytes_new (data, size);

  if (self->packet_func != NULL && self->packet_func (self, guest, first, body, self->packet_data))
    return;

  switch (first >> 4)
    {
    case CONNECT:
      on_connect (guest, data, size);
      break;
    case PUBLISH:
      on_publish (self, guest, first, data, size);
      break;
    case SUBSCRIBE:
    case UNSUBSCRIBE:
      on_subscribe (guest, first, data, size);
      break;
    case PINGREQ:
      mmp_fake_guest_send_packet (guest, 0xd0, NULL, 0);
      break;
    case DISCONNECT:
      mmp_fake_guest_close (guest);
      break;
    default:
      break;
    }
}

static void
on_closed (MmpFakeGuest *guest,
           gpointer user_data)
{
  MmpFakeBroker *self = user_data;

  g_ptr_array_remove_fast (self->guests, guest);
}

static const MmpFakeGuestFuncs guest_funcs = { on_packet, on_closed };

static gboolean
on_incoming (GSocketService *service,
             GSocketConnection *connection,
             GObject *source,
             gpointer user_data)
{
  MmpFakeBroker *self = user_data;
  g_autoptr (GIOStream) stream = NULL;

  self->visits++;
  /* Small, so that a broker that does not read is felt soon. */
  g_socket_set_option (g_socket_connection_get_socket (connection), SOL_SOCKET, SO_RCVBUF, 8192, NULL);
  stream = self->certificate != NULL
               ? g_tls_server_connection_new (G_IO_STREAM (connection), self->certificate, NULL)
               : G_IO_STREAM (g_object_ref (connection));
  g_ptr_array_add (self->guests, mmp_fake_guest_new (stream, &guest_funcs, self));

  return TRUE;
}

/**
 * mmp_fake_broker_new:
 * @certificate: (nullable): to speak TLS with
 *
 * Returns: (transfer full): a broker at a free port of 127.0.0.1
 */
MmpFakeBroker *
mmp_fake_broker_new (GTlsCertificate *certificate)
{
  MmpFakeBroker *self = g_new0 (MmpFakeBroker, 1);
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  g_autoptr (GSocketAddress) address = NULL;
  g_autoptr (GError) error = NULL;

  self->service = g_socket_service_new ();
  self->certificate = certificate != NULL ? g_object_ref (certificate) : NULL;
  self->guests = g_ptr_array_new_with_free_func (mmp_fake_guest_drop);
  g_socket_listener_add_address (G_SOCKET_LISTENER (self->service), any, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL, &address, &error);
  g_assert_no_error (error);
  self->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (address));
  g_signal_connect (self->service, "incoming", G_CALLBACK (on_incoming), self);

  return self;
}

/**
 * mmp_fake_broker_free:
 */
void
mmp_fake_broker_free (MmpFakeBroker *self)
{
  g_signal_handlers_disconnect_by_data (self->service, self);
  g_socket_service_stop (self->service);
  g_socket_listener_close (G_SOCKET_LISTENER (self->service));
  g_clear_object (&self->service);
  g_clear_object (&self->certificate);
  g_ptr_array_unref (self->guests);
  g_free (self);
}

/**
 * mmp_fake_broker_get_port:
 *
 * Returns: the port of 127.0.0.1 that it listens at
 */
guint
mmp_fake_broker_get_port (MmpFakeBroker *self)
{
  return self->port;
}

/**
 * mmp_fake_broker_count_guests:
 *
 * Returns: how many clients are connected now
 */
guint
mmp_fake_broker_count_guests (MmpFakeBroker *self)
{
  return self->guests->len;
}

/**
 * mmp_fake_broker_count_visits:
 *
 * Returns: how many connections came so far
 */
guint
mmp_fake_broker_count_visits (MmpFakeBroker *self)
{
  return self->visits;
}

/**
 * mmp_fake_broker_set_packet_func:
 * @func: (nullable): what sees every packet first
 */
void
mmp_fake_broker_set_packet_func (MmpFakeBroker *self,
                                 MmpFakePacketFunc func,
                                 gpointer user_data)
{
  self->packet_func = func;
  self->packet_data = user_data;
}

/**
 * mmp_fake_broker_set_route_func:
 * @func: (nullable): what is done with messages
 */
void
mmp_fake_broker_set_route_func (MmpFakeBroker *self,
                                MmpFakeRouteFunc func,
                                gpointer user_data)
{
  self->route_func = func;
  self->route_data = user_data;
}

/**
 * mmp_fake_broker_deliver:
 *
 * Sends a message with QoS 1 to everybody who subscribed to its topic.
 */
void
mmp_fake_broker_deliver (MmpFakeBroker *self,
                         const char *topic,
                         GBytes *payload,
                         gboolean retained)
{
  for (guint i = 0; i < self->guests->len; i++)
    {
      MmpFakeGuest *guest = g_ptr_array_index (self->guests, i);
      g_autoptr (GByteArray) body = g_byte_array_new ();
      const gsize length = strlen (topic);
      const guint8 prefix[2] = { (guint8) (length >> 8), (guint8) length };
      const gboolean v5 = mmp_fake_guest_is_v5 (guest);
      guint8 middle[3] = { 0 };
      guint16 id;

      if (!mmp_fake_guest_is_subscribed (guest, topic))
        continue;

      id = mmp_fake_guest_make_id (guest);
      middle[0] = (guint8) (id >> 8);
      middle[1] = (guint8) id;
      g_byte_array_append (body, prefix, 2);
      g_byte_array_append (body, (const guint8 *) topic, (guint) length);
      g_byte_array_append (body, middle, v5 ? 3 : 2);
      g_byte_array_append (body, g_bytes_get_data (payload, NULL), (guint) g_bytes_get_size (payload));
      mmp_fake_guest_send_packet (guest, (guint8) (0x32 | (retained ? 1 : 0)), body->data, body->len);
    }
}

/**
 * mmp_fake_broker_close_all:
 *
 * Closes every connection.
 */
void
mmp_fake_broker_close_all (MmpFakeBroker *self)
{
  g_ptr_array_set_size (self->guests, 0);
}
