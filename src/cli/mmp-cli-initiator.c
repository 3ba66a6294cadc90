/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-cli-classic.h"
#include "mmp-cli-endpoint.h"
#include "mmp-cli-options.h"
#include "mmp-cli-report.h"
#include "mmp-cli-run.h"
#include "mmp-cli-text.h"

#define DEFAULT_SERVICE "default"
#define DEFAULT_ADDRESS "127.0.0.1"
/* Two rounds of greetings with the pause between them (PROTOCOL.md) take a little longer than this. */
#define GIVE_UP_AFTER MMP_SECONDS (40)

typedef struct
{
  MmpCliReport report;
  MmpEndpointConfig *config;
  gboolean wait;
  gboolean linked; /* the other side answered at least once */
  gint64 silent_since; /* when it did not for the first time; 0: that was not so yet */
} Initiator;

/* Silence is what an initiator gets that is not trusted, so say by what name the other side would know it. */
static GError *
name_silence (Initiator *self)
{
  g_autofree char *fingerprint = mmp_public_key_to_fingerprint (mmp_key_pair_get_public (self->config->key_pair));

  return g_error_new (MMP_ERROR, MMP_ERROR_NO_ANSWER, _ ("this device's fingerprint is %s"), fingerprint);
}

/* The other side may be started a moment later, and both may have waited for the same broker. But who never answers at
 * all is not going to. */
static void
on_silence (Initiator *self,
            const MmpStatus *status)
{
  g_autoptr (MmpStatus) named = mmp_status_copy (status);
  gint64 now = g_get_monotonic_time ();

  g_clear_error (&named->cause);
  named->cause = name_silence (self);
  mmp_cli_events_status (mmp_cli_run_get_events (self->report.run), named);

  if (self->silent_since == 0)
    self->silent_since = now;
  if (!self->linked && !self->wait && now - self->silent_since >= GIVE_UP_AFTER)
    mmp_cli_run_fail (self->report.run, named->cause);
}

static void
on_status (gpointer endpoint,
           const MmpStatus *status,
           gpointer user_data)
{
  Initiator *self = user_data;

  if (g_error_matches (status->cause, MMP_ERROR, MMP_ERROR_NO_ANSWER))
    {
      on_silence (self, status);
      return;
    }

  mmp_cli_events_status (mmp_cli_run_get_events (self->report.run), status);
  if (status->state == MMP_STATE_CONNECTED)
    self->linked = TRUE;
  else if (status->state == MMP_STATE_ATTENTION && status->cause != NULL)
    mmp_cli_run_fail (self->report.run, status->cause);
}

static const MmpEndpointFuncs funcs = {
  .status = on_status,
  .listening = mmp_cli_report_listening,
  .forward_failed = mmp_cli_report_forward_failed,
  .stream = mmp_cli_report_stream,
  .rtt = mmp_cli_report_rtt,
};

/* SIGBROKER PORT CONNECTIONIP CONNECTIONPORT LISTENERPUBKEY */
static MmpEndpointConfig *
configure_from_arguments (MmpCliEndpoint *options,
                          GStrv positionals,
                          GError **error)
{
  static const char *const names[] = { "SIGBROKER", "PORT", "CONNECTIONIP", "CONNECTIONPORT", "LISTENERPUBKEY", NULL };
  g_autoptr (MmpMqttBroker) broker = NULL;
  g_autoptr (MmpEndpointConfig) config = NULL;
  guint port;

  if (!mmp_cli_options_count (positionals, names, error))
    return NULL;
  broker = mmp_cli_endpoint_make_broker (options, positionals[0], positionals[1], error);
  if (broker == NULL)
    return NULL;
  config = mmp_cli_endpoint_make_config (options, broker, error);
  if (config == NULL || !mmp_cli_options_parse_port (positionals[3], TRUE, &port, error) || !mmp_endpoint_config_add_forward (config, positionals[2], port, options->tunnel != NULL ? options->tunnel : DEFAULT_SERVICE, error) || !mmp_cli_endpoint_add_more (options, config, error) || !mmp_cli_options_parse_key (positionals[4], &config->listener, error))
    return NULL;

  return g_steal_pointer (&config);
}

/* 'mmp:…' [PORT] */
static MmpEndpointConfig *
configure_from_invitation (MmpCliEndpoint *options,
                           GStrv positionals,
                           GError **error)
{
  static const char *const names[] = { "INVITATION", "PORT", NULL };
  g_autoptr (MmpInvitation) invitation = NULL;
  g_autoptr (MmpMqttBroker) with_ca = NULL;
  g_autoptr (MmpMqttBroker) broker = NULL;
  g_autoptr (MmpEndpointConfig) config = NULL;
  const char *service = options->tunnel;
  guint port = 0;

  if (positionals[1] != NULL && !mmp_cli_options_count (positionals, names, error))
    return NULL;
  if (positionals[1] != NULL && !mmp_cli_options_parse_port (positionals[1], TRUE, &port, error))
    return NULL;
  invitation = mmp_invitation_parse (positionals[0], error);
  if (invitation == NULL)
    return NULL;

  with_ca = mmp_mqtt_broker_with_ca_file (invitation->broker, options->ca_file);
  broker = mmp_mqtt_broker_with_login (with_ca, options->user, options->password);
  config = mmp_cli_endpoint_make_config (options, broker, error);
  if (config == NULL)
    return NULL;
  g_set_str (&config->prefix, invitation->prefix);
  config->listener = invitation->listener;
  if (invitation->has_secret)
    config->invitation = g_memdup2 (invitation->secret, MMP_INVITATION_SIZE);
  if (service == NULL)
    service = invitation->service != NULL ? invitation->service : DEFAULT_SERVICE;
  if (!mmp_endpoint_config_add_forward (config, DEFAULT_ADDRESS, port, service, error) || !mmp_cli_endpoint_add_more (options, config, error))
    return NULL;

  return g_steal_pointer (&config);
}

