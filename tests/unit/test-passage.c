/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "bridge/mmp-passage.h"

#include "base/mmp-limits.h"
#include "crypto/mmp-bridge-seal.h"
#include "mmp-vectors.h"

#define NOW 1758000000000

/* Two bridges that have the same key: what one sends out comes in at the other. */
typedef struct
{
  MmpKeyRing *keys;
  MmpSenderBook *here;
  MmpSenderBook *there;
  MmpRule *out;
  MmpRule *in;
  GPtrArray *rules;
} Fixture;

static void
set_up (Fixture *fixture,
        gconstpointer user_data)
{
  g_autoptr (MmpBridgeKey) key = mmp_bridge_key_generate ();

  fixture->keys = mmp_key_ring_new ();
  mmp_key_ring_add (fixture->keys, key, NULL);
  fixture->here = mmp_sender_book_new (NOW);
  fixture->there = mmp_sender_book_new (NOW);
  fixture->out = mmp_rule_new (MMP_RULE_OUT, MMP_RULE_SEALED, "a/#", fixture->keys);
  fixture->in = mmp_rule_new (MMP_RULE_IN, MMP_RULE_SEALED, "a/#", fixture->keys);
  fixture->out->topics = fixture->in->topics = MMP_TOPICS_CLEAR;
  g_set_str (&fixture->out->prefix, "p");
  g_set_str (&fixture->in->prefix, "p");
  mmp_rule_prepare (fixture->out);
  mmp_rule_prepare (fixture->in);
  fixture->rules = g_ptr_array_new ();
  g_ptr_array_add (fixture->rules, fixture->in);
}

static void
tear_down (Fixture *fixture,
           gconstpointer user_data)
{
  g_ptr_array_unref (fixture->rules);
  mmp_rule_free (fixture->in);
  mmp_rule_free (fixture->out);
  mmp_sender_book_free (fixture->there);
  mmp_sender_book_free (fixture->here);
  mmp_key_ring_unref (fixture->keys);
}

static MmpOutboxItem *
send_text (Fixture *fixture,
           const char *topic,
           const char *text,
           MmpMqttProperties *properties)
{
  g_autoptr (GBytes) payload = g_bytes_new (text, strlen (text));
  const MmpMqttMessage message = { .topic = topic, .payload = payload, .properties = properties, .qos = 1, .retained = TRUE };
  MmpOutboxItem *item = NULL;

  g_assert_cmpint (mmp_passage_out (fixture->out, &message, fixture->here, NOW, &item), ==, MMP_PASSAGE_OPEN);

  return item;
}

static int
come (Fixture *fixture,
      const char *topic,
      GBytes *payload,
      gint64 now,
      MmpOutboxItem **item)
{
  const MmpMqttMessage message = { .topic = topic, .payload = payload, .qos = 1 };
  guint64 sender = 0;

  return mmp_passage_in (fixture->rules, &message, fixture->there, now, &sender, item);
}

static void
assert_refused (Fixture *fixture,
                const char *topic,
                GBytes *payload,
                int why)
{
  MmpOutboxItem *item = NULL;

  g_assert_cmpint (come (fixture, topic, payload, NOW, &item), ==, why);
  g_assert_null (item);
}

static void
test_through (Fixture *fixture,
              gconstpointer user_data)
{
  g_autoptr (MmpMqttProperties) properties = mmp_mqtt_properties_new ();
  MmpOutboxItem *sealed;
  MmpOutboxItem *opened = NULL;

  properties->response_topic = g_strdup ("a/answers");
  sealed = send_text (fixture, "a/b", "text", properties);
  g_assert_cmpstr (sealed->topic, ==, "p/a/b");
  g_assert_cmpint (sealed->qos, ==, 1);
  g_assert_false (sealed->retain);
  g_assert_null (sealed->properties);

  mmp_topic_map_parse ("prepend:home", &fixture->in->map);
  g_assert_cmpint (come (fixture, sealed->topic, sealed->payload, NOW, &opened), ==, MMP_PASSAGE_OPEN);
  g_assert_cmpstr (opened->topic, ==, "home/a/b");
  g_assert_cmpmem (g_bytes_get_data (opened->payload, NULL), g_bytes_get_size (opened->payload), "text", 4);
  g_assert_true (opened->retain);
  g_assert_cmpstr (opened->properties->response_topic, ==, "home/a/answers");
  g_assert_true (((MmpPassage *) opened->user_data)->has_mark);
  mmp_outbox_item_free (opened);
  mmp_outbox_item_free (sealed);
}

