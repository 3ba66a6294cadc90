/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "mmp-cli-bridge-run.h"
#include "mmp-cli-options.h"
#include "mmp-cli-text.h"

#define ENCRYPT "encrypt"
#define DECRYPT "decrypt"
#define DEFAULT_ENCRYPT_FILTER "securebridge/#"
#define DEFAULT_DECRYPT_FILTER "encrypted/#"
#define DEFAULT_PREFIX "encrypted"

/* `--s_topics a/# b/#`, as the thesis prints it: one option and several values, up to the next option or to the role. */
static GStrv
spread_topics (int argc,
               char *argv[])
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  gboolean inside = FALSE;

  for (int i = 0; i < argc; i++)
    {
      gboolean option = g_str_equal (argv[i], "--s_topics") || g_str_equal (argv[i], "--subscribe");

      if (inside && argv[i][0] != '-' && !g_str_equal (argv[i], ENCRYPT) && !g_str_equal (argv[i], DECRYPT))
        {
          g_strv_builder_take (builder, g_strconcat ("--s_topics=", argv[i], NULL));
          continue;
        }
      inside = option;
      if (!option)
        g_strv_builder_add (builder, argv[i]);
    }

  return g_strv_builder_end (builder);
}

static MmpRule *
make_encrypt_rule (MmpCliBridge *options,
                   MmpRuleForm form,
                   const char *filter,
                   const char *first_level,
                   MmpKeyRing *keys)
{
  MmpRule *rule = mmp_cli_bridge_make_rule (options, MMP_RULE_OUT, form, filter, keys);

  if (form == MMP_RULE_CLASSIC || rule->topics != MMP_TOPICS_HIDDEN)
    g_set_str (&rule->prefix, first_level != NULL ? first_level : DEFAULT_PREFIX);

  return rule;
}

/* The first level of what is subscribed to is what stands before the topics; the rest of it is about them. */
static MmpRule *
make_decrypt_rule (MmpCliBridge *options,
                   MmpRuleForm form,
                   const char *filter,
                   const char *first_level,
                   MmpKeyRing *keys)
{
  gboolean hidden = form == MMP_RULE_SEALED && options->mode == MMP_TOPICS_HIDDEN;
  const char *slash = strchr (filter, '/');
  MmpRule *rule = mmp_cli_bridge_make_rule (options, MMP_RULE_IN, form, hidden || slash == NULL ? filter : slash + 1, keys);

  if (!hidden && slash != NULL)
    {
      g_free (rule->prefix);
      rule->prefix = g_strndup (filter, (gsize) (slash - filter));
      rule->any_prefix = g_str_equal (rule->prefix, "+");
      if (rule->any_prefix)
        rule->prefix[0] = '\0';
    }
  if (first_level != NULL && first_level[0] != '\0')
    rule->map = (MmpTopicMap) { .change = MMP_TOPIC_PREPEND, .level = g_strdup (first_level) };

  return rule;
}

static MmpBridgeConfig *
configure (MmpCliBridge *options,
           GStrv positionals,
           GStrv filters,
           const char *first_level,
           MmpRuleForm form,
           GError **error)
{
  gboolean encrypts = g_str_equal (positionals[0], ENCRYPT);
  const char *fallback = encrypts || (form == MMP_RULE_SEALED && options->mode == MMP_TOPICS_HIDDEN) ? DEFAULT_ENCRYPT_FILTER : DEFAULT_DECRYPT_FILTER;
  const char *const defaults[] = { fallback, NULL };
  g_autoptr (MmpMqttBroker) broker = NULL;
  g_autoptr (MmpBridgeConfig) config = NULL;
  g_autoptr (MmpKeyRing) keys = NULL;
  g_autofree char *all = NULL;
  guint port;

  if (!mmp_cli_options_parse_port (positionals[2], FALSE, &port, error))
    return NULL;
  broker = mmp_cli_bridge_make_broker (options, positionals[1], port, error);
  keys = broker != NULL ? mmp_cli_bridge_make_keys (options, error) : NULL;
  if (keys == NULL)
    return NULL;

  config = mmp_bridge_config_new (broker, broker);
  config->only_v3 = options->only_v3;
  config->keep_session = !options->forget;
  filters = filters != NULL ? filters : (GStrv) defaults;
  for (guint i = 0; filters[i] != NULL; i++)
    g_ptr_array_add (config->rules, (encrypts ? make_encrypt_rule : make_decrypt_rule) (options, form, filters[i], first_level, keys));
  all = g_strjoinv (" ", filters);
  g_free (config->name);
  config->name = g_strdup_printf ("secure-bridge %s %s %u %s %s %s", positionals[0], positionals[1], port, all, first_level != NULL ? first_level : "", options->name != NULL ? options->name : "");
  if (!mmp_bridge_config_check (config, error))
    return NULL;

  return g_steal_pointer (&config);
}

