/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-bridge"

#include "bridge/mmp-bridge-traffic.h"
#include "bridge/mmp-bridge-traffic-private.h"

#include <string.h>

#include "base/mmp-error.h"
#include "base/mmp-limits.h"
#include "bridge/mmp-passage.h"

#define STATUS_EVERY MMP_MSEC (250)

static char *
number_to_text (guint64 number)
{
  return g_strdup_printf ("%08x%08x", (guint) (number >> 32), (guint) number);
}

/* Which broker a rule's messages go to or come from, beside the local one */
MmpSide
mmp_bridge_traffic_get_far_side (MmpBridgeTraffic *self,
                                 const MmpRule *rule)
{
  return self->sides[SIDE_VIA] != NULL && rule->form != MMP_RULE_PLAIN ? SIDE_VIA : SIDE_REMOTE;
}

/* Which of them this is */
MmpSide
mmp_bridge_traffic_find_side (MmpBridgeTraffic *self,
                              const MmpBridgeSide *side)
{
  MmpSide which = SIDE_LOCAL;

  while (self->sides[which] != side)
    which++;

  return which;
}

static MmpSide
get_source_side (MmpBridgeTraffic *self,
                 const MmpRule *rule)
{
  return rule->direction == MMP_RULE_OUT ? SIDE_LOCAL : mmp_bridge_traffic_get_far_side (self, rule);
}

static void
on_status_due (gpointer user_data)
{
  MmpBridgeTraffic *self = user_data;
  MmpBridgeStatus *status = g_new0 (MmpBridgeStatus, 1);

  self->status_timer = 0;
  status->local = mmp_mqtt_client_get_state (mmp_bridge_side_get_client (self->sides[SIDE_LOCAL]));
  status->remote = mmp_mqtt_client_get_state (mmp_bridge_side_get_client (self->sides[SIDE_REMOTE]));
  if (self->sides[SIDE_VIA] != NULL)
    status->via = mmp_mqtt_client_get_state (mmp_bridge_side_get_client (self->sides[SIDE_VIA]));
  status->present = self->presence == NULL || mmp_presence_get (self->presence);
  status->ready = mmp_bridge_side_is_ready (self->sides[SIDE_LOCAL]) && mmp_bridge_side_is_ready (self->sides[SIDE_REMOTE]);
  for (guint i = 0; i < SIDES && self->sides[i] != NULL; i++)
    {
      MmpOutbox *outbox = mmp_bridge_side_get_outbox (self->sides[i]);

      status->waiting += mmp_outbox_get_size (outbox);
      status->waiting_bytes += mmp_outbox_get_bytes (outbox);
      if (status->cause == NULL && self->causes[i] != NULL)
        {
          status->cause = g_error_copy (self->causes[i]);
          status->cause_end = (MmpBridgeEnd) i;
        }
    }
  memcpy (status->counts, self->counts, sizeof status->counts);
  if (self->went_back != 0)
    status->went_back = number_to_text (self->went_back);
  self->funcs.status (status, self->user_data);
}

/* Says how it is, a little later. */
void
mmp_bridge_traffic_note_change (MmpBridgeTraffic *self)
{
  if (self->status_timer == 0)
    self->status_timer = mmp_clock_add (self->clock, mmp_clock_now (self->clock) + STATUS_EVERY, on_status_due, self);
}

/* Has the state written, if it changed. */
void
mmp_bridge_traffic_save (MmpBridgeTraffic *self)
{
  if (mmp_sender_book_is_changed (self->book))
    self->funcs.save (mmp_sender_book_encode (self->book), self->user_data);
}

static void
on_save_due (gpointer user_data)
{
  MmpBridgeTraffic *self = user_data;

  self->save_timer = mmp_clock_add (self->clock, mmp_clock_now (self->clock) + MMP_BRIDGE_SAVE_EVERY, on_save_due, self);
  mmp_bridge_traffic_save (self);
}

static void
on_told (MmpMqttClient *client,
         const GError *error,
         gpointer user_data)
{
  MmpBridgeTraffic *self = user_data;

  if (self->presence != NULL && !g_error_matches (error, MMP_ERROR, MMP_ERROR_BROKER_LOST) && !g_error_matches (error, MMP_ERROR, MMP_ERROR_CANCELLED))
    mmp_presence_caught_up (self->presence);
}

/* The far broker is the other device, for a portal. It is told of us, too. */
static void
note_far_end (MmpBridgeTraffic *self)
{
  MmpMqttClient *client = mmp_bridge_side_get_client (self->sides[SIDE_REMOTE]);
  gboolean online = mmp_bridge_side_is_online (self->sides[SIDE_REMOTE]);
  g_autoptr (GBytes) payload = NULL;

  if (online && !self->told)
    {
      payload = g_bytes_new_static ("1", 1);
      mmp_presence_begin (self->presence, mmp_mqtt_client_is_resumed (client));
      mmp_mqtt_client_publish (client, self->presence_topic, payload, 1, TRUE, 0, on_told, self, NULL);
    }
  self->told = online;
  mmp_presence_seen (self->presence, online);
}

