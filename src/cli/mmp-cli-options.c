/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-cli-options.h"

#include <string.h>

#include "mmp-cli-cause.h"
#include "mmp-cli-text.h"

#define PORT_MAX 65535

/**
 * mmp_cli_options_new:
 *
 * Returns: (transfer full): a parser with the command's usage line and description; its options are added by the caller
 */
GOptionContext *
mmp_cli_options_new (const MmpCliCommand *command)
{
  GOptionContext *context = g_option_context_new (command->arguments);
  g_autofree char *name = g_strdup_printf ("mmp %s", command->name);

  g_option_context_set_summary (context, _ (command->description));
  g_option_context_set_translation_domain (context, GETTEXT_PACKAGE);
  g_set_prgname (name);

  return context;
}

/**
 * mmp_cli_options_parse:
 * @argv: as the command got it; stays as it is
 *
 * Parses options wherever they stand, up to `--`. `-pk FILE` is taken as the thesis prints it, though one dash and two
 * letters would be two options elsewhere.
 *
 * Returns: (transfer full): the positional arguments
 */
GStrv
mmp_cli_options_parse (GOptionContext *context,
                       int argc,
                       char *argv[],
                       GError **error)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) arguments = NULL;
  gboolean options = TRUE;
  GStrv positionals = NULL;

  for (int i = 0; i < argc; i++)
    {
      options = options && !g_str_equal (argv[i], "--");
      g_strv_builder_add (builder, options && g_str_equal (argv[i], "-pk") ? "--privatekey" : argv[i]);
    }
  arguments = g_strv_builder_end (builder);

  if (!g_option_context_parse_strv (context, &arguments, error))
    return NULL;

  /* What is left: the command's name, then positionals, perhaps with the "--" between them. */
  for (guint i = 1; arguments[i] != NULL; i++)
    if (!g_str_equal (arguments[i], "--"))
      g_strv_builder_add (builder, arguments[i]);
  positionals = g_strv_builder_end (builder);

  return positionals;
}

/**
 * mmp_cli_options_complain:
 *
 * Says what is wrong with the command line, on one line.
 *
 * Returns: the exit code for that
 */
MmpCliExit
mmp_cli_options_complain (const MmpCliCommand *command,
                          const GError *error)
{
  g_autofree char *cause = mmp_cli_cause_translate (error->message);

  mmp_cli_complain (_ ("%s. See “mmp %s --help”."), cause, command->name);

  return MMP_CLI_USAGE;
}

/* What libraries say to developers, such as that a name could not be looked up, reaches people as the cause of a state. */
static gboolean only_errors;

/* Standard output belongs to events and results, whatever is logged. GLib's own switch for that may not be used any more when
 * there are threads, and libdex begins with some where it has no io_uring, as in containers. */
static GLogWriterOutput
write_to_standard_error (GLogLevelFlags level,
                         const GLogField *fields,
                         gsize n_fields,
                         gpointer user_data)
{
  const char *domain = NULL;
  g_autofree char *line = NULL;

  if (only_errors && (level & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL)) == 0)
    return G_LOG_WRITER_HANDLED;
  if ((level & (G_LOG_LEVEL_INFO | G_LOG_LEVEL_DEBUG)) == 0)
    return g_log_writer_default (level, fields, n_fields, user_data);

  for (gsize i = 0; i < n_fields; i++)
    if (g_str_equal (fields[i].key, "GLIB_DOMAIN"))
      domain = fields[i].value;
  if (!g_log_writer_default_would_drop (level, domain))
    {
      line = g_log_writer_format_fields (level, fields, n_fields, FALSE);
      g_printerr ("%s\n", line);
    }

  return G_LOG_WRITER_HANDLED;
}

/**
 * mmp_cli_options_begin_log:
 *
 * To be called once, first. From now on what is logged goes to standard error.
 */
void
mmp_cli_options_begin_log (void)
{
  g_log_set_writer_func (write_to_standard_error, NULL, NULL);
}

/**
 * mmp_cli_options_set_verbose:
 *
 * Lets logs of the engine and its libraries through, to standard error, if @verbose; else only what means a fault in the
 * program.
 */
void
mmp_cli_options_set_verbose (gboolean verbose)
{
  const char *const domains[] = { "all", NULL };

  if (verbose)
    g_log_writer_default_set_debug_domains (domains);
  only_errors = !verbose;
}

/**
 * mmp_cli_options_count:
 * @names: (array zero-terminated=1): what is expected
 *
 * Returns: %TRUE if there are as many positionals as names
 */
gboolean
mmp_cli_options_count (GStrv positionals,
                       const char *const *names,
                       GError **error)
{
  guint given = g_strv_length (positionals);
  guint wanted = g_strv_length ((GStrv) names);

  if (given < wanted)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("%s is missing"), names[given]);
  else if (given > wanted)
    g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("“%s” is one argument too many"), positionals[wanted]);

  return given == wanted;
}

