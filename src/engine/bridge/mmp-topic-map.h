/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What is done to a topic: always at its beginning, and to the first level only */
typedef enum
{
  MMP_TOPIC_KEEP,
  MMP_TOPIC_PREPEND,
  MMP_TOPIC_REMOVE,
  MMP_TOPIC_REPLACE,
} MmpTopicChange;

/**
 * MmpTopicMap:
 * @level: (nullable): for %MMP_TOPIC_PREPEND and %MMP_TOPIC_REPLACE
 */
typedef struct
{
  MmpTopicChange change;
  char *level;
} MmpTopicMap;

gboolean mmp_topic_map_parse (const char *text,
                              MmpTopicMap *map);
void mmp_topic_map_clear (MmpTopicMap *self);
char *mmp_topic_map_apply (const MmpTopicMap *self,
                           const char *topic);
gboolean mmp_topic_map_is_undone_by (const MmpTopicMap *self,
                                     const MmpTopicMap *other,
                                     const char *filter);

G_END_DECLS
