/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-classic"

#include "classic/mmp-classic-message.h"

#include <json-glib/json-glib.h>
#include <string.h>

#include "base/mmp-error.h"
#include "base/mmp-limits.h"

static const char *const type_names[] = {
  [MMP_CLASSIC_OFFER] = "offer",
  [MMP_CLASSIC_ANSWER] = "answer",
  [MMP_CLASSIC_BYE] = "bye",
};

static gboolean
fail (GError **error,
      const char *what)
{
  g_set_error_literal (error, MMP_ERROR, MMP_ERROR_MESSAGE_INVALID, what);

  return FALSE;
}

/* Counts brackets wherever they stand: nothing in a message is nested, so that a few are more than enough, and the parser
 * goes as deep as it is led. */
static gboolean
is_flat (const char *text,
         gsize size)
{
  guint depth = 0;

  for (gsize i = 0; i < size; i++)
    if ((text[i] == '{' || text[i] == '[') && ++depth > MMP_JSON_DEPTH_MAX)
      return FALSE;

  return TRUE;
}

static const char *
get_string (JsonObject *object,
            const char *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING ? json_node_get_string (node) : NULL;
}

/**
 * mmp_classic_message_new:
 * @sdp: (nullable): as in #MmpClassicMessage
 *
 * Returns: (transfer full): a message
 */
MmpClassicMessage *
mmp_classic_message_new (MmpClassicType type,
                         const char *sdp)
{
  MmpClassicMessage *self = g_new0 (MmpClassicMessage, 1);

  self->type = type;
  self->sdp = g_strdup (sdp);

  return self;
}

/**
 * mmp_classic_message_free:
 */
void
mmp_classic_message_free (MmpClassicMessage *self)
{
  g_free (self->sdp);
  g_free (self);
}

/**
 * mmp_classic_message_encode:
 *
 * Returns: (transfer full): JSON as Python's json.dumps() writes it with sorted keys
 */
char *
mmp_classic_message_encode (const MmpClassicMessage *self)
{
  g_autoptr (JsonNode) node = NULL;
  g_autofree char *quoted = NULL;

  if (self->sdp == NULL)
    return g_strdup_printf ("{\"type\": \"%s\"}", type_names[self->type]);

  node = json_node_new (JSON_NODE_VALUE);
  json_node_set_string (node, self->sdp);
  quoted = json_to_string (node, FALSE);

  return g_strdup_printf ("{\"sdp\": %s, \"type\": \"%s\"}", quoted, type_names[self->type]);
}

/**
 * mmp_classic_message_decode:
 * @text: what was in a sealed message
 *
 * Members that it does not know are ignored.
 *
 * Returns: (transfer full) (nullable): a message; %NULL with %MMP_ERROR_MESSAGE_INVALID
 */
MmpClassicMessage *
mmp_classic_message_decode (GBytes *text,
                            GError **error)
{
  gsize size;
  const char *data = g_bytes_get_data (text, &size);
  g_autoptr (JsonParser) parser = NULL;
  JsonNode *root;
  const char *type;
  const char *sdp;

  if (size == 0 || size > MMP_JSON_SIZE_MAX || !g_utf8_validate_len (data, size, NULL) || !is_flat (data, size))
    {
      fail (error, "a message is too long or no text");
      return NULL;
    }
  parser = json_parser_new ();
  json_parser_set_strict (parser, TRUE);
  root = json_parser_load_from_data (parser, data, (gssize) size, NULL) ? json_parser_get_root (parser) : NULL;
  type = root != NULL && JSON_NODE_HOLDS_OBJECT (root) ? get_string (json_node_get_object (root), "type") : NULL;
  if (type == NULL)
    {
      fail (error, "a message is not JSON, or has no type");
      return NULL;
    }

  sdp = get_string (json_node_get_object (root), "sdp");
  for (guint i = 0; i < G_N_ELEMENTS (type_names); i++)
    {
      if (strcmp (type, type_names[i]) != 0)
        continue;
      if (i != MMP_CLASSIC_BYE && sdp == NULL)
        break;
      return mmp_classic_message_new (i, i != MMP_CLASSIC_BYE ? sdp : NULL);
    }
  fail (error, "a message has an unknown type, or no description");

  return NULL;
}
