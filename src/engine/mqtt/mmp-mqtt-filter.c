/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mqtt/mmp-mqtt-filter.h"

#include <mosquitto.h>
#include <string.h>

#include "base/mmp-error.h"

#define TOPIC_MAX 65535

static gboolean
is_text (const char *text)
{
  return text[0] != '\0' && strnlen (text, TOPIC_MAX + 1) <= TOPIC_MAX && g_utf8_validate (text, -1, NULL);
}

/**
 * mmp_mqtt_topic_check:
 * @topic: what to publish to
 *
 * Returns: %FALSE with %MMP_ERROR_ADDRESS_INVALID if nothing can be published there: it is empty, too long or holds a
 *   wildcard (MQTT 5, 4.7)
 */
gboolean
mmp_mqtt_topic_check (const char *topic,
                      GError **error)
{
  if (is_text (topic) && mosquitto_pub_topic_check (topic) == MOSQ_ERR_SUCCESS)
    return TRUE;

  g_set_error (error, MMP_ERROR, MMP_ERROR_ADDRESS_INVALID, "\"%s\" is no topic to publish to", topic);

  return FALSE;
}

/**
 * mmp_mqtt_filter_check:
 * @filter: what to subscribe to
 *
 * Returns: %FALSE with %MMP_ERROR_ADDRESS_INVALID if it is no topic filter (MQTT 5, 4.7)
 */
gboolean
mmp_mqtt_filter_check (const char *filter,
                       GError **error)
{
  if (is_text (filter) && mosquitto_sub_topic_check (filter) == MOSQ_ERR_SUCCESS)
    return TRUE;

  g_set_error (error, MMP_ERROR, MMP_ERROR_ADDRESS_INVALID, "\"%s\" is no topic filter to subscribe to", filter);

  return FALSE;
}

/**
 * mmp_mqtt_filter_matches:
 * @filter: a valid filter
 * @topic: a valid topic
 *
 * Returns: %TRUE if who subscribes to @filter gets what is published to @topic
 */
gboolean
mmp_mqtt_filter_matches (const char *filter,
                         const char *topic)
{
  bool matches = false;

  return mosquitto_topic_matches_sub (filter, topic, &matches) == MOSQ_ERR_SUCCESS && matches;
}
