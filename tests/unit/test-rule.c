/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "bridge/mmp-rule.h"

#include "base/mmp-error.h"
#include "bridge/mmp-rule-check.h"

static MmpKeyRing *
make_ring (guint keys)
{
  MmpKeyRing *ring = mmp_key_ring_new ();

  for (guint i = 0; i < keys; i++)
    {
      g_autoptr (MmpBridgeKey) key = mmp_bridge_key_generate ();

      g_assert_true (mmp_key_ring_add (ring, key, NULL));
    }

  return ring;
}

static const struct
{
  const char *map;
  const char *topic;
  const char *result; /* nullable: nothing is left */
} maps[] = {
  { "keep", "a/b", "a/b" },
  { "prepend:encrypted", "example/1", "encrypted/example/1" },
  { "prepend:x/y", "a", "x/y/a" },
  { "remove", "encrypted/topics/a/test", "topics/a/test" },
  { "remove", "a", NULL },
  { "remove", "a/", NULL },
  { "remove", "/a", "a" },
  { "replace:decrypted", "encrypted/topics/a/test", "decrypted/topics/a/test" },
  { "replace:x", "a", "x" },
};

static void
test_maps (void)
{
  static const char *const bad[] = { "", "keep:", "keep:a", "prepend", "prepend:", "prepend:#", "prepend:$a", "remove:a", "replace", "replace:a/+", "turn:a" };

  for (guint i = 0; i < G_N_ELEMENTS (maps); i++)
    {
      MmpTopicMap map = { 0 };
      g_autofree char *result = NULL;

      g_assert_true (mmp_topic_map_parse (maps[i].map, &map));
      result = mmp_topic_map_apply (&map, maps[i].topic);
      g_assert_cmpstr (result, ==, maps[i].result);
      mmp_topic_map_clear (&map);
    }
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      MmpTopicMap map = { 0 };

      g_assert_false (mmp_topic_map_parse (bad[i], &map));
    }
}

static void
test_ring (void)
{
  g_autoptr (MmpKeyRing) ring = make_ring (MMP_BRIDGE_KEYS_MAX);
  g_autoptr (MmpKeyRing) one = make_ring (1);
  g_autoptr (MmpBridgeKey) fifth = mmp_bridge_key_generate ();
  g_autoptr (GError) error = NULL;

  g_assert_false (mmp_key_ring_add (ring, fifth, &error));
  g_assert_error (error, MMP_ERROR, MMP_ERROR_LIMIT);
  g_clear_error (&error);
  g_assert_false (mmp_key_ring_add (one, mmp_key_ring_get (one, 0), &error));
  g_assert_error (error, MMP_ERROR, MMP_ERROR_KEY_INVALID);
  g_assert_true (mmp_key_ring_find (ring, mmp_bridge_key_get_id (mmp_key_ring_get (ring, 3))) == mmp_key_ring_get (ring, 3));
  g_assert_null (mmp_key_ring_find (ring, mmp_bridge_key_get_id (fifth)));
}

