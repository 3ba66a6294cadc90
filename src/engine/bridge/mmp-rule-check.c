/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-bridge"

#include "bridge/mmp-rule-check.h"

#include "base/mmp-error.h"
#include "mqtt/mmp-mqtt-topic.h"

typedef struct
{
  const MmpRule *rule;
  GStrv sources;
  char *target;
  gboolean on_path; /* of the search */
  gboolean done;
} Node;

typedef struct
{
  GArray *nodes; /* Node */
  gboolean one_broker;
} Graph;

static void
node_clear (gpointer data)
{
  Node *node = data;

  g_strfreev (node->sources);
  g_free (node->target);
}

static gboolean
overlaps_sources (const char *target,
                  const Node *reader)
{
  for (guint i = 0; target != NULL && reader->sources[i] != NULL; i++)
    if (mmp_mqtt_topic_overlaps (target, reader->sources[i]))
      return TRUE;

  return FALSE;
}

/* A rule and the one that brings the same tree back are what a bridge in both directions is: each client does not hear what
 * it says itself, and sealed messages tell whose they are. */
static gboolean
is_pair (const MmpRule *writer,
         const MmpRule *reader)
{
  return writer->direction != reader->direction && writer->form == reader->form && mmp_topic_map_is_undone_by (&writer->map, &reader->map, writer->filter);
}

static gboolean
feeds (const Graph *self,
       const Node *writer,
       const Node *reader)
{
  /* Each time round takes one seal off, so that comes to an end. */
  if (writer->rule->direction == MMP_RULE_IN && reader->rule->direction == MMP_RULE_IN && reader->rule->form != MMP_RULE_PLAIN)
    return FALSE;
  if (!self->one_broker && writer->rule->direction == reader->rule->direction)
    return FALSE;
  if (!self->one_broker && is_pair (writer->rule, reader->rule))
    return FALSE;

  return overlaps_sources (writer->target, reader);
}

static gboolean
has_cycle_from (const Graph *self,
                Node *node,
                const Node **where)
{
  if (node->done)
    return FALSE;
  if (node->on_path)
    {
      *where = node;
      return TRUE;
    }

  node->on_path = TRUE;
  for (guint i = 0; i < self->nodes->len; i++)
    {
      Node *next = &g_array_index (self->nodes, Node, i);

      if (feeds (self, node, next) && has_cycle_from (self, next, where))
        return TRUE;
    }
  node->on_path = FALSE;
  node->done = TRUE;

  return FALSE;
}

static const char *
get_clear_filter (const Node *node)
{
  return node->rule->direction == MMP_RULE_OUT ? node->rule->filter : node->target;
}

/* What one rule seals, another must not carry away as it is: listings 1.6 and 1.8 of the thesis did together. */
static gboolean
check_clear_export (const Graph *self,
                    const Node *sealing,
                    const Node *other,
                    GError **error)
{
  const char *clear = get_clear_filter (sealing);

  if (sealing->rule->form == MMP_RULE_PLAIN || other->rule->form != MMP_RULE_PLAIN || other->rule->direction != MMP_RULE_OUT)
    return TRUE;
  /* These two never run at the same time: one is the other's alternative. */
  if (sealing->rule->when != MMP_RULE_ALWAYS || other->rule->when != MMP_RULE_ALWAYS)
    return TRUE;
  if (clear == NULL || !mmp_mqtt_topic_overlaps (clear, other->rule->filter))
    return TRUE;

  g_set_error (error, MMP_ERROR, MMP_ERROR_RULE, "“%s” is sealed by one rule and would go out in the clear by another, for “%s”", clear, other->rule->filter);

  return FALSE;
}

static gboolean
check_graph (Graph *self,
             GError **error)
{
  const Node *where = NULL;

  for (guint i = 0; i < self->nodes->len; i++)
    {
      Node *node = &g_array_index (self->nodes, Node, i);

      for (guint j = 0; j < self->nodes->len; j++)
        if (!check_clear_export (self, node, &g_array_index (self->nodes, Node, j), error))
          return FALSE;
      if (has_cycle_from (self, node, &where))
        {
          g_set_error (error, MMP_ERROR, MMP_ERROR_RULE, "messages of “%s” would come back to “%s” and go round without end", where->target, where->sources[0]);
          return FALSE;
        }
    }

  return TRUE;
}

/**
 * mmp_rule_check:
 * @rules: (element-type MmpRule): all rules of a bridge
 * @one_broker: whether its two ends are on the same broker
 * @error: return location
 *
 * Whether these rules may run together: none that takes everything, no way on which a message goes round, and nothing that
 * one seals and another gives away.
 *
 * Returns: FALSE with %MMP_ERROR_RULE, whose message is a sentence without its full stop
 */
gboolean
mmp_rule_check (GPtrArray *rules,
                gboolean one_broker,
                GError **error)
{
  g_autoptr (GArray) nodes = g_array_new (FALSE, TRUE, sizeof (Node));
  Graph graph = { .nodes = nodes, .one_broker = one_broker };

  g_array_set_clear_func (nodes, node_clear);
  if (rules->len > MMP_BRIDGE_RULES_MAX)
    {
      g_set_error (error, MMP_ERROR, MMP_ERROR_LIMIT, "a bridge has at most %d rules", MMP_BRIDGE_RULES_MAX);
      return FALSE;
    }
  for (guint i = 0; i < rules->len; i++)
    {
      Node node = { .rule = g_ptr_array_index (rules, i) };

      if (!mmp_rule_is_valid (node.rule, error))
        return FALSE;
      node.sources = mmp_rule_get_sources (node.rule);
      node.target = mmp_rule_get_target (node.rule);
      g_array_append_val (nodes, node);
    }

  return check_graph (&graph, error);
}
