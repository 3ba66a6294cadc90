/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-bridge"

#include "bridge/mmp-bridge-side.h"

#include "base/mmp-error.h"
#include "base/mmp-limits.h"
#include "bridge/mmp-bridge-status.h"
#include "bridge/mmp-echo-book.h"
#include "mqtt/mmp-mqtt-topic.h"

/* Messages under way to a broker; it has its own limit below that. */
#define WINDOW 200
#define ECHO_WAIT MMP_SECONDS (60)
/* What waits here fills up meanwhile. */
#define BACKOFF_MAX MMP_SECONDS (10)

#define FLAGS (MMP_MQTT_NO_LOCAL | MMP_MQTT_RETAIN_AS_PUBLISHED | MMP_MQTT_RETAINED_ONCE)

typedef struct
{
  char *filter;
  int qos;
  guint users;
} Filter;

struct _MmpBridgeSide
{
  MmpMqttClient *client;
  MmpReceiptBook *receipts;
  MmpOutbox *outbox;
  MmpEchoBook *echoes;
  GPtrArray *filters; /* Filter */
  GPtrArray *stale; /* filters that a kept session may still have */
  MmpBridgeSideFuncs funcs;
  gpointer user_data;
  guint unanswered; /* subscriptions */
  gboolean paused;
  gboolean asks_again; /* something was left with the broker, which only sends it on a new connection */
};

static void
filter_free (gpointer data)
{
  Filter *filter = data;

  g_free (filter->filter);
  g_free (filter);
}

static gboolean
find_filter (MmpBridgeSide *self,
             const char *text,
             guint *index)
{
  for (*index = 0; *index < self->filters->len; (*index)++)
    if (g_str_equal (((Filter *) g_ptr_array_index (self->filters, *index))->filter, text))
      return TRUE;

  return FALSE;
}

static void
on_state_changed (MmpMqttClient *client,
                  MmpMqttState state,
                  const GError *cause,
                  gpointer user_data)
{
  MmpBridgeSide *self = user_data;

  if (state == MMP_MQTT_STATE_ONLINE)
    {
      for (guint i = 0; i < self->stale->len; i++)
        mmp_mqtt_client_unsubscribe (client, g_ptr_array_index (self->stale, i));
      g_ptr_array_set_size (self->stale, 0);
      mmp_receipt_book_begin (self->receipts, mmp_mqtt_client_is_resumed (client));
      mmp_outbox_pump (self->outbox);
    }
  self->funcs.changed (self, cause, self->user_data);
}

static void
on_message (MmpMqttClient *client,
            const MmpMqttMessage *message,
            gpointer user_data)
{
  MmpBridgeSide *self = user_data;
  MmpReceipt *receipt = NULL;
  gboolean again = FALSE;

  /* One that was cut is acknowledged already. */
  if (message->qos > 0 && !message->cut)
    receipt = mmp_receipt_book_take (self->receipts, message, &again);
  if (again)
    {
      self->funcs.dropped (self, MMP_BRIDGE_REPEATED, self->user_data);
      return;
    }
  if (!mmp_mqtt_client_is_v5 (client) && mmp_echo_book_take (self->echoes, message->topic, message->payload))
    {
      mmp_receipt_settle (receipt);
      self->funcs.dropped (self, MMP_BRIDGE_LOOP, self->user_data);
      return;
    }
  self->funcs.message (self, message, receipt, self->user_data);
}

static void
on_subscribed (MmpMqttClient *client,
               const GError *error,
               gpointer user_data)
{
  MmpBridgeSide *self = user_data;

  self->unanswered--;
  if (!g_error_matches (error, MMP_ERROR, MMP_ERROR_CANCELLED))
    self->funcs.changed (self, error, self->user_data);
}

static const MmpMqttClientFuncs client_funcs = {
  .state_changed = on_state_changed,
  .message = on_message,
};

static void
on_outbox_done (const MmpOutboxItem *item,
                MmpOutboxOutcome outcome,
                gpointer user_data)
{
  MmpBridgeSide *self = user_data;

  self->funcs.outbox.done (item, outcome, self->user_data);
}

static void
on_outbox_sent (const MmpOutboxItem *item,
                gboolean again,
                gpointer user_data)
{
  MmpBridgeSide *self = user_data;
  gboolean heard = FALSE;

  for (guint i = 0; !heard && !mmp_mqtt_client_is_v5 (self->client) && i < self->filters->len; i++)
    heard = mmp_mqtt_topic_matches (((Filter *) g_ptr_array_index (self->filters, i))->filter, item->topic);
  if (heard)
    mmp_echo_book_note (self->echoes, item->topic, item->payload);
  self->funcs.outbox.sent (item, again, self->user_data);
}

static const MmpOutboxFuncs outbox_funcs = {
  .done = on_outbox_done,
  .sent = on_outbox_sent,
};

/**
 * mmp_bridge_side_new:
 * @options: of the client; it is set to acknowledge by hand
 *
 * Returns: (transfer full): an end that is not connected
 */
