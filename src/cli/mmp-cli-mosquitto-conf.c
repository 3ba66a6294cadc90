/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "mmp-cli-options.h"
#include "mmp-cli-text.h"

#define DEFAULT_PUBLIC "broker.hivemq.com:8883"
#define DEFAULT_TUNNEL "127.0.0.1:1884"

typedef struct
{
  char *public_broker;
  char *tunnel;
  char *ca_file;
  gboolean no_tls;
} Conf;

static void
print_tls (const Conf *self)
{
  if (self->no_tls)
    return;
  if (self->ca_file != NULL)
    g_print ("bridge_cafile %s\n", self->ca_file);
  else
    g_print ("bridge_capath /etc/ssl/certs\n");
}

static void
print_common (void)
{
  g_print ("\n# what comes while a connection is down is kept on both sides (the thesis has “cleansession true”, which loses it)\n"
           "cleansession false\n"
           "local_cleansession false\n"
           "notifications false\n"
           "try_private true\n"
           "bridge_protocol_version mqttv50\n"
           "keepalive_interval 5\n"
           "restart_timeout 1 10\n");
}

/* Listings 2.15 and 2.16: only what was sealed before crosses, each tree in one direction. */
static void
print_portal (const Conf *self,
              gboolean initiator)
{
  g_print ("# mosquitto.conf of the %s's broker (listing %s, corrected)\n"
           "# Needs in the general part: persistence true, max_queued_messages 0\n"
           "connection secure-bridge-%s\n",
           initiator ? "initiator" : "listener", initiator ? "2.15" : "2.16", initiator ? "initiator" : "listener");
  if (initiator)
    {
      /* One bridge with two addresses would need TLS on both or on neither; and the tunnel has none. */
      g_print ("\n# first the tunnel (the port that “mmp initiator” opens), then the public broker; back as soon as possible\n"
               "addresses %s %s\n"
               "round_robin false\n",
               self->tunnel, self->public_broker);
    }
  else
    {
      g_print ("address %s\n", self->public_broker);
      print_tls (self);
    }
  print_common ();
  g_print ("\n# sealed trees only: “mmp secure-bridge encrypt … --p_topic %s” makes the one that goes out\n"
           "topic # out 1 %s/ %s/\n"
           "topic # in 1 %s/ %s/\n",
           initiator ? "encryptedFromInitiator" : "encryptedFromListener",
           initiator ? "encryptedFromInitiator" : "encryptedFromListener", initiator ? "encryptedFromInitiator" : "encryptedFromListener",
           initiator ? "encryptedFromListener" : "encryptedFromInitiator", initiator ? "encryptedFromListener" : "encryptedFromInitiator");
}

/* Listing 1.8 bridges the clear tree to the public broker. */
static void
print_secure_bridge (const Conf *self,
                     gboolean out)
{
  g_print ("# mosquitto.conf of broker %s (listing 1.8, corrected)\n"
           "# Needs in the general part: persistence true, max_queued_messages 0\n"
           "connection securebridge-%s\n"
           "address %s\n",
           out ? "A" : "B", out ? "a" : "b", self->public_broker);
  print_tls (self);
  print_common ();
  g_print ("\n# the sealed tree; the thesis has “securebridge/#” here, which is the clear one\n"
           "topic encrypted/# %s 1\n",
           out ? "out" : "in");
}

static gboolean
print_profile (const Conf *self,
               const char *profile)
{
  if (g_str_equal (profile, "initiator") || g_str_equal (profile, "listener"))
    print_portal (self, profile[0] == 'i');
  else if (g_str_equal (profile, "encrypt") || g_str_equal (profile, "decrypt"))
    print_secure_bridge (self, profile[0] == 'e');
  else
    return FALSE;

  return TRUE;
}

static gboolean
check (Conf *self,
       GStrv positionals,
       GError **error)
{
  g_autofree char *host = NULL;
  g_autofree char *tunnel_host = NULL;
  guint port;

  if (self->public_broker == NULL)
    self->public_broker = g_strdup (DEFAULT_PUBLIC);
  if (self->tunnel == NULL)
    self->tunnel = g_strdup (DEFAULT_TUNNEL);
  if (!mmp_cli_options_parse_address (self->public_broker, FALSE, &host, &port, error) || !mmp_cli_options_parse_address (self->tunnel, FALSE, &tunnel_host, &port, error))
    return FALSE;
  /* These words go into a file that is not ours. */
  if (strpbrk (self->public_broker, " \t\r\n#") != NULL || strpbrk (self->tunnel, " \t\r\n#") != NULL || (self->ca_file != NULL && strpbrk (self->ca_file, "\r\n") != NULL))
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("An address or path has characters that cannot stand in mosquitto.conf"));
      return FALSE;
    }
  if (g_str_equal (positionals[0], "initiator") && !self->no_tls)
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("Mosquitto's bridge has TLS on both of its addresses or on neither, and the tunnel's port speaks none; take “--notls” (what crosses is sealed), or “mmp portal --via”"));
      return FALSE;
    }

  return TRUE;
}

static MmpCliExit
run (const MmpCliCommand *command,
     int argc,
     char *argv[])
{
  Conf self = { 0 };
  const GOptionEntry entries[] = {
    { "public", 0, 0, G_OPTION_ARG_STRING, &self.public_broker, N_ ("The public broker (default: broker.hivemq.com:8883)"), N_ ("HOST:PORT") },
    { "tunnel", 0, 0, G_OPTION_ARG_STRING, &self.tunnel, N_ ("The port that “mmp initiator” opens (default: 127.0.0.1:1884)"), N_ ("HOST:PORT") },
    { "notls", 0, 0, G_OPTION_ARG_NONE, &self.no_tls, N_ ("No TLS to the public broker"), NULL },
    { "cafile", 0, 0, G_OPTION_ARG_FILENAME, &self.ca_file, N_ ("Certificates of its authority"), N_ ("FILE") },
    { NULL },
  };
  const char *const names[] = { "initiator|listener|encrypt|decrypt", NULL };
  g_autoptr (GOptionContext) context = mmp_cli_options_new (command);
  g_auto (GStrv) positionals = NULL;
  g_autoptr (GError) error = NULL;
  MmpCliExit exit = MMP_CLI_OK;

  g_option_context_add_main_entries (context, entries, NULL);
  positionals = mmp_cli_options_parse (context, argc, argv, &error);
  if (positionals == NULL || !mmp_cli_options_count (positionals, names, &error) || !check (&self, positionals, &error))
    {
      exit = mmp_cli_options_complain (command, error);
    }
  else if (!print_profile (&self, positionals[0]))
    {
      g_set_error (&error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("There are configurations for initiator, listener, encrypt and decrypt, not for “%s”"), positionals[0]);
      exit = mmp_cli_options_complain (command, error);
    }

  g_free (self.public_broker);
  g_free (self.tunnel);
  g_free (self.ca_file);

  return exit;
}

const MmpCliCommand mmp_cli_mosquitto_conf = {
  .name = "mosquitto-conf",
  .arguments = "initiator|listener|encrypt|decrypt",
  .summary = N_ ("Print a bridge configuration for mosquitto"),
  .description = N_ ("Prints the bridge configurations of the thesis, corrected: initiator and listener for its portal (listings 2.15\n"
                     "and 2.16), encrypt and decrypt for its secure bridge (listing 1.8). Only the encrypted trees leave a broker,\n"
                     "and nothing that waits is thrown away. Append the output to mosquitto.conf."),
  .run = run,
};
