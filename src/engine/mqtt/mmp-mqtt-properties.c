/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mqtt/mmp-mqtt-properties.h"

#include <mqtt_protocol.h>
#include <string.h>

#include "base/mmp-error.h"
#include "mqtt/mmp-mqtt-topic.h"

/* Bytes of a variable byte integer (MQTT 5, section 1.5.5) */
#define VARINT_MAX 4

typedef struct
{
  const guint8 *data;
  gsize left;
} Reader;

static void
mmp_mqtt_properties_clear (gpointer data)
{
  MmpMqttProperties *self = data;

  g_clear_pointer (&self->content_type, g_free);
  g_clear_pointer (&self->response_topic, g_free);
  g_clear_pointer (&self->correlation, g_bytes_unref);
  g_clear_pointer (&self->user, g_ptr_array_unref);
}

/**
 * mmp_mqtt_properties_new:
 *
 * Returns: (transfer full): no properties
 */
MmpMqttProperties *
mmp_mqtt_properties_new (void)
{
  MmpMqttProperties *self = g_rc_box_new0 (MmpMqttProperties);

  self->payload_format = -1;

  return self;
}

/**
 * mmp_mqtt_properties_copy:
 * @self: (nullable): properties
 *
 * Returns: (transfer full): a copy to change
 */
MmpMqttProperties *
mmp_mqtt_properties_copy (const MmpMqttProperties *self)
{
  MmpMqttProperties *copy = mmp_mqtt_properties_new ();

  if (self == NULL)
    return copy;

  copy->expiry = self->expiry;
  copy->payload_format = self->payload_format;
  copy->content_type = g_strdup (self->content_type);
  copy->response_topic = g_strdup (self->response_topic);
  copy->correlation = self->correlation != NULL ? g_bytes_ref (self->correlation) : NULL;
  for (guint i = 0; self->user != NULL && i < self->user->len; i += 2)
    mmp_mqtt_properties_add_user (copy, g_ptr_array_index (self->user, i), g_ptr_array_index (self->user, i + 1));

  return copy;
}

/**
 * mmp_mqtt_properties_ref:
 *
 * Returns: (transfer full): @self
 */
MmpMqttProperties *
mmp_mqtt_properties_ref (MmpMqttProperties *self)
{
  return g_rc_box_acquire (self);
}

/**
 * mmp_mqtt_properties_unref:
 */
void
mmp_mqtt_properties_unref (MmpMqttProperties *self)
{
  g_rc_box_release_full (self, mmp_mqtt_properties_clear);
}

/**
 * mmp_mqtt_properties_add_user:
 *
 * Adds a User Property.
 */
void
mmp_mqtt_properties_add_user (MmpMqttProperties *self,
                              const char *name,
                              const char *value)
{
  if (self->user == NULL)
    self->user = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (self->user, g_strdup (name));
  g_ptr_array_add (self->user, g_strdup (value));
}

/**
 * mmp_mqtt_properties_has_user:
 * @self: (nullable): properties
 *
 * Returns: whether there is such a User Property
 */
gboolean
mmp_mqtt_properties_has_user (const MmpMqttProperties *self,
                              const char *name,
                              const char *value)
{
  for (guint i = 0; self != NULL && self->user != NULL && i < self->user->len; i += 2)
    if (g_str_equal (g_ptr_array_index (self->user, i), name) && g_str_equal (g_ptr_array_index (self->user, i + 1), value))
      return TRUE;

  return FALSE;
}

/**
 * mmp_mqtt_properties_is_empty:
 * @self: (nullable): properties
 *
 * Returns: whether nothing is said
 */
gboolean
mmp_mqtt_properties_is_empty (const MmpMqttProperties *self)
{
  return self == NULL || (self->expiry == 0 && self->payload_format < 0 && self->content_type == NULL && self->response_topic == NULL && self->correlation == NULL && self->user == NULL);
}

static void
append_block (GByteArray *into,
              gconstpointer data,
              gsize size)
{
  const guint8 length[2] = { (guint8) (size >> 8), (guint8) size };

  g_byte_array_append (into, length, 2);
  if (size > 0)
    g_byte_array_append (into, data, (guint) size);
}

static void
append_text (GByteArray *into,
             guint8 identifier,
             const char *text)
{
  if (text == NULL)
    return;

  g_byte_array_append (into, &identifier, 1);
  append_block (into, text, strlen (text));
}

/**
 * mmp_mqtt_properties_encode:
 * @self: (nullable): properties
 * @into: what they are added to, as MQTT 5 section 2.2.2 has them, without the length before them
 */
void
mmp_mqtt_properties_encode (const MmpMqttProperties *self,
                            GByteArray *into)
{
  if (self == NULL)
    return;

  if (self->payload_format >= 0)
    g_byte_array_append (into, (const guint8[]) { MQTT_PROP_PAYLOAD_FORMAT_INDICATOR, (guint8) self->payload_format }, 2);
  if (self->expiry > 0)
    {
      guint32 expiry = GUINT32_TO_BE (self->expiry);

      g_byte_array_append (into, (const guint8[]) { MQTT_PROP_MESSAGE_EXPIRY_INTERVAL }, 1);
      g_byte_array_append (into, (const guint8 *) &expiry, 4);
    }
  append_text (into, MQTT_PROP_CONTENT_TYPE, self->content_type);
  append_text (into, MQTT_PROP_RESPONSE_TOPIC, self->response_topic);
  if (self->correlation != NULL)
    {
      g_byte_array_append (into, (const guint8[]) { MQTT_PROP_CORRELATION_DATA }, 1);
      append_block (into, g_bytes_get_data (self->correlation, NULL), g_bytes_get_size (self->correlation));
    }
  for (guint i = 0; self->user != NULL && i < self->user->len; i += 2)
    {
      append_text (into, MQTT_PROP_USER_PROPERTY, g_ptr_array_index (self->user, i));
      append_block (into, g_ptr_array_index (self->user, i + 1), strlen (g_ptr_array_index (self->user, i + 1)));
    }
}

