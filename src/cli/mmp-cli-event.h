/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* What `--json` says: an object a line, each with the name of an event. */

JsonBuilder *mmp_cli_event_new (const char *event);
void mmp_cli_event_add_string (JsonBuilder *builder,
                               const char *name,
                               const char *value);
void mmp_cli_event_add_int (JsonBuilder *builder,
                            const char *name,
                            guint64 value);
void mmp_cli_event_add_double (JsonBuilder *builder,
                               const char *name,
                               double value);
void mmp_cli_event_add_boolean (JsonBuilder *builder,
                                const char *name,
                                gboolean value);
void mmp_cli_event_say (JsonBuilder *builder);

G_END_DECLS
