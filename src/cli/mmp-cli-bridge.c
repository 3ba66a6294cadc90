/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-cli-bridge.h"

#include <glib-unix.h>
#include <signal.h>
#include <string.h>

#include "mmp-cli-options.h"
#include "mmp-cli-secret.h"
#include "mmp-cli-text.h"

#define MAX_AGE_MAX (365 * 24 * 3600)

typedef struct
{
  GMainLoop *loop;
  GCancellable *cancellable;
  MmpBridgeKey *key;
  GError *error;
} Derivation;

/**
 * mmp_cli_bridge_new:
 *
 * Returns: (transfer full): no option given
 */
MmpCliBridge *
mmp_cli_bridge_new (void)
{
  MmpCliBridge *self = g_new0 (MmpCliBridge, 1);

  self->qos = 1;

  return self;
}

/**
 * mmp_cli_bridge_free:
 */
void
mmp_cli_bridge_free (MmpCliBridge *self)
{
  g_free (self->user);
  mmp_cli_secret_free (self->user_password);
  g_free (self->user_password_file);
  g_free (self->ca_file);
  g_strfreev (self->key_files);
  mmp_cli_secret_free (self->password);
  g_free (self->password_file);
  g_free (self->bridge_id);
  g_free (self->topics);
  g_free (self->format);
  g_free (self->name);
  g_free (self->accept_again);
  g_free (self);
}

/**
 * mmp_cli_bridge_add_options:
 *
 * Adds what says how to log in, which key to use and how messages look on the public broker.
 */
void
mmp_cli_bridge_add_options (MmpCliBridge *self,
                            GOptionContext *context)
{
  const GOptionEntry entries[] = {
    { "user", 0, 0, G_OPTION_ARG_STRING, &self->user, N_ ("User name at the (public) broker"), N_ ("USER") },
    { "user_pw", 0, 0, G_OPTION_ARG_STRING, &self->user_password, N_ ("Password there; better use --user_pw-file"), N_ ("PASSWORD") },
    { "user_pw-file", 0, 0, G_OPTION_ARG_FILENAME, &self->user_password_file, N_ ("File with that password, “-” for standard input"), N_ ("FILE") },
    { "notls", 0, 0, G_OPTION_ARG_NONE, &self->no_tls, N_ ("No TLS to the (public) broker; sealed messages are encrypted anyway"), NULL },
    { "cafile", 0, 0, G_OPTION_ARG_FILENAME, &self->ca_file, N_ ("Certificates of that broker's authority, instead of this machine's"), N_ ("FILE") },
    { "keyfile", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &self->key_files, N_ ("Key file (“mmp secure-bridge-keygen”); given again, more keys that open, too"), N_ ("FILE") },
    { "password", 0, 0, G_OPTION_ARG_STRING, &self->password, N_ ("Password to make the key of, with --bridge-id; better use --password-file"), N_ ("PASSWORD") },
    { "password-file", 0, 0, G_OPTION_ARG_FILENAME, &self->password_file, N_ ("File with that password, “-” for standard input"), N_ ("FILE") },
    { "bridge-id", 0, 0, G_OPTION_ARG_STRING, &self->bridge_id, N_ ("The bridge's id, the same on all sides (“mmp secure-bridge-keygen --bridge-id” makes one)"), N_ ("ID") },
    { "topics", 0, 0, G_OPTION_ARG_STRING, &self->topics, N_ ("What the public broker sees of topics: hidden, tokens or clear"), N_ ("MODE") },
    { "qos", 0, 0, G_OPTION_ARG_INT, &self->qos, N_ ("Highest quality of service: 0, or 1 (default) to lose nothing"), N_ ("N") },
    { "retain", 0, 0, G_OPTION_ARG_NONE, &self->retain, N_ ("Let the public broker keep retained messages"), NULL },
    { "max-age", 0, 0, G_OPTION_ARG_INT, &self->max_age, N_ ("Refuse what was sealed longer ago; needs clocks that are right"), N_ ("SECONDS") },
    { "accept-again", 0, 0, G_OPTION_ARG_STRING, &self->accept_again, N_ ("Take this sender again, although its clock or its backup went back"), N_ ("SENDER") },
    { "forget", 0, 0, G_OPTION_ARG_NONE, &self->forget, N_ ("Let brokers keep nothing while this program does not run"), NULL },
    { "only-mqtt3", 0, 0, G_OPTION_ARG_NONE, &self->only_v3, N_ ("Speak MQTT 3.1.1 even with brokers that know MQTT 5"), NULL },
    { "name", 0, 0, G_OPTION_ARG_STRING, &self->name, N_ ("Name of this bridge, if several would have the same one"), N_ ("NAME") },
    { "json", 0, 0, G_OPTION_ARG_NONE, &self->json, N_ ("Print one JSON object a line for every event"), NULL },
    { "verbose", 'v', 0, G_OPTION_ARG_NONE, &self->verbose, N_ ("Say more, the engine's log on standard error too"), NULL },
    { NULL },
  };

  g_option_context_add_main_entries (context, entries, NULL);
}

