/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-session"

#include "session/mmp-signal.h"

#include <json-glib/json-glib.h>
#include <string.h>

#include "base/mmp-error.h"
#include "base/mmp-limits.h"

#define VERSION 1
/* The largest whole number that every JSON parser reads exactly */
#define GEN_MAX (G_GINT64_CONSTANT (1) << 53)
#define RETRY_MAX (24 * 3600)
#define LINK_NAME_SIZE G_SIZEOF_MEMBER (MmpSignal, link_name)

static const char *const type_names[] = {
  [MMP_SIGNAL_HELLO] = "hello",
  [MMP_SIGNAL_STATUS] = "status",
  [MMP_SIGNAL_BYE] = "bye",
  [MMP_SIGNAL_OFFER] = "offer",
  [MMP_SIGNAL_ANSWER] = "answer",
  [MMP_SIGNAL_CANDIDATE] = "candidate",
  [MMP_SIGNAL_REOFFER] = "reoffer",
  [MMP_SIGNAL_LEAVE] = "leave",
  [MMP_SIGNAL_SERVICES] = "services",
};

static const char *const status_names[] = {
  [MMP_SIGNAL_PENDING] = "pending",
  [MMP_SIGNAL_DENIED] = "denied",
  [MMP_SIGNAL_BUSY] = "busy",
};

static gboolean G_GNUC_PRINTF (2, 3)
    fail (GError **error,
          const char *format,
          ...)
{
  va_list args;

  va_start (args, format);
  g_propagate_error (error, g_error_new_valist (MMP_ERROR, MMP_ERROR_MESSAGE_INVALID, format, args));
  va_end (args);

  return FALSE;
}

/* Counts the brackets outside of strings. A slash there would begin a comment, which JSON has not and in which our count
 * and the parser's would go apart. */
static gboolean
check_depth (const char *text,
             gsize size,
             GError **error)
{
  gboolean in_string = FALSE;
  guint depth = 0;

  for (gsize i = 0; i < size; i++)
    {
      char c = text[i];

      if (in_string && c == '\\')
        i++;
      else if (c == '"')
        in_string = !in_string;
      else if (in_string)
        continue;
      else if (c == '/')
        return fail (error, "a message is not JSON");
      else if ((c == '{' || c == '[') && ++depth > MMP_JSON_DEPTH_MAX)
        return fail (error, "a message is nested too deeply");
      else if ((c == '}' || c == ']') && depth > 0)
        depth--;
    }

  return TRUE;
}

/* The member, if it is there and a plain value of the type */
static JsonNode *
get_value (JsonObject *object,
           const char *name,
           GType type)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == type ? node : NULL;
}

static gboolean
read_string (JsonObject *object,
             const char *name,
             gsize size_max,
             const char **result,
             GError **error)
{
  JsonNode *node = get_value (object, name, G_TYPE_STRING);

  if (node == NULL || strnlen (json_node_get_string (node), size_max + 1) > size_max)
    return fail (error, "'%s' of a message is missing or wrong", name);
  *result = json_node_get_string (node);

  return TRUE;
}

static gboolean
read_number (JsonObject *object,
             const char *name,
             gint64 min,
             gint64 max,
             gint64 *result,
             GError **error)
{
  JsonNode *node = get_value (object, name, G_TYPE_INT64);

  if (node == NULL || json_node_get_int (node) < min || json_node_get_int (node) > max)
    return fail (error, "'%s' of a message is missing or wrong", name);
  *result = json_node_get_int (node);

  return TRUE;
}

/* The place of a string in a table */
static gboolean
read_choice (JsonObject *object,
             const char *name,
             const char *const *choices,
             gsize n_choices,
             guint *result,
             GError **error)
{
  const char *text;

  if (!read_string (object, name, 16, &text, error))
    return FALSE;
  for (guint i = 0; i < n_choices; i++)
    {
      if (strcmp (text, choices[i]) == 0)
        {
          *result = i;
          return TRUE;
        }
    }

  return fail (error, "'%s' of a message is unknown", name);
}

static gboolean
read_gen (MmpSignal *self,
          JsonObject *object,
          GError **error)
{
  gint64 gen;

  if (!read_number (object, "gen", 1, GEN_MAX, &gen, error))
    return FALSE;
  self->gen = gen;

  return TRUE;
}

