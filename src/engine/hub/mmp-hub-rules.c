/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-hub"

#include "hub/mmp-hub-rules.h"

#include <string.h>

#include "base/mmp-error.h"
#include "bridge/mmp-rule-check.h"
#include "crypto/mmp-bridge-id.h"
#include "mqtt/mmp-mqtt-topic.h"
#include "profile/mmp-profile-kind.h"

typedef struct
{
  const MmpProfile *profile;
  MmpKeyRing *keys; /* nullable */
  GPtrArray *rules; /* MmpRule */
} Making;

static const MmpTopicMode modes[] = {
  [MMP_PROFILE_TOPICS_HIDDEN] = MMP_TOPICS_HIDDEN,
  [MMP_PROFILE_TOPICS_TOKENS] = MMP_TOPICS_TOKENS,
  [MMP_PROFILE_TOPICS_CLEAR] = MMP_TOPICS_CLEAR,
};

static gboolean
fail (GError **error,
      const char *filter,
      const char *sentence)
{
  g_set_error (error, MMP_ERROR, MMP_ERROR_RULE, "“%s” %s", filter, sentence);

  return FALSE;
}

/* The first level, if it is a name and there is more behind it */
static char *
get_first_level (const char *filter)
{
  const char *slash = strchr (filter, '/');

  return slash != NULL && filter[0] != '+' && filter[0] != '#' && slash != filter ? g_strndup (filter, (gsize) (slash - filter)) : NULL;
}

/* What brings topics back as they went; @filter: (inout): which topics those are on the way back */
static gboolean
turn_around (const MmpTopicMap *map,
             char **filter,
             MmpTopicMap *back,
             GError **error)
{
  g_autofree char *first = get_first_level (*filter);
  g_autofree char *changed = NULL;

  if ((map->change == MMP_TOPIC_REMOVE || map->change == MMP_TOPIC_REPLACE) && first == NULL)
    return fail (error, *filter, "goes both ways, so its first level must be a name: else nobody knows what it was");
  if (map->level != NULL && strchr (map->level, '/') != NULL)
    return fail (error, map->level, "is more than one level, and what goes both ways changes one only");

  back->change = map->change == MMP_TOPIC_PREPEND ? MMP_TOPIC_REMOVE : map->change == MMP_TOPIC_REMOVE ? MMP_TOPIC_PREPEND
                                                                                                       : map->change;
  if (back->change == MMP_TOPIC_PREPEND || back->change == MMP_TOPIC_REPLACE)
    back->level = g_steal_pointer (&first);
  changed = mmp_topic_map_apply (map, *filter);
  if (changed == NULL)
    return fail (error, *filter, "leaves nothing of its topics");
  g_set_str (filter, changed);

  return TRUE;
}

static void
add (Making *self,
     const MmpProfileRule *from,
     MmpRuleDirection direction,
     MmpRuleForm form,
     MmpRuleWhen when,
     const char *filter,
     const MmpTopicMap *map)
{
  MmpRule *rule = mmp_rule_new (direction, form, filter, form == MMP_RULE_PLAIN ? NULL : self->keys);

  rule->when = direction == MMP_RULE_IN ? MMP_RULE_ALWAYS : when; /* What comes in is always taken, whichever way it comes. */
  rule->map.change = map->change;
  rule->map.level = g_strdup (map->level);
  rule->qos = (int) from->qos;
  rule->retain = from->retain;
  rule->max_age = from->max_age;
  if (form == MMP_RULE_SEALED)
    {
      rule->topics = modes[from->topics];
      mmp_bridge_id_parse (self->profile->bridge->bridge_id, rule->bridge_id, NULL);
      if (rule->topics != MMP_TOPICS_HIDDEN)
        g_set_str (&rule->prefix, self->profile->bridge->prefix);
    }
  g_ptr_array_add (self->rules, rule);
}

