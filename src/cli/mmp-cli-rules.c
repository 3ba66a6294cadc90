/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-cli-rules.h"

#include <string.h>

#include "mmp-cli-options.h"
#include "mmp-cli-secret.h"

#define DEFAULT_PREFIX "encrypted"

/**
 * mmp_cli_rules_clear:
 */
void
mmp_cli_rules_clear (MmpCliRules *self)
{
  g_clear_pointer (&self->keys, mmp_key_ring_unref);
  g_clear_pointer (&self->out, g_strfreev);
  g_clear_pointer (&self->in, g_strfreev);
  g_clear_pointer (&self->both, g_strfreev);
  g_clear_pointer (&self->out_map, g_free);
  g_clear_pointer (&self->in_map, g_free);
  g_clear_pointer (&self->prefix, g_free);
  g_clear_pointer (&self->file, g_free);
  g_clear_pointer (&self->local, g_free);
  g_clear_pointer (&self->local_user, g_free);
  g_clear_pointer (&self->local_password_file, g_free);
  g_clear_pointer (&self->local_ca_file, g_free);
}

/**
 * mmp_cli_rules_add_options:
 */
void
mmp_cli_rules_add_options (MmpCliRules *self,
                           GOptionContext *context)
{
  const GOptionEntry entries[] = {
    { "local", 0, 0, G_OPTION_ARG_STRING, &self->local, N_ ("The private broker"), N_ ("HOST:PORT") },
    { "local-user", 0, 0, G_OPTION_ARG_STRING, &self->local_user, N_ ("User name there"), N_ ("USER") },
    { "local-password-file", 0, 0, G_OPTION_ARG_FILENAME, &self->local_password_file, N_ ("File with the password there"), N_ ("FILE") },
    { "local-tls", 0, 0, G_OPTION_ARG_NONE, &self->local_tls, N_ ("TLS to the private broker"), NULL },
    { "local-cafile", 0, 0, G_OPTION_ARG_FILENAME, &self->local_ca_file, N_ ("Certificates of its authority; means --local-tls"), N_ ("FILE") },
    { "out", 0, 0, G_OPTION_ARG_STRING_ARRAY, &self->out, N_ ("Topics that leave the private broker"), N_ ("FILTER") },
    { "in", 0, 0, G_OPTION_ARG_STRING_ARRAY, &self->in, N_ ("Topics that come to the private broker"), N_ ("FILTER") },
    { "both", 0, 0, G_OPTION_ARG_STRING_ARRAY, &self->both, N_ ("Topics that go both ways"), N_ ("FILTER") },
    { "out-map", 0, 0, G_OPTION_ARG_STRING, &self->out_map, N_ ("Change of topics that leave: prepend:NAME, remove or replace:NAME (the first level)"), N_ ("MAP") },
    { "in-map", 0, 0, G_OPTION_ARG_STRING, &self->in_map, N_ ("Change of topics that come"), N_ ("MAP") },
    { "rules", 0, 0, G_OPTION_ARG_FILENAME, &self->file, N_ ("File with one rule a line (out, in or both, FILTER, perhaps MAP), read again at SIGHUP"), N_ ("FILE") },
    { NULL },
  };

  g_option_context_add_main_entries (context, entries, NULL);
}

static gboolean
add_rule (MmpCliRules *self,
          GPtrArray *rules,
          MmpRuleDirection direction,
          const char *filter,
          const char *map,
          GError **error)
{
  MmpRule *rule = mmp_cli_bridge_make_rule (self->options, direction, self->form, filter, self->keys);

  g_ptr_array_add (rules, rule);
  rule->when = self->when;
  if (self->form == MMP_RULE_CLASSIC || (self->form == MMP_RULE_SEALED && rule->topics != MMP_TOPICS_HIDDEN))
    g_set_str (&rule->prefix, self->prefix != NULL ? self->prefix : DEFAULT_PREFIX);
  if (map == NULL || mmp_topic_map_parse (map, &rule->map))
    return TRUE;

  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("A change of topics is prepend:NAME, remove or replace:NAME, not “%s”"), map);

  return FALSE;
}

