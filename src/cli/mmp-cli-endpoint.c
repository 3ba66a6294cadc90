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
  g_strfreev (self->turn);
  g_free (self->turn_user);
  g_free (self->turn_ca_file);
  mmp_cli_secret_free (self->turn_password);
  g_free (self->turn_password_file);
  g_strfreev (self->more_brokers);
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
    { "broker", 0, 0, G_OPTION_ARG_STRING_ARRAY, &self->more_brokers, N_ ("One more signalling broker, used when those before fail"), N_ ("HOST:PORT") },
    { "cafile", 0, 0, G_OPTION_ARG_FILENAME, &self->ca_file, N_ ("Certificates of the broker's authority, instead of this machine's"), N_ ("FILE") },
    { "json", 0, 0, G_OPTION_ARG_NONE, &self->json, N_ ("Print one JSON object a line for every event"), NULL },
    { "verbose", 'v', 0, G_OPTION_ARG_NONE, &self->verbose, N_ ("Say more, the engine's log on standard error too"), NULL },
    { "unsecure", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_NONE, &self->unsecure, NULL, NULL },
    { NULL },
  };

  g_option_context_add_main_entries (context, entries, NULL);
}

/**
 * mmp_cli_endpoint_add_turn_options:
 *
 * Adds what says where TURN servers are and how to log in.
 */
void
mmp_cli_endpoint_add_turn_options (MmpCliEndpoint *self,
                                   GOptionContext *context)
{
  const GOptionEntry entries[] = {
    { "turn", 0, 0, G_OPTION_ARG_STRING_ARRAY, &self->turn, N_ ("TURN server that relays where no direct path exists"), N_ ("URI") },
    { "turn-cafile", 0, 0, G_OPTION_ARG_FILENAME, &self->turn_ca_file, N_ ("Certificates of the authority of turns: servers, instead of this machine's"), N_ ("FILE") },
    { "turn-user", 0, 0, G_OPTION_ARG_STRING, &self->turn_user, N_ ("User name at the TURN servers"), N_ ("USER") },
    { "turn-password", 0, 0, G_OPTION_ARG_STRING, &self->turn_password, N_ ("Password there; better use --turn-password-file"), N_ ("PASSWORD") },
    { "turn-password-file", 0, 0, G_OPTION_ARG_FILENAME, &self->turn_password_file, N_ ("File with that password, “-” for standard input"), N_ ("FILE") },
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
    { "path", 0, 0, G_OPTION_ARG_STRING, &self->path, N_ ("Which path may be used: auto, direct, turn, or relay (through the broker)"), N_ ("PATH") },
    { "relay", 0, 0, G_OPTION_ARG_STRING, &self->relay, N_ ("May data go through the broker where there is no other way: never, limited (default: 64 KiB a second), or unlimited for a broker of your own"), N_ ("HOW") },
    { "hold", 0, 0, G_OPTION_ARG_INT, &self->hold, N_ ("How long open connections outlive an outage (default: 60)"), N_ ("SECONDS") },
    { "look-after", 0, G_OPTION_FLAG_HIDDEN, G_OPTION_ARG_INT, &self->look_after, NULL, NULL },
    { "classic", 0, 0, G_OPTION_ARG_NONE, &self->classic, N_ ("Talk to applic-tunnel, the thesis's own program; see the manual for what this lacks"), NULL },
    { NULL },
  };

  g_option_context_add_main_entries (context, entries, NULL);
  mmp_cli_endpoint_add_turn_options (self, context);
}

static void
hide_password (const char *password,
               const char *option,
               int argc,
               char *argv[])
{
  mmp_cli_secret_wipe_arguments (password, argc, argv);
  mmp_cli_complain (_ ("Warning: a password on the command line can be seen by others on this machine for a moment and stays in the shell's history; use “%s”."), option);
}

/* turn:USER:PASSWORD@HOST:PORT, and not turn:USER@HOST:PORT */
static gboolean
has_password (const char *uri)
{
  const char *scheme = strchr (uri, ':');
  const char *user = scheme != NULL ? strchr (scheme + 1, ':') : NULL;
  const char *at = strchr (uri, '@');

  return user != NULL && at != NULL && user < at;
}

static void
hide_passwords (MmpCliEndpoint *self,
                int argc,
                char *argv[])
{
  if (self->password != NULL)
    hide_password (self->password, "--sigpassword-file", argc, argv);
  if (self->turn_password != NULL)
    hide_password (self->turn_password, "--turn-password-file", argc, argv);
  for (guint i = 0; self->turn != NULL && self->turn[i] != NULL; i++)
    if (has_password (self->turn[i]))
      hide_password (self->turn[i], "--turn-password-file", argc, argv);
}

static gboolean
read_password (char **password,
               const char *file,
               GError **error)
{
  return file == NULL || (*password = mmp_cli_secret_read (file, error)) != NULL;
}

/**
 * mmp_cli_endpoint_settle:
 * @argv: the process's own arguments
 *
 * To be called right after parsing: takes the passwords out of the arguments, or reads them from their files, and refuses
 * what contradicts itself.
 */
