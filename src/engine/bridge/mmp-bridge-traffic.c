/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-bridge"

#include "bridge/mmp-bridge-traffic.h"

#include <string.h>

#include "base/mmp-limits.h"
#include "bridge/mmp-bridge-side.h"
#include "bridge/mmp-passage.h"

#define STATUS_EVERY MMP_MSEC (250)
/* Above the limit by this much, nothing more is taken even from a side that has to be read. */
#define HARD_LIMIT(n) ((n) / 4 * 5)

typedef enum
{
  SIDE_LOCAL,
  SIDE_REMOTE,
  SIDES,
} Side;

struct _MmpBridgeTraffic
{
  MmpClock *clock;
  MmpSenderBook *book;
  MmpBridgeTrafficFuncs funcs;
  gpointer user_data;
  MmpBridgeSide *sides[SIDES];
  GPtrArray *rules; /* MmpRule, all */
  GPtrArray *active[SIDES]; /* MmpRule of those, by where their messages come from */
  gboolean present;
  guint64 counts[MMP_BRIDGE_COUNTS];
  guint64 went_back;
  GError *causes[SIDES];
  guint status_timer;
  guint save_timer;
};

static gint64
now_in_ms (void)
{
  return g_get_real_time () / 1000;
}

static Side
get_source_side (const MmpRule *rule)
{
  return rule->direction == MMP_RULE_OUT ? SIDE_LOCAL : SIDE_REMOTE;
}

static void
on_status_due (gpointer user_data)
{
  MmpBridgeTraffic *self = user_data;
  MmpBridgeStatus *status = g_new0 (MmpBridgeStatus, 1);

  self->status_timer = 0;
  status->local = mmp_mqtt_client_get_state (mmp_bridge_side_get_client (self->sides[SIDE_LOCAL]));
  status->remote = mmp_mqtt_client_get_state (mmp_bridge_side_get_client (self->sides[SIDE_REMOTE]));
  status->ready = mmp_bridge_side_is_ready (self->sides[SIDE_LOCAL]) && mmp_bridge_side_is_ready (self->sides[SIDE_REMOTE]);
  for (guint i = 0; i < SIDES; i++)
    {
      MmpOutbox *outbox = mmp_bridge_side_get_outbox (self->sides[i]);

      status->waiting += mmp_outbox_get_size (outbox);
      status->waiting_bytes += mmp_outbox_get_bytes (outbox);
      if (status->cause == NULL && self->causes[i] != NULL)
        status->cause = g_error_copy (self->causes[i]);
    }
  memcpy (status->counts, self->counts, sizeof status->counts);
  if (self->went_back != 0)
    status->went_back = g_strdup_printf ("%016" G_GINT64_MODIFIER "x", self->went_back);
  self->funcs.status (status, self->user_data);
}

static void
note_change (MmpBridgeTraffic *self)
{
  if (self->status_timer == 0)
    self->status_timer = mmp_clock_add (self->clock, mmp_clock_now (self->clock) + STATUS_EVERY, on_status_due, self);
}

static void
save (MmpBridgeTraffic *self)
{
  if (mmp_sender_book_is_changed (self->book))
    self->funcs.save (mmp_sender_book_encode (self->book), self->user_data);
}

static void
on_save_due (gpointer user_data)
{
  MmpBridgeTraffic *self = user_data;

  self->save_timer = mmp_clock_add (self->clock, mmp_clock_now (self->clock) + MMP_BRIDGE_SAVE_EVERY, on_save_due, self);
  save (self);
}

static void
count (MmpBridgeTraffic *self,
       int why)
{
  self->counts[why]++;
  note_change (self);
}

static gboolean
is_behind (MmpBridgeTraffic *self,
           Side side)
{
  MmpOutbox *outbox = mmp_bridge_side_get_outbox (self->sides[side]);

  /* Reading goes on when half of it is gone. */
  guint factor = mmp_bridge_side_is_paused (self->sides[SIDE_REMOTE - side]) ? 2 : 1;

  return mmp_outbox_get_size (outbox) >= MMP_BRIDGE_WAITING_MAX / factor || mmp_outbox_get_bytes (outbox) >= MMP_BRIDGE_WAITING_BYTES_MAX / factor;
}

