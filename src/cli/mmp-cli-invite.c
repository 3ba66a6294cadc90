/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdio.h>
#include <unistd.h>

#include "mmp-cli-endpoint.h"
#include "mmp-cli-events.h"
#include "mmp-cli-options.h"
#include "mmp-cli-qr.h"
#include "mmp-cli-text.h"

#define DEFAULT_MINUTES 10
#define MINUTES_MAX (7 * 24 * 60)

/* SIGBROKER PORT PRIVATEKEY, for a listener that did not run as this account */
static MmpInvitation *
describe_listener (MmpCliEndpoint *options,
                   GStrv positionals,
                   GError **error)
{
  static const char *const names[] = { "SIGBROKER", "PORT", "PRIVATEKEY", NULL };
  g_autoptr (MmpMqttBroker) broker = NULL;
  g_autoptr (MmpKeyPair) key_pair = NULL;
  MmpInvitation *invitation;

  if (!mmp_cli_options_count (positionals, names, error) || (options->topic != NULL && !mmp_topics_check_prefix (options->topic, error)))
    return NULL;
  broker = mmp_cli_endpoint_make_broker (options, positionals[0], positionals[1], error);
  if (broker == NULL)
    return NULL;
  key_pair = mmp_key_pair_load (positionals[2], error);
  if (key_pair == NULL)
    return NULL;

  invitation = g_new0 (MmpInvitation, 1);
  invitation->listener = *mmp_key_pair_get_public (key_pair);
  invitation->broker = g_steal_pointer (&broker);
  invitation->prefix = g_strdup (options->topic != NULL ? options->topic : "sig");
  invitation->service = g_strdup (options->tunnel);
  invitation->name = g_strdup (g_get_host_name ());

  return invitation;
}

/* A plain line for scripts, and what a camera reads */
static gboolean
show (const MmpInvitation *invitation,
      guint minutes,
      gboolean json,
      GError **error)
{
  g_autofree char *uri = mmp_invitation_to_uri (invitation);
  g_autofree char *short_text = mmp_invitation_to_qr_text (invitation);
  g_autofree char *drawing = NULL;
  g_autoptr (MmpCliEvents) events = mmp_cli_events_new (json, FALSE);
  g_autoptr (MmpQr) qr = NULL;

  mmp_cli_events_invitation (events, uri, minutes);
  if (json)
    return TRUE;

  qr = mmp_qr_new (short_text != NULL ? short_text : uri, error);
  if (qr == NULL)
    return FALSE;
  drawing = mmp_cli_qr_draw (qr, isatty (STDOUT_FILENO));
  g_print ("%s\n%s\n\n", drawing, uri);
  g_print (ngettext ("Lets one device in, once, within %u minute. On the other device: mmp initiator '…' [PORT]\n",
                     "Lets one device in, once, within %u minutes. On the other device: mmp initiator '…' [PORT]\n", minutes),
           minutes);

  return TRUE;
}

static MmpCliExit
run (const MmpCliCommand *command,
     int argc,
     char *argv[])
{
  g_autoptr (MmpCliEndpoint) options = mmp_cli_endpoint_new ();
  int minutes = DEFAULT_MINUTES;
  const GOptionEntry entries[] = {
    { "for", 0, 0, G_OPTION_ARG_INT, &minutes, N_ ("How long it is valid (default: 10)"), N_ ("MINUTES") },
    { NULL },
  };
  g_autoptr (GOptionContext) context = mmp_cli_options_new (command);
  g_auto (GStrv) positionals = NULL;
  g_autoptr (MmpInvitation) invitation = NULL;
  g_autoptr (MmpHub) hub = NULL;
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  mmp_cli_endpoint_add_broker_options (options, context);
  positionals = mmp_cli_options_parse (context, argc, argv, &error);
  if (positionals == NULL || !mmp_cli_endpoint_settle (options, argc, argv, &error))
    return mmp_cli_endpoint_complain (command, error);
  if (minutes < 1 || minutes > MINUTES_MAX)
    {
      g_set_error (&error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("“--for” takes minutes from 1 to %d"), MINUTES_MAX);
      return mmp_cli_endpoint_complain (command, error);
    }

  hub = mmp_hub_new (NULL, &error);
  if (hub == NULL)
    return mmp_cli_complain_about (error);
  invitation = positionals[0] != NULL ? describe_listener (options, positionals, &error) : mmp_hub_recall_listener (hub, &error);
  if (invitation == NULL || !mmp_hub_invite (hub, invitation, (guint) minutes, &error) || !show (invitation, (guint) minutes, options->json, &error))
    return mmp_cli_endpoint_complain (command, error);

  return MMP_CLI_OK;
}

const MmpCliCommand mmp_cli_invite = {
  .name = "invite",
  .arguments = "[SIGBROKER PORT PRIVATEKEY]",
  .summary = N_ ("Make a single-use invitation to a listener that runs"),
  .description = N_ ("Prints an invitation and its QR code: who has it may connect once to the listener of this account, and is trusted\n"
                     "from then on. A new invitation ends the one before. Without arguments it leads to the listener that ran last."),
  .run = run,
};