MmpBridgeSide *
mmp_bridge_side_new (GMainContext *context,
                     MmpClock *clock,
                     MmpMqttBroker *broker,
                     const MmpMqttOptions *options,
                     const MmpBridgeSideFuncs *funcs,
                     gpointer user_data)
{
  MmpBridgeSide *self = g_new0 (MmpBridgeSide, 1);
  MmpMqttOptions all = *options;

  all.manual = TRUE;
  all.packet_max = MMP_BRIDGE_PACKET_MAX;
  all.receive_max = MMP_BRIDGE_WAITING_MAX;
  all.send_max = WINDOW + 1;
  all.backoff_max = BACKOFF_MAX;
  self->client = mmp_mqtt_client_new_with_options (context, clock, broker, &all, &client_funcs, self);
  self->receipts = mmp_receipt_book_new (self->client);
  self->outbox = mmp_outbox_new (self->client, clock, WINDOW, &outbox_funcs, self);
  self->echoes = mmp_echo_book_new (clock, ECHO_WAIT);
  self->filters = g_ptr_array_new_with_free_func (filter_free);
  self->stale = g_ptr_array_new_with_free_func (g_free);
  self->funcs = *funcs;
  self->user_data = user_data;

  return self;
}

/**
 * mmp_bridge_side_free:
 *
 * What was not acknowledged stays with the brokers.
 */
void
mmp_bridge_side_free (MmpBridgeSide *self)
{
  g_clear_pointer (&self->outbox, mmp_outbox_free);
  mmp_mqtt_client_detach (self->client);
  g_clear_pointer (&self->receipts, mmp_receipt_book_free);
  g_clear_object (&self->client);
  g_clear_pointer (&self->echoes, mmp_echo_book_free);
  g_ptr_array_unref (self->filters);
  g_ptr_array_unref (self->stale);
  g_free (self);
}

/**
 * mmp_bridge_side_start:
 */
void
mmp_bridge_side_start (MmpBridgeSide *self)
{
  mmp_mqtt_client_start (self->client);
}

/**
 * mmp_bridge_side_add_filter:
 *
 * Subscribes, if nobody has yet.
 */
void
mmp_bridge_side_add_filter (MmpBridgeSide *self,
                            const char *filter,
                            int qos)
{
  guint index;
  Filter *known;

  for (guint i = self->stale->len; i > 0; i--)
    if (g_str_equal (g_ptr_array_index (self->stale, i - 1), filter))
      g_ptr_array_remove_index (self->stale, i - 1);
  if (find_filter (self, filter, &index))
    {
      known = g_ptr_array_index (self->filters, index);
      known->users++;
      if (known->qos >= qos)
        return;
      known->qos = qos;
    }
  else
    {
      known = g_new0 (Filter, 1);
      known->filter = g_strdup (filter);
      known->qos = qos;
      known->users = 1;
      g_ptr_array_add (self->filters, known);
    }
  self->unanswered++;
  mmp_mqtt_client_subscribe (self->client, filter, known->qos, FLAGS, on_subscribed, self);
}

/**
 * mmp_bridge_side_remove_filter:
 *
 * Takes back one mmp_bridge_side_add_filter().
 */
void
mmp_bridge_side_remove_filter (MmpBridgeSide *self,
                               const char *filter)
{
  guint index;
  Filter *known;

  if (!find_filter (self, filter, &index))
    return;
  known = g_ptr_array_index (self->filters, index);
  if (--known->users > 0)
    return;

  mmp_mqtt_client_unsubscribe (self->client, filter);
  if (!mmp_bridge_side_is_online (self))
    g_ptr_array_add (self->stale, g_strdup (filter));
  g_ptr_array_remove_index (self->filters, index);
}

/**
 * mmp_bridge_side_get_client:
 *
 * Returns: (transfer none): the client
 */
MmpMqttClient *
mmp_bridge_side_get_client (MmpBridgeSide *self)
{
  return self->client;
}

/**
 * mmp_bridge_side_get_outbox:
 *
 * Returns: (transfer none): what waits to go there
 */
MmpOutbox *
mmp_bridge_side_get_outbox (MmpBridgeSide *self)
{
  return self->outbox;
}

/**
 * mmp_bridge_side_is_ready:
 *
 * Returns: whether it is connected, and the broker has answered all subscriptions
 */
gboolean
mmp_bridge_side_is_ready (MmpBridgeSide *self)
{
  return mmp_bridge_side_is_online (self) && self->unanswered == 0;
}

/**
 * mmp_bridge_side_is_online:
 */
gboolean
mmp_bridge_side_is_online (MmpBridgeSide *self)
{
  return mmp_mqtt_client_get_state (self->client) == MMP_MQTT_STATE_ONLINE;
}

/**
 * mmp_bridge_side_set_paused:
 *
 * Stops or goes on reading. When it goes on, and something was left with the broker, it is asked for.
 */
void
mmp_bridge_side_set_paused (MmpBridgeSide *self,
                            gboolean paused)
{
  self->paused = paused;
  mmp_mqtt_client_set_paused (self->client, paused);
  if (!paused && self->asks_again)
    {
      self->asks_again = FALSE;
      mmp_mqtt_client_kick (self->client);
    }
}

/**
 * mmp_bridge_side_is_paused:
 */
gboolean
mmp_bridge_side_is_paused (MmpBridgeSide *self)
{
  return self->paused;
}

/**
 * mmp_bridge_side_send_again:
 *
 * A message was dropped for lack of room: the broker shall send it again when there is some.
 */
void
mmp_bridge_side_send_again (MmpBridgeSide *self)
{
  self->asks_again = TRUE;
}
