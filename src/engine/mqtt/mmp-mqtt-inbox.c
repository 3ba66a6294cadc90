/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mqtt/mmp-mqtt-inbox.h"

#include <string.h>

#include "base/mmp-limits.h"

/* A reader that may take large packets reads more at once. */
#define READ_SIZE 65536
/* Type, length, topic, packet id: what must be seen of a packet to acknowledge it; and a bit for its properties' length */
#define HEAD_MAX (5 + 2 + 65535 + 2 + 4)

/**
 * mmp_mqtt_inbox_init:
 * @self: (out caller-allocates): an inbox with nothing in it
 * @packet_max: largest packet that is taken, in bytes
 * @cuts: %TRUE to give of larger messages the first bytes only; %FALSE to refuse them
 */
void
mmp_mqtt_inbox_init (MmpMqttInbox *self,
                     gsize packet_max,
                     gboolean cuts)
{
  *self = (MmpMqttInbox) {
    .packet_max = packet_max,
    .cuts = cuts,
    .capacity = packet_max <= MMP_MQTT_PACKET_MAX ? packet_max : MAX (READ_SIZE, cuts ? HEAD_MAX : 0),
  };
  self->data = g_malloc (self->capacity);
}

/**
 * mmp_mqtt_inbox_clear:
 */
void
mmp_mqtt_inbox_clear (MmpMqttInbox *self)
{
  g_clear_pointer (&self->data, g_free);
}

/**
 * mmp_mqtt_inbox_prepare:
 * @room: (out): how many bytes may be read, at least 1
 *
 * Returns: (transfer none): where to
 */
guint8 *
mmp_mqtt_inbox_prepare (MmpMqttInbox *self,
                        gsize *room)
{
  if (self->start > 0)
    {
      self->end -= self->start;
      memmove (self->data, self->data + self->start, self->end);
      self->start = 0;
    }
  *room = self->capacity - self->end;

  return self->data + self->end;
}

/**
 * mmp_mqtt_inbox_add:
 * @size: how many bytes were read
 */
void
mmp_mqtt_inbox_add (MmpMqttInbox *self,
                    gsize size)
{
  self->end += size;
}

static void
skip (MmpMqttInbox *self)
{
  gsize skipped = MIN (self->skip, self->end - self->start);

  self->skip -= skipped;
  self->start += skipped;
}

static void
grow (MmpMqttInbox *self,
      gsize size)
{
  if (size <= self->capacity)
    return;

  self->capacity = size;
  self->data = g_realloc (self->data, size);
}

/* How much of the packet must be there before it is given away */
static gsize
wanted (MmpMqttInbox *self,
        const MmpMqttPacket *packet)
{
  return packet->size > self->packet_max ? MIN (packet->size, HEAD_MAX) : packet->size;
}

/**
 * mmp_mqtt_inbox_next:
 * @greeted: whether the broker's CONNACK came already
 * @packet: (out): its next packet
 * @data: (out) (nullable): where it is, until the next call; %NULL if none is complete
 * @size: (out): how much of it is there; less than `packet->size` if it was cut
 * @error: return location
 *
 * Returns: FALSE if it must not be read further, see mmp_mqtt_packet_decode()
 */
gboolean
mmp_mqtt_inbox_next (MmpMqttInbox *self,
                     gboolean greeted,
                     MmpMqttPacket *packet,
                     const guint8 **data,
                     gsize *size,
                     GError **error)
{
  gsize left;

  *data = NULL;
  skip (self);
  left = self->end - self->start;
  if (left == 0)
    return TRUE;
  if (!mmp_mqtt_packet_decode (self->data + self->start, left, greeted, self->packet_max, self->cuts, packet, error))
    return FALSE;
  if (packet->size == 0)
    return TRUE;
  if (left < wanted (self, packet))
    {
      if (self->start > 0)
        {
          memmove (self->data, self->data + self->start, left);
          self->start = 0;
          self->end = left;
        }
      grow (self, wanted (self, packet));
      return TRUE;
    }

  *data = self->data + self->start;
  *size = MIN (packet->size, left);
  self->start += *size;
  self->skip = packet->size - *size;

  return TRUE;
}

/**
 * mmp_mqtt_inbox_drop:
 *
 * Throws away what came.
 */
void
mmp_mqtt_inbox_drop (MmpMqttInbox *self)
{
  self->start = 0;
  self->end = 0;
}