static void
on_changed (MmpBridgeSide *side,
            const GError *cause,
            gpointer user_data)
{
  MmpBridgeTraffic *self = user_data;
  MmpSide which = mmp_bridge_traffic_find_side (self, side);

  if (which == SIDE_REMOTE && self->presence != NULL && !self->listens)
    note_far_end (self);
  if (cause != NULL || mmp_bridge_side_is_online (side))
    g_clear_error (&self->causes[which]);
  if (cause != NULL)
    self->causes[which] = g_error_copy (cause);
  mmp_bridge_traffic_note_change (self);
}

static const MmpBridgeSideFuncs side_funcs = {
  .changed = on_changed,
  .message = mmp_bridge_flow_message,
  .dropped = mmp_bridge_flow_dropped,
  .outbox = { .done = mmp_bridge_flow_done, .sent = mmp_bridge_flow_sent },
};

static gboolean
is_present (MmpBridgeTraffic *self)
{
  return self->presence != NULL ? mmp_presence_get (self->presence) : self->present;
}

static gboolean
is_wanted (MmpBridgeTraffic *self,
           const MmpRule *rule)
{
  return rule->when == MMP_RULE_ALWAYS || (rule->when == MMP_RULE_WHILE_PRESENT) == is_present (self);
}

static void
activate (MmpBridgeTraffic *self,
          MmpRule *rule)
{
  MmpSide side = get_source_side (self, rule);

  g_ptr_array_add (self->active[side], rule);
  for (guint i = 0; rule->sources[i] != NULL; i++)
    mmp_bridge_side_add_filter (self->sides[side], rule->sources[i], rule->qos);
}

static void
deactivate (MmpBridgeTraffic *self,
            MmpRule *rule)
{
  MmpSide side = get_source_side (self, rule);

  if (!g_ptr_array_remove (self->active[side], rule))
    return;
  for (guint i = 0; rule->sources[i] != NULL; i++)
    mmp_bridge_side_remove_filter (self->sides[side], rule->sources[i]);
}

/* What waits for the device that is away goes by the other way. */
static void
turn_aside (MmpBridgeTraffic *self)
{
  g_autoptr (GPtrArray) items = NULL;
  const MmpRule *rule = NULL;

  for (guint i = 0; rule == NULL && i < self->active[SIDE_LOCAL]->len; i++)
    {
      const MmpRule *candidate = g_ptr_array_index (self->active[SIDE_LOCAL], i);

      if (candidate->form == MMP_RULE_SEALED)
        rule = candidate;
    }
  if (rule == NULL)
    return;

  items = mmp_outbox_take_all (mmp_bridge_side_get_outbox (self->sides[SIDE_REMOTE]));
  for (guint i = 0; i < items->len; i++)
    {
      MmpOutboxItem *item = g_ptr_array_index (items, i);
      MmpOutboxItem *sealed = mmp_passage_seal_item (rule, item, self->book, g_get_real_time () / 1000);

      mmp_bridge_flow_put (self, SIDE_VIA, sealed, g_steal_pointer (&item->receipt));
    }
}

/* What begins is begun before anything else ends, so that a subscription that both have goes on. */
static void
follow_presence (MmpBridgeTraffic *self)
{
  for (guint pass = 0; pass < 2; pass++)
    for (guint i = 0; i < self->rules->len; i++)
      {
        MmpRule *rule = g_ptr_array_index (self->rules, i);

        if (rule->when == MMP_RULE_ALWAYS || is_wanted (self, rule) != (pass == 0))
          continue;
        if (pass == 0)
          activate (self, rule);
        else
          deactivate (self, rule);
      }
  if (!is_present (self) && self->sides[SIDE_VIA] != NULL)
    turn_aside (self);
}

static void
on_presence (gboolean present,
             gpointer user_data)
{
  follow_presence (user_data);
  mmp_bridge_traffic_note_change (user_data);
}

static MmpBridgeSide *
new_side (MmpBridgeTraffic *self,
          GMainContext *context,
          const MmpBridgeConfig *config,
          MmpSide which)
{
  MmpMqttBroker *brokers[SIDES] = { config->local, config->remote, config->via };
  g_autofree char *tag = number_to_text (mmp_sender_book_get_tag (self->book));
  g_autofree char *id = g_strdup_printf ("mmb%s%c", tag, "lrv"[which]);
  const MmpMqttOptions options = {
    .client_id = id,
    .session_expiry = config->keep_session ? MMP_BRIDGE_SESSION_EXPIRY : 0,
    .only_v3 = config->only_v3,
    .will_topic = which == SIDE_REMOTE && !config->listens ? config->presence : NULL,
  };

  return brokers[which] != NULL ? mmp_bridge_side_new (context, self->clock, brokers[which], &options, &side_funcs, self) : NULL;
}

static void
set_up_presence (MmpBridgeTraffic *self,
                 const MmpBridgeConfig *config)
{
  if (config->presence == NULL)
    return;

  self->presence = mmp_presence_new (self->clock, MMP_SECONDS (config->patience), on_presence, self);
  if (config->stay_away)
    mmp_presence_stay_away (self->presence);
  self->presence_topic = g_strdup (config->presence);
  self->listens = config->listens;
  if (self->listens)
    mmp_bridge_side_add_filter (self->sides[SIDE_LOCAL], self->presence_topic, 1);
}

