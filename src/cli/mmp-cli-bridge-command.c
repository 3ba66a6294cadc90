/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-cli-bridge-run.h"
#include "mmp-cli-options.h"
#include "mmp-cli-rules.h"

static gboolean
choose_form (MmpCliBridge *options,
             MmpRuleForm *form,
             GError **error)
{
  const char *format = options->format != NULL ? options->format : "v1";

  *form = g_str_equal (format, "classic") ? MMP_RULE_CLASSIC : MMP_RULE_SEALED;
  if (!g_str_equal (format, "classic") && !g_str_equal (format, "v1"))
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("“--format” takes v1, or classic for the thesis's programs"));
  else if (!mmp_cli_bridge_has_key (options))
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("There must be “--keyfile FILE” or “--password-file FILE”"));
  else if (*form == MMP_RULE_CLASSIC && options->password != NULL)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("The classic format goes with a key file only"));
  else if (*form == MMP_RULE_SEALED && options->bridge_id == NULL && options->topics == NULL)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("Say what the public broker may see of topics: nothing (“--bridge-id ID”, from “mmp secure-bridge-keygen --bridge-id”), tokens (“--topics tokens”) or all (“--topics clear”)"));
  else
    return TRUE;

  return FALSE;
}

static MmpBridgeConfig *
configure (MmpCliRules *rules,
           const char *remote,
           GError **error)
{
  MmpCliBridge *options = rules->options;
  g_autoptr (MmpMqttBroker) near = mmp_cli_rules_make_local_broker (rules, error);
  g_autoptr (MmpMqttBroker) far = NULL;
  g_autoptr (MmpBridgeConfig) config = NULL;
  g_autofree char *host = NULL;
  guint port;

  if (near == NULL)
    return NULL;
  if (remote == NULL)
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("“--remote HOST:PORT”, the public broker, is missing"));
      return NULL;
    }
  if (!mmp_cli_options_parse_address (remote, FALSE, &host, &port, error))
    return NULL;
  far = mmp_cli_bridge_make_broker (options, host, port, error);
  rules->keys = far != NULL ? mmp_cli_bridge_make_keys (options, error) : NULL;
  if (rules->keys == NULL)
    return NULL;

  config = mmp_bridge_config_new (near, far);
  config->only_v3 = options->only_v3;
  config->keep_session = !options->forget;
  g_free (config->name);
  config->name = g_strdup_printf ("bridge %s %s %s", rules->local, remote, options->name != NULL ? options->name : "");
  g_ptr_array_unref (config->rules);
  config->rules = mmp_cli_rules_make (rules, error);
  if (config->rules == NULL)
    {
      config->rules = g_ptr_array_new ();
      return NULL;
    }
  if (mmp_bridge_config_is_on_one_broker (config))
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("Both ends are the same broker, so the clear messages would be on the public one; for one broker there is “mmp secure-bridge”"));
      return NULL;
    }
  if (!mmp_bridge_config_check (config, error))
    return NULL;

  return g_steal_pointer (&config);
}

static GPtrArray *
make_rules (gpointer user_data,
            GError **error)
{
  return mmp_cli_rules_make (user_data, error);
}

static MmpCliExit
run (const MmpCliCommand *command,
     int argc,
     char *argv[])
{
  g_autoptr (MmpCliBridge) options = mmp_cli_bridge_new ();
  g_auto (MmpCliRules) rules = { .options = options };
  g_autofree char *remote = NULL;
  const GOptionEntry entries[] = {
    { "remote", 0, 0, G_OPTION_ARG_STRING, &remote, N_ ("The public broker; --user, --notls and --cafile are for it"), N_ ("HOST:PORT") },
    { "prefix", 0, 0, G_OPTION_ARG_STRING, &rules.prefix, N_ ("First level of the topics there, unless they are hidden (default: encrypted)"), N_ ("LEVEL") },
    { "format", 0, 0, G_OPTION_ARG_STRING, &options->format, N_ ("v1 (default), or classic as the thesis's programs have it"), N_ ("FORMAT") },
    { NULL },
  };
  const char *const names[] = { NULL };
  g_autoptr (GOptionContext) context = mmp_cli_options_new (command);
  g_auto (GStrv) positionals = NULL;
  g_autoptr (MmpBridgeConfig) config = NULL;
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  mmp_cli_rules_add_options (&rules, context);
  mmp_cli_bridge_add_options (options, context);
  positionals = mmp_cli_options_parse (context, argc, argv, &error);
  if (positionals == NULL || !mmp_cli_bridge_settle (options, argc, argv, &error) || !mmp_cli_options_count (positionals, names, &error) || !choose_form (options, &rules.form, &error))
    return mmp_cli_bridge_complain (command, error);
  config = configure (&rules, remote, &error);
  if (config == NULL)
    return mmp_cli_bridge_complain (command, error);

  return mmp_cli_bridge_run (options, config, make_rules, &rules);
}

const MmpCliCommand mmp_cli_bridge = {
  .name = "bridge",
  .arguments = "--local HOST:PORT --remote HOST:PORT",
  .summary = N_ ("Carry messages between private brokers, sealed on a public one"),
  .description = N_ ("Carries messages of the private broker to others that have the same key, over a public broker that sees\n"
                     "sealed messages only; they may be offline meanwhile. No broker's configuration is touched. With QoS 1 nothing\n"
                     "is lost while this program runs; a message may come twice after a connection broke."),
  .run = run,
};
