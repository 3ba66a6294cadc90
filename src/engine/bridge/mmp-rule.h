/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "bridge/mmp-key-ring.h"
#include "bridge/mmp-topic-map.h"

G_BEGIN_DECLS

typedef enum
{
  MMP_RULE_OUT, /* from the local broker to the remote one */
  MMP_RULE_IN, /* from the remote broker to the local one */
} MmpRuleDirection;

typedef enum
{
  MMP_RULE_SEALED, /* format MMB1 */
  MMP_RULE_CLASSIC, /* the thesis's form with a key file */
  MMP_RULE_PLAIN, /* as it is, for brokers that are reached through a tunnel */
} MmpRuleForm;

/* What the public broker sees of the topics of sealed messages */
typedef enum
{
  MMP_TOPICS_HIDDEN, /* one topic for all, with the bridge id */
  MMP_TOPICS_TOKENS, /* a token for each level */
  MMP_TOPICS_CLEAR, /* all of it, below a prefix */
} MmpTopicMode;

typedef enum
{
  MMP_RULE_ALWAYS,
  MMP_RULE_WHILE_PRESENT, /* only while the other device is there */
  MMP_RULE_WHILE_AWAY, /* only while it is not */
} MmpRuleWhen;

/**
 * MmpRule:
 * @id: names it within its bridge
 * @filter: which topics, as they are where they come from; for messages that come in sealed, as they are inside
 * @map: how a topic is changed on the way; for messages that go out sealed, before they are sealed
 * @qos: the highest quality of service it uses, 0 or 1
 * @retain: whether the public broker may keep what goes out; inside of a seal and on a private broker it always may
 * @max_age: seconds after which what comes in is refused; 0 for no limit
 * @prefix: what stands before all topics on the remote broker; "" for nothing; not used with hidden topics
 * @any_prefix: for messages that come in: whatever the first level is, instead of @prefix
 * @bridge_id: of hidden topics
 * @keys: (nullable): %NULL for plain rules
 *
 * Which messages go which way, and how. A plain value; copy it with mmp_rule_copy().
 */
typedef struct
{
  guint id;
  MmpRuleDirection direction;
  MmpRuleForm form;
  MmpRuleWhen when;
  MmpTopicMode topics;
  char *filter;
  MmpTopicMap map;
  int qos;
  gboolean retain;
  guint max_age;
  char *prefix;
  gboolean any_prefix;
  guint8 bridge_id[MMP_BRIDGE_ID_SIZE];
  MmpKeyRing *keys;
  /*< private >*/
  GStrv sources; /* nullable: see mmp_rule_prepare() */
} MmpRule;

MmpRule *mmp_rule_new (MmpRuleDirection direction,
                       MmpRuleForm form,
                       const char *filter,
                       MmpKeyRing *keys);
MmpRule *mmp_rule_copy (const MmpRule *self);
void mmp_rule_free (MmpRule *self);
gboolean mmp_rule_is_same (const MmpRule *self,
                           const MmpRule *other);
gboolean mmp_rule_is_valid (const MmpRule *self,
                            GError **error);
void mmp_rule_prepare (MmpRule *self);
gboolean mmp_rule_takes (const MmpRule *self,
                         const char *topic);
GStrv mmp_rule_get_sources (const MmpRule *self);
char *mmp_rule_get_target (const MmpRule *self);
char *mmp_rule_get_outer_topic (const MmpRule *self,
                                MmpBridgeKey *key,
                                const char *topic);
gboolean mmp_rule_is_outer_topic (const MmpRule *self,
                                  MmpBridgeKey *key,
                                  const char *outer,
                                  const char *topic);
const char *mmp_rule_strip_prefix (const MmpRule *self,
                                   const char *outer);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpRule, mmp_rule_free)

G_END_DECLS
