/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-rule-text.h"

#include <string.h>

#include "mmp-text.h"

typedef struct
{
  const char *title;
  const char *hint; /* "": nothing to do about it */
} Count;

static const Count counts[] = {
  [MMP_BRIDGE_FORWARDED] = { N_ ("Sent"), "" },
  [MMP_BRIDGE_OPENED] = { N_ ("Received"), "" },
  [MMP_BRIDGE_UNKNOWN_KEY] = { N_ ("Could Not Decrypt"), N_ ("The other side probably uses another secret") },
  [MMP_BRIDGE_FORGED] = { N_ ("Changed on the Way"), N_ ("Somebody changed them, or sealed them with another secret") },
  [MMP_BRIDGE_MALFORMED] = { N_ ("Not Sealed"), N_ ("Somebody else publishes on these topics") },
  [MMP_BRIDGE_REPLAYED] = { N_ ("Came Before"), N_ ("A broker or somebody at it sent them again") },
  [MMP_BRIDGE_WENT_BACK] = { N_ ("From an Earlier Start"), N_ ("The other side’s clock or backup went back") },
  [MMP_BRIDGE_TOO_OLD] = { N_ ("Too Old"), N_ ("Check both clocks, or let older messages in") },
  [MMP_BRIDGE_MOVED] = { N_ ("On Another Topic"), N_ ("Somebody at the broker moved them") },
  [MMP_BRIDGE_TOPIC] = { N_ ("Without a Rule"), N_ ("The other side sends topics that no rule here takes in") },
  [MMP_BRIDGE_TOO_LARGE] = { N_ ("Too Large"), N_ ("They have more than 256 KiB, or more than the other broker takes") },
  [MMP_BRIDGE_LOOP] = { N_ ("Came Back"), N_ ("These were our own; another bridge leads back here") },
  [MMP_BRIDGE_CLONE] = { N_ ("From a Copy of This Bridge"), N_ ("Its files were copied to another computer; set it up anew there") },
  [MMP_BRIDGE_MISSED] = { N_ ("Lost, at Most Once"), N_ ("The other broker was away; quality of service 1 loses nothing") },
  [MMP_BRIDGE_REFUSED] = { N_ ("Refused by the Broker"), N_ ("Its owner has to allow these topics") },
  [MMP_BRIDGE_REPEATED] = { N_ ("Sent Again by a Broker"), "" },
  [MMP_BRIDGE_RESENT] = { N_ ("Sent Again"), N_ ("After an interruption; the other broker may have them twice") },
};

G_STATIC_ASSERT (G_N_ELEMENTS (counts) == MMP_BRIDGE_COUNTS);

/**
 * mmp_rule_text_flow:
 *
 * Returns: (transfer none): which way its messages go
 */
const char *
mmp_rule_text_flow (const MmpProfileRule *rule)
{
  static const char *const flows[] = { N_ ("Out, from the local broker"), N_ ("In, to the local broker"), N_ ("Both ways") };

  return _ (flows[rule->flow]);
}

/**
 * mmp_rule_text_summary:
 * @profile: whose rule it is
 *
 * Returns: (transfer full): a rule in a line, beside its topics
 */
char *
mmp_rule_text_summary (const MmpProfile *profile,
                       const MmpProfileRule *rule)
{
  if (profile->kind == MMP_PROFILE_PORTAL)
    return g_strdup (mmp_rule_text_flow (rule));

  /* Translators: the first is which way messages go, as in “Both ways” */
  return g_strdup_printf (rule->sealed ? _ ("%s, encrypted") : _ ("%s, not encrypted"), mmp_rule_text_flow (rule));
}

/**
 * mmp_rule_text_map:
 *
 * Returns: (transfer full): what becomes of topics
 */
