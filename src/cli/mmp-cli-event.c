/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-cli-event.h"

#include <stdio.h>

/**
 * mmp_cli_event_new:
 * @event: its name, which never changes
 *
 * Returns: (transfer full): an object to be filled, and told with mmp_cli_event_say()
 */
JsonBuilder *
mmp_cli_event_new (const char *event)
{
  JsonBuilder *builder = json_builder_new ();

  json_builder_begin_object (builder);
  mmp_cli_event_add_string (builder, "event", event);

  return builder;
}

/**
 * mmp_cli_event_add_string:
 */
void
mmp_cli_event_add_string (JsonBuilder *builder,
                          const char *name,
                          const char *value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_string_value (builder, value);
}

/**
 * mmp_cli_event_add_int:
 * @value: up to G_MAXINT64
 */
void
mmp_cli_event_add_int (JsonBuilder *builder,
                       const char *name,
                       guint64 value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_int_value (builder, (gint64) value);
}

/**
 * mmp_cli_event_add_double:
 */
void
mmp_cli_event_add_double (JsonBuilder *builder,
                          const char *name,
                          double value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_double_value (builder, value);
}

/**
 * mmp_cli_event_add_boolean:
 */
void
mmp_cli_event_add_boolean (JsonBuilder *builder,
                           const char *name,
                           gboolean value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_boolean_value (builder, value);
}

/**
 * mmp_cli_event_say:
 *
 * Ends the object and prints it. The line goes out at once: who reads it waits for it.
 */
void
mmp_cli_event_say (JsonBuilder *builder)
{
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *line = NULL;

  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  line = json_to_string (root, FALSE);
  g_print ("%s\n", line);
  fflush (stdout);
}
