/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-cli-endpoint.h"

#include <string.h>

#include "mmp-cli-options.h"
#include "mmp-cli-secret.h"
#include "mmp-cli-text.h"

#define DEFAULT_STUN "stun://stun.l.google.com:19302"
#define DEFAULT_HOLD 60 /* seconds */
#define HOLD_MAX 3600

/**
 * mmp_cli_endpoint_new:
 *
 * Returns: (transfer full): no option given
 */
MmpCliEndpoint *
mmp_cli_endpoint_new (void)
{
  MmpCliEndpoint *self = g_new0 (MmpCliEndpoint, 1);

  self->hold = DEFAULT_HOLD;

  return self;
}

/**
 * mmp_cli_endpoint_free:
 */
void
mmp_cli_endpoint_free (MmpCliEndpoint *self)
{
  g_free (self->user);
  mmp_cli_secret_free (self->password);
  g_free (self->password_file);
  g_free (self->topic);
  g_free (self->tunnel);
  g_free (self->ca_file);
  g_free (self->stun);
  g_free (self->relay);
  g_free (self->path);
  g_strfreev (self->services);
  g_strfreev (self->forwards);
  g_free (self);
}

/**
 * mmp_cli_endpoint_add_broker_options:
 *
 * Adds what says where the signalling broker is and how to log in.
 */
void
mmp_cli_endpoint_add_broker_options (MmpCliEndpoint *self,
                                     GOptionContext *context)
{
  const GOptionEntry entries[] = {
    { "siguser", 'u', 0, G_OPTION_ARG_STRING, &self->user, N_ ("User name at the signalling broker"), N_ ("USER") },
    { "sigpassword", 'p', 0, G_OPTION_ARG_STRING, &self->password, N_ ("Password there; better use --sigpassword-file"), N_ ("PASSWORD") },
    { "sigpassword-file", 0, 0, G_OPTION_ARG_FILENAME, &self->password_file, N_ ("File with that password, “-” for standard input"), N_ ("FILE") },
    { "sigtopic", 't', 0, G_OPTION_ARG_STRING, &self->topic, N_ ("First part of the topics, the same on both sides (default: sig)"), N_ ("TOPIC") },
    { "tunnelname", 'n', 0, G_OPTION_ARG_STRING, &self->tunnel, N_ ("Name of the service, the same on both sides (default: default)"), N_ ("NAME") },
    { "notls", 0, 0, G_OPTION_ARG_NONE, &self->no_tls, N_ ("No TLS to the signalling broker; the tunnel is encrypted anyway"), NULL },
    { "cafile", 0, 0, G_OPTION_ARG_FILENAME, &self->ca_file, N_ ("Certificates of the broker's authority, instead of this machine's"), N_ ("FILE") },
    { "json", 0, 0, G_OPTION_ARG_NONE, &self->json, N_ ("Print one JSON object a line for every event"), NULL },
    { "verbose", 'v', 0, G_OPTION_ARG_NONE, &self->verbose, N_ ("Say more, the engine's log on standard error too"), NULL },
    { "unsecure", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &self->unsecure, NULL, NULL },
    { NULL },
  };

  g_option_context_add_main_entries (context, entries, NULL);
}

/**
 * mmp_cli_endpoint_add_tunnel_options:
 *
 * Adds what says how the tunnel finds its way and what it carries.
 */