static gboolean
add_both_ways (Making *self,
               const MmpProfileRule *from,
               MmpRuleForm form,
               MmpRuleWhen when,
               GError **error)
{
  g_autofree char *filter = g_strdup (from->filter);
  MmpTopicMap map = { 0 };
  MmpTopicMap back = { 0 };
  gboolean good;

  if (!mmp_topic_map_parse (from->map, &map))
    return fail (error, from->map, "is no change of topics; one is keep, prepend:NAME, remove or replace:NAME");

  if (from->flow != MMP_PROFILE_FLOW_IN)
    add (self, from, MMP_RULE_OUT, form, when, filter, &map);
  if (from->flow == MMP_PROFILE_FLOW_IN)
    add (self, from, MMP_RULE_IN, form, when, filter, &map);
  good = from->flow != MMP_PROFILE_FLOW_BOTH || turn_around (&map, &filter, &back, error);
  if (from->flow == MMP_PROFILE_FLOW_BOTH && good)
    add (self, from, MMP_RULE_IN, form, when, filter, &back);
  mmp_topic_map_clear (&map);
  mmp_topic_map_clear (&back);

  return good;
}

/* The end of a portal that calls sends through its tunnel, and sealed around it; the end that is called sends around only. */
static gboolean
add_rule (Making *self,
          const MmpProfileRule *from,
          GError **error)
{
  const MmpProfile *profile = self->profile;
  gboolean falls_back = profile->bridge->fall_back;

  if (profile->kind == MMP_PROFILE_BRIDGE)
    return add_both_ways (self, from, from->sealed ? MMP_RULE_SEALED : MMP_RULE_PLAIN, MMP_RULE_ALWAYS, error);
  if (!mmp_profile_is_called (profile) && !add_both_ways (self, from, MMP_RULE_PLAIN, falls_back ? MMP_RULE_WHILE_PRESENT : MMP_RULE_ALWAYS, error))
    return FALSE;

  return !falls_back || add_both_ways (self, from, MMP_RULE_SEALED, MMP_RULE_WHILE_AWAY, error);
}

/**
 * mmp_hub_rules_make:
 * @profile: a bridge's or portal's
 * @keys: (nullable): what it seals with
 * @error: RULE: a sentence without its full stop
 *
 * Returns: (transfer full) (element-type MmpRule) (nullable): its rules; that they go together, mmp_rule_check() says
 */
GPtrArray *
mmp_hub_rules_make (const MmpProfile *profile,
                    MmpKeyRing *keys,
                    GError **error)
{
  g_autoptr (GPtrArray) rules = g_ptr_array_new_with_free_func ((GDestroyNotify) mmp_rule_free);
  Making making = { .profile = profile, .keys = keys, .rules = rules };

  for (guint i = 0; i < profile->bridge->rules->len; i++)
    {
      const MmpProfileRule *rule = g_ptr_array_index (profile->bridge->rules, i);

      /* Both ends of a portal show what they have; what is wrong at one is wrong at both. */
      if (!mmp_mqtt_topic_is_filter (rule->filter))
        {
          fail (error, rule->filter, "is not a topic filter");
          return NULL;
        }
      if (!add_rule (&making, rule, error))
        return NULL;
    }

  return g_steal_pointer (&rules);
}

/**
 * mmp_hub_rules_check:
 * @profile: a bridge's or portal's, perhaps incomplete
 * @error: RULE; LIMIT
 *
 * Returns: whether its rules may run together, whatever the secret is
 */
gboolean
mmp_hub_rules_check (const MmpProfile *profile,
                     GError **error)
{
  g_autoptr (MmpBridgeKey) key = mmp_bridge_key_generate ();
  g_autoptr (MmpKeyRing) keys = mmp_key_ring_new ();
  g_autoptr (GPtrArray) rules = NULL;

  mmp_key_ring_add (keys, key, NULL);
  rules = mmp_hub_rules_make (profile, keys, error);

  return rules != NULL && mmp_rule_check (rules, FALSE, error);
}
