/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-bridge"

#include "bridge/mmp-rule.h"

#include <string.h>

#include "base/mmp-error.h"
#include "crypto/mmp-base32.h"
#include "crypto/mmp-bridge-seal.h"
#include "mqtt/mmp-mqtt-topic.h"

/* Hidden topics are `mmb1/<bridge id>`. */
#define HIDDEN_PREFIX "mmb1/"

/**
 * mmp_rule_new:
 * @filter: which topics
 * @keys: (nullable): the keys, for rules that seal or open
 *
 * Returns: (transfer full): a rule for QoS 1 that changes no topic
 */
MmpRule *
mmp_rule_new (MmpRuleDirection direction,
              MmpRuleForm form,
              const char *filter,
              MmpKeyRing *keys)
{
  MmpRule *self = g_new0 (MmpRule, 1);

  self->direction = direction;
  self->form = form;
  self->topics = form == MMP_RULE_SEALED ? MMP_TOPICS_HIDDEN : MMP_TOPICS_CLEAR;
  self->filter = g_strdup (filter);
  self->qos = 1;
  self->prefix = g_strdup ("");
  self->keys = keys != NULL ? mmp_key_ring_ref (keys) : NULL;

  return self;
}

/**
 * mmp_rule_copy:
 *
 * Returns: (transfer full): a copy
 */
MmpRule *
mmp_rule_copy (const MmpRule *self)
{
  MmpRule *copy = g_memdup2 (self, sizeof *self);

  copy->filter = g_strdup (self->filter);
  copy->map.level = g_strdup (self->map.level);
  copy->prefix = g_strdup (self->prefix);
  copy->keys = self->keys != NULL ? mmp_key_ring_ref (self->keys) : NULL;
  copy->sources = NULL;

  return copy;
}

/**
 * mmp_rule_free:
 */
void
mmp_rule_free (MmpRule *self)
{
  g_free (self->filter);
  mmp_topic_map_clear (&self->map);
  g_free (self->prefix);
  g_clear_pointer (&self->keys, mmp_key_ring_unref);
  g_clear_pointer (&self->sources, g_strfreev);
  g_free (self);
}

static gboolean
has_same_keys (MmpKeyRing *ring,
               MmpKeyRing *other)
{
  guint size = ring != NULL ? mmp_key_ring_get_size (ring) : 0;

  if ((other != NULL ? mmp_key_ring_get_size (other) : 0) != size)
    return FALSE;
  for (guint i = 0; i < size; i++)
    if (memcmp (mmp_bridge_key_get_id (mmp_key_ring_get (ring, i)), mmp_bridge_key_get_id (mmp_key_ring_get (other, i)), MMP_BRIDGE_KEY_ID_SIZE) != 0)
      return FALSE;

  return TRUE;
}

/**
 * mmp_rule_is_same:
 *
 * Returns: whether both do the same, whatever their ids are
 */
gboolean
mmp_rule_is_same (const MmpRule *self,
                  const MmpRule *other)
{
  return self->direction == other->direction && self->form == other->form && self->when == other->when && self->topics == other->topics && self->qos == other->qos && self->retain == other->retain && self->max_age == other->max_age && self->any_prefix == other->any_prefix && self->map.change == other->map.change && g_strcmp0 (self->map.level, other->map.level) == 0 && g_str_equal (self->filter, other->filter) && g_str_equal (self->prefix, other->prefix) && memcmp (self->bridge_id, other->bridge_id, sizeof self->bridge_id) == 0 && has_same_keys (self->keys, other->keys);
}

/* @text: what is wrong; the rest of the sentence */
static gboolean
fail (GError **error,
      const char *text,
      const char *sentence)
{
  g_set_error (error, MMP_ERROR, MMP_ERROR_RULE, "“%s” %s", text, sentence);

  return FALSE;
}

/* With and without wildcards for the first level: everything */
static gboolean
is_everything (const char *filter)
{
  while (g_str_has_prefix (filter, "+/"))
    filter += 2;

  return g_str_equal (filter, "#");
}

/**
 * mmp_rule_is_valid:
 * @error: return location
 *
 * Looks at the rule alone; mmp_rule_check() at several together.
 *
 * Returns: FALSE with %MMP_ERROR_RULE
 */
gboolean
mmp_rule_is_valid (const MmpRule *self,
                   GError **error)
{
  if (is_everything (self->filter) && (self->direction == MMP_RULE_OUT || (self->prefix[0] == '\0' && !self->any_prefix)))
    return fail (error, self->filter, "would take everything, its own messages too, without end; lead what is wanted over one common first level");
  if (self->filter[0] == '$')
    return fail (error, self->filter, "is a broker's own topic, which is not for others");
  if (!mmp_mqtt_topic_is_filter (self->filter) || strlen (self->filter) > MMP_BRIDGE_TOPIC_MAX)
    return fail (error, self->filter, "is not a topic filter");
  if (self->prefix[0] != '\0' && !mmp_mqtt_topic_is_welcome (self->prefix, strlen (self->prefix)))
    return fail (error, self->prefix, "cannot stand before a topic");
  if (self->form != MMP_RULE_PLAIN && (self->keys == NULL || mmp_key_ring_get_size (self->keys) == 0))
    return fail (error, self->filter, "has no key");

  return TRUE;
}

static void
append_tokens (GString *into,
               MmpBridgeKey *key,
               const char *topic)
{
  char token[MMP_BRIDGE_TOKEN_LENGTH + 1];
  guint8 level = 0;

  for (;;)
    {
      gsize length = strcspn (topic, "/");

      if (length == 1 && (topic[0] == '+' || topic[0] == '#'))
        {
          g_string_append_c (into, topic[0]);
        }
      else
        {
          mmp_bridge_make_token (key, level, topic, length, token);
          g_string_append (into, token);
        }
      if (topic[length] == '\0')
        return;
      g_string_append_c (into, '/');
      topic += length + 1;
      level++;
    }
}