void
mmp_cli_endpoint_add_tunnel_options (MmpCliEndpoint *self,
                                     GOptionContext *context)
{
  const GOptionEntry entries[] = {
    { "service", 0, 0, G_OPTION_ARG_STRING_ARRAY, &self->services, N_ ("Share one more service with the other side"), N_ ("NAME=HOST:PORT") },
    { "forward", 0, 0, G_OPTION_ARG_STRING_ARRAY, &self->forwards, N_ ("Open one more local port that leads to a service of the other side"), N_ ("ADDR:PORT=NAME") },
    { "stun", 0, 0, G_OPTION_ARG_STRING, &self->stun, N_ ("STUN server that tells this machine its public address"), N_ ("URI") },
    { "no-stun", 0, 0, G_OPTION_ARG_NONE, &self->no_stun, N_ ("Ask no STUN server: only paths inside one network"), NULL },
    { "path", 0, 0, G_OPTION_ARG_STRING, &self->path, N_ ("Which path may be used: auto, direct or relay (through the broker)"), N_ ("PATH") },
    { "relay", 0, 0, G_OPTION_ARG_STRING, &self->relay, N_ ("May data go through the broker: never, or unlimited for a broker of your own"), N_ ("HOW") },
    { "hold", 0, 0, G_OPTION_ARG_INT, &self->hold, N_ ("How long open connections outlive an outage (default: 60)"), N_ ("SECONDS") },
    { NULL },
  };

  g_option_context_add_main_entries (context, entries, NULL);
}

/**
 * mmp_cli_endpoint_settle:
 * @argv: the process's own arguments
 *
 * To be called right after parsing: takes the password out of the arguments, or reads it from its file, and refuses
 * what contradicts itself.
 */
gboolean
mmp_cli_endpoint_settle (MmpCliEndpoint *self,
                         int argc,
                         char *argv[],
                         GError **error)
{
  if (self->password != NULL)
    {
      mmp_cli_secret_wipe_arguments (self->password, argc, argv);
      mmp_cli_complain (_ ("Warning: a password on the command line can be seen by others on this machine for a moment and stays in the shell's history; use “--sigpassword-file”."));
    }
  mmp_cli_options_set_verbose (self->verbose);

  if (self->unsecure)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("“--unsecure” is gone: signalling is always encrypted"));
  else if (self->password != NULL && self->password_file != NULL)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("“--sigpassword” and “--sigpassword-file” exclude each other"));
  else if (self->no_tls && self->ca_file != NULL)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("“--notls” and “--cafile” exclude each other"));
  else if (self->no_stun && self->stun != NULL)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("“--stun” and “--no-stun” exclude each other"));
  else if (self->hold < 0 || self->hold > HOLD_MAX)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("“--hold” takes seconds from 0 to %d"), HOLD_MAX);
  else if (self->password_file != NULL)
    return (self->password = mmp_cli_secret_read (self->password_file, error)) != NULL;
  else
    return TRUE;

  return FALSE;
}

/**
 * mmp_cli_endpoint_make_broker:
 *
 * Returns: (transfer full): the broker of the options at @host and @port
 */
MmpMqttBroker *
mmp_cli_endpoint_make_broker (MmpCliEndpoint *self,
                              const char *host,
                              const char *port,
                              GError **error)
{
  g_autoptr (MmpMqttBroker) plain = NULL;
  g_autoptr (MmpMqttBroker) known = NULL;
  guint number;

  if (!mmp_cli_options_parse_port (port, FALSE, &number, error))
    return NULL;
  plain = mmp_mqtt_broker_new (host, number, !self->no_tls, error);
  if (plain == NULL)
    return NULL;
  if (self->ca_file != NULL && !g_file_test (self->ca_file, G_FILE_TEST_IS_REGULAR))
    {
      g_set_error (error, MMP_ERROR, MMP_ERROR_FILE_INVALID, "there is no file %s", self->ca_file);
      return NULL;
    }

  known = mmp_mqtt_broker_with_ca_file (plain, self->ca_file);

  return mmp_mqtt_broker_with_login (known, self->user, self->password);
}

/* Devices on one machine meet through a broker on that machine; only then are loopback addresses a path. */
static gboolean
is_loopback (const char *host)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (host);

  return address != NULL ? g_inet_address_get_is_loopback (address) : g_ascii_strcasecmp (host, "localhost") == 0;
}

