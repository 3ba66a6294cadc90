/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gstdio.h>

#include "mmp-cli-ask.h"
#include "mmp-cli-classic.h"
#include "mmp-cli-endpoint.h"
#include "mmp-cli-options.h"
#include "mmp-cli-report.h"
#include "mmp-cli-run.h"
#include "mmp-cli-text.h"

#define DEFAULT_SERVICE "default"
#define SESSIONS 32
#define SESSIONS_MAX 1000
#define READY_FILE "MMP_READY_FILE"

typedef struct
{
  MmpCliReport report;
  MmpListener *listener; /* the hub's */
  MmpCliAsk *ask; /* nullable */
  const char *ready_file; /* nullable: is there while devices can reach this listener */
} Listener;

/* For those who supervise it: a container's health check, a script that waits */
static void
show_ready (Listener *self,
            gboolean ready)
{
  g_autoptr (GError) error = NULL;

  if (self->ready_file == NULL || ready == g_file_test (self->ready_file, G_FILE_TEST_EXISTS))
    return;
  if (!ready)
    g_unlink (self->ready_file);
  else if (!g_file_set_contents (self->ready_file, "", 0, &error))
    mmp_cli_complain (_ ("Warning: nobody will see that this listener is ready (%s)."), error->message);
}

static void
on_status (gpointer endpoint,
           const MmpStatus *status,
           gpointer user_data)
{
  Listener *self = user_data;

  mmp_cli_events_status (mmp_cli_run_get_events (self->report.run), status);
  if (!status->has_device)
    show_ready (self, status->state == MMP_STATE_WAITING || status->state == MMP_STATE_CONNECTED);

  /* What is wrong with one device is no reason to leave the others alone. */
  if (status->state == MMP_STATE_ATTENTION && !status->has_device && status->cause != NULL)
    mmp_cli_run_fail (self->report.run, status->cause);
}

static void
on_gone (gpointer endpoint,
         const MmpPublicKey *device,
         gpointer user_data)
{
  Listener *self = user_data;

  mmp_cli_events_gone (mmp_cli_run_get_events (self->report.run), device);
}

static void
on_request (gpointer endpoint,
            const MmpPublicKey *device,
            const char *name,
            gpointer user_data)
{
  Listener *self = user_data;

  mmp_cli_events_request (mmp_cli_run_get_events (self->report.run), device, name);
  if (self->ask != NULL)
    mmp_cli_ask_add (self->ask, device, name);
}

static void
on_request_gone (gpointer endpoint,
                 const MmpPublicKey *device,
                 gpointer user_data)
{
  Listener *self = user_data;

  mmp_cli_events_request_gone (mmp_cli_run_get_events (self->report.run), device);
  if (self->ask != NULL)
    mmp_cli_ask_remove (self->ask, device);
}

static void
on_invited (gpointer endpoint,
            const MmpPublicKey *device,
            const char *name,
            gpointer user_data)
{
  Listener *self = user_data;

  mmp_cli_events_trusted (mmp_cli_run_get_events (self->report.run), device, name);
}

static const MmpEndpointFuncs funcs = {
  .status = on_status,
  .gone = on_gone,
  .listening = mmp_cli_report_listening,
  .forward_failed = mmp_cli_report_forward_failed,
  .stream = mmp_cli_report_stream,
  .rtt = mmp_cli_report_rtt,
  .request = on_request,
  .request_gone = on_request_gone,
  .invited = on_invited,
};

static void
on_answer (const MmpPublicKey *device,
           const char *name,
           MmpAnswer answer,
           gpointer user_data)
{
  Listener *self = user_data;
  MmpHub *hub = mmp_cli_run_get_hub (self->report.run);
  g_autoptr (GError) error = NULL;

  if (!mmp_hub_answer (hub, self->listener, device, name, answer, &error))
    mmp_cli_complain_about (error);
  else if (answer == MMP_ANSWER_TRUST)
    mmp_cli_events_trusted (mmp_cli_run_get_events (self->report.run), device, name);
}

