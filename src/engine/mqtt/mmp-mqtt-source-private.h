/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* A GSource that runs its GSourceFunc when a stream can be read or written, or when it was woken. One for both
 * directions, because each of them may have to wait for the other. */
GSource *mmp_mqtt_source_new (GIOStream *stream);
void mmp_mqtt_source_watch (GSource *source,
                            gboolean reading,
                            gboolean writing);
void mmp_mqtt_source_wake (GSource *source);

G_END_DECLS