char *
mmp_rule_text_map (const MmpProfileRule *rule)
{
  const char *level = strchr (rule->map, ':');

  if (g_str_has_prefix (rule->map, "prepend:"))
    return g_strdup_printf (_ ("Get “%s” as their first level"), level + 1);
  if (g_str_has_prefix (rule->map, "replace:"))
    return g_strdup_printf (_ ("Get “%s” instead of their first level"), level + 1);

  return g_strdup (g_str_equal (rule->map, "remove") ? _ ("Lose their first level") : _ ("Stay as they are"));
}

/**
 * mmp_rule_text_topics:
 *
 * Returns: (transfer none): what the public broker sees of topics
 */
const char *
mmp_rule_text_topics (const MmpProfile *profile,
                      const MmpProfileRule *rule)
{
  static const char *const modes[] = { N_ ("Nothing of topics"), N_ ("A token for each level"), N_ ("All topics, but no messages") };

  return profile->kind == MMP_PROFILE_BRIDGE && !rule->sealed ? _ ("All topics and messages") : _ (modes[rule->topics]);
}

/**
 * mmp_rule_text_qos:
 *
 * Returns: (transfer none): its quality of service
 */
const char *
mmp_rule_text_qos (const MmpProfileRule *rule)
{
  return rule->qos > 0 ? _ ("At least once (1)") : _ ("At most once (0)");
}

/**
 * mmp_rule_text_age:
 *
 * Returns: (transfer full): how old messages may be
 */
char *
mmp_rule_text_age (const MmpProfileRule *rule)
{
  if (rule->max_age == 0)
    return g_strdup (_ ("Any age"));

  return g_strdup_printf (ngettext ("Up to %u second", "Up to %u seconds", rule->max_age), rule->max_age);
}

/**
 * mmp_rule_text_problem:
 * @filter: the topics of the rule that a person is at
 * @error: what mmp_hub_rules_check() or mmp_profile_check() said
 *
 * Returns: (transfer full): why that cannot be, and what can
 */
char *
mmp_rule_text_problem (const char *filter,
                       const GError *error)
{
  const char *rest = filter;

  while (g_str_has_prefix (rest, "+/"))
    rest += 2;
  if (filter[0] == '$')
    return g_strdup (_ ("Topics that begin with $ are the broker’s own and cannot be carried"));
  if (g_str_equal (rest, "#"))
    return g_strdup (_ ("This would take everything, its own messages too. Choose topics with a first level, such as fields/#"));
  if (strstr (error->message, "is not a topic filter") != NULL)
    return g_strdup (_ ("These are no topics. A + stands for one level, a # at the end for all below"));
  if (strstr (error->message, "without end") != NULL)
    return g_strdup (_ ("With the other rules messages would go round without end"));
  if (strstr (error->message, "in the clear") != NULL)
    return g_strdup (_ ("One rule would send in the clear what another encrypts"));
  if (strstr (error->message, "first level must be a name") != NULL)
    return g_strdup (_ ("To go both ways, topics must begin with a name: else nobody knows what it was"));
  if (strstr (error->message, "one only") != NULL || strstr (error->message, "no change of topics") != NULL)
    return g_strdup (_ ("The level to add must be one name without slashes, + or #"));
  if (strstr (error->message, "no secret") != NULL)
    return g_strdup (_ ("There is no secret to encrypt with yet. Edit the connection first"));
  if (strstr (error->message, "no bridge id") != NULL)
    return g_strdup (_ ("There is no bridge ID yet, which hidden topics need. Edit the connection first"));

  return mmp_text_explain (error);
}

/**
 * mmp_rule_text_count:
 *
 * Returns: (transfer none): what became of messages, as a title
 */
const char *
mmp_rule_text_count (MmpBridgeCount count)
{
  return _ (counts[count].title);
}

/**
 * mmp_rule_text_hint:
 *
 * Returns: (transfer none): what to do about it; "": nothing
 */
const char *
mmp_rule_text_hint (MmpBridgeCount count)
{
  return counts[count].hint[0] != '\0' ? _ (counts[count].hint) : "";
}