static gboolean
choose_form (MmpCliBridge *options,
             MmpRuleForm *form,
             GError **error)
{
  const char *format = options->format != NULL ? options->format : options->key_files != NULL ? "classic"
                                                                                              : "v1";

  *form = g_str_equal (format, "classic") ? MMP_RULE_CLASSIC : MMP_RULE_SEALED;
  if (!g_str_equal (format, "classic") && !g_str_equal (format, "v1"))
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("“--format” takes v1, or classic for the thesis's programs"));
  else if (!mmp_cli_bridge_has_key (options))
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("There must be “--keyfile FILE” or “--password-file FILE”"));
  else if (*form == MMP_RULE_CLASSIC && options->password != NULL)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("The classic format goes with a key file only"));
  else
    return TRUE;

  return FALSE;
}

/* On a broker of others the clear side of such a bridge is in the clear for them, too. */
static void
warn_about_broker (const char *host)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (host);
  gboolean near = address != NULL ? g_inet_address_get_is_loopback (address) || g_inet_address_get_is_site_local (address) || g_inet_address_get_is_link_local (address)
                                  : strchr (host, '.') == NULL || g_str_has_suffix (host, ".local") || g_str_has_suffix (host, ".lan");

  if (!near)
    mmp_cli_complain (_ ("Warning: the messages before encryption and after decryption are on %s, too. If it is not your own broker, use “mmp bridge” between it and yours."), host);
}

static MmpCliExit
run (const MmpCliCommand *command,
     int argc,
     char *argv[])
{
  g_autoptr (MmpCliBridge) options = mmp_cli_bridge_new ();
  g_auto (GStrv) filters = NULL;
  g_autofree char *first_level = NULL;
  const GOptionEntry entries[] = {
    { "s_topics", 0, 0, G_OPTION_ARG_STRING_ARRAY, &filters, N_ ("Topics to subscribe to (default: securebridge/# to encrypt, encrypted/# to decrypt)"), N_ ("FILTER…") },
    { "p_topic", 0, 0, G_OPTION_ARG_STRING, &first_level, N_ ("First level of the topics to publish to (default: “encrypted” to encrypt, none to decrypt)"), N_ ("LEVEL") },
    { "subscribe", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_STRING_ARRAY, &filters, NULL, NULL },
    { "publish", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_STRING, &first_level, NULL, NULL },
    { "format", 0, 0, G_OPTION_ARG_STRING, &options->format, N_ ("v1, or classic as the thesis's programs have it (default with --keyfile)"), N_ ("FORMAT") },
    { NULL },
  };
  const char *const names[] = { "encrypt|decrypt", "BROKER", "PORT", NULL };
  g_autoptr (GOptionContext) context = mmp_cli_options_new (command);
  g_auto (GStrv) spread = spread_topics (argc, argv);
  g_auto (GStrv) positionals = NULL;
  g_autoptr (MmpBridgeConfig) config = NULL;
  g_autoptr (GError) error = NULL;
  MmpRuleForm form;

  g_option_context_add_main_entries (context, entries, NULL);
  mmp_cli_bridge_add_options (options, context);
  positionals = mmp_cli_options_parse (context, (int) g_strv_length (spread), spread, &error);
  if (positionals == NULL || !mmp_cli_bridge_settle (options, argc, argv, &error) || !mmp_cli_options_count (positionals, names, &error) || !choose_form (options, &form, &error))
    return mmp_cli_bridge_complain (command, error);
  if (!g_str_equal (positionals[0], ENCRYPT) && !g_str_equal (positionals[0], DECRYPT))
    {
      g_set_error (&error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("The role is encrypt or decrypt, not “%s”"), positionals[0]);
      return mmp_cli_bridge_complain (command, error);
    }
  config = configure (options, positionals, filters, first_level, form, &error);
  if (config == NULL)
    return mmp_cli_bridge_complain (command, error);
  warn_about_broker (positionals[1]);

  return mmp_cli_bridge_run (options, config, NULL, NULL);
}

const MmpCliCommand mmp_cli_secure_bridge = {
  .name = "secure-bridge",
  .arguments = "encrypt|decrypt BROKER PORT",
  .summary = N_ ("Encrypt or decrypt messages on one broker"),
  .description = N_ ("Reads messages at BROKER:PORT, encrypts or decrypts what is in them, and publishes them there on another topic:\n"
                     "encrypt puts a first level before the topic (“example/1” becomes “encrypted/example/1”), decrypt takes it away.\n"
                     "Another bridge carries the encrypted tree to a public broker; “mmp bridge” does both in one."),
  .run = run,
};