static gboolean
read_link_name (MmpSignal *self,
                JsonObject *object,
                GError **error)
{
  const char *text;

  if (!read_string (object, "link", 2 * LINK_NAME_SIZE, &text, error))
    return FALSE;
  if (strlen (text) != 2 * LINK_NAME_SIZE || strspn (text, "0123456789abcdefABCDEF") != 2 * LINK_NAME_SIZE)
    return fail (error, "the name of a link has wrong characters");
  for (gsize i = 0; i < LINK_NAME_SIZE; i++)
    self->link_name[i] = (guint8) (g_ascii_xdigit_value (text[2 * i]) << 4 | g_ascii_xdigit_value (text[2 * i + 1]));

  return TRUE;
}

static gboolean
read_hello (MmpSignal *self,
            JsonObject *object,
            GError **error)
{
  JsonNode *resumed = get_value (object, "resumed", G_TYPE_BOOLEAN);
  const char *name = "";
  gint64 version;

  if (!read_number (object, "v", VERSION, VERSION, &version, error) || !read_link_name (self, object, error))
    return FALSE;
  if (json_object_has_member (object, "name") && !read_string (object, "name", MMP_JSON_SIZE_MAX, &name, error))
    return FALSE;
  if (json_object_has_member (object, "resumed") && resumed == NULL)
    return fail (error, "'resumed' of a message is wrong");
  self->name = mmp_device_name_clean (name);
  self->resumed = resumed != NULL && json_node_get_boolean (resumed);

  return TRUE;
}

static gboolean
read_status (MmpSignal *self,
             JsonObject *object,
             GError **error)
{
  gint64 retry = 0;
  guint status;

  if (!read_choice (object, "code", status_names, G_N_ELEMENTS (status_names), &status, error))
    return FALSE;
  if (json_object_has_member (object, "retry") && !read_number (object, "retry", 0, RETRY_MAX, &retry, error))
    return FALSE;
  self->status = status;
  self->retry = (guint) retry;

  return TRUE;
}

static gboolean
read_description (MmpSignal *self,
                  JsonObject *object,
                  GError **error)
{
  const char *sdp;

  if (!read_gen (self, object, error) || !read_string (object, "sdp", MMP_SDP_SIZE_MAX, &sdp, error))
    return FALSE;
  self->sdp = g_strdup (sdp);

  return TRUE;
}

static gboolean
read_offer (MmpSignal *self,
            JsonObject *object,
            GError **error)
{
  JsonNode *turn = get_value (object, "turn", G_TYPE_BOOLEAN);

  if (json_object_has_member (object, "turn") && turn == NULL)
    return fail (error, "'turn' of a message is wrong");
  self->no_turn = turn != NULL && !json_node_get_boolean (turn);

  return read_description (self, object, error);
}

static gboolean
read_candidate (MmpSignal *self,
                JsonObject *object,
                GError **error)
{
  const char *candidate;
  gint64 label;

  if (!read_gen (self, object, error) || !read_string (object, "candidate", MMP_CANDIDATE_SIZE_MAX, &candidate, error))
    return FALSE;
  /* There is one media section, so it can only be the first. */
  if (json_object_has_member (object, "label") && !read_number (object, "label", 0, 0, &label, error))
    return FALSE;
  self->candidate = g_strdup (candidate);

  return TRUE;
}

static gboolean
read_services (MmpSignal *self,
               JsonObject *object,
               GError **error)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  JsonNode *node = json_object_get_member (object, "names");
  JsonNode *relay = get_value (object, "relay", G_TYPE_BOOLEAN);
  JsonArray *names;

  if (node == NULL || !JSON_NODE_HOLDS_ARRAY (node))
    return fail (error, "'names' of a message is missing or wrong");
  if (json_object_has_member (object, "relay") && relay == NULL)
    return fail (error, "'relay' of a message is wrong");
  names = json_node_get_array (node);
  if (json_array_get_length (names) > MMP_SERVICES_MAX)
    return fail (error, "a message names more than %d services", MMP_SERVICES_MAX);
  for (guint i = 0; i < json_array_get_length (names); i++)
    {
      JsonNode *name = json_array_get_element (names, i);

      if (!JSON_NODE_HOLDS_VALUE (name) || json_node_get_value_type (name) != G_TYPE_STRING || !mmp_service_name_passes (json_node_get_string (name)))
        return fail (error, "a message names a service that cannot be");
      g_strv_builder_add (builder, json_node_get_string (name));
    }
  self->names = g_strv_builder_end (builder);
  self->no_relay = relay != NULL && !json_node_get_boolean (relay);

  return TRUE;
}

