/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-bridge"

#include "bridge/mmp-record.h"

#include <string.h>

#include "base/mmp-error.h"
#include "base/mmp-limits.h"
#include "crypto/mmp-bridge-seal.h"
#include "mqtt/mmp-mqtt-topic.h"

/* 01 ‖ flags ‖ sender ‖ run ‖ number ‖ time ‖ topic length ‖ topic ‖ properties length ‖ properties ‖ payload */
#define VERSION 0x01
#define FLAG_QOS 0x03
#define FLAG_RETAIN 0x04
#define HEAD_SIZE 36
#define QOS_MAX 2

/* A replay window counts no further. */
#define NUMBER_END (G_GUINT64_CONSTANT (1) << 63)

typedef struct
{
  const guint8 *data;
  gsize left;
} Reader;

static guint64
take_u64 (Reader *reader)
{
  guint64 value;

  memcpy (&value, reader->data, sizeof value);
  reader->data += sizeof value;
  reader->left -= sizeof value;

  return GUINT64_FROM_LE (value);
}

static gsize
take_u16 (Reader *reader)
{
  gsize value = reader->data[0] | (gsize) reader->data[1] << 8;

  reader->data += 2;
  reader->left -= 2;

  return value;
}

static guint8 *
put_u64 (guint8 *at,
         guint64 value)
{
  value = GUINT64_TO_LE (value);
  memcpy (at, &value, sizeof value);

  return at + sizeof value;
}

static void
put_u16 (guint8 *at,
         gsize value)
{
  at[0] = (guint8) value;
  at[1] = (guint8) (value >> 8);
}

static gpointer
fail (GError **error,
      const char *message)
{
  g_set_error_literal (error, MMP_ERROR, MMP_ERROR_MESSAGE_INVALID, message);

  return NULL;
}

/**
 * mmp_record_seal:
 * @self: with a topic of at most %MMP_BRIDGE_TOPIC_MAX bytes and properties of at most 65,535
 * @nonce: (nullable): for test vectors only
 *
 * Returns: (transfer full): the payload for the public broker
 */
GBytes *
mmp_record_seal (const MmpRecord *self,
                 MmpBridgeKey *key,
                 const guint8 *nonce)
{
  g_autoptr (GByteArray) properties = g_byte_array_new ();
  guint8 head[HEAD_SIZE];
  guint8 length[2];
  guint8 *at = head;
  gsize topic_length = strlen (self->topic);
  gsize payload_size;
  gconstpointer payload = g_bytes_get_data (self->payload, &payload_size);

  mmp_mqtt_properties_encode (self->properties, properties);
  *at++ = VERSION;
  *at++ = (guint8) (self->qos | (self->retain ? FLAG_RETAIN : 0));
  at = put_u64 (at, self->sender);
  at = put_u64 (at, self->run);
  at = put_u64 (at, self->number);
  at = put_u64 (at, (guint64) self->time);
  put_u16 (at, topic_length);
  put_u16 (length, properties->len);

  return mmp_bridge_seal (key, nonce,
                          (const MmpBridgePart[]) {
                              { head, sizeof head },
                              { self->topic, topic_length },
                              { length, sizeof length },
                              { properties->data, properties->len },
                              { payload, payload_size },
                          },
                          5);
}

static gboolean
take_topic (Reader *reader,
            MmpRecord *into)
{
  gsize length = take_u16 (reader);

  if (length > MMP_BRIDGE_TOPIC_MAX || length > reader->left || !mmp_mqtt_topic_is_welcome ((const char *) reader->data, length))
    return FALSE;

  into->topic = g_strndup ((const char *) reader->data, length);
  reader->data += length;
  reader->left -= length;

  return TRUE;
}

static gboolean
take_properties (Reader *reader,
                 MmpRecord *into)
{
  gsize size;

  if (reader->left < 2)
    return FALSE;
  size = take_u16 (reader);
  if (size > reader->left || !mmp_mqtt_properties_decode (reader->data, size, &into->properties, NULL))
    return FALSE;
  reader->data += size;
  reader->left -= size;

  return TRUE;
}

/**
 * mmp_record_decode:
 * @plain: what mmp_bridge_open() gave
 * @error: return location
 *
 * Whoever sealed it had the key, and is still not believed: the topic is one that a broker takes, and no wildcard.
 *
 * Returns: (transfer full) (nullable): the record; %NULL with %MMP_ERROR_MESSAGE_INVALID
 */
MmpRecord *
mmp_record_decode (GBytes *plain,
                   GError **error)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (plain, &size);
  Reader reader = { data, size };
  g_autoptr (MmpRecord) self = NULL;

  if (size < HEAD_SIZE)
    return fail (error, "the record is too short");
  if (data[0] != VERSION)
    return fail (error, "the record has another version");
  if ((data[1] & ~(FLAG_QOS | FLAG_RETAIN)) != 0 || (data[1] & FLAG_QOS) > QOS_MAX)
    return fail (error, "the record has unknown flags");

  self = g_new0 (MmpRecord, 1);
  self->qos = data[1] & FLAG_QOS;
  self->retain = (data[1] & FLAG_RETAIN) != 0;
  reader = (Reader) { data + 2, size - 2 };
  self->sender = take_u64 (&reader);
  self->run = take_u64 (&reader);
  self->number = take_u64 (&reader);
  self->time = (gint64) take_u64 (&reader);
  if (self->number >= NUMBER_END)
    return fail (error, "the record has a number that is too high");
  if (!take_topic (&reader, self))
    return fail (error, "the record has a topic that cannot be");
  if (!take_properties (&reader, self))
    return fail (error, "the record has wrong properties");
  self->payload = g_bytes_new_from_bytes (plain, size - reader.left, reader.left);

  return g_steal_pointer (&self);
}

/**
 * mmp_record_free:
 */
void
mmp_record_free (MmpRecord *self)
{
  g_free (self->topic);
  g_clear_pointer (&self->properties, mmp_mqtt_properties_unref);
  g_clear_pointer (&self->payload, g_bytes_unref);
  g_free (self);
}
