/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-fake-broker.h"

#include <string.h>
#include <sys/socket.h>

#define READ_SIZE 4096

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

struct _MmpFakeGuest
{
  MmpFakeBroker *broker; /* NULL: it was closed */
  GIOStream *stream;
  GCancellable *cancellable;
  GPtrArray *filters;
  GByteArray *in;
  GByteArray *out;
  guint8 *writing; /* nullable: what a write under way writes from */
  gsize writing_size;
  gboolean v5;
  gboolean paused;
  gboolean closing; /* as soon as all is written */
  guint16 last_id;
  guint8 read_buffer[READ_SIZE];
};

static void
mmp_fake_guest_clear (gpointer data)
{
  MmpFakeGuest *guest = data;

  g_clear_object (&guest->stream);
  g_clear_object (&guest->cancellable);
  g_ptr_array_unref (guest->filters);
  g_byte_array_unref (guest->in);
  g_byte_array_unref (guest->out);
  g_free (guest->writing);
}

static void
mmp_fake_guest_unref (gpointer data)
{
  g_rc_box_release_full (data, mmp_fake_guest_clear);
}

/* The pending operations hold a reference each. */
static void
mmp_fake_guest_drop (gpointer data)
{
  MmpFakeGuest *guest = data;

  guest->broker = NULL;
  g_cancellable_cancel (guest->cancellable);
  mmp_fake_guest_unref (guest);
}

static gboolean
matches (const char *filter,
         const char *topic)
{
  g_auto (GStrv) wanted = g_strsplit (filter, "/", -1);
  g_auto (GStrv) given = g_strsplit (topic, "/", -1);
  guint i;

  for (i = 0; wanted[i] != NULL; i++)
    {
      if (g_str_equal (wanted[i], "#"))
        return TRUE;
      if (given[i] == NULL || (!g_str_equal (wanted[i], "+") && !g_str_equal (wanted[i], given[i])))
        return FALSE;
    }

  return given[i] == NULL;
}

static gboolean
is_subscribed (MmpFakeGuest *guest,
               const char *topic)
{
  for (guint i = 0; i < guest->filters->len; i++)
    {
      if (matches (g_ptr_array_index (guest->filters, i), topic))
        return TRUE;
    }

  return FALSE;
}

static void
on_written (GObject *object,
            GAsyncResult *result,
            gpointer user_data);

static void
write_more (MmpFakeGuest *guest)
{
  if (guest->writing != NULL || guest->out->len == 0)
    return;

  guest->writing = g_byte_array_steal (guest->out, &guest->writing_size);
  g_output_stream_write_all_async (g_io_stream_get_output_stream (guest->stream), guest->writing, guest->writing_size,
                                   G_PRIORITY_DEFAULT, guest->cancellable, on_written, g_rc_box_acquire (guest));
}

static void
on_written (GObject *object,
            GAsyncResult *result,
            gpointer user_data)
{
  MmpFakeGuest *guest = user_data;

  g_clear_pointer (&guest->writing, g_free);
  guest->writing_size = 0;
  if (g_output_stream_write_all_finish (G_OUTPUT_STREAM (object), result, NULL, NULL) && guest->broker != NULL)
    write_more (guest);
  if (guest->closing)
    mmp_fake_guest_close (guest);
  mmp_fake_guest_unref (guest);
}

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
  return !guest->v5 || (*size > 0 && (*data)[0] < 128 && skip (data, size, 1 + (gsize) (*data)[0]));
}

static void
on_connect (MmpFakeGuest *guest,
            const guint8 *data,
            gsize size)
{
  static const guint8 greeting[] = { 0, 0, 0 };

  guest->v5 = size > 6 && data[6] == 5;
  mmp_fake_guest_send_packet (guest, 0x20, greeting, guest->v5 ? 3 : 2);
}

static void
on_publish (MmpFakeGuest *guest,
            guint8 first,
            const guint8 *data,
            gsize size)
{
  MmpFakeBroker *self = guest->broker;
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
  g_autoptr (GByteArray) answer = g_byte_array_new ();
  static const guint8 zero = 0;
  char *filter;

  if (size < 2)
    return;

  g_byte_array_append (answer, data, 2);
  skip (&data, &size, 2);
  if (guest->v5)
    g_byte_array_append (answer, &zero, 1);
  if (!skip_properties (guest, &data, &size))
    return;

  while ((filter = take_string (&data, &size)) != NULL)
    {
      guint found;

      if (g_ptr_array_find_with_equal_func (guest->filters, filter, g_str_equal, &found))
        g_ptr_array_remove_index (guest->filters, found);
      if (adds)
        {
          const guint8 granted = size > 0 ? data[0] & 1 : 0;

          skip (&data, &size, 1);
          g_byte_array_append (answer, &granted, 1);
          g_ptr_array_add (guest->filters, filter);
        }
      else
        {
          if (guest->v5)
            g_byte_array_append (answer, &zero, 1);
          g_free (filter);
        }
    }
  mmp_fake_guest_send_packet (guest, adds ? 0x90 : 0xb0, answer->data, answer->len);
}