/* SIGBROKER PORT CONNECTIONIP CONNECTIONPORT PRIVATEKEY */
static MmpEndpointConfig *
configure (MmpCliEndpoint *options,
           GStrv positionals,
           GError **error)
{
  static const char *const names[] = { "SIGBROKER", "PORT", "CONNECTIONIP", "CONNECTIONPORT", "PRIVATEKEY", NULL };
  g_autoptr (MmpMqttBroker) broker = NULL;
  g_autoptr (MmpEndpointConfig) config = NULL;
  guint port;

  if (!mmp_cli_options_count (positionals, names, error))
    return NULL;
  broker = mmp_cli_endpoint_make_broker (options, positionals[0], positionals[1], error);
  if (broker == NULL)
    return NULL;
  config = mmp_cli_endpoint_make_config (options, broker, error);
  if (config == NULL || !mmp_cli_options_parse_port (positionals[3], FALSE, &port, error) || !mmp_endpoint_config_add_service (config, options->tunnel != NULL ? options->tunnel : DEFAULT_SERVICE, positionals[2], port, error) || !mmp_cli_endpoint_add_more (options, config, error))
    return NULL;
  config->key_pair = mmp_key_pair_load (positionals[4], error);
  if (config->key_pair == NULL)
    return NULL;

  return g_steal_pointer (&config);
}

/* Whom it will listen to, and a line about it, since this is the one thing that must not be a surprise */
static gboolean
settle_trust (Listener *self,
              MmpEndpointConfig *config,
              const char *initiators,
              gboolean anyone,
              GError **error)
{
  MmpHub *hub = mmp_cli_run_get_hub (self->report.run);
  MmpCliEvents *events = mmp_cli_run_get_events (self->report.run);

  config->trust = MMP_TRUST (g_object_ref (mmp_hub_get_trust (hub)));
  if (anyone)
    {
      config->mode = MMP_TRUST_ANYONE;
      mmp_cli_complain (_ ("Warning: every device that knows this listener's public key may use what it shares (“--trust-anyone”)."));
    }
  else if (initiators != NULL)
    {
      if (!mmp_hub_trust_set_file (mmp_hub_get_trust (hub), initiators, error))
        return FALSE;
      mmp_cli_events_note (events, _ ("Only the devices in %s may connect."), initiators);
    }
  else if (!mmp_cli_events_is_json (events) && mmp_cli_ask_is_possible ())
    {
      config->mode = MMP_TRUST_ASK;
      self->ask = mmp_cli_ask_new (on_answer, self);
      mmp_cli_events_note (events, _ ("Devices of the device list may connect; about others you are asked here."));
    }
  else
    {
      mmp_cli_events_note (events, _ ("Only devices of the device list may connect (“mmp trust”, “mmp invite”)."));
    }

  return TRUE;
}

static void
introduce (MmpCliEvents *events,
           const MmpEndpointConfig *config)
{
  const MmpPublicKey *key = mmp_key_pair_get_public (config->key_pair);
  g_autofree char *text = mmp_public_key_to_text (key);
  g_autofree char *fingerprint = mmp_public_key_to_fingerprint (key);
  g_autofree char *broker = mmp_mqtt_broker_to_text (g_ptr_array_index (config->brokers, 0));

  mmp_cli_events_note (events, _ ("Public key: %s\nFingerprint: %s\nBroker: %s"), text, fingerprint, broker);
}

static MmpCliExit
listen_until_stopped (MmpCliRun *run,
                      MmpEndpointConfig *config,
                      gboolean classic,
                      const char *initiators,
                      gboolean anyone)
{
  Listener self = { .report = { run }, .ready_file = g_getenv (READY_FILE) };
  MmpHub *hub = mmp_cli_run_get_hub (run);
  g_autoptr (MmpCliAsk) ask = NULL;
  g_autoptr (GError) error = NULL;
  MmpCliExit exit;

  if (!settle_trust (&self, config, initiators, anyone, &error))
    return mmp_cli_complain_about (error);
  ask = self.ask;
  introduce (mmp_cli_run_get_events (run), config);

  if (classic)
    {
      gpointer listener;

      mmp_cli_classic_introduce (mmp_cli_run_get_events (run));
      listener = mmp_hub_classic_start_listener (hub, config, &funcs, &self);
      exit = mmp_cli_run_wait (run);
      mmp_hub_stop (hub, listener);
      return exit;
    }

  if (!mmp_hub_remember_listener (hub, config, &error))
    {
      mmp_cli_complain (_ ("Warning: “mmp invite” will not find this listener (%s)."), error->message);
      g_clear_error (&error);
    }
  show_ready (&self, FALSE);
  self.listener = mmp_hub_start_listener (hub, config, &funcs, &self);
  exit = mmp_cli_run_wait (run);
  mmp_hub_stop (hub, self.listener);
  show_ready (&self, FALSE);

  return exit;
}