gboolean
mmp_cli_endpoint_settle (MmpCliEndpoint *self,
                         int argc,
                         char *argv[],
                         GError **error)
{
  hide_passwords (self, argc, argv);
  mmp_cli_options_set_verbose (self->verbose);

  if (self->unsecure)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("“--unsecure” is gone: signalling is always encrypted"));
  else if (self->password != NULL && self->password_file != NULL)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("“--sigpassword” and “--sigpassword-file” exclude each other"));
  else if (self->turn_password != NULL && self->turn_password_file != NULL)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("“--turn-password” and “--turn-password-file” exclude each other"));
  else if (self->no_tls && self->ca_file != NULL)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("“--notls” and “--cafile” exclude each other"));
  else if (self->no_stun && self->stun != NULL)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("“--stun” and “--no-stun” exclude each other"));
  else if (self->hold < 0 || self->hold > HOLD_MAX)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("“--hold” takes seconds from 0 to %d"), HOLD_MAX);
  else
    return read_password (&self->password, self->password_file, error) && read_password (&self->turn_password, self->turn_password_file, error);

  return FALSE;
}

static MmpMqttBroker *
make_broker (MmpCliEndpoint *self,
             const char *host,
             guint port,
             GError **error)
{
  return mmp_cli_options_make_broker (host, port, !self->no_tls, self->ca_file, self->user, self->password, error);
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
  guint number;

  return mmp_cli_options_parse_port (port, FALSE, &number, error) ? make_broker (self, host, number, error) : NULL;
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
set_turn (MmpCliEndpoint *self,
          MmpIceConfig *ice,
          GError **error)
{
  if (self->turn_ca_file != NULL && !g_file_test (self->turn_ca_file, G_FILE_TEST_IS_REGULAR))
    {
      g_set_error (error, MMP_ERROR, MMP_ERROR_FILE_INVALID, "there is no file %s", self->turn_ca_file);
      return FALSE;
    }
  g_set_str (&ice->turn_ca_file, self->turn_ca_file);
  for (guint i = 0; self->turn != NULL && self->turn[i] != NULL; i++)
    {
      g_autoptr (GError) cause = NULL;

      if (mmp_ice_config_add_turn (ice, self->turn[i], self->turn_user, self->turn_password, &cause))
        continue;
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("“--turn”: %s"), cause->message);
      return FALSE;
    }

  return TRUE;
}

static gboolean
find_choice (const char *option,
             const char *text,
             const char *const *choices,
             guint *found,
             GError **error)
{
  g_autofree char *names = NULL;

  for (*found = 0; choices[*found] != NULL; (*found)++)
    if (text == NULL || g_str_equal (text, choices[*found]))
      return TRUE;

  names = g_strjoinv (", ", (GStrv) choices);
  g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("“%s” is one of %s, not “%s”"), option, names, text);

  return FALSE;
}

static gboolean
set_path (MmpCliEndpoint *self,
          MmpEndpointConfig *config,
          GError **error)
{
  enum
  {
    AUTO,
    DIRECT,
    TURN,
    RELAY,
  };
  static const char *const paths[] = { "auto", "direct", "turn", "relay", NULL };
  static const char *const relays[] = { [MMP_RELAY_LIMITED] = "limited", [MMP_RELAY_UNLIMITED] = "unlimited", [MMP_RELAY_NEVER] = "never", NULL };
  guint path;
  guint relay;

  if (!find_choice ("--path", self->path, paths, &path, error) || !find_choice ("--relay", self->relay, relays, &relay, error))
    return FALSE;
  if (path == RELAY && relay == MMP_RELAY_NEVER)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("“--path relay” and “--relay never” leave no path"));
  else if (path == TURN && self->turn == NULL)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("“--path turn” needs a server; give it with “--turn”"));
  else
    {
      config->allow_direct = path != RELAY;
      config->ice->relay_only = path == TURN;
      config->relay = path == DIRECT || path == TURN ? MMP_RELAY_NEVER : relay;
      return TRUE;
    }

  return FALSE;
}

static gboolean
add_more_brokers (MmpCliEndpoint *self,
                  MmpEndpointConfig *config,
                  GError **error)
{
  for (guint i = 0; self->more_brokers != NULL && self->more_brokers[i] != NULL; i++)
    {
      g_autofree char *host = NULL;
      MmpMqttBroker *broker;
      guint port;

      if (!mmp_cli_options_parse_address (self->more_brokers[i], FALSE, &host, &port, error))
        return FALSE;
      broker = make_broker (self, host, port, error);
      if (broker == NULL)
        return FALSE;
      g_ptr_array_add (config->brokers, broker);
    }

  return TRUE;
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
  config->ice->look_after = self->look_after * G_USEC_PER_SEC;
  if (!add_more_brokers (self, config, error) || !set_stun (self, config->ice, error) || !set_turn (self, config->ice, error) || !set_path (self, config, error))
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
