/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-cli-options.h"
#include "mmp-cli-text.h"

static MmpCliExit
make_key (const char *path,
          gboolean force)
{
  g_autoptr (MmpBridgeKey) key = mmp_bridge_key_generate ();
  g_autofree char *fingerprint = mmp_bridge_key_to_fingerprint (key);
  g_autoptr (GError) error = NULL;

  if (!force && g_file_test (path, G_FILE_TEST_EXISTS))
    {
      mmp_cli_complain (_ ("%s is there already. “--force” replaces it; whoever has the old key needs the new one then."), path);
      return MMP_CLI_FILE;
    }
  if (!mmp_bridge_key_save (key, path, force, &error))
    return mmp_cli_complain_about (error);

  g_print ("%s\n  %s\n", _ ("Fingerprint, to compare:"), fingerprint);
  g_print (_ ("File: %s (whoever has it can read and write everything; carry it on a way that you trust)\n"), path);

  return MMP_CLI_OK;
}

static MmpCliExit
make_id (void)
{
  guint8 id[MMP_BRIDGE_ID_SIZE];
  g_autofree char *text = NULL;

  mmp_bridge_id_generate (id);
  text = mmp_bridge_id_to_text (id);
  g_print ("%s\n", text);

  return MMP_CLI_OK;
}

static MmpCliExit
run (const MmpCliCommand *command,
     int argc,
     char *argv[])
{
  gboolean id = FALSE;
  gboolean force = FALSE;
  const GOptionEntry entries[] = {
    { "bridge-id", 0, 0, G_OPTION_ARG_NONE, &id, N_ ("Print a fresh bridge id instead of making a key"), NULL },
    { "force", 0, 0, G_OPTION_ARG_NONE, &force, N_ ("Replace a file that is there already"), NULL },
    { NULL },
  };
  const char *const names[] = { "PATH", NULL };
  const char *const nothing[] = { NULL };
  g_autoptr (GOptionContext) context = mmp_cli_options_new (command);
  g_auto (GStrv) positionals = NULL;
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  positionals = mmp_cli_options_parse (context, argc, argv, &error);
  if (positionals == NULL || !mmp_cli_options_count (positionals, id ? nothing : names, &error))
    return mmp_cli_options_complain (command, error);

  return id ? make_id () : make_key (positionals[0], force);
}

const MmpCliCommand mmp_cli_secure_bridge_keygen = {
  .name = "secure-bridge-keygen",
  .arguments = "PATH",
  .summary = N_ ("Make a key for bridges"),
  .description = N_ ("Writes 32 random bytes to PATH, readable for its owner only, and prints the key's fingerprint. All sides of a\n"
                     "bridge have the same key file."),
  .run = run,
};
