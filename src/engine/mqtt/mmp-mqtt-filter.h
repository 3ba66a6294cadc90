/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

gboolean mmp_mqtt_topic_check (const char *topic,
                               GError **error);
gboolean mmp_mqtt_filter_check (const char *filter,
                                GError **error);
gboolean mmp_mqtt_filter_matches (const char *filter,
                                  const char *topic);

G_END_DECLS
