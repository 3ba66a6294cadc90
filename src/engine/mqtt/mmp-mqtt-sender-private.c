/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mqtt/mmp-mqtt-sender-private.h"

#include <mosquitto.h>
#include <string.h>

#include "base/mmp-error.h"
#include "mqtt/mmp-mqtt-error.h"
#include "mqtt/mmp-mqtt-publish.h"
#include "mqtt/mmp-mqtt-topic.h"

#define PUBACK_SIZE 4
/* A buffer that grew beyond this is given back when it is empty. */
#define KEPT_MAX (256 * 1024)
/* Marks that are done with, until those behind them move up: a connection with something to send all the time never has none. */
#define DONE_MARKS_MAX 4096

/* Something that is said when the byte before it is gone */
typedef struct
{
  guint64 end; /* counts all bytes of the connection */
  int id; /* of a message of QoS 0; 0 for an acknowledgement */
} Mark;

/* A message of QoS 1 beyond what the broker takes at a time */
typedef struct
{
  int id;
  GByteArray *packet;
} Waiting;

struct _MmpMqttSender
{
  gboolean v5;
  guint window;
  int max_qos;
  gboolean retains;
  int last_id;
  GHashTable *under_way; /* packet ids of messages of QoS 1 */
  GQueue waiting; /* Waiting */
  GByteArray *out;
  gsize start; /* what of it is gone */
  guint64 gone; /* what of the connection's bytes is */
  GArray *marks;
  guint first_mark;
  guint acknowledgements; /* among the marks */
};

static void
waiting_free (gpointer data)
{
  Waiting *self = data;

  g_byte_array_unref (self->packet);
  g_free (self);
}

/**
 * mmp_mqtt_sender_new:
 * @send_max: messages of QoS 1 that may be unacknowledged
 *
 * Returns: (transfer full): nothing to send
 */
MmpMqttSender *
mmp_mqtt_sender_new (gboolean v5,
                     guint send_max)
{
  MmpMqttSender *self = g_new0 (MmpMqttSender, 1);

  self->v5 = v5;
  self->window = send_max;
  self->max_qos = 1;
  self->retains = TRUE;
  self->last_id = G_MAXUINT16;
  self->under_way = g_hash_table_new (NULL, NULL);
  self->out = g_byte_array_new ();
  self->marks = g_array_new (FALSE, FALSE, sizeof (Mark));

  return self;
}

/**
 * mmp_mqtt_sender_free:
 * @self: (nullable): a sender
 */
void
mmp_mqtt_sender_free (MmpMqttSender *self)
{
  if (self == NULL)
    return;

  g_queue_clear_full (&self->waiting, waiting_free);
  g_hash_table_unref (self->under_way);
  g_byte_array_unref (self->out);
  g_array_unref (self->marks);
  g_free (self);
}

/**
 * mmp_mqtt_sender_limit:
 * @receive_max: messages of QoS 1 that the broker takes ahead of its acknowledgements
 * @max_qos: the highest QoS that it takes
 * @retains: whether it keeps messages
 *
 * To be called with what the broker's greeting says (MQTT 5, section 3.2.2.3).
 */
void
mmp_mqtt_sender_limit (MmpMqttSender *self,
                       guint receive_max,
                       int max_qos,
                       gboolean retains)
{
  self->window = MIN (self->window, MAX (receive_max, 1));
  self->max_qos = max_qos;
  self->retains = retains;
}

/**
 * mmp_mqtt_sender_get_next_id:
 *
 * Returns: the packet id that the next message gets, of either QoS
 */
int
mmp_mqtt_sender_get_next_id (MmpMqttSender *self)
{
  return self->last_id < G_MAXUINT16 ? self->last_id + 1 : MMP_MQTT_SENDER_ID_MIN;
}

static void
add_mark (MmpMqttSender *self,
          int id)
{
  const Mark mark = { .end = self->gone + self->out->len - self->start, .id = id };

  g_array_append_val (self->marks, mark);
  if (id == 0)
    self->acknowledgements++;
}

static int
find_fault (MmpMqttSender *self,
            const MmpMqttMessage *message)
{
  if (message->qos > self->max_qos)
    return MOSQ_ERR_QOS_NOT_SUPPORTED;
  if (message->retained && !self->retains)
    return MOSQ_ERR_RETAIN_NOT_SUPPORTED;
  if (!mmp_mqtt_topic_is_name (message->topic, strlen (message->topic)))
    return MOSQ_ERR_INVAL;
  if (!mmp_mqtt_publish_is_possible (message))
    return MOSQ_ERR_PAYLOAD_SIZE;

  return MOSQ_ERR_SUCCESS;
}

/**
 * mmp_mqtt_sender_publish:
 * @message: what to publish; properties go with MQTT 5 only
 * @id: (out): its packet id, for mmp_mqtt_sender_answered() or, with QoS 0, mmp_mqtt_sender_next_written()
 *
 * A message of QoS 1 waits while too many are unacknowledged. It must not happen that one of this packet id still is.
 *
 * Returns: %FALSE if the broker would not take it
 */
