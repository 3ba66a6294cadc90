/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mqtt/mmp-mqtt-source-private.h"

typedef struct
{
  GSource base;
  GIOStream *stream;
  GSource *reading; /* nullable: children, present while they are waited for */
  GSource *writing;
  gboolean woken;
} MmpMqttSource;

static void
remove_child (MmpMqttSource *self,
              GSource **child)
{
  if (*child != NULL)
    g_source_remove_child_source (&self->base, *child);
  g_clear_pointer (child, g_source_unref);
}

static GSource *
add_child (MmpMqttSource *self,
           GSource *child)
{
  g_source_set_dummy_callback (child);
  g_source_add_child_source (&self->base, child);

  return child;
}

/* Not g_source_set_ready_time(), which writes to a pipe of the context each time. */
static gboolean
mmp_mqtt_source_prepare (GSource *source,
                         int *timeout)
{
  *timeout = -1;

  return ((MmpMqttSource *) source)->woken;
}

static gboolean
mmp_mqtt_source_check (GSource *source)
{
  return ((MmpMqttSource *) source)->woken;
}

static gboolean
mmp_mqtt_source_dispatch (GSource *source,
                          GSourceFunc func,
                          gpointer user_data)
{
  ((MmpMqttSource *) source)->woken = FALSE;

  return func != NULL ? func (user_data) : G_SOURCE_REMOVE;
}

static void
mmp_mqtt_source_finalize (GSource *source)
{
  MmpMqttSource *self = (MmpMqttSource *) source;

  g_clear_pointer (&self->reading, g_source_unref);
  g_clear_pointer (&self->writing, g_source_unref);
  g_clear_object (&self->stream);
}

static GSourceFuncs source_funcs = {
  .prepare = mmp_mqtt_source_prepare,
  .check = mmp_mqtt_source_check,
  .dispatch = mmp_mqtt_source_dispatch,
  .finalize = mmp_mqtt_source_finalize,
};

/**
 * mmp_mqtt_source_new:
 * @stream: a stream whose two halves can be polled
 *
 * Returns: (transfer full): a source that waits for nothing yet
 */
GSource *
mmp_mqtt_source_new (GIOStream *stream)
{
  GSource *source = g_source_new (&source_funcs, sizeof (MmpMqttSource));
  MmpMqttSource *self = (MmpMqttSource *) source;

  self->stream = g_object_ref (stream);
  g_source_set_static_name (source, "[mmp] mqtt");

  return source;
}

/**
 * mmp_mqtt_source_watch:
 * @reading: whether to wait for bytes from the broker
 * @writing: whether to wait for room for bytes to the broker
 */
void
mmp_mqtt_source_watch (GSource *source,
                       gboolean reading,
                       gboolean writing)
{
  MmpMqttSource *self = (MmpMqttSource *) source;

  if (!reading)
    remove_child (self, &self->reading);
  else if (self->reading == NULL)
    self->reading = add_child (self, g_pollable_input_stream_create_source (G_POLLABLE_INPUT_STREAM (g_io_stream_get_input_stream (self->stream)), NULL));

  if (!writing)
    remove_child (self, &self->writing);
  else if (self->writing == NULL)
    self->writing = add_child (self, g_pollable_output_stream_create_source (G_POLLABLE_OUTPUT_STREAM (g_io_stream_get_output_stream (self->stream)), NULL));
}

/**
 * mmp_mqtt_source_wake:
 *
 * Runs the source's function in the next turn of the context. Only on the thread of that.
 */
void
mmp_mqtt_source_wake (GSource *source)
{
  ((MmpMqttSource *) source)->woken = TRUE;
}
