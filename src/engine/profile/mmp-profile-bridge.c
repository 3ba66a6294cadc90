/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-profile"

#include "profile/mmp-profile-bridge.h"
#include "profile/mmp-profile-bridge-private.h"
#include "profile/mmp-profile-private.h"

#include <string.h>

#include "base/mmp-error.h"
#include "base/mmp-limits.h"
#include "crypto/mmp-bridge-id.h"

#define GROUP "Bridge"
#define RULE_GROUP "Rule"
#define DEFAULT_PREFIX "encrypted"
#define DEFAULT_PATIENCE 15
#define DEFAULT_QOS 1
#define PATH_MAX_LENGTH 4096

static const char *const flows[] = { "out", "in", "both", NULL };
static const char *const forms[] = { "plain", "sealed", NULL };
static const char *const modes[] = { "hidden", "tokens", "clear", NULL };
static const char *const secrets[] = { "none", "password", "key", "file", NULL };

static gboolean
fail (GError **error,
      const char *message)
{
  g_set_error_literal (error, MMP_ERROR, MMP_ERROR_FILE_INVALID, message);

  return FALSE;
}

/**
 * mmp_profile_rule_new:
 *
 * Returns: (transfer full): a sealed rule that shows the public broker nothing of topics and loses nothing
 */
MmpProfileRule *
mmp_profile_rule_new (const char *filter,
                      MmpProfileFlow flow)
{
  MmpProfileRule *self = g_new0 (MmpProfileRule, 1);

  self->filter = g_strdup (filter);
  self->map = g_strdup ("keep");
  self->flow = flow;
  self->sealed = TRUE;
  self->qos = DEFAULT_QOS;

  return self;
}

/**
 * mmp_profile_rule_copy:
 *
 * Returns: (transfer full): a copy
 */
MmpProfileRule *
mmp_profile_rule_copy (const MmpProfileRule *self)
{
  MmpProfileRule *copy = g_memdup2 (self, sizeof *self);

  copy->filter = g_strdup (self->filter);
  copy->map = g_strdup (self->map);

  return copy;
}

/**
 * mmp_profile_rule_free:
 */
void
mmp_profile_rule_free (MmpProfileRule *self)
{
  g_free (self->filter);
  g_free (self->map);
  g_free (self);
}

static gpointer
copy_rule (gconstpointer rule,
           gpointer user_data)
{
  return mmp_profile_rule_copy (rule);
}

/**
 * mmp_profile_bridge_new:
 *
 * Returns: (transfer full): one with the defaults of everything, and nothing that a person has to say
 */
MmpProfileBridge *
mmp_profile_bridge_new (void)
{
  MmpProfileBridge *self = g_new0 (MmpProfileBridge, 1);

  self->local = g_strdup ("");
  self->via = g_strdup ("");
  self->prefix = g_strdup (DEFAULT_PREFIX);
  self->bridge_id = g_strdup ("");
  self->secret_id = g_strdup ("");
  self->key_file = g_strdup ("");
  self->rules = g_ptr_array_new_with_free_func ((GDestroyNotify) mmp_profile_rule_free);
  self->patience = DEFAULT_PATIENCE;
  self->go_back = TRUE;

  return self;
}

/**
 * mmp_profile_bridge_copy:
 *
 * Returns: (transfer full): a copy that shares nothing
 */
MmpProfileBridge *
mmp_profile_bridge_copy (const MmpProfileBridge *self)
{
  MmpProfileBridge *copy = g_memdup2 (self, sizeof *self);

  copy->local = g_strdup (self->local);
  copy->via = g_strdup (self->via);
  copy->prefix = g_strdup (self->prefix);
  copy->bridge_id = g_strdup (self->bridge_id);
  copy->secret_id = g_strdup (self->secret_id);
  copy->key_file = g_strdup (self->key_file);
  copy->rules = g_ptr_array_copy (self->rules, copy_rule, NULL);
  g_ptr_array_set_free_func (copy->rules, (GDestroyNotify) mmp_profile_rule_free);

  return copy;
}

/**
 * mmp_profile_bridge_free:
 */
void
mmp_profile_bridge_free (MmpProfileBridge *self)
{
  g_free (self->local);
  g_free (self->via);
  g_free (self->prefix);
  g_free (self->bridge_id);
  g_free (self->secret_id);
  g_free (self->key_file);
  g_ptr_array_unref (self->rules);
  g_free (self);
}

/**
 * mmp_profile_bridge_get_secret_id:
 *
 * Returns: (transfer full) (nullable): under which its password or key is among the secrets; %NULL: it is not there
 */
char *
mmp_profile_bridge_get_secret_id (const MmpProfileBridge *self)
{
  if (self->secret != MMP_PROFILE_SECRET_PASSWORD && self->secret != MMP_PROFILE_SECRET_KEY)
    return NULL;

  return g_strconcat ("bridge/", self->secret_id, NULL);
}