static gboolean
fail (GError **error,
      const char *text)
{
  g_set_error_literal (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, text);

  return FALSE;
}

/* Takes a secret out of the arguments, or reads it from its file. */
static gboolean
settle_secret (char **secret,
               const char *path,
               const char *option,
               int argc,
               char *argv[],
               GError **error)
{
  if (*secret != NULL)
    {
      mmp_cli_secret_wipe_arguments (*secret, argc, argv);
      mmp_cli_complain (_ ("Warning: a password on the command line can be seen by others on this machine for a moment and stays in the shell's history; use “%s-file”."), option);
    }
  if (*secret != NULL && path != NULL)
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("“%s” and “%s-file” exclude each other"), option, option);
      return FALSE;
    }
  if (path != NULL)
    *secret = mmp_cli_secret_read (path, error);

  return path == NULL || *secret != NULL;
}

static gboolean
parse_mode (MmpCliBridge *self,
            GError **error)
{
  static const char *const modes[] = { [MMP_TOPICS_HIDDEN] = "hidden", [MMP_TOPICS_TOKENS] = "tokens", [MMP_TOPICS_CLEAR] = "clear", NULL };

  self->mode = self->bridge_id != NULL ? MMP_TOPICS_HIDDEN : MMP_TOPICS_CLEAR;
  if (self->topics == NULL)
    return TRUE;
  for (guint i = 0; modes[i] != NULL; i++)
    if (g_str_equal (modes[i], self->topics))
      {
        self->mode = (MmpTopicMode) i;
        return TRUE;
      }

  return fail (error, _ ("“--topics” takes hidden, tokens or clear"));
}

/**
 * mmp_cli_bridge_settle:
 * @argv: the process's own arguments
 *
 * To be called right after parsing: takes passwords out of the arguments, or reads them from their files, and refuses
 * what contradicts itself.
 */
gboolean
mmp_cli_bridge_settle (MmpCliBridge *self,
                       int argc,
                       char *argv[],
                       GError **error)
{
  mmp_cli_options_set_verbose (self->verbose);
  if (!settle_secret (&self->user_password, self->user_password_file, "--user_pw", argc, argv, error))
    return FALSE;
  if (!settle_secret (&self->password, self->password_file, "--password", argc, argv, error))
    return FALSE;

  if (self->password != NULL && self->key_files != NULL)
    return fail (error, _ ("“--keyfile” and “--password” exclude each other"));
  if (self->password != NULL && self->bridge_id == NULL)
    return fail (error, _ ("With a password there must be “--bridge-id ID”, the same on all sides; “mmp secure-bridge-keygen --bridge-id” makes one"));
  if (self->bridge_id != NULL && !mmp_bridge_id_parse (self->bridge_id, self->id, NULL))
    return fail (error, _ ("A bridge id has 26 letters and digits and is not thought up; “mmp secure-bridge-keygen --bridge-id” makes one"));
  if (self->no_tls && self->ca_file != NULL)
    return fail (error, _ ("“--notls” and “--cafile” exclude each other"));
  if (self->qos < 0 || self->qos > 1)
    return fail (error, _ ("“--qos” takes 0 or 1"));
  if (self->max_age < 0 || self->max_age > MAX_AGE_MAX)
    return fail (error, _ ("“--max-age” takes seconds, at most a year"));
  if (!parse_mode (self, error))
    return FALSE;
  if (self->mode == MMP_TOPICS_HIDDEN && self->bridge_id == NULL)
    return fail (error, _ ("Hidden topics need “--bridge-id ID”, the same on all sides; “mmp secure-bridge-keygen --bridge-id” makes one"));

  return TRUE;
}