static gboolean
is_full (MmpBridgeTraffic *self,
         Side side)
{
  MmpOutbox *outbox = mmp_bridge_side_get_outbox (self->sides[side]);

  return mmp_outbox_get_size (outbox) >= HARD_LIMIT (MMP_BRIDGE_WAITING_MAX) || mmp_outbox_get_bytes (outbox) >= HARD_LIMIT (MMP_BRIDGE_WAITING_BYTES_MAX);
}

/* A side that is not read does not hear acknowledgements either. So never both at a time, or neither would ever go on. */
static void
balance (MmpBridgeTraffic *self)
{
  for (Side side = SIDE_LOCAL; side < SIDES; side++)
    {
      MmpBridgeSide *near = self->sides[side];
      MmpBridgeSide *far = self->sides[SIDE_REMOTE - side];
      gboolean paused = is_behind (self, SIDE_REMOTE - side) && !mmp_bridge_side_is_paused (far);

      if (paused != mmp_bridge_side_is_paused (near))
        mmp_bridge_side_set_paused (near, paused);
    }
}

static void
put (MmpBridgeTraffic *self,
     Side far,
     MmpOutboxItem *item,
     MmpReceipt *receipt)
{
  if (item->qos == 0 && (!mmp_bridge_side_is_online (self->sides[far]) || is_full (self, far)))
    {
      count (self, MMP_BRIDGE_MISSED);
      mmp_receipt_settle (receipt);
      mmp_outbox_item_free (item);
      return;
    }

  item->receipt = receipt;
  mmp_outbox_add (mmp_bridge_side_get_outbox (self->sides[far]), item);
  balance (self);
}

static void
on_message (MmpBridgeSide *side,
            const MmpMqttMessage *message,
            MmpReceipt *receipt,
            gpointer user_data)
{
  MmpBridgeTraffic *self = user_data;
  Side near = side == self->sides[SIDE_LOCAL] ? SIDE_LOCAL : SIDE_REMOTE;
  MmpOutboxItem *item = NULL;
  guint64 sender = 0;
  int verdict = MMP_BRIDGE_TOPIC;

  /* Of QoS 1 nothing is lost by that: the broker keeps what is not acknowledged. */
  if (receipt != NULL && is_full (self, SIDE_REMOTE - near))
    {
      mmp_receipt_drop (receipt);
      mmp_bridge_side_send_again (side);
      return;
    }

  if (near == SIDE_REMOTE)
    verdict = mmp_passage_in (self->active[near], message, self->book, now_in_ms (), &sender, &item);
  for (guint i = 0; near == SIDE_LOCAL && verdict == MMP_BRIDGE_TOPIC && i < self->active[near]->len; i++)
    {
      const MmpRule *rule = g_ptr_array_index (self->active[near], i);

      if (mmp_rule_takes (rule, message->topic))
        verdict = mmp_passage_out (rule, message, self->book, now_in_ms (), &item);
    }

  if (verdict == MMP_PASSAGE_OPEN)
    {
      put (self, SIDE_REMOTE - near, item, receipt);
      return;
    }
  if (verdict == MMP_BRIDGE_WENT_BACK)
    self->went_back = sender;
  if (verdict == MMP_BRIDGE_CLONE)
    {
      mmp_sender_book_renew (self->book, now_in_ms ());
      save (self);
    }
  count (self, verdict);
  mmp_receipt_settle (receipt);
}

static void
on_dropped (MmpBridgeSide *side,
            int why,
            gpointer user_data)
{
  count (user_data, why);
}

static void
on_changed (MmpBridgeSide *side,
            const GError *cause,
            gpointer user_data)
{
  MmpBridgeTraffic *self = user_data;
  Side which = side == self->sides[SIDE_LOCAL] ? SIDE_LOCAL : SIDE_REMOTE;

  if (cause != NULL || mmp_bridge_side_is_online (side))
    g_clear_error (&self->causes[which]);
  if (cause != NULL)
    self->causes[which] = g_error_copy (cause);
  note_change (self);
}