/**
 * mmp_rule_get_outer_topic:
 * @key: (nullable): the key of the message; not needed for other forms than sealed ones
 * @topic: a topic, or a filter, as it is inside
 *
 * Returns: (transfer full): what it is on the remote broker; the same for plain rules
 */
char *
mmp_rule_get_outer_topic (const MmpRule *self,
                          MmpBridgeKey *key,
                          const char *topic)
{
  GString *outer = g_string_new (NULL);

  if (self->form == MMP_RULE_SEALED && self->topics == MMP_TOPICS_HIDDEN)
    {
      g_autofree char *id = mmp_base32_encode (self->bridge_id, sizeof self->bridge_id, MMP_BASE32_BARE);

      g_string_append (outer, HIDDEN_PREFIX);
      g_string_append (outer, id);
      return g_string_free (outer, FALSE);
    }

  if (self->any_prefix)
    g_string_append (outer, "+/");
  else if (self->prefix[0] != '\0')
    g_string_append_printf (outer, "%s/", self->prefix);
  if (self->form == MMP_RULE_SEALED && self->topics == MMP_TOPICS_TOKENS)
    append_tokens (outer, key, topic);
  else
    g_string_append (outer, topic);

  return g_string_free (outer, FALSE);
}

/**
 * mmp_rule_get_sources:
 *
 * Returns: (transfer full): the filters to subscribe to where the messages come from; with tokens one for each key
 */
GStrv
mmp_rule_get_sources (const MmpRule *self)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  guint count = 1;

  if (self->direction == MMP_RULE_OUT)
    {
      g_strv_builder_add (builder, self->filter);
      return g_strv_builder_end (builder);
    }

  if (self->form == MMP_RULE_SEALED && self->topics == MMP_TOPICS_TOKENS)
    count = mmp_key_ring_get_size (self->keys);
  for (guint i = 0; i < count; i++)
    g_strv_builder_take (builder, mmp_rule_get_outer_topic (self, self->keys != NULL ? mmp_key_ring_get (self->keys, i) : NULL, self->filter));

  return g_strv_builder_end (builder);
}

/**
 * mmp_rule_prepare:
 *
 * Works out once what mmp_rule_takes() compares with. The rule is not changed any more afterwards.
 */
void
mmp_rule_prepare (MmpRule *self)
{
  g_strfreev (self->sources);
  self->sources = mmp_rule_get_sources (self);
}

/**
 * mmp_rule_takes:
 * @self: a rule that is prepared
 * @topic: a topic where its messages come from
 *
 * Returns: whether the rule is for it. Brokers send what nobody subscribed to, by mistake or on purpose
 */
gboolean
mmp_rule_takes (const MmpRule *self,
                const char *topic)
{
  for (guint i = 0; self->sources[i] != NULL; i++)
    if (mmp_mqtt_topic_matches (self->sources[i], topic))
      return TRUE;

  return FALSE;
}

/**
 * mmp_rule_get_target:
 *
 * Returns: (transfer full) (nullable): a filter for all that the rule publishes; %NULL if that is nothing
 */
char *
mmp_rule_get_target (const MmpRule *self)
{
  g_autofree char *mapped = mmp_topic_map_apply (&self->map, self->filter);

  /* What is removed or replaced of this one is not all that its first level stands for. */
  if (self->filter[0] == '#' && self->map.change == MMP_TOPIC_REMOVE)
    g_set_str (&mapped, "#");
  else if (self->filter[0] == '#' && self->map.change == MMP_TOPIC_REPLACE)
    {
      g_free (mapped);
      mapped = g_strconcat (self->map.level, "/#", NULL);
    }
  if (mapped == NULL || self->direction == MMP_RULE_IN)
    return g_steal_pointer (&mapped);

  return mmp_rule_get_outer_topic (self, self->keys != NULL ? mmp_key_ring_get (self->keys, 0) : NULL, mapped);
}

/**
 * mmp_rule_is_outer_topic:
 * @key: the key of the message
 * @outer: where a sealed message was
 * @topic: where its inside says it was published
 *
 * Returns: whether the two belong together; if not, somebody moved the message
 */
gboolean
mmp_rule_is_outer_topic (const MmpRule *self,
                         MmpBridgeKey *key,
                         const char *outer,
                         const char *topic)
{
  g_autofree char *expected = NULL;
  const char *slash = strchr (outer, '/');

  if (self->topics == MMP_TOPICS_HIDDEN && self->sources != NULL)
    return g_str_equal (self->sources[0], outer);

  expected = mmp_rule_get_outer_topic (self, key, topic);
  if (!self->any_prefix)
    return g_str_equal (expected, outer);

  return slash != NULL && g_str_equal (slash + 1, expected + strlen ("+/"));
}

/**
 * mmp_rule_strip_prefix:
 * @outer: a topic of the remote broker
 *
 * Returns: (nullable): what stands behind the prefix; %NULL if that is nothing, or the prefix is another
 */
const char *
mmp_rule_strip_prefix (const MmpRule *self,
                       const char *outer)
{
  gsize length = self->any_prefix ? strcspn (outer, "/") : strlen (self->prefix);

  if (length == 0 && !self->any_prefix)
    return outer;
  if ((!self->any_prefix && !g_str_has_prefix (outer, self->prefix)) || outer[length] != '/' || outer[length + 1] == '\0')
    return NULL;

  return outer + length + 1;
}
