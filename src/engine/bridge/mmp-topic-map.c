/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-bridge"

#include "bridge/mmp-topic-map.h"

#include <string.h>

#include "mqtt/mmp-mqtt-topic.h"

static const char *const names[] = {
  [MMP_TOPIC_KEEP] = "keep",
  [MMP_TOPIC_PREPEND] = "prepend",
  [MMP_TOPIC_REMOVE] = "remove",
  [MMP_TOPIC_REPLACE] = "replace",
};

static gboolean
needs_level (MmpTopicChange change)
{
  return change == MMP_TOPIC_PREPEND || change == MMP_TOPIC_REPLACE;
}

/**
 * mmp_topic_map_parse:
 * @text: `keep`, `prepend:NAME`, `remove` or `replace:NAME`; NAME is a topic that does not begin with `$`
 * @map: (out): what it means; mmp_topic_map_clear() it
 *
 * Returns: whether it is one of these
 */
gboolean
mmp_topic_map_parse (const char *text,
                     MmpTopicMap *map)
{
  const char *colon = strchr (text, ':');
  gsize length = colon != NULL ? (gsize) (colon - text) : strlen (text);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      if (strlen (names[i]) != length || strncmp (names[i], text, length) != 0)
        continue;
      if (needs_level ((MmpTopicChange) i) != (colon != NULL))
        return FALSE;
      if (colon != NULL && !mmp_mqtt_topic_is_welcome (colon + 1, strlen (colon + 1)))
        return FALSE;
      *map = (MmpTopicMap) { .change = (MmpTopicChange) i, .level = colon != NULL ? g_strdup (colon + 1) : NULL };
      return TRUE;
    }

  return FALSE;
}

/**
 * mmp_topic_map_clear:
 */
void
mmp_topic_map_clear (MmpTopicMap *self)
{
  g_clear_pointer (&self->level, g_free);
  self->change = MMP_TOPIC_KEEP;
}

/**
 * mmp_topic_map_apply:
 * @topic: a topic
 *
 * Returns: (transfer full) (nullable): the topic it becomes; %NULL if nothing is left of it
 */
char *
mmp_topic_map_apply (const MmpTopicMap *self,
                     const char *topic)
{
  const char *slash = strchr (topic, '/');

  switch (self->change)
    {
    case MMP_TOPIC_PREPEND:
      return g_strconcat (self->level, "/", topic, NULL);
    case MMP_TOPIC_REMOVE:
      return slash != NULL && slash[1] != '\0' ? g_strdup (slash + 1) : NULL;
    case MMP_TOPIC_REPLACE:
      return g_strconcat (self->level, slash, NULL);
    case MMP_TOPIC_KEEP:
    default:
      return g_strdup (topic);
    }
}

static gboolean
begins_with_level (const char *filter,
                   const char *level)
{
  gsize length = strlen (level);

  return strncmp (filter, level, length) == 0 && (filter[length] == '/' || filter[length] == '\0');
}

/**
 * mmp_topic_map_is_undone_by:
 * @other: what is done to the topic on the way back
 * @filter: which topics @self is applied to
 *
 * Returns: whether each topic comes back as it went
 */
gboolean
mmp_topic_map_is_undone_by (const MmpTopicMap *self,
                            const MmpTopicMap *other,
                            const char *filter)
{
  switch (self->change)
    {
    case MMP_TOPIC_KEEP:
      return other->change == MMP_TOPIC_KEEP;
    case MMP_TOPIC_PREPEND:
      return other->change == MMP_TOPIC_REMOVE && strchr (self->level, '/') == NULL;
    case MMP_TOPIC_REMOVE:
      return other->change == MMP_TOPIC_PREPEND && begins_with_level (filter, other->level);
    case MMP_TOPIC_REPLACE:
      return other->change == MMP_TOPIC_REPLACE && strchr (self->level, '/') == NULL && begins_with_level (filter, other->level);
    default:
      return FALSE;
    }
}