static void
test_outer_topics (void)
{
  g_autoptr (MmpKeyRing) keys = make_ring (2);
  g_autoptr (MmpRule) rule = mmp_rule_new (MMP_RULE_IN, MMP_RULE_SEALED, "a/+/#", keys);
  g_auto (GStrv) hidden = mmp_rule_get_sources (rule);
  g_auto (GStrv) tokens = NULL;
  g_auto (GStrv) clear = NULL;
  g_autofree char *outer = NULL;

  g_assert_cmpuint (g_strv_length (hidden), ==, 1);
  g_assert_true (g_str_has_prefix (hidden[0], "mmb1/AAAA"));

  rule->topics = MMP_TOPICS_TOKENS;
  g_set_str (&rule->prefix, "p");
  tokens = mmp_rule_get_sources (rule);
  g_assert_cmpuint (g_strv_length (tokens), ==, 2);
  g_assert_true (g_str_has_prefix (tokens[1], "p/") && g_str_has_suffix (tokens[1], "/+/#"));
  g_assert_cmpstr (tokens[0], !=, tokens[1]);
  outer = mmp_rule_get_outer_topic (rule, mmp_key_ring_get (keys, 1), "a/b/c");
  mmp_rule_prepare (rule);
  g_assert_true (mmp_rule_takes (rule, outer));
  g_assert_true (mmp_rule_is_outer_topic (rule, mmp_key_ring_get (keys, 1), outer, "a/b/c"));
  g_assert_false (mmp_rule_is_outer_topic (rule, mmp_key_ring_get (keys, 1), outer, "a/b/d"));
  g_assert_false (mmp_rule_is_outer_topic (rule, mmp_key_ring_get (keys, 0), outer, "a/b/c"));

  rule->topics = MMP_TOPICS_CLEAR;
  clear = mmp_rule_get_sources (rule);
  g_assert_cmpstr (clear[0], ==, "p/a/+/#");
  g_assert_true (mmp_rule_is_outer_topic (rule, NULL, "p/a/b", "a/b"));
  g_assert_false (mmp_rule_is_outer_topic (rule, NULL, "q/a/b", "a/b"));
  rule->any_prefix = TRUE;
  g_assert_true (mmp_rule_is_outer_topic (rule, NULL, "q/a/b", "a/b"));
  g_assert_false (mmp_rule_is_outer_topic (rule, NULL, "q/a/c", "a/b"));
  g_assert_cmpstr (mmp_rule_strip_prefix (rule, "q/a/b"), ==, "a/b");
  g_assert_null (mmp_rule_strip_prefix (rule, "q"));
}

typedef struct
{
  const char *filter;
  MmpRuleDirection direction;
  MmpRuleForm form;
  const char *map; /* nullable */
  const char *prefix; /* nullable */
} Line;

typedef struct
{
  const char *what;
  gboolean one_broker;
  const char *part; /* nullable: of the sentence that refuses it */
  Line lines[3];
} Set;

static const Set sets[] = {
  { "one out", FALSE, NULL, { { "a/#", MMP_RULE_OUT, MMP_RULE_SEALED } } },
  { "both ways", FALSE, NULL, { { "a/#", MMP_RULE_OUT, MMP_RULE_SEALED }, { "a/#", MMP_RULE_IN, MMP_RULE_SEALED } } },
  { "both ways, plain", FALSE, NULL, { { "a/#", MMP_RULE_OUT, MMP_RULE_PLAIN }, { "a/#", MMP_RULE_IN, MMP_RULE_PLAIN } } },
  { "there under a name, back without it", FALSE, NULL, { { "a/#", MMP_RULE_OUT, MMP_RULE_PLAIN, "prepend:x" }, { "x/a/#", MMP_RULE_IN, MMP_RULE_PLAIN, "remove" } } },
  { "encrypt as the thesis", TRUE, NULL, { { "securebridge/#", MMP_RULE_OUT, MMP_RULE_CLASSIC, NULL, "encrypted" } } },
  { "decrypt as the thesis", TRUE, NULL, { { "#", MMP_RULE_IN, MMP_RULE_CLASSIC, NULL, "encrypted" } } },
  { "everything", FALSE, "without end", { { "#", MMP_RULE_OUT, MMP_RULE_SEALED } } },
  { "everything, in disguise", FALSE, "without end", { { "+/+/#", MMP_RULE_OUT, MMP_RULE_PLAIN } } },
  { "everything in", FALSE, "without end", { { "#", MMP_RULE_IN, MMP_RULE_SEALED } } },
  { "the broker's own", FALSE, "own topic", { { "$SYS/#", MMP_RULE_OUT, MMP_RULE_SEALED } } },
  { "a shared subscription", FALSE, "own topic", { { "$share/g/a", MMP_RULE_OUT, MMP_RULE_SEALED } } },
  { "no filter", FALSE, "not a topic filter", { { "a/#/b", MMP_RULE_OUT, MMP_RULE_SEALED } } },
  { "prefix with a wildcard", FALSE, "before a topic", { { "a/#", MMP_RULE_OUT, MMP_RULE_CLASSIC, NULL, "+" } } },
  { "into itself", TRUE, "round", { { "encrypted/#", MMP_RULE_OUT, MMP_RULE_CLASSIC, NULL, "encrypted" } } },
  { "two that feed each other", TRUE, "round", { { "a/#", MMP_RULE_OUT, MMP_RULE_CLASSIC, NULL, "b" }, { "b/#", MMP_RULE_OUT, MMP_RULE_CLASSIC, NULL, "a" } } },
  { "out and in on one broker", TRUE, "round", { { "a/#", MMP_RULE_OUT, MMP_RULE_CLASSIC, NULL, "x" }, { "a/#", MMP_RULE_IN, MMP_RULE_CLASSIC, NULL, "x" } } },
  { "growing", FALSE, "round", { { "a/#", MMP_RULE_OUT, MMP_RULE_PLAIN }, { "a/#", MMP_RULE_IN, MMP_RULE_PLAIN, "prepend:a" } } },
  { "sealed, and given away", FALSE, "in the clear", { { "a/#", MMP_RULE_OUT, MMP_RULE_SEALED }, { "a/b", MMP_RULE_OUT, MMP_RULE_PLAIN } } },
  { "opened, and given away", FALSE, "in the clear", { { "a/#", MMP_RULE_IN, MMP_RULE_SEALED, "prepend:x" }, { "x/#", MMP_RULE_OUT, MMP_RULE_PLAIN } } },
};