static gboolean
check_secret (const MmpProfileBridge *self,
              gboolean is_needed,
              gboolean hides,
              GError **error)
{
  guint8 id[MMP_BRIDGE_ID_SIZE];
  gboolean has_id = self->bridge_id[0] != '\0';

  if (has_id && !mmp_bridge_id_parse (self->bridge_id, id, NULL))
    return fail (error, "its bridge id is wrong");
  if (!has_id && (hides || self->secret == MMP_PROFILE_SECRET_PASSWORD))
    return fail (error, "it says no bridge id");
  if (self->secret == MMP_PROFILE_SECRET_NONE)
    return !is_needed || fail (error, "it says no secret to seal with");
  if (self->secret == MMP_PROFILE_SECRET_FILE)
    return (self->key_file[0] != '\0' && mmp_profile_is_line (self->key_file, PATH_MAX_LENGTH)) || fail (error, "it says no key file");

  return g_uuid_string_is_valid (self->secret_id) || fail (error, "it does not say which secret is its own");
}

static gboolean
check_rule (const MmpProfileRule *rule,
            GError **error)
{
  if (rule->filter[0] == '\0' || !mmp_profile_is_line (rule->filter, MMP_BRIDGE_TOPIC_MAX))
    return fail (error, "a rule has no topics, or too long ones");
  if (rule->map[0] == '\0' || !mmp_profile_is_line (rule->map, MMP_BRIDGE_TOPIC_MAX))
    return fail (error, "a rule changes topics in a way that this program does not know");
  if (rule->qos > 1)
    return fail (error, "a rule has a quality of service that is not 0 or 1");
  if (rule->max_age > MMP_PROFILE_MAX_AGE_MAX)
    return fail (error, "a rule takes messages that are too old");

  return TRUE;
}

/* Whether it is complete; that its rules go together, mmp_hub_rules_check() says. */
gboolean
mmp_profile_bridge_check (const MmpProfileBridge *self,
                          gboolean is_portal,
                          GError **error)
{
  gboolean seals = is_portal && self->fall_back;
  gboolean hides = FALSE;

  if (!g_uuid_string_is_valid (self->local))
    return fail (error, "it says no local broker");
  if (self->via[0] != '\0' && !g_uuid_string_is_valid (self->via))
    return fail (error, "it says no public broker");
  if (self->prefix[0] == '\0' || !mmp_profile_is_line (self->prefix, MMP_BRIDGE_TOPIC_MAX))
    return fail (error, "its first level of topics is wrong");
  if (self->rules->len > MMP_PROFILE_RULES_MAX)
    return fail (error, "it has too many rules");
  if (self->patience < 1 || self->patience > MMP_PROFILE_PATIENCE_MAX)
    return fail (error, "it waits too long for the tunnel, or not at all");
  for (guint i = 0; i < self->rules->len; i++)
    {
      const MmpProfileRule *rule = g_ptr_array_index (self->rules, i);

      if (!check_rule (rule, error))
        return FALSE;
      seals |= !is_portal && rule->sealed;
      hides |= (is_portal ? self->fall_back : rule->sealed) && rule->topics == MMP_PROFILE_TOPICS_HIDDEN;
    }

  return check_secret (self, seals, hides, error);
}

/* --- as a file ----------------------------------------------------------------------------------------------------- */

static void
read_string (GKeyFile *key_file,
             const char *group,
             const char *key,
             char **value)
{
  char *found = g_key_file_get_string (key_file, group, key, NULL);

  if (found == NULL)
    return;
  g_free (*value);
  *value = found;
}

/* A word of a list, if the key is there */
static gboolean
read_word (GKeyFile *key_file,
           const char *group,
           const char *key,
           const char *const *words,
           guint *value)
{
  g_autofree char *found = g_key_file_get_string (key_file, group, key, NULL);

  if (found == NULL)
    return TRUE;
  for (guint i = 0; words[i] != NULL; i++)
    {
      if (g_str_equal (words[i], found))
        {
          *value = i;
          return TRUE;
        }
    }

  return FALSE;
}

static gboolean
read_number (GKeyFile *key_file,
             const char *group,
             const char *key,
             guint *value)
{
  g_autoptr (GError) error = NULL;
  int found = g_key_file_get_integer (key_file, group, key, &error);

  if (g_error_matches (error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_KEY_NOT_FOUND) || g_error_matches (error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_GROUP_NOT_FOUND))
    return TRUE;
  if (error != NULL || found < 0)
    return FALSE;
  *value = (guint) found;

  return TRUE;
}

static gboolean
read_boolean (GKeyFile *key_file,
              const char *group,
              const char *key,
              gboolean *value)
{
  g_autoptr (GError) error = NULL;
  gboolean found = g_key_file_get_boolean (key_file, group, key, &error);

  if (g_error_matches (error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_KEY_NOT_FOUND) || g_error_matches (error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_GROUP_NOT_FOUND))
    return TRUE;
  if (error != NULL)
    return FALSE;
  *value = found;

  return TRUE;
}