gboolean
mmp_mqtt_sender_publish (MmpMqttSender *self,
                         const MmpMqttMessage *message,
                         int *id,
                         GError **error)
{
  int fault = find_fault (self, message);
  Waiting *waiting;

  if (fault != MOSQ_ERR_SUCCESS)
    {
      g_propagate_error (error, mmp_mqtt_error_new (MMP_MQTT_ANSWER_REQUEST, fault));
      return FALSE;
    }

  *id = self->last_id = mmp_mqtt_sender_get_next_id (self);
  if (message->qos == 0)
    {
      mmp_mqtt_publish_encode (message, self->v5, 0, self->out);
      add_mark (self, *id);
    }
  else if (g_hash_table_size (self->under_way) < self->window)
    {
      mmp_mqtt_publish_encode (message, self->v5, *id, self->out);
      g_hash_table_add (self->under_way, GINT_TO_POINTER (*id));
    }
  else
    {
      waiting = g_new0 (Waiting, 1);
      waiting->id = *id;
      waiting->packet = g_byte_array_new ();
      mmp_mqtt_publish_encode (message, self->v5, *id, waiting->packet);
      g_queue_push_tail (&self->waiting, waiting);
    }

  return TRUE;
}

/**
 * mmp_mqtt_sender_answered:
 * @data: a whole PUBACK of the broker
 * @packet: what mmp_mqtt_packet_decode() said about it
 * @id: (out): of which message
 * @code: (out): its reason code; from 0x80 on it is a no
 *
 * Returns: %FALSE with %MMP_ERROR_BROKER_PROTOCOL if it is wrong, or nothing of this packet id is under way
 */
gboolean
mmp_mqtt_sender_answered (MmpMqttSender *self,
                          const guint8 *data,
                          const MmpMqttPacket *packet,
                          int *id,
                          int *code,
                          GError **error)
{
  Waiting *next;

  if (!mmp_mqtt_puback_decode (data, packet, self->v5, id, code, error))
    return FALSE;
  if (!g_hash_table_remove (self->under_way, GINT_TO_POINTER (*id)))
    {
      g_set_error_literal (error, MMP_ERROR, MMP_ERROR_BROKER_PROTOCOL, "the broker acknowledged a message that was not sent");
      return FALSE;
    }

  next = g_queue_pop_head (&self->waiting);
  if (next != NULL)
    {
      g_byte_array_append (self->out, next->packet->data, next->packet->len);
      g_hash_table_add (self->under_way, GINT_TO_POINTER (next->id));
      waiting_free (next);
    }

  return TRUE;
}

/**
 * mmp_mqtt_sender_acknowledge:
 * @id: of a message that came with QoS 1
 */
void
mmp_mqtt_sender_acknowledge (MmpMqttSender *self,
                             guint16 id)
{
  const guint8 packet[PUBACK_SIZE] = { MMP_MQTT_PACKET_PUBACK << 4, PUBACK_SIZE - 2, (guint8) (id >> 8), (guint8) id };

  g_byte_array_append (self->out, packet, sizeof packet);
  add_mark (self, 0);
}

/**
 * mmp_mqtt_sender_count_acknowledgements:
 *
 * Returns: acknowledgements that wait to be drained
 */
guint
mmp_mqtt_sender_count_acknowledgements (MmpMqttSender *self)
{
  return self->acknowledgements;
}

/**
 * mmp_mqtt_sender_append:
 * @data: (array length=size): other bytes; when they are all there, they must end with a packet
 */
void
mmp_mqtt_sender_append (MmpMqttSender *self,
                        const guint8 *data,
                        gsize size)
{
  g_byte_array_append (self->out, data, (guint) size);
}

/**
 * mmp_mqtt_sender_has_output:
 *
 * Returns: whether mmp_mqtt_sender_drain() would give something
 */
gboolean
mmp_mqtt_sender_has_output (MmpMqttSender *self)
{
  return self->start < self->out->len;
}

static void
forget_acknowledgements (MmpMqttSender *self)
{
  while (self->first_mark < self->marks->len)
    {
      const Mark *mark = &g_array_index (self->marks, Mark, self->first_mark);

      if (mark->id != 0 || mark->end > self->gone)
        break;
      self->acknowledgements--;
      self->first_mark++;
    }
  if (self->first_mark == self->marks->len || self->first_mark > DONE_MARKS_MAX)
    {
      g_array_remove_range (self->marks, 0, self->first_mark);
      self->first_mark = 0;
    }
}

static void
tidy (MmpMqttSender *self)
{
  if (self->start == self->out->len && self->out->len > KEPT_MAX)
    {
      g_byte_array_unref (self->out);
      self->out = g_byte_array_new ();
      self->start = 0;
    }
  else if (self->start == self->out->len)
    {
      g_byte_array_set_size (self->out, 0);
      self->start = 0;
    }
  else if (self->start > KEPT_MAX)
    {
      g_byte_array_remove_range (self->out, 0, (guint) self->start);
      self->start = 0;
    }
}

/**
 * mmp_mqtt_sender_drain:
 * @data: (out caller-allocates): where bytes for the broker are put
 * @size: how many there is room for
 *
 * Returns: how many there are
 */
gsize
mmp_mqtt_sender_drain (MmpMqttSender *self,
                       guint8 *data,
                       gsize size)
{
  gsize taken = MIN (size, self->out->len - self->start);

  if (taken == 0)
    return 0;

  memcpy (data, self->out->data + self->start, taken);
  self->start += taken;
  self->gone += taken;
  forget_acknowledgements (self);
  tidy (self);

  return taken;
}

/**
 * mmp_mqtt_sender_next_written:
 * @id: (out): its packet id
 *
 * Returns: whether one more message of QoS 0 is drained
 */
gboolean
mmp_mqtt_sender_next_written (MmpMqttSender *self,
                              int *id)
{
  const Mark *mark;

  forget_acknowledgements (self);
  if (self->first_mark == self->marks->len)
    return FALSE;

  mark = &g_array_index (self->marks, Mark, self->first_mark);
  if (mark->end > self->gone)
    return FALSE;
  *id = mark->id;
  self->first_mark++;
  forget_acknowledgements (self);

  return TRUE;
}
