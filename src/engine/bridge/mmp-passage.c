/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-bridge"

#include "bridge/mmp-passage.h"

#include <string.h>

#include "bridge/mmp-record.h"
#include "crypto/mmp-bridge-seal.h"
#include "mqtt/mmp-mqtt-topic.h"

/* The User Property that says which group a message has been carried by already */
#define STAMP "mmb1"
#define STAMP_PLAIN "plain"

static void
make_stamp (MmpBridgeKey *key,
            char stamp[2 * MMP_BRIDGE_KEY_ID_SIZE + 1])
{
  const guint8 *id;

  if (key == NULL)
    {
      strcpy (stamp, STAMP_PLAIN);
      return;
    }
  id = mmp_bridge_key_get_id (key);
  for (guint i = 0; i < MMP_BRIDGE_KEY_ID_SIZE; i++)
    g_snprintf (stamp + 2 * i, 3, "%02x", id[i]);
}

static gboolean
is_stamped (const MmpRule *rule,
            const MmpMqttProperties *properties)
{
  char stamp[2 * MMP_BRIDGE_KEY_ID_SIZE + 1];

  if (properties == NULL || properties->user == NULL)
    return FALSE;

  for (guint i = 0; rule->keys != NULL && i < mmp_key_ring_get_size (rule->keys); i++)
    {
      make_stamp (mmp_key_ring_get (rule->keys, i), stamp);
      if (mmp_mqtt_properties_has_user (properties, STAMP, stamp))
        return TRUE;
    }

  return rule->form == MMP_RULE_PLAIN && rule->keys == NULL && mmp_mqtt_properties_has_user (properties, STAMP, STAMP_PLAIN);
}

/* The same properties, with the topic for answers changed as all topics are on this way, and perhaps with a stamp */
static MmpMqttProperties *
carry_properties (const MmpRule *rule,
                  const MmpMqttProperties *properties,
                  gboolean stamped,
                  MmpBridgeKey *key)
{
  MmpMqttProperties *carried;
  char stamp[2 * MMP_BRIDGE_KEY_ID_SIZE + 1];

  if (properties == NULL && !stamped)
    return NULL;

  carried = mmp_mqtt_properties_copy (properties);
  if (carried->response_topic != NULL)
    {
      char *mapped = mmp_topic_map_apply (&rule->map, carried->response_topic);

      g_free (carried->response_topic);
      carried->response_topic = mapped;
      if (mapped != NULL && !mmp_mqtt_topic_is_welcome (mapped, strlen (mapped)))
        g_clear_pointer (&carried->response_topic, g_free);
    }
  if (stamped)
    {
      make_stamp (key, stamp);
      mmp_mqtt_properties_add_user (carried, STAMP, stamp);
    }

  return carried;
}

/* Takes the topic. */
static MmpOutboxItem *
make_item (const MmpRule *rule,
           char *topic,
           GBytes *payload,
           int qos,
           gboolean retain)
{
  MmpOutboxItem *item = mmp_outbox_item_new ();
  MmpPassage *passage = g_new0 (MmpPassage, 1);

  passage->direction = rule->direction;
  item->topic = topic;
  item->payload = g_bytes_ref (payload);
  item->qos = MIN (qos, rule->qos);
  item->retain = retain;
  item->user_data = passage;
  item->user_data_free = g_free;

  return item;
}

static gboolean
is_good_topic (const char *topic)
{
  gsize length = topic != NULL ? strlen (topic) : 0;

  return length <= MMP_BRIDGE_TOPIC_MAX && topic != NULL && mmp_mqtt_topic_is_welcome (topic, length);
}

static MmpOutboxItem *
seal (const MmpRule *rule,
      const MmpMqttMessage *message,
      char *topic,
      MmpSenderBook *book,
      gint64 now)
{
  MmpBridgeKey *key = mmp_key_ring_get (rule->keys, 0);
  g_autoptr (MmpMqttProperties) properties = carry_properties (rule, message->properties, FALSE, NULL);
  const MmpRecord record = {
    .qos = message->qos,
    .retain = message->retained,
    .sender = mmp_sender_book_get_self (book),
    .run = mmp_sender_book_get_run (book),
    .number = mmp_sender_book_next (book),
    .time = now,
    .topic = topic,
    .properties = properties,
    .payload = message->payload,
  };
  g_autoptr (GBytes) sealed = mmp_record_seal (&record, key, NULL);

  return make_item (rule, mmp_rule_get_outer_topic (rule, key, topic), sealed, message->qos, rule->retain && message->retained);
}

static MmpOutboxItem *
seal_classic (const MmpRule *rule,
              const MmpMqttMessage *message,
              const char *topic)
{
  g_autoptr (GBytes) sealed = mmp_bridge_seal_classic (mmp_key_ring_get (rule->keys, 0), NULL, message->payload);

  return make_item (rule, mmp_rule_get_outer_topic (rule, NULL, topic), sealed, message->qos, rule->retain && message->retained);
}