/**
 * mmp_bridge_traffic_new:
 * @config: with rules that were checked
 * @book: (transfer full): as it is on the disk
 *
 * Connects.
 *
 * Returns: (transfer full): a bridge that runs
 */
MmpBridgeTraffic *
mmp_bridge_traffic_new (GMainContext *context,
                        MmpClock *clock,
                        const MmpBridgeConfig *config,
                        MmpSenderBook *book,
                        const MmpBridgeTrafficFuncs *funcs,
                        gpointer user_data)
{
  MmpBridgeTraffic *self = g_new0 (MmpBridgeTraffic, 1);

  self->clock = mmp_clock_ref (clock);
  self->book = book;
  self->funcs = *funcs;
  self->user_data = user_data;
  self->rules = g_ptr_array_new_with_free_func ((GDestroyNotify) mmp_rule_free);
  for (guint i = 0; i < SIDES; i++)
    {
      self->active[i] = g_ptr_array_new ();
      self->sides[i] = new_side (self, context, config, i);
    }
  set_up_presence (self, config);
  for (guint i = 0; i < config->rules->len; i++)
    mmp_bridge_traffic_add_rule (self, g_ptr_array_index (config->rules, i));
  for (guint i = 0; i < SIDES && self->sides[i] != NULL; i++)
    mmp_bridge_side_start (self->sides[i]);
  on_save_due (self);

  return self;
}

/**
 * mmp_bridge_traffic_free:
 *
 * What waits is forgotten here and stays with the brokers it came from. Saves a last time.
 */
void
mmp_bridge_traffic_free (MmpBridgeTraffic *self)
{
  g_autoptr (GBytes) nothing = g_bytes_new (NULL, 0);

  mmp_clock_remove (self->clock, &self->status_timer);
  on_status_due (self);
  /* A broker tells of those who break away only, not of those who leave. */
  if (self->told)
    mmp_mqtt_client_publish (mmp_bridge_side_get_client (self->sides[SIDE_REMOTE]), self->presence_topic, nothing, 1, TRUE, 0, NULL, NULL, NULL);
  g_clear_pointer (&self->presence, mmp_presence_free);
  for (guint i = 0; i < SIDES; i++)
    g_clear_pointer (&self->sides[i], mmp_bridge_side_free);
  mmp_bridge_traffic_save (self);
  mmp_clock_remove (self->clock, &self->status_timer);
  mmp_clock_remove (self->clock, &self->save_timer);
  for (guint i = 0; i < SIDES; i++)
    {
      g_ptr_array_unref (self->active[i]);
      g_clear_error (&self->causes[i]);
    }
  g_ptr_array_unref (self->rules);
  mmp_sender_book_free (self->book);
  g_free (self->presence_topic);
  mmp_clock_unref (self->clock);
  g_free (self);
}

/**
 * mmp_bridge_traffic_add_rule:
 * @rule: one that goes with the others; one of the same id is replaced
 *
 * Nothing of other rules is interrupted.
 */
void
mmp_bridge_traffic_add_rule (MmpBridgeTraffic *self,
                             const MmpRule *rule)
{
  MmpRule *added = mmp_rule_copy (rule);

  mmp_bridge_traffic_remove_rule (self, rule->id);
  mmp_rule_prepare (added);
  g_ptr_array_add (self->rules, added);
  if (is_wanted (self, added))
    activate (self, added);
}

/**
 * mmp_bridge_traffic_remove_rule:
 *
 * What is on its way still arrives.
 */
void
mmp_bridge_traffic_remove_rule (MmpBridgeTraffic *self,
                                guint id)
{
  for (guint i = 0; i < self->rules->len; i++)
    {
      MmpRule *rule = g_ptr_array_index (self->rules, i);

      if (rule->id != id)
        continue;
      deactivate (self, rule);
      g_ptr_array_remove_index (self->rules, i);
      return;
    }
}

/**
 * mmp_bridge_traffic_set_present:
 * @present: whether the other device is there
 *
 * Starts and stops the rules that depend on it.
 */
void
mmp_bridge_traffic_set_present (MmpBridgeTraffic *self,
                                gboolean present)
{
  if (self->present == present)
    return;

  self->present = present;
  follow_presence (self);
}

/**
 * mmp_bridge_traffic_forget:
 * @sender: one that went back, and somebody says that this is right
 */
void
mmp_bridge_traffic_forget (MmpBridgeTraffic *self,
                           guint64 sender)
{
  mmp_sender_book_forget (self->book, sender);
  if (self->went_back == sender)
    self->went_back = 0;
  mmp_bridge_traffic_note_change (self);
}

/**
 * mmp_bridge_traffic_kick:
 *
 * Connects anew: the network changed.
 */
void
mmp_bridge_traffic_kick (MmpBridgeTraffic *self)
{
  for (guint i = 0; i < SIDES && self->sides[i] != NULL; i++)
    mmp_mqtt_client_kick (mmp_bridge_side_get_client (self->sides[i]));
}
