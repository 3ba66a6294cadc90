/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <locale.h>
#include <string.h>

#include "mmp-cli-options.h"
#include "mmp-cli-text.h"

static const MmpCliCommand *const commands[] = {
  &mmp_cli_keygen,
  &mmp_cli_listener,
  &mmp_cli_initiator,
  &mmp_cli_invite,
  &mmp_cli_trust,
  &mmp_cli_doctor,
  &mmp_cli_rtt_analyzer,
  &mmp_cli_rtt_mirror,
  &mmp_cli_bridge,
  &mmp_cli_secure_bridge,
  &mmp_cli_secure_bridge_keygen,
  &mmp_cli_portal,
  &mmp_cli_mosquitto_conf,
  &mmp_cli_list,
  &mmp_cli_up,
  &mmp_cli_status,
  &mmp_cli_export,
  &mmp_cli_import,
  &mmp_cli_demo,
};

static void
print_help (void)
{
  g_print ("%s\n", _ ("Usage:\n  mmp COMMAND [OPTION…] [ARGUMENT…]\n\n"
                      "Connects private networks over a direct, end-to-end encrypted path. Nothing is changed in a router;\n"
                      "any MQTT broker that both sides reach introduces them to each other."));
  g_print ("\n%s\n", _ ("Commands:"));
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    g_print ("  %-20s  %s\n", commands[i]->name, _ (commands[i]->summary));
  g_print ("\n%s\n  --help                %s\n  --version             %s\n", _ ("Options:"), _ ("Show this help"), _ ("Show the version"));
  g_print ("\n%s\n", _ ("“mmp COMMAND --help” tells more of each command, “mmp demo” shows it all on this machine."));
}

static const MmpCliCommand *
find_command (const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    if (g_str_equal (commands[i]->name, name))
      return commands[i];

  return NULL;
}

static MmpCliExit
complain_about_command (const char *name)
{
  const char *names[G_N_ELEMENTS (commands) + 1] = { NULL };
  const char *nearest;

  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    names[i] = commands[i]->name;
  nearest = mmp_cli_text_nearest (name, names);

  if (nearest != NULL)
    mmp_cli_complain (_ ("There is no command “%s”. Did you mean “mmp %s”?"), name, nearest);
  else
    mmp_cli_complain (_ ("There is no command “%s”. “mmp --help” lists them."), name);

  return MMP_CLI_USAGE;
}

/* People are told things in their language, programs always in the same one. */
static void
choose_language (int argc,
                 char *argv[])
{
  const char *directory = g_getenv ("TEXTDOMAINDIR");

  setlocale (LC_ALL, "");
  for (int i = 1; i < argc && !g_str_equal (argv[i], "--"); i++)
    if (g_str_equal (argv[i], "--json"))
      {
        setlocale (LC_MESSAGES, "C");
        setlocale (LC_NUMERIC, "C");
      }
  /* as the tools of gettext have it, to run from the build folder */
  bindtextdomain (GETTEXT_PACKAGE, directory != NULL ? directory : MMP_LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
}

int
main (int argc,
      char *argv[])
{
  const MmpCliCommand *command;

  choose_language (argc, argv);
  g_set_prgname ("mmp");
  mmp_cli_options_begin_log ();

  if (argc < 2)
    {
      mmp_cli_complain (_ ("A command is missing. “mmp --help” lists them, “mmp demo” shows what this program does."));
      return MMP_CLI_USAGE;
    }
  if (g_str_equal (argv[1], "--version"))
    {
      g_print ("mmp (Message Portal) %s\n", MMP_VERSION);
      return MMP_CLI_OK;
    }
  if (g_str_equal (argv[1], "--help") || g_str_equal (argv[1], "-h") || (g_str_equal (argv[1], "help") && argc == 2))
    {
      print_help ();
      return MMP_CLI_OK;
    }
  if (g_str_equal (argv[1], "help"))
    {
      /* "mmp help COMMAND" is "mmp COMMAND --help" */
      argv[1] = argv[2];
      argv[2] = (char *) "--help";
    }

  command = find_command (argv[1]);
  if (command == NULL)
    return complain_about_command (argv[1]);

  return command->run (command, argc - 1, argv + 1);
}
