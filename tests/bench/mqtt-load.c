/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* mqtt-load PORT TOPIC PORT TOPIC COUNT SIZE WINDOW TIMEOUT: publishes to the first with QoS 1 and waits for all of it at the
 * second; at most WINDOW messages are on their way at a time. Prints one JSON object. The first eight bytes of a message say
 * when it went. */
#include <mosquitto.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <glib.h>

typedef struct
{
  GMutex mutex;
  GCond changed;
  guint ready; /* clients that are */
  guint arrived;
  gint64 *delays; /* microseconds */
  guint count;
  const char *filter;
} Load;

static void
on_connect (struct mosquitto *client,
            void *data,
            int code)
{
  Load *self = data;

  if (code != 0)
    exit (1);
  mosquitto_subscribe (client, NULL, self->filter, 1);
}

static void
be_ready (Load *self)
{
  g_mutex_lock (&self->mutex);
  self->ready++;
  g_cond_signal (&self->changed);
  g_mutex_unlock (&self->mutex);
}

static void
on_subscribe (struct mosquitto *client,
              void *data,
              int id,
              int count,
              const int *granted)
{
  be_ready (data);
}

static void
on_publisher_connect (struct mosquitto *client,
                      void *data,
                      int code)
{
  if (code != 0)
    exit (1);
  be_ready (data);
}

static void
on_message (struct mosquitto *client,
            void *data,
            const struct mosquitto_message *message)
{
  Load *self = data;
  gint64 sent;

  memcpy (&sent, message->payload, sizeof sent);
  g_mutex_lock (&self->mutex);
  if (self->arrived < self->count)
    self->delays[self->arrived++] = g_get_monotonic_time () - sent;
  g_cond_signal (&self->changed);
  g_mutex_unlock (&self->mutex);
}

static struct mosquitto *
start (Load *self,
       int port,
       gboolean reads)
{
  struct mosquitto *client = mosquitto_new (NULL, true, self);

  mosquitto_max_inflight_messages_set (client, 1000);
  if (reads)
    {
      mosquitto_connect_callback_set (client, on_connect);
      mosquitto_subscribe_callback_set (client, on_subscribe);
      mosquitto_message_callback_set (client, on_message);
    }
  else
    mosquitto_connect_callback_set (client, on_publisher_connect);
  if (mosquitto_connect (client, "127.0.0.1", port, 60) != MOSQ_ERR_SUCCESS || mosquitto_loop_start (client) != MOSQ_ERR_SUCCESS)
    exit (1);

  return client;
}

/* FALSE: not in time */
static gboolean
wait_for (Load *self,
          const guint *value,
          guint least,
          gint64 end)
{
  gboolean there;

  g_mutex_lock (&self->mutex);
  while (*value < least && g_cond_wait_until (&self->changed, &self->mutex, end))
    ;
  there = *value >= least;
  g_mutex_unlock (&self->mutex);

  return there;
}

static int
compare (const void *a,
         const void *b)
{
  gint64 first = *(const gint64 *) a;
  gint64 second = *(const gint64 *) b;

  return (first > second) - (first < second);
}

static void
publish_all (Load *self,
             struct mosquitto *client,
             const char *topic,
             guint size,
             guint window,
             gint64 end)
{
  g_autofree char *payload = g_malloc0 (size);

  for (guint i = 0; i < self->count; i++)
    {
      gint64 now;

      if (i >= window && !wait_for (self, &self->arrived, i - window + 1, end))
        return;
      now = g_get_monotonic_time ();
      memcpy (payload, &now, sizeof now);
      mosquitto_publish (client, NULL, topic, (int) size, payload, 1, false);
    }
}

int
main (int argc,
      char *argv[])
{
  Load self = { .filter = argc == 9 ? argv[4] : NULL };
  struct mosquitto *writer;
  gint64 begin;
  gint64 end;
  double seconds;

  if (argc != 9)
    return 2;
  mosquitto_lib_init ();
  self.count = (guint) atoi (argv[5]);
  self.delays = g_new0 (gint64, self.count);
  start (&self, atoi (argv[3]), TRUE);
  writer = start (&self, atoi (argv[1]), FALSE);
  end = g_get_monotonic_time () + atoi (argv[8]) * G_TIME_SPAN_SECOND;
  if (!wait_for (&self, &self.ready, 2, end))
    return 1;

  begin = g_get_monotonic_time ();
  publish_all (&self, writer, argv[2], (guint) atoi (argv[6]), (guint) atoi (argv[7]), end);
  wait_for (&self, &self.arrived, self.count, end);
  seconds = (double) (g_get_monotonic_time () - begin) / G_USEC_PER_SEC;
  qsort (self.delays, self.arrived, sizeof self.delays[0], compare);
  printf ("{\"arrived\": %u, \"seconds\": %.6f, \"median\": %.3f, \"p99\": %.3f}\n", self.arrived, seconds,
          self.arrived > 0 ? (double) self.delays[self.arrived / 2] / 1000 : 0.0,
          self.arrived > 0 ? (double) self.delays[(gsize) self.arrived * 99 / 100] / 1000 : 0.0);

  return self.arrived == self.count ? 0 : 1;
}