static void
test_refusals (Fixture *fixture,
               gconstpointer user_data)
{
  MmpOutboxItem *sealed = send_text (fixture, "a/b", "text", NULL);
  MmpOutboxItem *opened = NULL;
  g_autoptr (MmpBridgeKey) other = mmp_bridge_key_generate ();
  g_autoptr (GBytes) junk = g_bytes_new_static ("junk", 4);
  g_autoptr (GBytes) unknown = mmp_bridge_seal (other, NULL, &(const MmpBridgePart) { "x", 1 }, 1);
  g_autoptr (GBytes) nonsense = mmp_bridge_seal (mmp_key_ring_get (fixture->keys, 0), NULL, &(const MmpBridgePart) { "x", 1 }, 1);
  g_autoptr (GBytes) changed = mmp_test_flip (sealed->payload, g_bytes_get_size (sealed->payload) * 8 - 1);

  assert_refused (fixture, "p/a/b", junk, MMP_BRIDGE_MALFORMED);
  assert_refused (fixture, "p/a/b", nonsense, MMP_BRIDGE_MALFORMED);
  assert_refused (fixture, "p/a/b", unknown, MMP_BRIDGE_UNKNOWN_KEY);
  assert_refused (fixture, "p/a/b", changed, MMP_BRIDGE_FORGED);
  assert_refused (fixture, "p/a/c", sealed->payload, MMP_BRIDGE_MOVED);
  assert_refused (fixture, "elsewhere", sealed->payload, MMP_BRIDGE_TOPIC);
  fixture->in->max_age = 60;
  g_assert_cmpint (come (fixture, "p/a/b", sealed->payload, NOW + 61000, &opened), ==, MMP_BRIDGE_TOO_OLD);
  g_assert_cmpint (come (fixture, "p/a/b", sealed->payload, NOW - 61000, &opened), ==, MMP_BRIDGE_TOO_OLD);

  /* None of that used up the message. */
  g_assert_cmpint (come (fixture, "p/a/b", sealed->payload, NOW + 59000, &opened), ==, MMP_PASSAGE_OPEN);
  g_clear_pointer (&opened, mmp_outbox_item_free);
  assert_refused (fixture, "p/a/b", sealed->payload, MMP_BRIDGE_REPLAYED);
  mmp_outbox_item_free (sealed);
}

/* Somebody with the key seals for a topic that this bridge does not let in. */
static void
test_filter (Fixture *fixture,
             gconstpointer user_data)
{
  MmpOutboxItem *sealed;
  g_auto (GStrv) hidden = NULL;

  fixture->out->topics = fixture->in->topics = MMP_TOPICS_HIDDEN;
  g_set_str (&fixture->out->filter, "#");
  mmp_rule_prepare (fixture->out);
  mmp_rule_prepare (fixture->in);
  hidden = mmp_rule_get_sources (fixture->in);
  sealed = send_text (fixture, "doors/front", "open", NULL);
  g_assert_cmpstr (sealed->topic, ==, hidden[0]);
  assert_refused (fixture, sealed->topic, sealed->payload, MMP_BRIDGE_TOPIC);
  mmp_outbox_item_free (sealed);
}

static void
test_own (Fixture *fixture,
          gconstpointer user_data)
{
  MmpOutboxItem *sealed = send_text (fixture, "a/b", "text", NULL);
  MmpOutboxItem *opened = NULL;
  MmpSenderBook *there = fixture->there;

  fixture->there = fixture->here;
  assert_refused (fixture, "p/a/b", sealed->payload, MMP_BRIDGE_LOOP);
  fixture->there = there;
  g_assert_cmpint (come (fixture, "p/a/b", sealed->payload, NOW, &opened), ==, MMP_PASSAGE_OPEN);

  /* What was brought by this group is not carried away by it, whoever is asked. */
  {
    const MmpMqttMessage back = { .topic = "a/b", .payload = opened->payload, .properties = opened->properties, .qos = 1 };
    MmpOutboxItem *again = NULL;

    g_assert_cmpint (mmp_passage_out (fixture->out, &back, fixture->here, NOW, &again), ==, MMP_BRIDGE_LOOP);
    g_assert_null (again);
  }
  mmp_outbox_item_free (opened);
  mmp_outbox_item_free (sealed);
}

static void
test_too_large (Fixture *fixture,
                gconstpointer user_data)
{
  for (gsize size = MMP_BRIDGE_PAYLOAD_MAX; size <= MMP_BRIDGE_PAYLOAD_MAX + 1; size++)
    {
      g_autoptr (GBytes) payload = g_bytes_new_take (g_malloc0 (size), size);
      const MmpMqttMessage message = { .topic = "a/b", .payload = payload, .qos = 1 };
      MmpOutboxItem *item = NULL;
      MmpOutboxItem *opened = NULL;

      if (size > MMP_BRIDGE_PAYLOAD_MAX)
        {
          g_assert_cmpint (mmp_passage_out (fixture->out, &message, fixture->here, NOW, &item), ==, MMP_BRIDGE_TOO_LARGE);
          continue;
        }
      g_assert_cmpint (mmp_passage_out (fixture->out, &message, fixture->here, NOW, &item), ==, MMP_PASSAGE_OPEN);
      g_assert_cmpuint (g_bytes_get_size (item->payload), <, MMP_BRIDGE_PACKET_MAX);
      g_assert_cmpint (come (fixture, item->topic, item->payload, NOW, &opened), ==, MMP_PASSAGE_OPEN);
      mmp_outbox_item_free (opened);
      mmp_outbox_item_free (item);
    }
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define ADD(path, test) g_test_add ("/passage/" path, Fixture, NULL, set_up, test, tear_down)
  ADD ("out-and-in", test_through);
  ADD ("each-refusal-has-its-cause", test_refusals);
  ADD ("inner-topics-are-filtered", test_filter);
  ADD ("own-messages-do-not-come-back", test_own);
  ADD ("too-large", test_too_large);

  return g_test_run ();
}
