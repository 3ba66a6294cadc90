/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-cli-probe.h"

#include <string.h>

#define INTERVAL_MS 10
#define QOS 1

struct _MmpCliProbe
{
  MmpMqttClient *analyzer;
  MmpMqttClient *mirror;
  char *there; /* topic towards the mirror */
  char *back;
  guint n_subscribed;
  guint n_sent;
  guint source;
  gint64 sent_at[MMP_CLI_PROBE_MESSAGES];
  guint mirrored[MMP_CLI_PROBE_MESSAGES]; /* how often it arrived there */
  guint returned[MMP_CLI_PROBE_MESSAGES]; /* and here */
  MmpSeries *series; /* milliseconds */
};

/* The payload is the message's number. */
static gboolean
read_number (GBytes *payload,
             guint *number)
{
  gsize size;
  const char *data = g_bytes_get_data (payload, &size);
  g_autofree char *text = g_strndup (data, size);
  guint64 value;

  if (!g_ascii_string_to_unsigned (text, 10, 0, MMP_CLI_PROBE_MESSAGES - 1, &value, NULL))
    return FALSE;
  *number = (guint) value;

  return TRUE;
}

static void
on_mirror_message (MmpMqttClient *client,
                   const MmpMqttMessage *message,
                   gpointer user_data)
{
  MmpCliProbe *self = user_data;
  guint number;

  if (!read_number (message->payload, &number))
    return;

  self->mirrored[number]++;
  mmp_mqtt_client_publish (client, self->back, message->payload, QOS, FALSE, 0, NULL, NULL, NULL);
}

static void
on_analyzer_message (MmpMqttClient *client,
                     const MmpMqttMessage *message,
                     gpointer user_data)
{
  MmpCliProbe *self = user_data;
  guint number;

  if (!read_number (message->payload, &number))
    return;

  if (self->returned[number]++ == 0)
    mmp_series_add (self->series, (double) (g_get_monotonic_time () - self->sent_at[number]) / 1000);
}

static const MmpMqttClientFuncs mirror_funcs = { .message = on_mirror_message };
static const MmpMqttClientFuncs analyzer_funcs = { .message = on_analyzer_message };

static void
on_subscribed (MmpMqttClient *client,
               const GError *error,
               gpointer user_data)
{
  MmpCliProbe *self = user_data;

  if (error == NULL)
    self->n_subscribed++;
}

static MmpMqttClient *
connect_client (MmpCliProbe *self,
                guint port,
                const MmpMqttClientFuncs *funcs,
                const char *topic)
{
  g_autoptr (MmpMqttBroker) broker = mmp_mqtt_broker_new ("127.0.0.1", port, FALSE, NULL);
  MmpMqttClient *client = mmp_mqtt_client_new (NULL, broker, funcs, self);

  mmp_mqtt_client_start (client);
  mmp_mqtt_client_subscribe (client, topic, QOS, FALSE, on_subscribed, self);

  return client;
}

/**
 * mmp_cli_probe_new:
 * @analyzer_port: where the one that takes the time finds its broker, on this machine
 * @mirror_port: likewise for the mirror; in the end it is the same broker
 * @topic: first part of its topics
 *
 * Returns: (transfer full): two clients that connect
 */
MmpCliProbe *
mmp_cli_probe_new (guint analyzer_port,
                   guint mirror_port,
                   const char *topic)
{
  MmpCliProbe *self = g_new0 (MmpCliProbe, 1);

  self->there = g_strdup_printf ("%s/there", topic);
  self->back = g_strdup_printf ("%s/back", topic);
  self->series = mmp_series_new (MMP_CLI_PROBE_MESSAGES);
  self->mirror = connect_client (self, mirror_port, &mirror_funcs, self->there);
  self->analyzer = connect_client (self, analyzer_port, &analyzer_funcs, self->back);

  return self;
}

/**
 * mmp_cli_probe_free:
 */
void
mmp_cli_probe_free (MmpCliProbe *self)
{
  g_clear_handle_id (&self->source, g_source_remove);
  mmp_mqtt_client_detach (self->analyzer);
  mmp_mqtt_client_detach (self->mirror);
  g_object_unref (self->analyzer);
  g_object_unref (self->mirror);
  mmp_series_free (self->series);
  g_free (self->there);
  g_free (self->back);
  g_free (self);
}

/**
 * mmp_cli_probe_is_ready:
 *
 * Returns: whether both clients are connected and subscribed
 */
gboolean
mmp_cli_probe_is_ready (MmpCliProbe *self)
{
  return self->n_subscribed == 2;
}

static gboolean
on_time_to_send (gpointer user_data)
{
  MmpCliProbe *self = user_data;
  g_autofree char *text = g_strdup_printf ("%u", self->n_sent);
  g_autoptr (GBytes) payload = g_bytes_new (text, strlen (text));

  self->sent_at[self->n_sent++] = g_get_monotonic_time ();
  mmp_mqtt_client_publish (self->analyzer, self->there, payload, QOS, FALSE, 0, NULL, NULL, NULL);
  if (self->n_sent < MMP_CLI_PROBE_MESSAGES)
    return G_SOURCE_CONTINUE;

  self->source = 0;

  return G_SOURCE_REMOVE;
}

/**
 * mmp_cli_probe_start:
 *
 * Sends %MMP_CLI_PROBE_MESSAGES messages, one after the other.
 */
void
mmp_cli_probe_start (MmpCliProbe *self)
{
  self->source = g_timeout_add (INTERVAL_MS, on_time_to_send, self);
}

/**
 * mmp_cli_probe_is_done:
 *
 * Returns: whether every message is back
 */
gboolean
mmp_cli_probe_is_done (MmpCliProbe *self)
{
  return self->n_sent == MMP_CLI_PROBE_MESSAGES && mmp_series_get_count (self->series) == MMP_CLI_PROBE_MESSAGES;
}

/**
 * mmp_cli_probe_get_series:
 *
 * Returns: (transfer none): the round-trip times in milliseconds
 */
MmpSeries *
mmp_cli_probe_get_series (MmpCliProbe *self)
{
  return self->series;
}

/**
 * mmp_cli_probe_count_lost:
 *
 * Returns: how many messages did not arrive, at the mirror or back
 */
guint
mmp_cli_probe_count_lost (MmpCliProbe *self)
{
  guint n = 0;

  for (guint i = 0; i < MMP_CLI_PROBE_MESSAGES; i++)
    n += self->mirrored[i] == 0 || self->returned[i] == 0;

  return n;
}

/**
 * mmp_cli_probe_count_repeated:
 *
 * Returns: how many messages arrived more than once
 */
guint
mmp_cli_probe_count_repeated (MmpCliProbe *self)
{
  guint n = 0;

  for (guint i = 0; i < MMP_CLI_PROBE_MESSAGES; i++)
    n += self->mirrored[i] > 1 || self->returned[i] > 1;

  return n;
}