static gboolean
read_members (MmpSignal *self,
              JsonObject *object,
              GError **error)
{
  switch (self->type)
    {
    case MMP_SIGNAL_HELLO:
      return read_hello (self, object, error);
    case MMP_SIGNAL_STATUS:
      return read_status (self, object, error);
    case MMP_SIGNAL_OFFER:
      return read_offer (self, object, error);
    case MMP_SIGNAL_ANSWER:
      return read_description (self, object, error);
    case MMP_SIGNAL_CANDIDATE:
      return read_candidate (self, object, error);
    case MMP_SIGNAL_LEAVE:
      return read_gen (self, object, error);
    case MMP_SIGNAL_SERVICES:
      return read_services (self, object, error);
    case MMP_SIGNAL_BYE:
    case MMP_SIGNAL_REOFFER:
      return TRUE;
    default:
      g_assert_not_reached ();
    }
}

static void
add_string (JsonObject *object,
            const char *name,
            const char *value)
{
  json_object_set_string_member (object, name, value != NULL ? value : "");
}

static void
write_hello (const MmpSignal *self,
             JsonObject *object)
{
  g_autofree char *name = mmp_device_name_clean (self->name);
  char link_name[2 * LINK_NAME_SIZE + 1];

  for (gsize i = 0; i < LINK_NAME_SIZE; i++)
    g_snprintf (link_name + 2 * i, 3, "%02x", self->link_name[i]);
  json_object_set_int_member (object, "v", VERSION);
  json_object_set_string_member (object, "link", link_name);
  json_object_set_boolean_member (object, "resumed", self->resumed);
  json_object_set_string_member (object, "name", name);
}

static void
write_services (const MmpSignal *self,
                JsonObject *object)
{
  JsonArray *names = json_array_new ();

  for (guint i = 0; self->names != NULL && self->names[i] != NULL; i++)
    json_array_add_string_element (names, self->names[i]);
  json_object_set_array_member (object, "names", names);
  if (self->no_relay)
    json_object_set_boolean_member (object, "relay", FALSE);
}

static void
write_members (const MmpSignal *self,
               JsonObject *object)
{
  switch (self->type)
    {
    case MMP_SIGNAL_HELLO:
      write_hello (self, object);
      break;
    case MMP_SIGNAL_STATUS:
      json_object_set_string_member (object, "code", status_names[self->status]);
      json_object_set_int_member (object, "retry", self->retry);
      break;
    case MMP_SIGNAL_OFFER:
    case MMP_SIGNAL_ANSWER:
      json_object_set_int_member (object, "gen", self->gen);
      add_string (object, "sdp", self->sdp);
      if (self->type == MMP_SIGNAL_OFFER && self->no_turn)
        json_object_set_boolean_member (object, "turn", FALSE);
      break;
    case MMP_SIGNAL_CANDIDATE:
      json_object_set_int_member (object, "gen", self->gen);
      add_string (object, "candidate", self->candidate);
      json_object_set_int_member (object, "label", 0);
      break;
    case MMP_SIGNAL_LEAVE:
      json_object_set_int_member (object, "gen", self->gen);
      break;
    case MMP_SIGNAL_SERVICES:
      write_services (self, object);
      break;
    case MMP_SIGNAL_BYE:
    case MMP_SIGNAL_REOFFER:
      break;
    default:
      g_assert_not_reached ();
    }
}

/**
 * mmp_signal_new:
 * @type: which message
 *
 * Returns: (transfer full): a message whose fields are for the caller to set
 */
MmpSignal *
mmp_signal_new (MmpSignalType type)
{
  MmpSignal *self = g_new0 (MmpSignal, 1);

  self->type = type;

  return self;
}

/**
 * mmp_signal_decode:
 * @text: (array length=size): what came; need not be terminated
 * @size: its bytes, at most %MMP_JSON_SIZE_MAX
 * @error: return location
 *
 * Reads one JSON object (RFC 8259) from outside. Members that it does not know are ignored; one that is missing, of the
 * wrong type or out of its range makes the whole message invalid. Whether a description, a candidate or the kind of message
 * may be taken now is for others to decide.
 *
 * Returns: (transfer full): the message; %NULL with %MMP_ERROR_MESSAGE_INVALID
 */