static gboolean
add_rules (MmpCliRules *self,
           GPtrArray *rules,
           GStrv filters,
           gboolean out,
           gboolean in,
           GError **error)
{
  for (guint i = 0; filters != NULL && filters[i] != NULL; i++)
    {
      if (out && !add_rule (self, rules, MMP_RULE_OUT, filters[i], self->out_map, error))
        return FALSE;
      if (in && !add_rule (self, rules, MMP_RULE_IN, filters[i], self->in_map, error))
        return FALSE;
    }

  return TRUE;
}

static gboolean
add_line (MmpCliRules *self,
          GPtrArray *rules,
          char *line,
          GError **error)
{
  g_auto (GStrv) words = g_strsplit_set (g_strstrip (line), " \t", -1);
  const char *fields[3] = { NULL };
  guint count = 0;
  gboolean both;

  for (guint i = 0; words[i] != NULL; i++)
    if (words[i][0] != '\0')
      {
        if (count == G_N_ELEMENTS (fields))
          goto wrong;
        fields[count++] = words[i];
      }
  if (count == 0 || fields[0][0] == '#')
    return TRUE;
  both = g_str_equal (fields[0], "both");
  /* What is changed on one way only would not come back as it went. */
  if (count < 2 || (both && count > 2) || (!both && !g_str_equal (fields[0], "out") && !g_str_equal (fields[0], "in")))
    goto wrong;

  if (!g_str_equal (fields[0], "in") && !add_rule (self, rules, MMP_RULE_OUT, fields[1], fields[2], error))
    return FALSE;

  return g_str_equal (fields[0], "out") || add_rule (self, rules, MMP_RULE_IN, fields[1], fields[2], error);

wrong:
  g_set_error (error, MMP_ERROR, MMP_ERROR_FILE_INVALID, "“%s” is no rule; one is “out FILTER [MAP]”, “in FILTER [MAP]” or “both FILTER”", line);

  return FALSE;
}

/**
 * mmp_cli_rules_parse:
 * @text: lines of rules; a `#` at the beginning makes a comment
 *
 * Returns: (transfer full) (element-type MmpRule): the rules
 */
GPtrArray *
mmp_cli_rules_parse (MmpCliRules *self,
                     const char *text,
                     GError **error)
{
  g_autoptr (GPtrArray) rules = g_ptr_array_new_with_free_func ((GDestroyNotify) mmp_rule_free);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    if (!add_line (self, rules, lines[i], error))
      return NULL;

  return g_steal_pointer (&rules);
}

/**
 * mmp_cli_rules_make:
 *
 * Returns: (transfer full) (element-type MmpRule): all rules, those of the file as it is now
 */
GPtrArray *
mmp_cli_rules_make (MmpCliRules *self,
                    GError **error)
{
  g_autoptr (GPtrArray) rules = NULL;
  g_autoptr (GError) cause = NULL;
  g_autofree char *text = NULL;

  if (self->file != NULL && !g_file_get_contents (self->file, &text, NULL, &cause))
    {
      g_set_error_literal (error, MMP_ERROR, MMP_ERROR_FILE_INVALID, cause->message);
      return NULL;
    }
  rules = mmp_cli_rules_parse (self, text != NULL ? text : "", error);
  if (rules == NULL || !add_rules (self, rules, self->out, TRUE, FALSE, error) || !add_rules (self, rules, self->in, FALSE, TRUE, error) || !add_rules (self, rules, self->both, TRUE, TRUE, error))
    return NULL;
  if (rules->len == 0 && self->file == NULL)
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("There is nothing to do: give “--out”, “--in”, “--both” or “--rules”"));
      return NULL;
    }

  return g_steal_pointer (&rules);
}

/**
 * mmp_cli_rules_make_local_broker:
 *
 * Returns: (transfer full): the private broker
 */
MmpMqttBroker *
mmp_cli_rules_make_local_broker (MmpCliRules *self,
                                 GError **error)
{
  g_autofree char *host = NULL;
  MmpMqttBroker *broker;
  char *password = NULL;
  guint port;

  if (self->local == NULL)
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("“--local HOST:PORT”, the private broker, is missing"));
      return NULL;
    }
  if (!mmp_cli_options_parse_address (self->local, FALSE, &host, &port, error))
    return NULL;
  if (self->local_password_file != NULL && (password = mmp_cli_secret_read (self->local_password_file, error)) == NULL)
    return NULL;

  broker = mmp_cli_options_make_broker (host, port, self->local_tls || self->local_ca_file != NULL, self->local_ca_file, self->local_user, password, error);
  mmp_cli_secret_free (password);

  return broker;
}