static gboolean
read_rule (MmpProfileRule *self,
           GKeyFile *key_file,
           const char *group)
{
  guint flow = MMP_PROFILE_FLOW_OUT;
  guint form = self->sealed;
  guint topics = MMP_PROFILE_TOPICS_HIDDEN;

  read_string (key_file, group, "Filter", &self->filter);
  read_string (key_file, group, "Map", &self->map);
  if (!read_word (key_file, group, "Flow", flows, &flow) || !read_word (key_file, group, "Form", forms, &form) || !read_word (key_file, group, "Topics", modes, &topics))
    return FALSE;
  if (!read_number (key_file, group, "QoS", &self->qos) || !read_boolean (key_file, group, "Retain", &self->retain) || !read_number (key_file, group, "MaxAge", &self->max_age))
    return FALSE;
  self->flow = (MmpProfileFlow) flow;
  self->sealed = form != 0;
  self->topics = (MmpProfileTopics) topics;

  return TRUE;
}

static gboolean
read_rules (MmpProfileBridge *self,
            GKeyFile *key_file,
            GError **error)
{
  for (guint i = 1; i <= MMP_PROFILE_RULES_MAX + 1; i++)
    {
      g_autofree char *group = g_strdup_printf (RULE_GROUP " %u", i);
      MmpProfileRule *rule;

      if (!g_key_file_has_group (key_file, group))
        break;
      rule = mmp_profile_rule_new ("", MMP_PROFILE_FLOW_OUT);
      g_ptr_array_add (self->rules, rule);
      if (!read_rule (rule, key_file, group))
        {
          g_set_error (error, MMP_ERROR, MMP_ERROR_FILE_INVALID, "rule %u says what this program does not know", i);
          return FALSE;
        }
    }

  return TRUE;
}

/* What is not there stays as mmp_profile_bridge_new() has it. */
gboolean
mmp_profile_bridge_read (MmpProfileBridge *self,
                         GKeyFile *key_file,
                         GError **error)
{
  guint secret = MMP_PROFILE_SECRET_NONE;

  read_string (key_file, GROUP, "Local", &self->local);
  read_string (key_file, GROUP, "Via", &self->via);
  read_string (key_file, GROUP, "Prefix", &self->prefix);
  read_string (key_file, GROUP, "Id", &self->bridge_id);
  read_string (key_file, GROUP, "SecretId", &self->secret_id);
  read_string (key_file, GROUP, "KeyFile", &self->key_file);
  if (!read_word (key_file, GROUP, "Secret", secrets, &secret))
    return fail (error, "its secret is of a kind that this program does not know");
  self->secret = (MmpProfileSecretKind) secret;
  if (!read_boolean (key_file, GROUP, "FallBack", &self->fall_back) || !read_number (key_file, GROUP, "Patience", &self->patience) || !read_boolean (key_file, GROUP, "GoBack", &self->go_back))
    return fail (error, "what it does when the tunnel fails is wrong");

  return read_rules (self, key_file, error);
}

static void
write_rule (const MmpProfileRule *self,
            GKeyFile *key_file,
            const char *group)
{
  g_key_file_set_string (key_file, group, "Filter", self->filter);
  g_key_file_set_string (key_file, group, "Map", self->map);
  g_key_file_set_string (key_file, group, "Flow", flows[self->flow]);
  g_key_file_set_string (key_file, group, "Form", forms[self->sealed ? 1 : 0]);
  g_key_file_set_string (key_file, group, "Topics", modes[self->topics]);
  g_key_file_set_integer (key_file, group, "QoS", (int) self->qos);
  g_key_file_set_boolean (key_file, group, "Retain", self->retain);
  g_key_file_set_integer (key_file, group, "MaxAge", (int) self->max_age);
}

/* In place, so that what a newer program wrote stays there. */
void
mmp_profile_bridge_write (const MmpProfileBridge *self,
                          gboolean is_portal,
                          GKeyFile *key_file)
{
  g_key_file_set_string (key_file, GROUP, "Local", self->local);
  g_key_file_set_string (key_file, GROUP, "Prefix", self->prefix);
  g_key_file_set_string (key_file, GROUP, "Id", self->bridge_id);
  g_key_file_set_string (key_file, GROUP, "Secret", secrets[self->secret]);
  g_key_file_set_string (key_file, GROUP, "SecretId", self->secret_id);
  g_key_file_set_string (key_file, GROUP, "KeyFile", self->key_file);
  if (is_portal)
    {
      g_key_file_set_string (key_file, GROUP, "Via", self->via);
      g_key_file_set_boolean (key_file, GROUP, "FallBack", self->fall_back);
      g_key_file_set_integer (key_file, GROUP, "Patience", (int) self->patience);
      g_key_file_set_boolean (key_file, GROUP, "GoBack", self->go_back);
    }
  for (guint i = 1; i <= MMP_PROFILE_RULES_MAX; i++)
    {
      g_autofree char *group = g_strdup_printf (RULE_GROUP " %u", i);

      if (i <= self->rules->len)
        write_rule (g_ptr_array_index (self->rules, i - 1), key_file, group);
      else
        g_key_file_remove_group (key_file, group, NULL);
    }
}
