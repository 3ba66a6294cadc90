/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-session"

#include "session/mmp-topics.h"

#include <string.h>

#include "base/mmp-error.h"
#include "base/mmp-limits.h"
#include "crypto/mmp-base32.h"

/* <prefix>/<R>/<B32(E)>/1/o|a, where 1 is the protocol version */
#define VERSION "1"

#define EPHEMERAL_LENGTH MMP_BASE32_PADDED_LENGTH (MMP_EPHEMERAL_SIZE)

/* Moves *text behind @expected if it begins with it */
static gboolean
skip (const char **text,
      const char *expected)
{
  gsize length = strlen (expected);

  if (strncmp (*text, expected, length) != 0)
    return FALSE;
  *text += length;

  return TRUE;
}

/**
 * mmp_topics_check_prefix:
 * @prefix: what somebody wants in front of the topics
 * @error: return location
 *
 * A prefix may have several levels. It must be a topic name that a broker takes (MQTT 5 section 4.7): no wildcards, nothing
 * that begins with `$`, no control characters, at most %MMP_TOPIC_PREFIX_MAX bytes.
 *
 * Returns: FALSE with %MMP_ERROR_ADDRESS_INVALID
 */
gboolean
mmp_topics_check_prefix (const char *prefix,
                         GError **error)
{
  gsize length = strnlen (prefix, MMP_TOPIC_PREFIX_MAX + 1);
  gboolean good = length >= 1 && length <= MMP_TOPIC_PREFIX_MAX && prefix[0] != '$' && g_utf8_validate_len (prefix, length, NULL);

  for (const char *c = prefix; good && *c != '\0'; c = g_utf8_next_char (c))
    good = *c != '+' && *c != '#' && !g_unichar_iscntrl (g_utf8_get_char (c));
  if (!good)
    g_set_error (error, MMP_ERROR, MMP_ERROR_ADDRESS_INVALID, "a topic has 1 to %d bytes, does not begin with $ and holds no +, # or control character", MMP_TOPIC_PREFIX_MAX);

  return good;
}

/**
 * mmp_topics_get_filter:
 * @prefix: a prefix that mmp_topics_check_prefix() took
 * @rendezvous: the listener's R
 *
 * Returns: (transfer full): what a listener subscribes to: whatever initiators send to it
 */
char *
mmp_topics_get_filter (const char *prefix,
                       const char *rendezvous)
{
  return g_strdup_printf ("%s/%s/+/" VERSION "/%c", prefix, rendezvous, MMP_TOPIC_OFFER);
}

/**
 * mmp_topics_build:
 * @prefix: a prefix that mmp_topics_check_prefix() took
 * @rendezvous: the listener's R
 * @ephemeral: the initiator's E
 * @side: who sends on the topic
 *
 * Returns: (transfer full): the topic
 */
char *
mmp_topics_build (const char *prefix,
                  const char *rendezvous,
                  const guint8 ephemeral[MMP_EPHEMERAL_SIZE],
                  MmpTopicSide side)
{
  g_autofree char *name = mmp_base32_encode (ephemeral, MMP_EPHEMERAL_SIZE, MMP_BASE32_PADDED);

  return g_strdup_printf ("%s/%s/%s/" VERSION "/%c", prefix, rendezvous, name, side);
}

/**
 * mmp_topics_parse:
 * @topic: on which a message came
 * @prefix: the prefix
 * @rendezvous: the listener's R
 * @side: who should have sent it
 * @ephemeral: (out caller-allocates): E; untouched on failure
 *
 * Returns: whether @topic is one of these topics
 */
gboolean
mmp_topics_parse (const char *topic,
                  const char *prefix,
                  const char *rendezvous,
                  MmpTopicSide side,
                  guint8 ephemeral[MMP_EPHEMERAL_SIZE])
{
  const char end[] = { '/', VERSION[0], '/', (char) side, '\0' };
  const char *name = topic;

  if (!skip (&name, prefix) || !skip (&name, "/") || !skip (&name, rendezvous) || !skip (&name, "/"))
    return FALSE;
  if (strnlen (name, EPHEMERAL_LENGTH) < EPHEMERAL_LENGTH || strcmp (name + EPHEMERAL_LENGTH, end) != 0)
    return FALSE;

  return mmp_base32_decode (name, EPHEMERAL_LENGTH, MMP_BASE32_PADDED, ephemeral, MMP_EPHEMERAL_SIZE);
}
