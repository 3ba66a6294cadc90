/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-cli-bridge-run.h"
#include "mmp-cli-options.h"
#include "mmp-cli-rules.h"

#define PATIENCE 15
#define PATIENCE_MAX 3600

typedef struct
{
  MmpCliBridge *options;
  MmpCliRules rules;
  char *tunnel;
  char *via;
  int patience; /* seconds */
} Portal;

static MmpMqttBroker *
make_broker (Portal *self,
             const char *address,
             gboolean through_tunnel,
             GError **error)
{
  g_autofree char *host = NULL;
  guint port;

  if (!mmp_cli_options_parse_address (address, FALSE, &host, &port, error))
    return NULL;

  /* The tunnel is encrypted from end to end already. */
  return through_tunnel ? mmp_mqtt_broker_new (host, port, FALSE, error) : mmp_cli_bridge_make_broker (self->options, host, port, error);
}

static gboolean
add_rules (Portal *self,
           GPtrArray *into,
           MmpRuleForm form,
           MmpRuleWhen when,
           GError **error)
{
  g_autoptr (GPtrArray) rules = NULL;

  self->rules.form = form;
  self->rules.when = when;
  rules = mmp_cli_rules_make (&self->rules, error);
  if (rules == NULL)
    return FALSE;

  for (guint i = 0; i < rules->len; i++)
    {
      MmpRule *rule = g_ptr_array_index (rules, i);

      /* What comes in is always taken, whichever way it comes. */
      if (rule->direction == MMP_RULE_IN)
        rule->when = MMP_RULE_ALWAYS;
    }
  g_ptr_array_extend_and_steal (into, g_steal_pointer (&rules));

  return TRUE;
}

/* With a tunnel: plain rules through it, and sealed ones by the public broker while the other device is away. Without one,
 * at the broker to which the tunnel leads: only the latter. */
static gboolean
make_all_rules (Portal *self,
                GPtrArray *into,
                GError **error)
{
  MmpRuleWhen plain = self->via != NULL ? MMP_RULE_WHILE_PRESENT : MMP_RULE_ALWAYS;

  if (self->tunnel != NULL && !add_rules (self, into, MMP_RULE_PLAIN, plain, error))
    return FALSE;

  return self->via == NULL || add_rules (self, into, MMP_RULE_SEALED, MMP_RULE_WHILE_AWAY, error);
}

static char *
make_presence_topic (Portal *self)
{
  const guint8 *id = mmp_bridge_key_get_id (mmp_key_ring_get (self->rules.keys, 0));

  return g_strdup_printf ("mmb1/present/%02x%02x%02x%02x", id[0], id[1], id[2], id[3]);
}

static gboolean
set_up_alternative (Portal *self,
                    MmpBridgeConfig *config,
                    GError **error)
{
  if (self->via == NULL)
    return TRUE;

  if (self->tunnel != NULL)
    config->via = make_broker (self, self->via, FALSE, error);
  if (self->tunnel != NULL && config->via == NULL)
    return FALSE;
  config->presence = make_presence_topic (self);
  config->listens = self->tunnel == NULL;
  config->patience = (guint) self->patience;

  return TRUE;
}

static MmpBridgeConfig *
configure (Portal *self,
           GError **error)
{
  g_autoptr (MmpMqttBroker) near = mmp_cli_rules_make_local_broker (&self->rules, error);
  g_autoptr (MmpMqttBroker) far = NULL;
  g_autoptr (MmpBridgeConfig) config = NULL;
  const char *remote = self->tunnel != NULL ? self->tunnel : self->via;

  if (near == NULL)
    return NULL;
  if (mmp_cli_bridge_has_key (self->options) && (self->rules.keys = mmp_cli_bridge_make_keys (self->options, error)) == NULL)
    return NULL;
  far = make_broker (self, remote, self->tunnel != NULL, error);
  if (far == NULL)
    return NULL;

  config = mmp_bridge_config_new (near, far);
  config->only_v3 = self->options->only_v3;
  config->keep_session = !self->options->forget;
  g_free (config->name);
  config->name = g_strdup_printf ("portal %s %s %s", self->rules.local, remote, self->options->name != NULL ? self->options->name : "");
  if (!set_up_alternative (self, config, error) || !make_all_rules (self, config->rules, error))
    return NULL;
  if (mmp_bridge_config_is_on_one_broker (config))
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("Both ends of the portal are the same broker"));
      return NULL;
    }
  if (!mmp_bridge_config_check (config, error))
    return NULL;

  return g_steal_pointer (&config);
}

