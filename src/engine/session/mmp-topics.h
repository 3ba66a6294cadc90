/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define MMP_EPHEMERAL_SIZE 32
#define MMP_TOPICS_DEFAULT_PREFIX "sig"

/* Who sends on a topic */
typedef enum
{
  MMP_TOPIC_OFFER = 'o', /* the initiator */
  MMP_TOPIC_ANSWER = 'a', /* the listener */
} MmpTopicSide;

gboolean mmp_topics_check_prefix (const char *prefix,
                                  GError **error);
char *mmp_topics_get_filter (const char *prefix,
                             const char *rendezvous);
char *mmp_topics_build (const char *prefix,
                        const char *rendezvous,
                        const guint8 ephemeral[MMP_EPHEMERAL_SIZE],
                        MmpTopicSide side);
gboolean mmp_topics_parse (const char *topic,
                           const char *prefix,
                           const char *rendezvous,
                           MmpTopicSide side,
                           guint8 ephemeral[MMP_EPHEMERAL_SIZE]);

G_END_DECLS