static void
on_packet (MmpFakeGuest *guest,
           guint8 first,
           const guint8 *data,
           gsize size)
{
  MmpFakeBroker *self = guest->broker;
  g_autoptr (GBytes) body = g_bytes_new (data, size);

  if (self->packet_func != NULL && self->packet_func (self, guest, first, body, self->packet_data))
    return;

  switch (first >> 4)
    {
    case CONNECT:
      on_connect (guest, data, size);
      break;
    case PUBLISH:
      on_publish (guest, first, data, size);
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

/* Takes whole packets off the front of what came. */
static void
take_packets (MmpFakeGuest *guest)
{
  while (guest->broker != NULL && !guest->closing && guest->in->len >= 2)
    {
      const guint8 *data = guest->in->data;
      gsize length = 0;
      guint used = 1;

      do
        length |= (gsize) (data[used] & 0x7f) << (7 * (used - 1));
      while ((data[used++] & 0x80) != 0 && used < 5 && used < guest->in->len);
      if ((data[used - 1] & 0x80) != 0 || guest->in->len < used + length)
        return;

      on_packet (guest, data[0], data + used, length);
      g_byte_array_remove_range (guest->in, 0, used + (guint) length);
    }
}

static void
on_read (GObject *object,
         GAsyncResult *result,
         gpointer user_data);

static void
read_more (MmpFakeGuest *guest)
{
  g_input_stream_read_async (g_io_stream_get_input_stream (guest->stream), guest->read_buffer, sizeof guest->read_buffer,
                             G_PRIORITY_DEFAULT, guest->cancellable, on_read, g_rc_box_acquire (guest));
}

static void
on_read (GObject *object,
         GAsyncResult *result,
         gpointer user_data)
{
  MmpFakeGuest *guest = user_data;
  gssize got = g_input_stream_read_finish (G_INPUT_STREAM (object), result, NULL);

  if (got > 0 && guest->broker != NULL)
    {
      g_byte_array_append (guest->in, guest->read_buffer, (guint) got);
      take_packets (guest);
    }
  else if (guest->broker != NULL)
    {
      mmp_fake_guest_close (guest);
    }
  if (guest->broker != NULL && !guest->paused && !guest->closing)
    read_more (guest);
  mmp_fake_guest_unref (guest);
}

static gboolean
on_incoming (GSocketService *service,
             GSocketConnection *connection,
             GObject *source,
             gpointer user_data)
{
  MmpFakeBroker *self = user_data;
  MmpFakeGuest *guest = g_rc_box_new0 (MmpFakeGuest);

  self->visits++;
  guest->broker = self;
  /* Small, so that a broker that does not read is felt soon. */
  g_socket_set_option (g_socket_connection_get_socket (connection), SOL_SOCKET, SO_RCVBUF, 8192, NULL);
  guest->stream = self->certificate != NULL
                      ? g_tls_server_connection_new (G_IO_STREAM (connection), self->certificate, NULL)
                      : G_IO_STREAM (g_object_ref (connection));
  guest->cancellable = g_cancellable_new ();
  guest->filters = g_ptr_array_new_with_free_func (g_free);
  guest->in = g_byte_array_new ();
  guest->out = g_byte_array_new ();
  g_ptr_array_add (self->guests, guest);
  read_more (guest);

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
      guint8 middle[3] = { 0 };

      if (!is_subscribed (guest, topic))
        continue;

      if (++guest->last_id == 0)
        guest->last_id = 1;
      middle[0] = (guint8) (guest->last_id >> 8);
      middle[1] = (guint8) guest->last_id;
      g_byte_array_append (body, prefix, 2);
      g_byte_array_append (body, (const guint8 *) topic, (guint) length);
      g_byte_array_append (body, middle, guest->v5 ? 3 : 2);
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

/**
 * mmp_fake_guest_is_v5:
 *
 * Returns: whether it greeted with MQTT 5
 */
gboolean
mmp_fake_guest_is_v5 (MmpFakeGuest *guest)
{
  return guest->v5;
}

/**
 * mmp_fake_guest_send:
 *
 * Sends any bytes.
 */
void
mmp_fake_guest_send (MmpFakeGuest *guest,
                     gconstpointer data,
                     gsize size)
{
  g_byte_array_append (guest->out, data, (guint) size);
  write_more (guest);
}

/**
 * mmp_fake_guest_send_packet:
 * @first: the first byte
 *
 * Sends a packet with a right length.
 */
void
mmp_fake_guest_send_packet (MmpFakeGuest *guest,
                            guint8 first,
                            gconstpointer body,
                            gsize size)
{
  guint8 header[5] = { first };
  guint used = 1;
  gsize rest = size;

  do
    {
      header[used] = (guint8) ((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
      rest >>= 7;
      used++;
    }
  while (rest > 0);
  g_byte_array_append (guest->out, header, used);
  mmp_fake_guest_send (guest, body, size);
}

/**
 * mmp_fake_guest_get_unsent:
 *
 * Returns: bytes that it did not take yet
 */
gsize
mmp_fake_guest_get_unsent (MmpFakeGuest *guest)
{
  return guest->out->len + guest->writing_size;
}

/**
 * mmp_fake_guest_pause:
 *
 * Reads nothing more from it.
 */
void
mmp_fake_guest_pause (MmpFakeGuest *guest)
{
  guest->paused = TRUE;
}

/**
 * mmp_fake_guest_close:
 *
 * Closes its connection when what was sent is written.
 */
void
mmp_fake_guest_close (MmpFakeGuest *guest)
{
  guest->closing = TRUE;
  if (guest->broker != NULL && guest->writing == NULL)
    g_ptr_array_remove_fast (guest->broker->guests, guest);
}