static void
test_sets (void)
{
  g_autoptr (MmpKeyRing) keys = make_ring (1);

  for (guint i = 0; i < G_N_ELEMENTS (sets); i++)
    {
      g_autoptr (GPtrArray) rules = g_ptr_array_new_with_free_func ((GDestroyNotify) mmp_rule_free);
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", sets[i].what);
      for (guint j = 0; j < G_N_ELEMENTS (sets[i].lines) && sets[i].lines[j].filter != NULL; j++)
        {
          const Line *line = &sets[i].lines[j];
          MmpRule *rule = mmp_rule_new (line->direction, line->form, line->filter, keys);

          if (line->map != NULL)
            g_assert_true (mmp_topic_map_parse (line->map, &rule->map));
          if (line->prefix != NULL)
            g_set_str (&rule->prefix, line->prefix);
          g_ptr_array_add (rules, rule);
        }
      g_assert_cmpint (mmp_rule_check (rules, sets[i].one_broker, &error), ==, sets[i].part == NULL);
      if (sets[i].part == NULL)
        {
          g_assert_no_error (error);
          continue;
        }
      g_assert_error (error, MMP_ERROR, MMP_ERROR_RULE);
      g_assert_nonnull (strstr (error->message, sets[i].part));
    }
}

static void
test_no_key (void)
{
  g_autoptr (MmpRule) sealed = mmp_rule_new (MMP_RULE_OUT, MMP_RULE_SEALED, "a/#", NULL);
  g_autoptr (MmpRule) plain = mmp_rule_new (MMP_RULE_OUT, MMP_RULE_PLAIN, "a/#", NULL);
  g_autoptr (GError) error = NULL;

  g_assert_false (mmp_rule_is_valid (sealed, &error));
  g_assert_error (error, MMP_ERROR, MMP_ERROR_RULE);
  g_assert_true (mmp_rule_is_valid (plain, NULL));
}

static void
test_same (void)
{
  g_autoptr (MmpKeyRing) keys = make_ring (1);
  g_autoptr (MmpKeyRing) others = make_ring (1);
  g_autoptr (MmpRule) rule = mmp_rule_new (MMP_RULE_OUT, MMP_RULE_SEALED, "a/#", keys);
  g_autoptr (MmpRule) copy = mmp_rule_copy (rule);
  g_autoptr (MmpRule) other = mmp_rule_new (MMP_RULE_OUT, MMP_RULE_SEALED, "a/#", others);

  copy->id = 9;
  g_assert_true (mmp_rule_is_same (rule, copy));
  g_assert_false (mmp_rule_is_same (rule, other));
  copy->qos = 0;
  g_assert_false (mmp_rule_is_same (rule, copy));
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rule/topic-maps", test_maps);
  g_test_add_func ("/rule/key-ring", test_ring);
  g_test_add_func ("/rule/outer-topics", test_outer_topics);
  g_test_add_func ("/rule/sets", test_sets);
  g_test_add_func ("/rule/no-key", test_no_key);
  g_test_add_func ("/rule/same", test_same);

  return g_test_run ();
}