/**
 * mmp_cli_bridge_has_key:
 *
 * Returns: whether there is a key to seal with
 */
gboolean
mmp_cli_bridge_has_key (MmpCliBridge *self)
{
  return self->key_files != NULL || self->password != NULL;
}

/**
 * mmp_cli_bridge_make_broker:
 *
 * Returns: (transfer full): the broker of the options at @host and @port
 */
MmpMqttBroker *
mmp_cli_bridge_make_broker (MmpCliBridge *self,
                            const char *host,
                            guint port,
                            GError **error)
{
  return mmp_cli_options_make_broker (host, port, !self->no_tls, self->ca_file, self->user, self->user_password, error);
}

static void
on_derived (GObject *source,
            GAsyncResult *result,
            gpointer user_data)
{
  Derivation *derivation = user_data;

  derivation->key = mmp_bridge_key_derive_finish (result, &derivation->error);
  g_main_loop_quit (derivation->loop);
}

static gboolean
on_stop_signal (gpointer user_data)
{
  g_cancellable_cancel (((Derivation *) user_data)->cancellable);

  return G_SOURCE_CONTINUE;
}

/* Takes most of a second, during which a signal is heard. */
static MmpBridgeKey *
derive_key (MmpCliBridge *self,
            GError **error)
{
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  Derivation derivation = { .loop = loop, .cancellable = cancellable };
  guint sources[] = {
    g_unix_signal_add (SIGINT, on_stop_signal, &derivation),
    g_unix_signal_add (SIGTERM, on_stop_signal, &derivation),
  };

  mmp_bridge_key_derive_async (self->password, self->id, cancellable, on_derived, &derivation);
  g_main_loop_run (loop);
  for (guint i = 0; i < G_N_ELEMENTS (sources); i++)
    g_source_remove (sources[i]);
  if (derivation.error != NULL)
    g_propagate_error (error, derivation.error);

  return derivation.key;
}

/**
 * mmp_cli_bridge_make_keys:
 *
 * Reads the key files, or makes a key of the password.
 *
 * Returns: (transfer full): the keys
 */
MmpKeyRing *
mmp_cli_bridge_make_keys (MmpCliBridge *self,
                          GError **error)
{
  g_autoptr (MmpKeyRing) ring = mmp_key_ring_new ();
  g_autoptr (MmpBridgeKey) derived = NULL;

  if (self->password != NULL)
    {
      derived = derive_key (self, error);
      if (derived == NULL || !mmp_key_ring_add (ring, derived, error))
        return NULL;
    }
  for (guint i = 0; self->key_files != NULL && self->key_files[i] != NULL; i++)
    {
      g_autoptr (MmpBridgeKey) key = mmp_bridge_key_load (self->key_files[i], error);

      if (key == NULL || !mmp_key_ring_add (ring, key, error))
        return NULL;
    }

  return g_steal_pointer (&ring);
}

/**
 * mmp_cli_bridge_make_rule:
 * @keys: (nullable): the keys
 *
 * Returns: (transfer full): a rule as the options say
 */
MmpRule *
mmp_cli_bridge_make_rule (MmpCliBridge *self,
                          MmpRuleDirection direction,
                          MmpRuleForm form,
                          const char *filter,
                          MmpKeyRing *keys)
{
  MmpRule *rule = mmp_rule_new (direction, form, filter, keys);

  rule->qos = self->qos;
  rule->retain = self->retain;
  rule->max_age = (guint) self->max_age;
  if (form == MMP_RULE_SEALED)
    rule->topics = self->mode;
  memcpy (rule->bridge_id, self->id, sizeof rule->bridge_id);

  return rule;
}

/**
 * mmp_cli_bridge_complain:
 *
 * Says what is wrong with the command line or with what it names.
 *
 * Returns: the exit code for that
 */
MmpCliExit
mmp_cli_bridge_complain (const MmpCliCommand *command,
                         const GError *error)
{
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return MMP_CLI_OK;
  if (error->domain == G_OPTION_ERROR)
    return mmp_cli_options_complain (command, error);

  return mmp_cli_complain_about (error);
}
