/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "rtt/mmp-rtt-payload.h"

#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

#include "base/mmp-error.h"

/* In the year 2100 the payload is wrong anyway; up to there a float tells microseconds apart. */
#define SECONDS_MAX 4102444800.0

static gboolean
fail (GError **error,
      const char *what)
{
  g_set_error_literal (error, MMP_ERROR, MMP_ERROR_MESSAGE_INVALID, what);

  return FALSE;
}

/**
 * mmp_rtt_payload_encode:
 * @timestamp: microseconds since 1970, at least 0
 *
 * Returns: (transfer full): the thesis's payload, `{"timestamp": 1758000000.123456}`
 */
GBytes *
mmp_rtt_payload_encode (gint64 timestamp)
{
  char *text = g_strdup_printf ("{\"timestamp\": %" G_GINT64_FORMAT ".%06" G_GINT64_FORMAT "}", timestamp / G_USEC_PER_SEC, timestamp % G_USEC_PER_SEC);

  return g_bytes_new_take (text, strlen (text));
}

/**
 * mmp_rtt_payload_decode:
 * @payload: what came
 * @timestamp: (out): microseconds since 1970
 *
 * Takes a float as any program writes it, also a whole number; members beside it are ignored. Anybody can publish to the
 * topic, so nothing is believed: more than %MMP_RTT_PAYLOAD_MAX bytes, what is no JSON object, and times before 1970 or
 * after 2100 are refused.
 *
 * Returns: %FALSE with %MMP_ERROR_MESSAGE_INVALID if it is no payload of the analyzer
 */
gboolean
mmp_rtt_payload_decode (GBytes *payload,
                        gint64 *timestamp,
                        GError **error)
{
  gsize size;
  const char *data = g_bytes_get_data (payload, &size);
  g_autoptr (JsonParser) parser = NULL;
  JsonNode *root;
  JsonNode *node = NULL;
  double seconds;

  if (size == 0 || size > MMP_RTT_PAYLOAD_MAX)
    return fail (error, "the payload is too short or too long");
  if (!g_utf8_validate_len (data, size, NULL))
    return fail (error, "the payload is not text");

  parser = json_parser_new ();
  json_parser_set_strict (parser, TRUE);
  if (!json_parser_load_from_data (parser, data, (gssize) size, NULL))
    return fail (error, "the payload is not JSON");
  root = json_parser_get_root (parser);
  if (root != NULL && JSON_NODE_HOLDS_OBJECT (root))
    node = json_object_get_member (json_node_get_object (root), "timestamp");
  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node) || (json_node_get_value_type (node) != G_TYPE_DOUBLE && json_node_get_value_type (node) != G_TYPE_INT64))
    return fail (error, "the payload has no timestamp");
  seconds = json_node_get_double (node);
  if (!isfinite (seconds) || seconds < 0 || seconds > SECONDS_MAX)
    return fail (error, "the timestamp of the payload cannot be");

  *timestamp = llround (seconds * G_USEC_PER_SEC);

  return TRUE;
}