/**
 * mmp_mqtt_properties_measure:
 * @self: (nullable): properties
 *
 * Returns: bytes that mmp_mqtt_properties_encode() adds
 */
gsize
mmp_mqtt_properties_measure (const MmpMqttProperties *self)
{
  gsize size = 0;

  if (self == NULL)
    return 0;

  if (self->payload_format >= 0)
    size += 2;
  if (self->expiry > 0)
    size += 5;
  if (self->content_type != NULL)
    size += 3 + strlen (self->content_type);
  if (self->response_topic != NULL)
    size += 3 + strlen (self->response_topic);
  if (self->correlation != NULL)
    size += 3 + g_bytes_get_size (self->correlation);
  for (guint i = 0; self->user != NULL && i < self->user->len; i += 2)
    size += 5 + strlen (g_ptr_array_index (self->user, i)) + strlen (g_ptr_array_index (self->user, i + 1));

  return size;
}

static gboolean
read_number (Reader *reader,
             gsize size,
             guint32 *number)
{
  if (reader->left < size)
    return FALSE;

  *number = 0;
  for (gsize i = 0; i < size; i++)
    *number = *number << 8 | reader->data[i];
  reader->data += size;
  reader->left -= size;

  return TRUE;
}

static gboolean
read_block (Reader *reader,
            const guint8 **data,
            gsize *size)
{
  guint32 length;

  if (!read_number (reader, 2, &length) || reader->left < length)
    return FALSE;

  *data = reader->data;
  *size = length;
  reader->data += length;
  reader->left -= length;

  return TRUE;
}

static gboolean
read_text (Reader *reader,
           char **text)
{
  const guint8 *data;
  gsize size;

  if (!read_block (reader, &data, &size) || !mmp_mqtt_topic_is_text ((const char *) data, size))
    return FALSE;

  g_free (*text);
  *text = g_strndup ((const char *) data, size);

  return TRUE;
}

static gboolean
read_pair (Reader *reader,
           MmpMqttProperties *into)
{
  g_autofree char *name = NULL;
  g_autofree char *value = NULL;

  if (!read_text (reader, &name) || !read_text (reader, &value))
    return FALSE;

  mmp_mqtt_properties_add_user (into, name, value);

  return TRUE;
}

/* For the connection only, and of no use to whoever gets the message */
static gboolean
skip_varint (Reader *reader)
{
  for (guint i = 0; i < VARINT_MAX && i < reader->left; i++)
    if ((reader->data[i] & 0x80) == 0)
      {
        reader->left -= i + 1;
        reader->data += i + 1;
        return TRUE;
      }

  return FALSE;
}

static gboolean
read_one (Reader *reader,
          MmpMqttProperties *into)
{
  guint32 number = 0;
  const guint8 *data;
  gsize size;

  if (!read_number (reader, 1, &number))
    return FALSE;
  switch (number)
    {
    case MQTT_PROP_PAYLOAD_FORMAT_INDICATOR:
      if (!read_number (reader, 1, &number) || number > 1)
        return FALSE;
      into->payload_format = (int) number;
      return TRUE;
    case MQTT_PROP_MESSAGE_EXPIRY_INTERVAL:
      if (!read_number (reader, 4, &number))
        return FALSE;
      /* 0 has another meaning with us; one second is as good as none. */
      into->expiry = MAX (number, 1);
      return TRUE;
    case MQTT_PROP_CONTENT_TYPE:
      return read_text (reader, &into->content_type);
    case MQTT_PROP_RESPONSE_TOPIC:
      return read_text (reader, &into->response_topic) && mmp_mqtt_topic_is_name (into->response_topic, strlen (into->response_topic));
    case MQTT_PROP_CORRELATION_DATA:
      if (!read_block (reader, &data, &size))
        return FALSE;
      g_clear_pointer (&into->correlation, g_bytes_unref);
      into->correlation = g_bytes_new (data, size);
      return TRUE;
    case MQTT_PROP_USER_PROPERTY:
      return read_pair (reader, into);
    case MQTT_PROP_SUBSCRIPTION_IDENTIFIER:
      return skip_varint (reader);
    case MQTT_PROP_TOPIC_ALIAS:
      return read_number (reader, 2, &number);
    default:
      return FALSE;
    }
}

/**
 * mmp_mqtt_properties_decode:
 * @data: (array length=size): the properties of a PUBLISH, without the length before them
 * @properties: (out) (nullable): those of use to whoever gets it; %NULL if there are none
 * @error: return location
 *
 * Returns: FALSE with %MMP_ERROR_MESSAGE_INVALID
 */
gboolean
mmp_mqtt_properties_decode (const guint8 *data,
                            gsize size,
                            MmpMqttProperties **properties,
                            GError **error)
{
  g_autoptr (MmpMqttProperties) found = NULL;
  Reader reader = { .data = data, .left = size };

  if (size > 0)
    found = mmp_mqtt_properties_new ();
  while (reader.left > 0)
    if (!read_one (&reader, found))
      {
        g_set_error_literal (error, MMP_ERROR, MMP_ERROR_MESSAGE_INVALID, "the properties of a message are wrong");
        return FALSE;
      }
  *properties = mmp_mqtt_properties_is_empty (found) ? NULL : g_steal_pointer (&found);

  return TRUE;
}
