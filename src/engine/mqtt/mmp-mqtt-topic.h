/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

gboolean mmp_mqtt_topic_is_name (const char *topic,
                                 gsize length);
gboolean mmp_mqtt_topic_is_welcome (const char *topic,
                                    gsize length);
gboolean mmp_mqtt_topic_is_filter (const char *filter);
gboolean mmp_mqtt_topic_is_text (const char *text,
                                 gsize length);
gboolean mmp_mqtt_topic_matches (const char *filter,
                                 const char *topic);
gboolean mmp_mqtt_topic_overlaps (const char *filter,
                                  const char *other);

gboolean mmp_mqtt_topic_check_name (const char *topic,
                                    GError **error);
gboolean mmp_mqtt_topic_check_filter (const char *filter,
                                      GError **error);

G_END_DECLS
