/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "rtt/mmp-rtt-analyzer.h"

#include "base/mmp-error.h"
#include "base/mmp-limits.h"
#include "mqtt/mmp-mqtt-topic.h"
#include "rtt/mmp-rtt-book.h"
#include "rtt/mmp-rtt-payload.h"

/* As the thesis's tools: what is measured is the way itself, without repeats. */
#define QOS 0

#define INTERVAL_MIN MMP_MSEC (1)

/* So many round trips are kept as they are: almost three hours at one a second. */
#define WINDOW 10000

struct _MmpRttAnalyzer
{
  MmpMqttClient *client;
  MmpClock *clock;
  char *publish;
  gint64 interval;
  gint64 wait;
  guint64 count;
  MmpRttAnalyzerFuncs funcs;
  gpointer user_data;
  gboolean done;
  guint timer;
  MmpRttBook *book;
  MmpSeries *series; /* milliseconds */
  MmpRttFigures figures;
};

static void
finish_if_done (MmpRttAnalyzer *self)
{
  if (self->done || self->count == 0 || self->figures.sent < self->count || mmp_rtt_book_get_outstanding (self->book) > 0)
    return;

  self->done = TRUE;
  mmp_clock_remove (self->clock, &self->timer);
  if (self->funcs.done != NULL)
    self->funcs.done (self->user_data);
}

static void
tell (MmpRttAnalyzer *self,
      gint64 timestamp,
      gint64 rtt)
{
  if (self->funcs.measured != NULL)
    self->funcs.measured (timestamp, rtt, self->user_data);
}

static void
on_lost (gint64 timestamp,
         gpointer user_data)
{
  MmpRttAnalyzer *self = user_data;

  self->figures.lost++;
  tell (self, timestamp, -1);
}

/* What cannot be sent, because there is no connection, was never on its way and is not lost. */
static void
send_message (MmpRttAnalyzer *self)
{
  gint64 timestamp = mmp_rtt_book_send (self->book, mmp_clock_now (self->clock), g_get_real_time ());
  g_autoptr (GBytes) payload = mmp_rtt_payload_encode (timestamp);

  if (mmp_mqtt_client_publish (self->client, self->publish, payload, QOS, FALSE, 0, NULL, NULL, NULL))
    self->figures.sent++;
  else
    mmp_rtt_book_take_back (self->book, timestamp);
}

static void
on_tick (gpointer user_data)
{
  MmpRttAnalyzer *self = user_data;
  gint64 now = mmp_clock_now (self->clock);
  gboolean more = self->count == 0 || self->figures.sent < self->count;

  self->timer = mmp_clock_add (self->clock, now + (more ? self->interval : MIN (self->interval, self->wait)), on_tick, self);
  mmp_rtt_book_expire (self->book, now, on_lost, self);
  if (more)
    send_message (self);
  else
    finish_if_done (self);
}

static void
on_state_changed (MmpMqttClient *client,
                  MmpMqttState state,
                  const GError *cause,
                  gpointer user_data)
{
  MmpRttAnalyzer *self = user_data;

  if (self->funcs.state_changed != NULL)
    self->funcs.state_changed (state, cause, self->user_data);
}

static void
on_message (MmpMqttClient *client,
            const MmpMqttMessage *message,
            gpointer user_data)
{
  MmpRttAnalyzer *self = user_data;
  gint64 timestamp;
  gint64 rtt;

  if (message->retained || !mmp_rtt_payload_decode (message->payload, &timestamp, NULL))
    {
      self->figures.malformed++;
      return;
    }

  switch (mmp_rtt_book_receive (self->book, mmp_clock_now (self->clock), timestamp, &rtt))
    {
    case MMP_RTT_BACK:
      mmp_series_add (self->series, (double) rtt / 1000);
      tell (self, timestamp, rtt);
      finish_if_done (self);
      break;
    case MMP_RTT_LATE:
      self->figures.late++;
      break;
    case MMP_RTT_REPEATED:
      self->figures.repeated++;
      break;
    case MMP_RTT_FOREIGN:
      self->figures.foreign++;
      break;
    default:
      g_assert_not_reached ();
    }
}

static const MmpMqttClientFuncs client_funcs = {
  .state_changed = on_state_changed,
  .message = on_message,
};

static void
on_subscribed (MmpMqttClient *client,
               const GError *error,
               gpointer user_data)
{
  MmpRttAnalyzer *self = user_data;

  if (error == NULL && self->timer == 0)
    self->timer = mmp_clock_add (self->clock, mmp_clock_now (self->clock), on_tick, self);
  else if (g_error_matches (error, MMP_ERROR, MMP_ERROR_BROKER_SUBSCRIBE) && self->funcs.failed != NULL)
    self->funcs.failed (error, self->user_data);
}

/**
 * mmp_rtt_analyzer_new:
 * @context: (nullable): where it runs
 *
 * Both topics may be the same: then there is no mirror and the broker alone is measured.
 *
 * Returns: (transfer full): an analyzer that connects, and sends from then on; %NULL with %MMP_ERROR_ADDRESS_INVALID if the
 *   topics cannot be used
 */
MmpRttAnalyzer *
mmp_rtt_analyzer_new (GMainContext *context,
                      const MmpRttAnalyzerConfig *config,
                      const MmpRttAnalyzerFuncs *funcs,
                      gpointer user_data,
                      GError **error)
{
  MmpRttAnalyzer *self;

  g_return_val_if_fail (config->interval >= INTERVAL_MIN, NULL);

  if (!mmp_mqtt_topic_check_filter (config->subscribe, error) || !mmp_mqtt_topic_check_name (config->publish, error))
    return NULL;

  self = g_new0 (MmpRttAnalyzer, 1);
  self->clock = mmp_clock_new (context);
  self->publish = g_strdup (config->publish);
  self->interval = config->interval;
  self->wait = config->wait;
  self->count = config->count;
  self->funcs = *funcs;
  self->user_data = user_data;
  self->book = mmp_rtt_book_new (config->wait);
  self->series = mmp_series_new (WINDOW);
  self->client = mmp_mqtt_client_new (context, config->broker, &client_funcs, self);
  mmp_mqtt_client_subscribe (self->client, config->subscribe, QOS, FALSE, on_subscribed, self);
  mmp_mqtt_client_start (self->client);

  return self;
}

/**
 * mmp_rtt_analyzer_free:
 */
void
mmp_rtt_analyzer_free (MmpRttAnalyzer *self)
{
  mmp_clock_remove (self->clock, &self->timer);
  mmp_mqtt_client_detach (self->client);
  g_object_unref (self->client);
  g_clear_pointer (&self->series, mmp_series_free);
  g_clear_pointer (&self->book, mmp_rtt_book_free);
  mmp_clock_unref (self->clock);
  g_free (self->publish);
  g_free (self);
}

/**
 * mmp_rtt_analyzer_get_series:
 *
 * Returns: (transfer none): the round trips in milliseconds
 */
MmpSeries *
mmp_rtt_analyzer_get_series (MmpRttAnalyzer *self)
{
  return self->series;
}

/**
 * mmp_rtt_analyzer_get_figures:
 * @out: (out caller-allocates): the counters as of now
 */
void
mmp_rtt_analyzer_get_figures (MmpRttAnalyzer *self,
                              MmpRttFigures *out)
{
  *out = self->figures;
}