static void
on_done (const MmpOutboxItem *item,
         MmpOutboxOutcome outcome,
         gpointer user_data)
{
  MmpBridgeTraffic *self = user_data;
  const MmpPassage *passage = item->user_data;
  static const int causes[] = {
    [MMP_OUTBOX_REFUSED] = MMP_BRIDGE_REFUSED,
    [MMP_OUTBOX_TOO_LARGE] = MMP_BRIDGE_TOO_LARGE,
    [MMP_OUTBOX_EXPIRED] = MMP_BRIDGE_TOO_OLD,
    [MMP_OUTBOX_MISSED] = MMP_BRIDGE_MISSED,
  };

  if (passage->has_mark)
    mmp_sender_book_settle (self->book, &passage->mark);
  if (outcome == MMP_OUTBOX_ACCEPTED)
    count (self, passage->direction == MMP_RULE_OUT ? MMP_BRIDGE_FORWARDED : MMP_BRIDGE_OPENED);
  else
    count (self, causes[outcome]);
  balance (self);
}

static void
on_sent (const MmpOutboxItem *item,
         gboolean again,
         gpointer user_data)
{
  if (again)
    count (user_data, MMP_BRIDGE_RESENT);
}

static const MmpBridgeSideFuncs side_funcs = {
  .changed = on_changed,
  .message = on_message,
  .dropped = on_dropped,
  .outbox = { .done = on_done, .sent = on_sent },
};

static gboolean
is_wanted (MmpBridgeTraffic *self,
           const MmpRule *rule)
{
  return rule->when == MMP_RULE_ALWAYS || (rule->when == MMP_RULE_WHILE_PRESENT) == self->present;
}

static void
activate (MmpBridgeTraffic *self,
          MmpRule *rule)
{
  Side side = get_source_side (rule);

  g_ptr_array_add (self->active[side], rule);
  for (guint i = 0; rule->sources[i] != NULL; i++)
    mmp_bridge_side_add_filter (self->sides[side], rule->sources[i], rule->qos);
}

static void
deactivate (MmpBridgeTraffic *self,
            MmpRule *rule)
{
  Side side = get_source_side (rule);

  if (!g_ptr_array_remove (self->active[side], rule))
    return;
  for (guint i = 0; rule->sources[i] != NULL; i++)
    mmp_bridge_side_remove_filter (self->sides[side], rule->sources[i]);
}

static MmpBridgeSide *
new_side (MmpBridgeTraffic *self,
          GMainContext *context,
          const MmpBridgeConfig *config,
          Side which)
{
  g_autofree char *id = g_strdup_printf ("mmb%016" G_GINT64_MODIFIER "x%c", mmp_sender_book_get_tag (self->book), which == SIDE_LOCAL ? 'l' : 'r');
  const MmpMqttOptions options = {
    .client_id = id,
    .session_expiry = config->keep_session ? MMP_BRIDGE_SESSION_EXPIRY : 0,
    .only_v3 = config->only_v3,
  };

  return mmp_bridge_side_new (context, self->clock, which == SIDE_LOCAL ? config->local : config->remote, &options, &side_funcs, self);
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
  for (guint i = 0; i < config->rules->len; i++)
    mmp_bridge_traffic_add_rule (self, g_ptr_array_index (config->rules, i));
  for (guint i = 0; i < SIDES; i++)
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
  mmp_clock_remove (self->clock, &self->status_timer);
  on_status_due (self);
  for (guint i = 0; i < SIDES; i++)
    g_clear_pointer (&self->sides[i], mmp_bridge_side_free);
  save (self);
  mmp_clock_remove (self->clock, &self->status_timer);
  mmp_clock_remove (self->clock, &self->save_timer);
  for (guint i = 0; i < SIDES; i++)
    {
      g_ptr_array_unref (self->active[i]);
      g_clear_error (&self->causes[i]);
    }
  g_ptr_array_unref (self->rules);
  mmp_sender_book_free (self->book);
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
  for (guint i = 0; i < self->rules->len; i++)
    {
      MmpRule *rule = g_ptr_array_index (self->rules, i);

      if (rule->when == MMP_RULE_ALWAYS)
        continue;
      if (is_wanted (self, rule))
        activate (self, rule);
      else
        deactivate (self, rule);
    }
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
  note_change (self);
}

/**
 * mmp_bridge_traffic_kick:
 *
 * Connects anew: the network changed.
 */
void
mmp_bridge_traffic_kick (MmpBridgeTraffic *self)
{
  for (guint i = 0; i < SIDES; i++)
    mmp_mqtt_client_kick (mmp_bridge_side_get_client (self->sides[i]));
}
