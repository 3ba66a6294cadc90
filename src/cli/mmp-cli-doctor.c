/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <json-glib/json-glib.h>
#include <stdio.h>
#include <unistd.h>

#include "mmp-cli-doctor-text.h"
#include "words/mmp-check-words.h"
#include "mmp-cli-endpoint.h"
#include "mmp-cli-event.h"
#include "mmp-cli-options.h"
#include "mmp-cli-text.h"

/* Two of different owners, so that one shows what the other cannot */
static const char *const default_stun[] = { "stun:stun.l.google.com:19302", "stun:stun.cloudflare.com:3478", NULL };

typedef struct
{
  GMainLoop *loop;
  gboolean json;
  gboolean live; /* somebody watches: what is under way is shown, and then overwritten */
  gboolean usable;
} Doctor;

typedef struct
{
  GStrv stun;
  gboolean no_stun;
} Options;

static void
options_clear (Options *self)
{
  g_strfreev (self->stun);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Options, options_clear)

static void
say_result_json (MmpCheckResult *result)
{
  g_autoptr (JsonBuilder) builder = mmp_cli_event_new ("check");
  const GError *cause = mmp_check_result_get_cause (result);
  const char *subject = mmp_check_result_get_subject (result);

  mmp_cli_event_add_string (builder, "check", mmp_check_get_name (mmp_check_result_get_check (result)));
  mmp_cli_event_add_string (builder, "status", mmp_check_status_get_name (mmp_check_result_get_status (result)));
  if (*subject != '\0')
    mmp_cli_event_add_string (builder, "subject", subject);
  if (cause != NULL)
    {
      g_autofree char *explanation = mmp_cli_doctor_text_describe (result);

      mmp_cli_event_add_string (builder, "code", mmp_error_get_name (cause->code));
      mmp_cli_event_add_string (builder, "message", explanation);
    }
  json_builder_set_member_name (builder, "values");
  json_builder_add_value (builder, json_gvariant_serialize (mmp_check_result_get_values (result)));
  mmp_cli_event_say (builder);
}

static const char *
get_mark (MmpCheckStatus status)
{
  switch (status)
    {
    case MMP_CHECK_STATUS_OK:
      return _ ("ok");
    case MMP_CHECK_STATUS_WARNING:
      return _ ("note");
    case MMP_CHECK_STATUS_FAILED:
      return _ ("FAILED");
    case MMP_CHECK_STATUS_SKIPPED:
    default:
      return "-";
    }
}

/* The broker is named once, servers each time: there may be several. */
static gboolean
names_subject (MmpCheck check)
{
  return check == MMP_CHECK_BROKER_NAME || check == MMP_CHECK_STUN || check == MMP_CHECK_TURN;
}

static void
say_line (const char *mark,
          const char *label,
          const char *subject,
          const char *text)
{
  g_print ("%-6s  %s%s%s: %s\n", mark, label, *subject != '\0' ? " " : "", subject, text);
  fflush (stdout);
}

static void
on_began (MmpCheck check,
          const char *subject,
          gpointer user_data)
{
  Doctor *self = user_data;

  if (!self->live)
    return;
  g_print ("%-6s  %s…\r", "", mmp_check_words_get_label (check));
  fflush (stdout);
}

static void
on_result (MmpCheckResult *result,
           gpointer user_data)
{
  Doctor *self = user_data;
  MmpCheck check = mmp_check_result_get_check (result);
  g_autofree char *text = NULL;

  if (self->json)
    {
      say_result_json (result);
      return;
    }

  if (self->live)
    g_print ("\033[K");
  text = mmp_cli_doctor_text_describe (result);
  say_line (get_mark (mmp_check_result_get_status (result)), mmp_check_words_get_label (check),
            names_subject (check) ? mmp_check_result_get_subject (result) : "", text);
}

static void
on_done (gboolean usable,
         gpointer user_data)
{
  Doctor *self = user_data;

  self->usable = usable;
  g_main_loop_quit (self->loop);
}

static void
say_verdict (const Doctor *self,
             gboolean broker)
{
  g_autoptr (JsonBuilder) builder = NULL;

  if (self->json)
    {
      builder = mmp_cli_event_new ("verdict");
      mmp_cli_event_add_boolean (builder, "usable", self->usable);
      mmp_cli_event_say (builder);
      return;
    }

  if (self->usable && broker)
    g_print ("\n%s\n", _ ("A tunnel can work from here: two devices find each other at this broker."));
  else if (self->usable)
    g_print ("\n%s\n", _ ("A tunnel can work from here. “mmp doctor SIGBROKER PORT” looks at a broker too."));
  else
    g_print ("\n%s\n", _ ("No tunnel can work from here until what has FAILED above is put right."));
}

