/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Each may become four rules of the engine: both directions, by a tunnel and around it. */
#define MMP_PROFILE_RULES_MAX 64
#define MMP_PROFILE_MAX_AGE_MAX (365 * 24 * 3600)
#define MMP_PROFILE_PATIENCE_MAX 3600

typedef enum
{
  MMP_PROFILE_FLOW_OUT, /* from the local broker to the other side */
  MMP_PROFILE_FLOW_IN,
  MMP_PROFILE_FLOW_BOTH, /* what is changed of a topic on the way out is undone on the way in */
} MmpProfileFlow;

/* What the public broker sees of topics */
typedef enum
{
  MMP_PROFILE_TOPICS_HIDDEN,
  MMP_PROFILE_TOPICS_TOKENS,
  MMP_PROFILE_TOPICS_CLEAR,
} MmpProfileTopics;

/* Where the key of sealed messages comes from */
typedef enum
{
  MMP_PROFILE_SECRET_NONE,
  MMP_PROFILE_SECRET_PASSWORD, /* among the secrets */
  MMP_PROFILE_SECRET_KEY, /* among the secrets */
  MMP_PROFILE_SECRET_FILE,
} MmpProfileSecretKind;

/**
 * MmpProfileRule:
 *
 * Which messages go which way. A plain structure.
 */
typedef struct
{
  char *filter;
  char *map; /* `keep`, `prepend:NAME`, `remove` or `replace:NAME`: what becomes of the first level */
  MmpProfileFlow flow;
  gboolean sealed; /* of a bridge; a portal seals what does not go through its tunnel */
  MmpProfileTopics topics;
  guint qos; /* 0 or 1 */
  gboolean retain; /* whether the public broker may keep it */
  guint max_age; /* seconds; 0: any */
} MmpProfileRule;

/**
 * MmpProfileBridge:
 *
 * What profiles of bridges and portals have beside what all have. A plain structure of strings that its owner may change.
 */
typedef struct
{
  char *local; /* the private broker's id in the broker store */
  char *via; /* portal: the public broker's id; "": the signaling broker */
  char *prefix; /* first level of topics on the public broker, unless they are hidden */
  char *bridge_id; /* as mmp_bridge_id_to_text() has it; "": none */
  MmpProfileSecretKind secret;
  char *secret_id; /* a UUID, for what is among the secrets */
  char *key_file; /* a path */
  GPtrArray *rules; /* MmpProfileRule, at most MMP_PROFILE_RULES_MAX */
  gboolean fall_back; /* portal: go by the public broker while the other device is away */
  guint patience; /* seconds before that */
  gboolean go_back; /* and return when it is back */
} MmpProfileBridge;

MmpProfileRule *mmp_profile_rule_new (const char *filter,
                                      MmpProfileFlow flow);
MmpProfileRule *mmp_profile_rule_copy (const MmpProfileRule *self);
void mmp_profile_rule_free (MmpProfileRule *self);
MmpProfileBridge *mmp_profile_bridge_new (void);
MmpProfileBridge *mmp_profile_bridge_copy (const MmpProfileBridge *self);
void mmp_profile_bridge_free (MmpProfileBridge *self);
char *mmp_profile_bridge_get_secret_id (const MmpProfileBridge *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpProfileRule, mmp_profile_rule_free)

G_END_DECLS