/* `stun:HOST:PORT` is the form of RFC 7064; programs often write two slashes. */
static gboolean
set_stun (MmpCliEndpoint *self,
          MmpIceConfig *ice,
          GError **error)
{
  const char *uri = self->stun != NULL ? self->stun : DEFAULT_STUN;

  if (self->no_stun)
    return TRUE;

  if (g_str_has_prefix (uri, "stun:") && !g_str_has_prefix (uri, "stun://"))
    ice->stun_server = g_strconcat ("stun://", uri + strlen ("stun:"), NULL);
  else
    ice->stun_server = g_strdup (uri);
  if (mmp_ice_config_check (ice, NULL))
    return TRUE;

  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("A STUN server is stun:HOST:PORT, not “%s”"), uri);

  return FALSE;
}

static gboolean
set_path (MmpCliEndpoint *self,
          MmpEndpointConfig *config,
          GError **error)
{
  const char *path = self->path != NULL ? self->path : "auto";
  const char *relay = self->relay != NULL ? self->relay : g_str_equal (path, "relay") ? "unlimited"
                                                                                      : "never";

  if (!g_strv_contains ((const char *const[]) { "auto", "direct", "relay", NULL }, path))
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("“--path” is auto, direct or relay, not “%s”"), path);
  else if (!g_strv_contains ((const char *const[]) { "never", "unlimited", NULL }, relay))
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("“--relay” is never or unlimited, not “%s”"), relay);
  else if (g_str_equal (path, "relay") && g_str_equal (relay, "never"))
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("“--path relay” and “--relay never” leave no path"));
  else
    {
      config->allow_direct = !g_str_equal (path, "relay");
      config->allow_relay = !g_str_equal (path, "direct") && g_str_equal (relay, "unlimited");
      return TRUE;
    }

  return FALSE;
}

/**
 * mmp_cli_endpoint_make_config:
 *
 * Returns: (transfer full): what the options say, with @broker; keys, trust and the main service or forward are the
 *   caller's
 */
MmpEndpointConfig *
mmp_cli_endpoint_make_config (MmpCliEndpoint *self,
                              MmpMqttBroker *broker,
                              GError **error)
{
  g_autoptr (MmpEndpointConfig) config = mmp_endpoint_config_new ();

  g_ptr_array_add (config->brokers, mmp_mqtt_broker_ref (broker));
  if (self->topic != NULL && !mmp_topics_check_prefix (self->topic, error))
    return NULL;
  if (self->topic != NULL)
    g_set_str (&config->prefix, self->topic);
  g_set_str (&config->name, g_get_host_name ());
  config->ice->loopback = is_loopback (mmp_mqtt_broker_get_host (broker));
  config->hold = self->hold * G_USEC_PER_SEC;
  if (!set_stun (self, config->ice, error) || !set_path (self, config, error))
    return NULL;

  return g_steal_pointer (&config);
}

/**
 * mmp_cli_endpoint_add_more:
 *
 * Adds what `--service` and `--forward` say; after the main one, which has to stay the first.
 */
gboolean
mmp_cli_endpoint_add_more (MmpCliEndpoint *self,
                           MmpEndpointConfig *config,
                           GError **error)
{
  for (guint i = 0; self->services != NULL && self->services[i] != NULL; i++)
    if (!mmp_cli_options_parse_service (self->services[i], config, error))
      return FALSE;
  for (guint i = 0; self->forwards != NULL && self->forwards[i] != NULL; i++)
    if (!mmp_cli_options_parse_forward (self->forwards[i], config, error))
      return FALSE;

  return TRUE;
}

/**
 * mmp_cli_endpoint_complain:
 *
 * Says what is wrong with options, a key or a file.
 *
 * Returns: the exit code for that
 */
MmpCliExit
mmp_cli_endpoint_complain (const MmpCliCommand *command,
                           const GError *error)
{
  if (error->domain == G_OPTION_ERROR)
    return mmp_cli_options_complain (command, error);

  return mmp_cli_complain_about (error);
}