static gboolean
check (Portal *self,
       GError **error)
{
  if (self->tunnel == NULL && self->via == NULL)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("“--tunnel HOST:PORT”, the port that “mmp initiator” opens, is missing"));
  else if (self->via != NULL && !mmp_cli_bridge_has_key (self->options))
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("“--via” needs “--keyfile FILE” or “--password-file FILE”: on that broker messages are sealed"));
  else if (self->via != NULL && self->options->bridge_id == NULL && self->options->topics == NULL)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("Say what the public broker may see of topics: nothing (“--bridge-id ID”), tokens (“--topics tokens”) or all (“--topics clear”)"));
  else if (self->patience < 1 || self->patience > PATIENCE_MAX)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("“--away-after” takes seconds from 1 to %d"), PATIENCE_MAX);
  else
    return TRUE;

  return FALSE;
}

static GPtrArray *
make_rules_again (gpointer user_data,
                  GError **error)
{
  g_autoptr (GPtrArray) rules = g_ptr_array_new_with_free_func ((GDestroyNotify) mmp_rule_free);

  return make_all_rules (user_data, rules, error) ? g_steal_pointer (&rules) : NULL;
}

static MmpCliExit
run (const MmpCliCommand *command,
     int argc,
     char *argv[])
{
  g_autoptr (MmpCliBridge) options = mmp_cli_bridge_new ();
  Portal self = { .options = options, .rules = { .options = options }, .patience = PATIENCE };
  const GOptionEntry entries[] = {
    { "tunnel", 0, 0, G_OPTION_ARG_STRING, &self.tunnel, N_ ("The port that “mmp initiator” opens and that leads to the other broker; not where it leads to"), N_ ("HOST:PORT") },
    { "via", 0, 0, G_OPTION_ARG_STRING, &self.via, N_ ("Public broker to go by, sealed, while the other device is away"), N_ ("HOST:PORT") },
    { "away-after", 0, 0, G_OPTION_ARG_INT, &self.patience, N_ ("How long the tunnel may be interrupted before that (default: 15)"), N_ ("SECONDS") },
    { "prefix", 0, 0, G_OPTION_ARG_STRING, &self.rules.prefix, N_ ("First level of the topics on the public broker, unless they are hidden (default: encrypted)"), N_ ("LEVEL") },
    { NULL },
  };
  const char *const names[] = { NULL };
  g_autoptr (GOptionContext) context = mmp_cli_options_new (command);
  g_auto (GStrv) positionals = NULL;
  g_autoptr (MmpBridgeConfig) config = NULL;
  g_autoptr (GError) error = NULL;
  MmpCliExit exit;

  g_option_context_add_main_entries (context, entries, NULL);
  mmp_cli_rules_add_options (&self.rules, context);
  mmp_cli_bridge_add_options (options, context);
  positionals = mmp_cli_options_parse (context, argc, argv, &error);
  if (positionals != NULL && mmp_cli_bridge_settle (options, argc, argv, &error) && mmp_cli_options_count (positionals, names, &error) && check (&self, &error))
    config = configure (&self, &error);
  exit = config != NULL ? mmp_cli_bridge_run (options, config, make_rules_again, &self) : mmp_cli_bridge_complain (command, error);

  mmp_cli_rules_clear (&self.rules);
  g_free (self.tunnel);
  g_free (self.via);

  return exit;
}

const MmpCliCommand mmp_cli_portal = {
  .name = "portal",
  .arguments = "--local HOST:PORT --tunnel HOST:PORT",
  .summary = N_ ("Carry messages to a broker behind a tunnel, and another way while it is away"),
  .description = N_ ("Carries messages between the private broker and the one to which a tunnel leads (“mmp initiator”), as they are:\n"
                     "the tunnel is encrypted, and follows its own path. One side runs it, for both directions. With --via, while the\n"
                     "other device is away, messages go sealed over a public broker; run it at the other broker too, without --tunnel.\n\n"
                     "What is sure with QoS 1, while the programs and the private brokers run: no message is lost. None comes twice\n"
                     "while the tunnel only changes its path. One may come twice if it was under way at the moment when the tunnel's\n"
                     "connection ended, or when the other device came back. Messages of QoS 0 are dropped while no way is open."),
  .run = run,
};
