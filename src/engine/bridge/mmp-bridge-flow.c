/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-bridge"

#include "bridge/mmp-bridge-traffic-private.h"

#include "base/mmp-limits.h"
#include "bridge/mmp-passage.h"

static void
count (MmpBridgeTraffic *self,
       int why)
{
  self->counts[why]++;
  mmp_bridge_traffic_note_change (self);
}

static gboolean
is_above (MmpBridgeTraffic *self,
          MmpSide side,
          guint parts)
{
  MmpOutbox *outbox = mmp_bridge_side_get_outbox (self->sides[side]);

  return mmp_outbox_get_size (outbox) >= MMP_BRIDGE_WAITING_MAX / 4 * parts || mmp_outbox_get_bytes (outbox) >= MMP_BRIDGE_WAITING_BYTES_MAX / 4 * parts;
}

/* Above the limit by this much, nothing more is taken even from a side that has to be read. */
static gboolean
is_full (MmpBridgeTraffic *self,
         MmpSide side)
{
  return is_above (self, side, 5);
}

/* Reading stops at the limit and goes on when half of what waits is gone. */
static gboolean
should_pause (MmpBridgeTraffic *self,
              MmpSide near)
{
  guint parts = mmp_bridge_side_is_paused (self->sides[near]) ? 2 : 4;

  if (near != SIDE_LOCAL)
    return is_above (self, SIDE_LOCAL, parts);

  return is_above (self, SIDE_REMOTE, parts) || (self->sides[SIDE_VIA] != NULL && is_above (self, SIDE_VIA, parts));
}

/* A side that is not read does not hear acknowledgements either. So never both ends at a time, or neither would ever go
 * on. */
static void
balance (MmpBridgeTraffic *self)
{
  for (MmpSide side = SIDE_LOCAL; side < SIDES && self->sides[side] != NULL; side++)
    {
      gboolean other = side == SIDE_LOCAL ? mmp_bridge_side_is_paused (self->sides[SIDE_REMOTE]) : mmp_bridge_side_is_paused (self->sides[SIDE_LOCAL]);
      gboolean paused = !other && should_pause (self, side);

      if (paused != mmp_bridge_side_is_paused (self->sides[side]))
        mmp_bridge_side_set_paused (self->sides[side], paused);
    }
}

/* Gives a message to a side, with the duty to acknowledge it when it arrived there. */
void
mmp_bridge_flow_put (MmpBridgeTraffic *self,
                     MmpSide far,
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
  mmp_bridge_traffic_note_change (self);
  balance (self);
}

static int
pass_out (MmpBridgeTraffic *self,
          const MmpMqttMessage *message,
          MmpSide *far,
          MmpOutboxItem **item)
{
  for (guint i = 0; i < self->active[SIDE_LOCAL]->len; i++)
    {
      const MmpRule *rule = g_ptr_array_index (self->active[SIDE_LOCAL], i);

      *far = mmp_bridge_traffic_get_far_side (self, rule);
      if (mmp_rule_takes (rule, message->topic))
        return mmp_passage_out (rule, message, self->book, g_get_real_time () / 1000, item);
    }

  return MMP_BRIDGE_TOPIC;
}

static void
settle_mark (MmpBridgeTraffic *self,
             const MmpOutboxItem *item)
{
  const MmpPassage *passage = item->user_data;

  if (passage->has_mark)
    mmp_sender_book_settle (self->book, &passage->mark);
}

static int
pass_in (MmpBridgeTraffic *self,
         const MmpMqttMessage *message,
         MmpSide near,
         MmpOutboxItem **item)
{
  guint64 sender = 0;
  int verdict = mmp_passage_in (self->active[near], message, self->book, g_get_real_time () / 1000, &sender, item);

  if (verdict == MMP_BRIDGE_WENT_BACK)
    self->went_back = sender;
  if (verdict == MMP_BRIDGE_CLONE)
    {
      mmp_sender_book_renew (self->book, g_get_real_time () / 1000);
      mmp_bridge_traffic_save (self);
    }
  if (verdict != MMP_PASSAGE_OPEN || self->presence == NULL)
    return verdict;

  if (near == SIDE_VIA ? mmp_presence_note (self->presence, (*item)->topic, (*item)->payload)
                       : !self->listens && mmp_presence_is_copy (self->presence, (*item)->topic, (*item)->payload))
    {
      settle_mark (self, *item);
      g_clear_pointer (item, mmp_outbox_item_free);
      return MMP_BRIDGE_REPEATED;
    }

  return MMP_PASSAGE_OPEN;
}

static gboolean
is_full_behind (MmpBridgeTraffic *self,
                MmpSide near)
{
  if (near != SIDE_LOCAL)
    return is_full (self, SIDE_LOCAL);

  return is_full (self, SIDE_REMOTE) || (self->sides[SIDE_VIA] != NULL && is_full (self, SIDE_VIA));
}

/* Something came from a broker. */
void
mmp_bridge_flow_message (MmpBridgeSide *side,
                         const MmpMqttMessage *message,
                         MmpReceipt *receipt,
                         gpointer user_data)
{
  MmpBridgeTraffic *self = user_data;
  MmpSide near = mmp_bridge_traffic_find_side (self, side);
  MmpSide far = SIDE_LOCAL;
  MmpOutboxItem *item = NULL;
  int verdict;

  if (self->listens && near == SIDE_LOCAL && g_str_equal (message->topic, self->presence_topic))
    {
      mmp_presence_seen (self->presence, g_bytes_get_size (message->payload) > 0);
      mmp_receipt_settle (receipt);
      return;
    }
  /* Of QoS 1 nothing is lost by that: the broker keeps what is not acknowledged. */
  if (receipt != NULL && is_full_behind (self, near))
    {
      mmp_receipt_drop (receipt);
      mmp_bridge_side_send_again (side);
      return;
    }

  verdict = near == SIDE_LOCAL ? pass_out (self, message, &far, &item) : pass_in (self, message, near, &item);
  if (verdict == MMP_PASSAGE_OPEN)
    {
      mmp_bridge_flow_put (self, far, item, receipt);
      return;
    }
  count (self, verdict);
  mmp_receipt_settle (receipt);
}

/* Something came that the side itself knew not to carry. */
void
mmp_bridge_flow_dropped (MmpBridgeSide *side,
                         int why,
                         gpointer user_data)
{
  count (user_data, why);
}

/* A message is off our hands. */
void
mmp_bridge_flow_done (const MmpOutboxItem *item,
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

  settle_mark (self, item);
  if (outcome == MMP_OUTBOX_ACCEPTED)
    count (self, passage->direction == MMP_RULE_OUT ? MMP_BRIDGE_FORWARDED : MMP_BRIDGE_OPENED);
  else
    count (self, causes[outcome]);
  balance (self);
}

/* A message went to a broker. */
void
mmp_bridge_flow_sent (const MmpOutboxItem *item,
                      gboolean again,
                      gpointer user_data)
{
  if (again)
    count (user_data, MMP_BRIDGE_RESENT);
}
