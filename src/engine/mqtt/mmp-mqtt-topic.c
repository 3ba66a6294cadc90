/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mqtt/mmp-mqtt-topic.h"

#include <mosquitto.h>
#include <string.h>

#include "base/mmp-error.h"

#define LENGTH_MAX G_MAXUINT16
#define LEVELS_MAX 200

static gboolean
is_last (char c)
{
  return c == '/' || c == '\0';
}

/* The next level of a filter or topic; NULL behind the last one */
static const char *
next_level (const char *level)
{
  const char *slash = strchr (level, '/');

  return slash != NULL ? slash + 1 : NULL;
}

/**
 * mmp_mqtt_topic_is_text:
 *
 * Returns: whether brokers take this as a string: UTF-8 without control characters, at most 65,535 bytes. They close the
 *   connection over any other
 */
gboolean
mmp_mqtt_topic_is_text (const char *text,
                        gsize length)
{
  /* libmosquitto reads beyond a character that is cut short (2.0.21), so it only sees what has none. */
  return length == 0 || (length <= LENGTH_MAX && g_utf8_validate_len (text, length, NULL) && mosquitto_validate_utf8 (text, (int) length) == MOSQ_ERR_SUCCESS);
}

/**
 * mmp_mqtt_topic_is_name:
 * @topic: (array length=length): perhaps a topic; not necessarily with a 0 behind it
 *
 * Returns: whether it may be a topic: text without wildcards, not empty
 */
gboolean
mmp_mqtt_topic_is_name (const char *topic,
                        gsize length)
{
  return length > 0 && mmp_mqtt_topic_is_text (topic, length) && mosquitto_pub_topic_check2 (topic, length) == MOSQ_ERR_SUCCESS;
}

/**
 * mmp_mqtt_topic_is_welcome:
 * @topic: (array length=length): perhaps a topic
 *
 * Returns: whether all brokers let one publish to it. One that begins with `$` is the broker's own, and over one with many
 *   levels mosquitto closes the connection
 */
gboolean
mmp_mqtt_topic_is_welcome (const char *topic,
                           gsize length)
{
  gsize slashes = 0;

  for (gsize i = 0; i < length; i++)
    slashes += topic[i] == '/';

  return mmp_mqtt_topic_is_name (topic, length) && topic[0] != '$' && slashes < LEVELS_MAX;
}

/**
 * mmp_mqtt_topic_is_filter:
 *
 * Returns: whether brokers let one subscribe to it
 */
gboolean
mmp_mqtt_topic_is_filter (const char *filter)
{
  gsize length = strlen (filter);

  return length > 0 && mmp_mqtt_topic_is_text (filter, length) && mosquitto_sub_topic_check2 (filter, length) == MOSQ_ERR_SUCCESS;
}

/**
 * mmp_mqtt_topic_matches:
 * @filter: a filter
 * @topic: a topic
 *
 * Returns: whether a subscription to @filter gets what is published to @topic (MQTT 5, section 4.7)
 */
gboolean
mmp_mqtt_topic_matches (const char *filter,
                        const char *topic)
{
  bool result = false;

  return mosquitto_topic_matches_sub (filter, topic, &result) == MOSQ_ERR_SUCCESS && result;
}

/**
 * mmp_mqtt_topic_overlaps:
 * @filter: a filter or topic
 * @other: a filter or topic
 *
 * Returns: whether there is a topic that both match; topics that begin with `$` are not thought of
 */
gboolean
mmp_mqtt_topic_overlaps (const char *filter,
                         const char *other)
{
  while (filter != NULL && other != NULL)
    {
      gsize length = strcspn (filter, "/");

      /* It also stands for the level above. */
      if (filter[0] == '#' || other[0] == '#')
        return TRUE;
      if (filter[0] != '+' && other[0] != '+' && (strncmp (filter, other, length) != 0 || !is_last (other[length])))
        return FALSE;
      filter = next_level (filter);
      other = next_level (other);
    }

  return (filter == NULL && other == NULL) || (filter != NULL && filter[0] == '#') || (other != NULL && other[0] == '#');
}

/**
 * mmp_mqtt_topic_check_name:
 *
 * As mmp_mqtt_topic_is_name(), for what a person wrote.
 *
 * Returns: %FALSE with %MMP_ERROR_ADDRESS_INVALID if nothing can be published there
 */
gboolean
mmp_mqtt_topic_check_name (const char *topic,
                           GError **error)
{
  if (mmp_mqtt_topic_is_name (topic, strlen (topic)))
    return TRUE;

  g_set_error (error, MMP_ERROR, MMP_ERROR_ADDRESS_INVALID, "\"%s\" is no topic to publish to", topic);

  return FALSE;
}

/**
 * mmp_mqtt_topic_check_filter:
 *
 * As mmp_mqtt_topic_is_filter(), for what a person wrote.
 *
 * Returns: %FALSE with %MMP_ERROR_ADDRESS_INVALID if it is no topic filter
 */
gboolean
mmp_mqtt_topic_check_filter (const char *filter,
                             GError **error)
{
  if (mmp_mqtt_topic_is_filter (filter))
    return TRUE;

  g_set_error (error, MMP_ERROR, MMP_ERROR_ADDRESS_INVALID, "\"%s\" is no topic filter to subscribe to", filter);

  return FALSE;
}