static MmpOutboxItem *
pass_plain (const MmpRule *rule,
            const MmpMqttMessage *message,
            char *topic)
{
  MmpOutboxItem *item = make_item (rule, g_strdup (topic), message->payload, message->qos, message->retained);

  item->properties = carry_properties (rule, message->properties, TRUE, rule->keys != NULL ? mmp_key_ring_get (rule->keys, 0) : NULL);

  return item;
}

/**
 * mmp_passage_out:
 * @rule: one that leads out, and takes this topic
 * @message: what the local broker gave
 * @now: milliseconds since 1970
 * @item: (out): what goes to the remote broker
 *
 * Returns: %MMP_PASSAGE_OPEN, or the #MmpBridgeCount that says why it does not pass
 */
int
mmp_passage_out (const MmpRule *rule,
                 const MmpMqttMessage *message,
                 MmpSenderBook *book,
                 gint64 now,
                 MmpOutboxItem **item)
{
  g_autofree char *topic = NULL;

  if (message->cut || g_bytes_get_size (message->payload) > MMP_BRIDGE_PAYLOAD_MAX)
    return MMP_BRIDGE_TOO_LARGE;
  if (mmp_mqtt_properties_measure (message->properties) > G_MAXUINT16)
    return MMP_BRIDGE_TOO_LARGE;
  if (is_stamped (rule, message->properties))
    return MMP_BRIDGE_LOOP;
  topic = mmp_topic_map_apply (&rule->map, message->topic);
  if (!is_good_topic (topic))
    return MMP_BRIDGE_TOPIC;

  if (rule->form == MMP_RULE_SEALED)
    *item = seal (rule, message, topic, book, now);
  else if (rule->form == MMP_RULE_CLASSIC)
    *item = seal_classic (rule, message, topic);
  else
    *item = pass_plain (rule, message, topic);

  return MMP_PASSAGE_OPEN;
}

/**
 * mmp_passage_seal_item:
 * @rule: one that seals
 * @item: what was to go out as it is, its topic changed already
 * @now: milliseconds since 1970
 *
 * Returns: (transfer full): the same for a broker that must not read it; without the receipt
 */
MmpOutboxItem *
mmp_passage_seal_item (const MmpRule *rule,
                       const MmpOutboxItem *item,
                       MmpSenderBook *book,
                       gint64 now)
{
  MmpRule as_is = *rule;
  const MmpMqttMessage message = {
    .topic = item->topic,
    .payload = item->payload,
    .properties = item->properties,
    .qos = item->qos,
    .retained = item->retain,
  };

  as_is.map = (MmpTopicMap) { 0 };

  return seal (&as_is, &message, item->topic, book, now);
}

static int
open_classic (const MmpRule *rule,
              const MmpMqttMessage *message,
              MmpOutboxItem **item)
{
  const char *inner = mmp_rule_strip_prefix (rule, message->topic);
  g_autofree char *topic = inner != NULL ? mmp_topic_map_apply (&rule->map, inner) : NULL;

  if (!is_good_topic (topic))
    return MMP_BRIDGE_TOPIC;
  if (g_bytes_get_size (message->payload) < MMP_BRIDGE_CLASSIC_OVERHEAD)
    return MMP_BRIDGE_MALFORMED;

  for (guint i = 0; i < mmp_key_ring_get_size (rule->keys); i++)
    {
      MmpBridgeKey *key = mmp_key_ring_get (rule->keys, i);
      g_autoptr (GBytes) payload = mmp_bridge_open_classic (key, message->payload, NULL);

      if (payload == NULL)
        continue;
      *item = make_item (rule, g_steal_pointer (&topic), payload, message->qos, message->retained);
      (*item)->properties = carry_properties (rule, NULL, TRUE, key);
      return MMP_PASSAGE_OPEN;
    }

  return MMP_BRIDGE_FORGED;
}

/* The rule that opens this topic, among those that have the key */
static const MmpRule *
find_rule (GPtrArray *rules,
           MmpBridgeKey *key,
           const MmpMqttMessage *message,
           const MmpRecord *record,
           int *why)
{
  *why = MMP_BRIDGE_TOPIC;
  for (guint i = 0; i < rules->len; i++)
    {
      const MmpRule *rule = g_ptr_array_index (rules, i);

      if (rule->form != MMP_RULE_SEALED || mmp_key_ring_find (rule->keys, mmp_bridge_key_get_id (key)) != key)
        continue;
      if (!mmp_rule_takes (rule, message->topic) || !mmp_mqtt_topic_matches (rule->filter, record->topic))
        continue;
      if (mmp_rule_is_outer_topic (rule, key, message->topic, record->topic))
        return rule;
      *why = MMP_BRIDGE_MOVED;
    }

  return NULL;
}

static int
judge (const MmpRule *rule,
       const MmpRecord *record,
       const MmpSenderMark *mark,
       MmpSenderBook *book,
       gint64 now)
{
  switch (mmp_sender_book_judge (book, mark, record->time))
    {
    case MMP_SENDER_SELF:
      return MMP_BRIDGE_LOOP;
    case MMP_SENDER_CLONE:
      return MMP_BRIDGE_CLONE;
    case MMP_SENDER_REPEATED:
      return MMP_BRIDGE_REPLAYED;
    case MMP_SENDER_WENT_BACK:
      return MMP_BRIDGE_WENT_BACK;
    case MMP_SENDER_NEW:
    default:
      break;
    }
  /* A clock may be ahead by as much as a message may be late. */
  if (rule->max_age > 0 && (record->time < now - (gint64) rule->max_age * 1000 || record->time > now + (gint64) rule->max_age * 1000))
    return MMP_BRIDGE_TOO_OLD;

  return g_bytes_get_size (record->payload) > MMP_BRIDGE_PAYLOAD_MAX ? MMP_BRIDGE_TOO_LARGE : MMP_PASSAGE_OPEN;
}