static MmpCliExit
examine (MmpDiagnosisConfig *config,
         gboolean json,
         gboolean broker)
{
  static const MmpDiagnosisFuncs funcs = { .began = on_began, .result = on_result, .done = on_done };
  Doctor self = { .loop = g_main_loop_new (NULL, FALSE), .json = json, .live = !json && isatty (STDOUT_FILENO) };
  g_autoptr (MmpDiagnosis) diagnosis = mmp_diagnosis_new (config, &funcs, &self);

  g_main_loop_run (self.loop);
  g_main_loop_unref (self.loop);
  if (self.live)
    g_print ("\033[K");
  say_verdict (&self, broker);

  return self.usable ? MMP_CLI_OK : MMP_CLI_FAILED;
}

static gboolean
add_servers (MmpDiagnosisConfig *config,
             const Options *options,
             const MmpCliEndpoint *endpoint,
             GError **error)
{
  const char *const *stun = options->stun != NULL ? (const char *const *) options->stun : default_stun;

  for (guint i = 0; !options->no_stun && stun[i] != NULL; i++)
    if (!mmp_diagnosis_config_add_stun (config, stun[i], error))
      return FALSE;
  for (guint i = 0; endpoint->turn != NULL && endpoint->turn[i] != NULL; i++)
    if (!mmp_diagnosis_config_add_turn (config, endpoint->turn[i], endpoint->turn_user, endpoint->turn_password, error))
      return FALSE;
  mmp_diagnosis_config_set_turn_ca_file (config, endpoint->turn_ca_file);

  return TRUE;
}

static gboolean
add_broker (MmpDiagnosisConfig *config,
            MmpCliEndpoint *endpoint,
            const char *host,
            const char *port,
            GError **error)
{
  g_autoptr (MmpMqttBroker) broker = mmp_cli_endpoint_make_broker (endpoint, host, port, error);

  if (broker != NULL)
    mmp_diagnosis_config_add_broker (config, broker);

  return broker != NULL;
}

static gboolean
add_brokers (MmpDiagnosisConfig *config,
             MmpCliEndpoint *endpoint,
             GStrv positionals,
             GError **error)
{
  static const char *const names[] = { "SIGBROKER", "PORT", NULL };

  if (positionals[0] == NULL)
    return TRUE;
  if (!mmp_cli_options_count (positionals, names, error) || !add_broker (config, endpoint, positionals[0], positionals[1], error))
    return FALSE;
  for (guint i = 0; endpoint->more_brokers != NULL && endpoint->more_brokers[i] != NULL; i++)
    {
      g_autofree char *host = NULL;
      g_autofree char *text = NULL;
      guint port;

      if (!mmp_cli_options_parse_address (endpoint->more_brokers[i], FALSE, &host, &port, error))
        return FALSE;
      text = g_strdup_printf ("%u", port);
      if (!add_broker (config, endpoint, host, text, error))
        return FALSE;
    }

  return mmp_checkup_set_topics (config, endpoint->topic, error);
}

static MmpCliExit
run (const MmpCliCommand *command,
     int argc,
     char *argv[])
{
  g_autoptr (MmpCliEndpoint) endpoint = mmp_cli_endpoint_new ();
  g_auto (Options) options = { NULL };
  const GOptionEntry entries[] = {
    { "stun", 0, 0, G_OPTION_ARG_STRING_ARRAY, &options.stun, N_ ("STUN server to ask; give two at different addresses"), N_ ("URI") },
    { "no-stun", 0, 0, G_OPTION_ARG_NONE, &options.no_stun, N_ ("Ask no STUN server: look at the broker and TURN servers only"), NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = mmp_cli_options_new (command);
  g_autoptr (MmpDiagnosisConfig) config = mmp_diagnosis_config_new ();
  g_auto (GStrv) positionals = NULL;
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  mmp_cli_endpoint_add_broker_options (endpoint, context);
  mmp_cli_endpoint_add_turn_options (endpoint, context);
  positionals = mmp_cli_options_parse (context, argc, argv, &error);
  if (positionals == NULL || !mmp_cli_endpoint_settle (endpoint, argc, argv, &error))
    return mmp_cli_endpoint_complain (command, error);
  if (options.no_stun && options.stun != NULL)
    g_set_error (&error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("“--stun” and “--no-stun” exclude each other"));
  else if (positionals[0] == NULL && options.no_stun && endpoint->turn == NULL)
    g_set_error (&error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("There is nothing to look at without a broker, a STUN server and a TURN server"));
  if (error != NULL || !add_brokers (config, endpoint, positionals, &error) || !add_servers (config, &options, endpoint, &error))
    return mmp_cli_endpoint_complain (command, error);

  return examine (config, endpoint->json, positionals[0] != NULL);
}

const MmpCliCommand mmp_cli_doctor = {
  .name = "doctor",
  .arguments = "[SIGBROKER PORT]",
  .summary = N_ ("Look whether a tunnel can work from here, and what is in the way"),
  .description = N_ ("Looks at the signalling broker (name, port, certificate, login, what may be read and written), at the network (UDP, TCP,\n"
                     "the kind of router in the way) and at TURN servers, and says of each what was found, or what to do next. Ends with 0 if\n"
                     "a tunnel can work from here."),
  .run = run,
};