/**
 * mmp_cli_options_parse_port:
 * @any: whether 0 (any free one) may be given
 *
 * Returns: %TRUE if @text is a port
 */
gboolean
mmp_cli_options_parse_port (const char *text,
                            gboolean any,
                            guint *port,
                            GError **error)
{
  guint64 value;

  if (!g_ascii_string_to_unsigned (text, 10, any ? 0 : 1, PORT_MAX, &value, NULL))
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("A port is a number from 1 to 65535, not “%s”"), text);
      return FALSE;
    }
  *port = (guint) value;

  return TRUE;
}

/**
 * mmp_cli_options_parse_address:
 * @text: `HOST:PORT`, `[IPV6]:PORT`
 *
 * Returns: %TRUE if it is one
 */
gboolean
mmp_cli_options_parse_address (const char *text,
                               gboolean any_port,
                               char **host,
                               guint *port,
                               GError **error)
{
  const char *colon = strrchr (text, ':');
  gsize length = colon != NULL ? (gsize) (colon - text) : 0;
  gboolean bracketed = length > 2 && text[0] == '[' && text[length - 1] == ']';

  if (length == 0 || (!bracketed && (text[0] == '[' || memchr (text, ':', length) != NULL)))
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("An address is HOST:PORT or [IPV6]:PORT, not “%s”"), text);
      return FALSE;
    }
  if (!mmp_cli_options_parse_port (colon + 1, any_port, port, error))
    return FALSE;
  *host = bracketed ? g_strndup (text + 1, length - 2) : g_strndup (text, length);

  return TRUE;
}

/**
 * mmp_cli_options_parse_key:
 *
 * Reads a public key. A slip is never corrected silently: whoever made it is told what was probably meant.
 */
gboolean
mmp_cli_options_parse_key (const char *text,
                           MmpPublicKey *key,
                           GError **error)
{
  g_auto (GStrv) suggestions = NULL;

  if (mmp_public_key_from_text (text, key, error))
    return TRUE;

  suggestions = mmp_public_key_suggest (text);
  if (suggestions[0] != NULL)
    {
      g_clear_error (error);
      g_set_error (error, MMP_ERROR, MMP_ERROR_KEY_INVALID, _ ("did you mean %s?"), suggestions[0]);
    }

  return FALSE;
}

/**
 * mmp_cli_options_parse_service:
 * @text: `NAME=HOST:PORT`
 *
 * Adds a service to @config.
 */
gboolean
mmp_cli_options_parse_service (const char *text,
                               MmpEndpointConfig *config,
                               GError **error)
{
  const char *equals = strchr (text, '=');
  g_autofree char *name = NULL;
  g_autofree char *host = NULL;
  guint port;

  if (equals == NULL || equals == text)
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("A service is NAME=HOST:PORT, not “%s”"), text);
      return FALSE;
    }
  if (!mmp_cli_options_parse_address (equals + 1, FALSE, &host, &port, error))
    return FALSE;
  name = g_strndup (text, (gsize) (equals - text));

  return mmp_endpoint_config_add_service (config, name, host, port, error);
}

/**
 * mmp_cli_options_parse_forward:
 * @text: `ADDRESS:PORT=NAME`
 *
 * Adds a forward to @config.
 */
gboolean
mmp_cli_options_parse_forward (const char *text,
                               MmpEndpointConfig *config,
                               GError **error)
{
  const char *equals = strrchr (text, '=');
  g_autofree char *where = NULL;
  g_autofree char *address = NULL;
  guint port;

  if (equals == NULL || equals[1] == '\0')
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("A forward is ADDRESS:PORT=NAME, not “%s”"), text);
      return FALSE;
    }
  where = g_strndup (text, (gsize) (equals - text));
  if (!mmp_cli_options_parse_address (where, TRUE, &address, &port, error))
    return FALSE;

  return mmp_endpoint_config_add_forward (config, address, port, equals + 1, error);
}

/**
 * mmp_cli_options_make_broker:
 * @ca_file: (nullable): has to be there
 * @user: (nullable): user name
 * @password: (nullable): password
 *
 * Returns: (transfer full): the broker that options describe
 */
MmpMqttBroker *
mmp_cli_options_make_broker (const char *host,
                             guint port,
                             gboolean tls,
                             const char *ca_file,
                             const char *user,
                             const char *password,
                             GError **error)
{
  g_autoptr (MmpMqttBroker) plain = mmp_mqtt_broker_new (host, port, tls, error);
  g_autoptr (MmpMqttBroker) known = NULL;

  if (plain == NULL)
    return NULL;
  if (ca_file != NULL && !g_file_test (ca_file, G_FILE_TEST_IS_REGULAR))
    {
      g_set_error (error, MMP_ERROR, MMP_ERROR_FILE_INVALID, "there is no file %s", ca_file);
      return NULL;
    }
  known = mmp_mqtt_broker_with_ca_file (plain, ca_file);

  return mmp_mqtt_broker_with_login (known, user, password);
}