static int
admit (const MmpRule *rule,
       MmpBridgeKey *key,
       const MmpRecord *record,
       MmpSenderBook *book,
       gint64 now,
       MmpOutboxItem **item)
{
  MmpPassage *passage;
  MmpSenderMark mark = { .sender = record->sender, .run = record->run, .number = record->number };
  g_autofree char *topic = NULL;
  int verdict;

  memcpy (mark.key_id, mmp_bridge_key_get_id (key), sizeof mark.key_id);
  verdict = judge (rule, record, &mark, book, now);
  if (verdict != MMP_PASSAGE_OPEN)
    return verdict;
  topic = mmp_topic_map_apply (&rule->map, record->topic);
  if (!is_good_topic (topic))
    return MMP_BRIDGE_TOPIC;

  mmp_sender_book_pass (book, &mark, now);
  *item = make_item (rule, g_steal_pointer (&topic), record->payload, MIN (record->qos, 1), record->retain);
  (*item)->properties = carry_properties (rule, record->properties, TRUE, key);
  passage = (*item)->user_data;
  passage->has_mark = TRUE;
  passage->mark = mark;

  return MMP_PASSAGE_OPEN;
}

static MmpBridgeKey *
find_key (GPtrArray *rules,
          const guint8 *id)
{
  for (guint i = 0; i < rules->len; i++)
    {
      const MmpRule *rule = g_ptr_array_index (rules, i);
      MmpBridgeKey *key = rule->form == MMP_RULE_SEALED ? mmp_key_ring_find (rule->keys, id) : NULL;

      if (key != NULL)
        return key;
    }

  return NULL;
}

static int
open_sealed (GPtrArray *rules,
             const MmpMqttMessage *message,
             MmpSenderBook *book,
             gint64 now,
             guint64 *sender,
             MmpOutboxItem **item)
{
  const guint8 *id = mmp_bridge_seal_get_key_id (message->payload, NULL);
  MmpBridgeKey *key = id != NULL ? find_key (rules, id) : NULL;
  g_autoptr (GBytes) plain = NULL;
  g_autoptr (MmpRecord) record = NULL;
  const MmpRule *rule;
  int why;

  if (id == NULL)
    return MMP_BRIDGE_MALFORMED;
  if (key == NULL)
    return MMP_BRIDGE_UNKNOWN_KEY;
  plain = mmp_bridge_open (key, message->payload, NULL);
  if (plain == NULL)
    return MMP_BRIDGE_FORGED;
  record = mmp_record_decode (plain, NULL);
  if (record == NULL)
    return MMP_BRIDGE_MALFORMED;

  *sender = record->sender;
  rule = find_rule (rules, key, message, record, &why);
  if (rule == NULL)
    return why;

  return admit (rule, key, record, book, now, item);
}

/**
 * mmp_passage_in:
 * @rules: (element-type MmpRule): those that lead in, are active and prepared
 * @message: what the remote broker gave; anything at all
 * @now: milliseconds since 1970
 * @sender: (inout): who sealed it, if it could be opened
 * @item: (out): what goes to the local broker
 *
 * A message that passes is noted in @book.
 *
 * Returns: %MMP_PASSAGE_OPEN, or the #MmpBridgeCount that says why it does not pass
 */
int
mmp_passage_in (GPtrArray *rules,
                const MmpMqttMessage *message,
                MmpSenderBook *book,
                gint64 now,
                guint64 *sender,
                MmpOutboxItem **item)
{
  const MmpRule *rule = NULL;
  const char *inner;
  g_autofree char *topic = NULL;

  if (message->cut)
    return MMP_BRIDGE_TOO_LARGE;
  for (guint i = 0; rule == NULL && i < rules->len; i++)
    if (mmp_rule_takes (g_ptr_array_index (rules, i), message->topic))
      rule = g_ptr_array_index (rules, i);
  if (rule == NULL)
    return MMP_BRIDGE_TOPIC;
  if (rule->form == MMP_RULE_SEALED)
    return open_sealed (rules, message, book, now, sender, item);
  if (rule->form == MMP_RULE_CLASSIC)
    return open_classic (rule, message, item);

  if (is_stamped (rule, message->properties))
    return MMP_BRIDGE_LOOP;
  inner = mmp_rule_strip_prefix (rule, message->topic);
  topic = inner != NULL ? mmp_topic_map_apply (&rule->map, inner) : NULL;
  if (!is_good_topic (topic))
    return MMP_BRIDGE_TOPIC;
  *item = pass_plain (rule, message, topic);

  return MMP_PASSAGE_OPEN;
}