MmpSignal *
mmp_signal_decode (const char *text,
                   gsize size,
                   GError **error)
{
  g_autoptr (JsonParser) parser = NULL;
  g_autoptr (MmpSignal) self = NULL;
  JsonNode *root;
  guint type;

  if (size == 0 || size > MMP_JSON_SIZE_MAX)
    {
      fail (error, "a message is empty or too long");
      return NULL;
    }
  if (!g_utf8_validate_len (text, size, NULL))
    {
      fail (error, "a message is not text");
      return NULL;
    }
  if (!check_depth (text, size, error))
    return NULL;

  /* Not the immutable parser: strict and immutable together end the process on a second root. */
  parser = json_parser_new ();
  json_parser_set_strict (parser, TRUE);
  if (!json_parser_load_from_data (parser, text, size, NULL))
    {
      fail (error, "a message is not JSON");
      return NULL;
    }
  root = json_parser_get_root (parser);
  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root))
    {
      fail (error, "a message is not a JSON object");
      return NULL;
    }
  if (!read_choice (json_node_get_object (root), "type", type_names, G_N_ELEMENTS (type_names), &type, error))
    return NULL;

  self = mmp_signal_new (type);
  if (!read_members (self, json_node_get_object (root), error))
    return NULL;

  return g_steal_pointer (&self);
}

/**
 * mmp_signal_encode:
 * @self: a message whose fields are set
 *
 * Returns: (transfer full): its JSON, which mmp_signal_decode() takes if the fields keep to their limits
 */
char *
mmp_signal_encode (const MmpSignal *self)
{
  g_autoptr (JsonNode) root = json_node_new (JSON_NODE_OBJECT);
  JsonObject *object = json_object_new ();

  json_node_take_object (root, object);
  json_object_set_string_member (object, "type", type_names[self->type]);
  write_members (self, object);

  return json_to_string (root, FALSE);
}

/**
 * mmp_signal_free:
 * @self: (nullable): a message
 */
void
mmp_signal_free (MmpSignal *self)
{
  if (self == NULL)
    return;

  g_free (self->name);
  g_free (self->sdp);
  g_free (self->candidate);
  g_strfreev (self->names);
  g_free (self);
}

/* Formatting characters turn text around or hide it, but for the two joiners, without which some scripts and emoji break. */
static gboolean
is_shown (gunichar c)
{
  switch (g_unichar_type (c))
    {
    case G_UNICODE_CONTROL:
    case G_UNICODE_UNASSIGNED:
    case G_UNICODE_PRIVATE_USE:
    case G_UNICODE_SURROGATE:
      return FALSE;
    case G_UNICODE_FORMAT:
      return c == 0x200c || c == 0x200d;
    default:
      return TRUE;
    }
}

/**
 * mmp_device_name_clean:
 * @name: (nullable): what a device calls itself; any bytes
 *
 * A name is a stranger's claim. What is left is one line of at most %MMP_DEVICE_NAME_MAX bytes, valid UTF-8, without control
 * characters and without those that change the direction of text; runs of space are one space.
 *
 * Returns: (transfer full): the name; "" if nothing is left
 */
char *
mmp_device_name_clean (const char *name)
{
  g_autofree char *valid = g_utf8_make_valid (name != NULL ? name : "", -1);
  GString *cleaned = g_string_new (NULL);
  gboolean space = FALSE;

  for (const char *at = valid; *at != '\0'; at = g_utf8_next_char (at))
    {
      gunichar c = g_utf8_get_char (at);
      gsize needed = space + g_unichar_to_utf8 (c, NULL);

      if (g_unichar_isspace (c) || g_unichar_type (c) == G_UNICODE_LINE_SEPARATOR || g_unichar_type (c) == G_UNICODE_PARAGRAPH_SEPARATOR)
        {
          space = cleaned->len > 0;
          continue;
        }
      if (!is_shown (c))
        continue;
      if (cleaned->len + needed > MMP_DEVICE_NAME_MAX)
        break;
      if (space)
        g_string_append_c (cleaned, ' ');
      space = FALSE;
      g_string_append_unichar (cleaned, c);
    }

  return g_string_free_and_steal (cleaned);
}

/**
 * mmp_service_name_passes:
 * @name: what claims to name a service
 *
 * Returns: whether it can: 1 to %MMP_SERVICE_NAME_MAX bytes of printable ASCII without space
 */
gboolean
mmp_service_name_passes (const char *name)
{
  gsize length = strnlen (name, MMP_SERVICE_NAME_MAX + 1);

  if (length < 1 || length > MMP_SERVICE_NAME_MAX)
    return FALSE;
  for (gsize i = 0; i < length; i++)
    {
      if (!g_ascii_isgraph (name[i]))
        return FALSE;
    }

  return TRUE;
}
