/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "hub/mmp-hub-rules.h"

#include "base/mmp-error.h"

#define ID "AAAQEAYEAUDAOCAJBIFQYDIOB4"

static MmpProfile *
make_profile (MmpProfileKind kind)
{
  MmpProfile *profile = mmp_profile_new (kind);

  g_set_str (&profile->bridge->bridge_id, ID);

  return profile;
}

static MmpProfileRule *
add (MmpProfile *profile,
     const char *filter,
     MmpProfileFlow flow,
     const char *map)
{
  MmpProfileRule *rule = mmp_profile_rule_new (filter, flow);

  g_set_str (&rule->map, map);
  g_ptr_array_add (profile->bridge->rules, rule);

  return rule;
}

static MmpKeyRing *
make_keys (void)
{
  g_autoptr (MmpBridgeKey) key = mmp_bridge_key_generate ();
  MmpKeyRing *keys = mmp_key_ring_new ();

  g_assert_true (mmp_key_ring_add (keys, key, NULL));

  return keys;
}

/* What goes both ways comes back as it went. */
static void
test_both_ways (void)
{
  static const struct
  {
    const char *filter;
    const char *map;
    const char *back; /* NULL: it cannot be */
    MmpTopicChange change;
    const char *level;
  } cases[] = {
    { "a/#", "keep", "a/#", MMP_TOPIC_KEEP, NULL },
    { "a/#", "prepend:b", "b/a/#", MMP_TOPIC_REMOVE, NULL },
    { "+/x", "prepend:b", "b/+/x", MMP_TOPIC_REMOVE, NULL },
    { "a/#", "remove", "#", MMP_TOPIC_PREPEND, "a" },
    { "a/b/#", "replace:c", "c/b/#", MMP_TOPIC_REPLACE, "a" },
    { "+/b", "remove", NULL, 0, NULL },
    { "#", "replace:c", NULL, 0, NULL },
    { "a", "remove", NULL, 0, NULL },
    { "a/#", "prepend:b/c", NULL, 0, NULL },
    { "a/#", "turn", NULL, 0, NULL },
    { "a/#b", "keep", NULL, 0, NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (MmpProfile) profile = make_profile (MMP_PROFILE_BRIDGE);
      g_autoptr (MmpKeyRing) keys = make_keys ();
      g_autoptr (GPtrArray) rules = NULL;
      g_autoptr (GError) error = NULL;
      const MmpRule *back;

      g_test_message ("%s %s", cases[i].filter, cases[i].map);
      add (profile, cases[i].filter, MMP_PROFILE_FLOW_BOTH, cases[i].map);
      rules = mmp_hub_rules_make (profile, keys, &error);
      if (cases[i].back == NULL)
        {
          g_assert_null (rules);
          g_assert_error (error, MMP_ERROR, MMP_ERROR_RULE);
          continue;
        }
      g_assert_no_error (error);
      g_assert_cmpuint (rules->len, ==, 2);
      back = g_ptr_array_index (rules, 1);
      g_assert_cmpint (back->direction, ==, MMP_RULE_IN);
      g_assert_cmpstr (back->filter, ==, cases[i].back);
      g_assert_cmpint (back->map.change, ==, cases[i].change);
      g_assert_cmpstr (back->map.level, ==, cases[i].level);
      g_assert_true (mmp_topic_map_is_undone_by (&((MmpRule *) g_ptr_array_index (rules, 0))->map, &back->map, cases[i].filter));
    }
}

/* The end of a portal that calls has rules through the tunnel and around it; the other end those around it. */
static void
test_portals (void)
{
  for (guint called = 0; called < 2; called++)
    for (guint falls_back = 0; falls_back < 2; falls_back++)
      {
        g_autoptr (MmpProfile) profile = make_profile (MMP_PROFILE_PORTAL);
        g_autoptr (MmpKeyRing) keys = make_keys ();
        g_autoptr (GPtrArray) rules = NULL;
        guint n_plain = 0;
        guint n_sealed = 0;

        profile->has_device = !called;
        profile->bridge->fall_back = falls_back != 0;
        add (profile, "a/#", MMP_PROFILE_FLOW_OUT, "keep");
        add (profile, "b/#", MMP_PROFILE_FLOW_IN, "keep");
        rules = mmp_hub_rules_make (profile, keys, NULL);
        for (guint i = 0; i < rules->len; i++)
          {
            const MmpRule *rule = g_ptr_array_index (rules, i);
            gboolean plain = rule->form == MMP_RULE_PLAIN;

            n_plain += plain;
            n_sealed += rule->form == MMP_RULE_SEALED;
            if (rule->direction == MMP_RULE_IN || !falls_back)
              g_assert_cmpint (rule->when, ==, MMP_RULE_ALWAYS);
            else
              g_assert_cmpint (rule->when, ==, plain ? MMP_RULE_WHILE_PRESENT : MMP_RULE_WHILE_AWAY);
          }
        g_assert_cmpuint (n_plain, ==, called ? 0 : 2);
        g_assert_cmpuint (n_sealed, ==, falls_back ? 2 : 0);
        g_assert_true (mmp_hub_rules_check (profile, NULL));
      }
}

static void
test_what_must_not_be (void)
{
  static const struct
  {
    const char *filters[2];
    MmpProfileFlow flows[2];
    const char *maps[2];
    gboolean plain[2];
    const char *problem; /* NULL: it may be */
  } cases[] = {
    { { "a/#" }, { MMP_PROFILE_FLOW_BOTH }, { "keep" }, { FALSE }, NULL },
    { { "a/#" }, { MMP_PROFILE_FLOW_BOTH }, { "prepend:b" }, { TRUE }, NULL },
    { { "#" }, { MMP_PROFILE_FLOW_OUT }, { "keep" }, { FALSE }, "*would take everything*" },
    { { "+/#" }, { MMP_PROFILE_FLOW_BOTH }, { "keep" }, { TRUE }, "*would take everything*" },
    { { "$SYS/#" }, { MMP_PROFILE_FLOW_OUT }, { "keep" }, { FALSE }, "*a broker's own topic*" },
    { { "a/#", "a/b" }, { MMP_PROFILE_FLOW_OUT, MMP_PROFILE_FLOW_OUT }, { "keep", "keep" }, { FALSE, TRUE }, "*would go out in the clear*" },
    { { "a/#", "b/#" }, { MMP_PROFILE_FLOW_OUT, MMP_PROFILE_FLOW_IN }, { "replace:b", "replace:a" }, { TRUE, TRUE }, NULL },
    { { "a/#", "b/#" }, { MMP_PROFILE_FLOW_OUT, MMP_PROFILE_FLOW_IN }, { "prepend:b", "prepend:a" }, { TRUE, TRUE }, "*go round without end*" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (MmpProfile) profile = make_profile (MMP_PROFILE_BRIDGE);
      g_autoptr (GError) error = NULL;
      gboolean good;

      for (guint n = 0; n < 2 && cases[i].filters[n] != NULL; n++)
        add (profile, cases[i].filters[n], cases[i].flows[n], cases[i].maps[n])->sealed = !cases[i].plain[n];
      good = mmp_hub_rules_check (profile, &error);
      g_test_message ("%" G_GSIZE_FORMAT ": %s", i, error != NULL ? error->message : "good");
      g_assert_true (good == (cases[i].problem == NULL));
      if (good)
        continue;
      g_assert_error (error, MMP_ERROR, MMP_ERROR_RULE);
      g_assert_true (g_pattern_match_simple (cases[i].problem, error->message));
    }
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/hub-rules/both-ways", test_both_ways);
  g_test_add_func ("/hub-rules/portals", test_portals);
  g_test_add_func ("/hub-rules/what-must-not-be", test_what_must_not_be);

  return g_test_run ();
}