static MmpCliExit
run (const MmpCliCommand *command,
     int argc,
     char *argv[])
{
  g_autoptr (MmpCliEndpoint) options = mmp_cli_endpoint_new ();
  g_autofree char *initiators = NULL;
  gboolean anyone = FALSE;
  int sessions = SESSIONS;
  const GOptionEntry entries[] = {
    { "initiators", 'i', 0, G_OPTION_ARG_FILENAME, &initiators, N_ ("Trust exactly the public keys in FILE, one a line, instead of the device list"), N_ ("FILE") },
    { "trust-anyone", 0, 0, G_OPTION_ARG_NONE, &anyone, N_ ("Let in every device that knows this listener's public key"), NULL },
    { "sessions", 0, 0, G_OPTION_ARG_INT, &sessions, N_ ("How many devices may be connected at a time (default: 32)"), N_ ("N") },
    { NULL },
  };
  g_autoptr (GOptionContext) context = mmp_cli_options_new (command);
  g_auto (GStrv) positionals = NULL;
  g_autoptr (MmpEndpointConfig) config = NULL;
  g_autoptr (MmpCliEvents) events = NULL;
  g_autoptr (MmpCliRun) program = NULL;
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  mmp_cli_endpoint_add_broker_options (options, context);
  mmp_cli_endpoint_add_tunnel_options (options, context);
  positionals = mmp_cli_options_parse (context, argc, argv, &error);
  if (positionals == NULL || !mmp_cli_endpoint_settle (options, argc, argv, &error) || !mmp_cli_classic_settle (options, &error))
    return mmp_cli_endpoint_complain (command, error);
  if (anyone && initiators != NULL)
    {
      g_set_error (&error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("“-i” and “--trust-anyone” exclude each other"));
      return mmp_cli_endpoint_complain (command, error);
    }
  if (options->classic && !anyone && initiators == NULL)
    {
      g_set_error (&error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("“--classic” has trusted devices of its own: name their keys with “-i”, or give “--trust-anyone”"));
      return mmp_cli_endpoint_complain (command, error);
    }
  if (sessions < 1 || sessions > SESSIONS_MAX)
    {
      g_set_error (&error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("“--sessions” takes a number from 1 to %d"), SESSIONS_MAX);
      return mmp_cli_endpoint_complain (command, error);
    }
  config = configure (options, positionals, &error);
  if (config == NULL || (options->classic && !mmp_hub_classic_check (config, &error)))
    return mmp_cli_endpoint_complain (command, error);
  config->sessions_max = (guint) sessions;

  events = mmp_cli_events_new (options->json, options->verbose);
  program = mmp_cli_run_new (events, &error);
  if (program == NULL)
    return mmp_cli_complain_about (error);

  return listen_until_stopped (program, config, options->classic, initiators, anyone);
}

const MmpCliCommand mmp_cli_listener = {
  .name = "listener",
  .arguments = "SIGBROKER PORT CONNECTIONIP CONNECTIONPORT PRIVATEKEY",
  .summary = N_ ("Share a service with devices that you trust"),
  .description = N_ ("Waits at the signalling broker SIGBROKER:PORT for devices that you trust, and leads their connections to\n"
                     "CONNECTIONIP:CONNECTIONPORT, as seen from here. PRIVATEKEY is this device's key file (see “mmp keygen”).\n"
                     "“mmp invite” lets a new device in."),
  .run = run,
};
