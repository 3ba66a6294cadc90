/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-classic"

#include "classic/mmp-classic-topics.h"

#include <string.h>

#include "base/mmp-error.h"
#include "base/mmp-limits.h"

#define KEY_LENGTH 56 /* of a key's text with its padding */
#define CHANNEL_LENGTH_MAX 63

static gboolean
is_level (const char *text)
{
  return text[0] != '\0' && strpbrk (text, "/+#") == NULL && g_utf8_validate (text, -1, NULL);
}

/**
 * mmp_classic_topics_check:
 * @prefix: what topics begin with
 * @channel: what the tunnel is called; the fourth level
 *
 * Returns: %FALSE with %MMP_ERROR_ADDRESS_INVALID if no topics can be made of them
 */
gboolean
mmp_classic_topics_check (const char *prefix,
                          const char *channel,
                          GError **error)
{
  if (prefix[0] == '\0' || prefix[0] == '$' || strpbrk (prefix, "+#") != NULL || strnlen (prefix, MMP_TOPIC_PREFIX_MAX + 1) > MMP_TOPIC_PREFIX_MAX || !g_utf8_validate (prefix, -1, NULL))
    g_set_error (error, MMP_ERROR, MMP_ERROR_ADDRESS_INVALID, "“%s” cannot be the first part of a topic", prefix);
  else if (!is_level (channel) || strnlen (channel, CHANNEL_LENGTH_MAX + 1) > CHANNEL_LENGTH_MAX)
    g_set_error (error, MMP_ERROR, MMP_ERROR_ADDRESS_INVALID, "“%s” cannot be the name of a tunnel of the classic mode", channel);
  else
    return TRUE;

  return FALSE;
}

/**
 * mmp_classic_topics_get_filter:
 *
 * Returns: (transfer full): what a listener subscribes to: the offers of all initiators
 */
char *
mmp_classic_topics_get_filter (const char *prefix,
                               const MmpPublicKey *listener,
                               const char *channel)
{
  g_autofree char *key = mmp_public_key_to_text (listener);

  return g_strdup_printf ("%s/%s/+/%s/%c", prefix, key, channel, MMP_CLASSIC_OFFERS);
}

/**
 * mmp_classic_topics_build:
 *
 * Returns: (transfer full): where @side of a pair of devices publishes
 */
char *
mmp_classic_topics_build (const char *prefix,
                          const MmpPublicKey *listener,
                          const MmpPublicKey *initiator,
                          const char *channel,
                          MmpClassicSide side)
{
  g_autofree char *listener_key = mmp_public_key_to_text (listener);
  g_autofree char *initiator_key = mmp_public_key_to_text (initiator);

  return g_strdup_printf ("%s/%s/%s/%s/%c", prefix, listener_key, initiator_key, channel, side);
}

/**
 * mmp_classic_topics_parse:
 * @topic: where a message came
 * @prefix, @listener, @channel: what the listener has
 * @initiator: (out caller-allocates): whose topic it is; untouched on failure
 *
 * Takes exactly what mmp_classic_topics_build() makes for offers, so that one initiator has one topic.
 *
 * Returns: whether an initiator publishes there
 */
gboolean
mmp_classic_topics_parse (const char *topic,
                          const char *prefix,
                          const MmpPublicKey *listener,
                          const char *channel,
                          MmpPublicKey *initiator)
{
  g_autofree char *key = mmp_public_key_to_text (listener);
  g_autofree char *begin = g_strdup_printf ("%s/%s/", prefix, key);
  g_autofree char *text = NULL;
  g_autofree char *whole = NULL;
  MmpPublicKey found;

  if (!g_str_has_prefix (topic, begin) || strnlen (topic + strlen (begin), KEY_LENGTH + 1) <= KEY_LENGTH)
    return FALSE;
  text = g_strndup (topic + strlen (begin), KEY_LENGTH);
  if (!mmp_public_key_from_text (text, &found, NULL))
    return FALSE;
  whole = mmp_classic_topics_build (prefix, listener, &found, channel, MMP_CLASSIC_OFFERS);
  if (strcmp (whole, topic) != 0)
    return FALSE;

  *initiator = found;

  return TRUE;
}