static gboolean
is_invitation (const char *text)
{
  return text != NULL && g_ascii_strncasecmp (text, "mmp:", 4) == 0;
}

/* The key given; who takes an invitation keeps one, since it is what the other side will trust; else one for this run */
static MmpKeyPair *
find_key_pair (MmpHub *hub,
               const char *path,
               gboolean invited,
               GError **error)
{
  if (path != NULL)
    return mmp_key_pair_load (path, error);
  if (invited)
    return mmp_hub_load_key_pair (hub, error);

  return mmp_key_pair_generate ();
}

/* The handshake refuses it too, but only once there is a broker. */
static gboolean
check_other_key (const MmpEndpointConfig *config,
                 GError **error)
{
  if (!mmp_public_key_equal (&config->listener, mmp_key_pair_get_public (config->key_pair)))
    return TRUE;

  g_set_error (error, MMP_ERROR, MMP_ERROR_KEY_INVALID, _ ("it is this device's own"));

  return FALSE;
}

static MmpCliExit
run (const MmpCliCommand *command,
     int argc,
     char *argv[])
{
  g_autoptr (MmpCliEndpoint) options = mmp_cli_endpoint_new ();
  g_autofree char *key_path = NULL;
  gboolean wait = FALSE;
  const GOptionEntry entries[] = {
    { "privatekey", 0, 0, G_OPTION_ARG_FILENAME, &key_path, N_ ("Private key of this device, -pk for short (default: a new one for this run)"), N_ ("FILE") },
    { "wait", 0, 0, G_OPTION_ARG_NONE, &wait, N_ ("Go on calling when the other device does not answer at first"), NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = mmp_cli_options_new (command);
  g_auto (GStrv) positionals = NULL;
  g_autoptr (MmpEndpointConfig) config = NULL;
  g_autoptr (MmpCliEvents) events = NULL;
  g_autoptr (MmpCliRun) program = NULL;
  g_autoptr (GError) error = NULL;
  Initiator self = { .wait = wait };
  gboolean invited;

  g_option_context_add_main_entries (context, entries, NULL);
  mmp_cli_endpoint_add_broker_options (options, context);
  mmp_cli_endpoint_add_tunnel_options (options, context);
  positionals = mmp_cli_options_parse (context, argc, argv, &error);
  if (positionals == NULL || !mmp_cli_endpoint_settle (options, argc, argv, &error) || !mmp_cli_classic_settle (options, &error))
    return mmp_cli_endpoint_complain (command, error);

  invited = is_invitation (positionals[0]);
  config = invited ? configure_from_invitation (options, positionals, &error) : configure_from_arguments (options, positionals, &error);
  if (options->classic && invited)
    g_set_error (&error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("“--classic” takes no invitation"));
  if (error != NULL || config == NULL || (options->classic && !mmp_hub_classic_check (config, &error)))
    return mmp_cli_endpoint_complain (command, error);

  events = mmp_cli_events_new (options->json, options->verbose);
  program = mmp_cli_run_new (events, &error);
  if (program == NULL)
    return mmp_cli_complain_about (error);
  config->key_pair = find_key_pair (mmp_cli_run_get_hub (program), key_path, invited, &error);
  if (config->key_pair == NULL || !check_other_key (config, &error))
    return mmp_cli_complain_about (error);

  self.report.run = program;
  self.config = config;
  self.wait = wait;
  if (options->classic)
    {
      mmp_cli_classic_introduce (events);
      mmp_hub_classic_start_initiator (mmp_cli_run_get_hub (program), config, &funcs, &self);
    }
  else
    {
      mmp_hub_start_initiator (mmp_cli_run_get_hub (program), config, &funcs, &self);
    }

  return mmp_cli_run_wait (program);
}

const MmpCliCommand mmp_cli_initiator = {
  .name = "initiator",
  .arguments = "SIGBROKER PORT CONNECTIONIP CONNECTIONPORT LISTENERPUBKEY",
  .summary = N_ ("Open a local port that leads to a listener's service"),
  .description = N_ ("Calls the listener with the public key LISTENERPUBKEY through the signalling broker SIGBROKER:PORT and opens the\n"
                     "local port CONNECTIONIP:CONNECTIONPORT. What connects there reaches the service that the listener shares.\n"
                     "“mmp initiator 'mmp:…' [PORT]” takes an invitation instead."),
  .run = run,
};
