/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-cli-options.h"
#include "mmp-cli-text.h"

static MmpCliExit
make_key_pair (const char *directory,
               gboolean force)
{
  g_autoptr (MmpKeyPair) key_pair = mmp_key_pair_generate ();
  g_autofree char *private_path = g_build_filename (directory, "key.private", NULL);
  g_autofree char *public_path = g_build_filename (directory, "key.public", NULL);
  g_autofree char *key = mmp_public_key_to_text (mmp_key_pair_get_public (key_pair));
  g_autofree char *fingerprint = mmp_public_key_to_fingerprint (mmp_key_pair_get_public (key_pair));
  g_autoptr (GError) error = NULL;

  if (!force && (g_file_test (private_path, G_FILE_TEST_EXISTS) || g_file_test (public_path, G_FILE_TEST_EXISTS)))
    {
      mmp_cli_complain (_ ("There is a key pair in %s already. “--force” replaces it; whoever trusts the old key has to trust the new one then."), directory);
      return MMP_CLI_FILE;
    }
  if (!mmp_key_pair_save (key_pair, directory, force, &error))
    return mmp_cli_complain_about (error);

  g_print ("%s\n  %s\n", _ ("Public key, for the other side:"), key);
  g_print ("%s\n  %s\n", _ ("Fingerprint, to compare:"), fingerprint);
  g_print (_ ("Files: %s (keep it secret), %s\n"), private_path, public_path);

  return MMP_CLI_OK;
}

static MmpCliExit
run (const MmpCliCommand *command,
     int argc,
     char *argv[])
{
  g_autofree char *directory = NULL;
  gboolean force = FALSE;
  gboolean verbose = FALSE;
  const GOptionEntry entries[] = {
    { "path", 'p', 0, G_OPTION_ARG_FILENAME, &directory, N_ ("Folder for the two files (default: the present one)"), N_ ("DIR") },
    { "force", 0, 0, G_OPTION_ARG_NONE, &force, N_ ("Replace a key pair that is there already"), NULL },
    { "verbose", 'v', 0, G_OPTION_ARG_NONE, &verbose, N_ ("Say more on standard error"), NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = mmp_cli_options_new (command);
  g_auto (GStrv) positionals = NULL;
  g_autoptr (GError) error = NULL;
  const char *const names[] = { NULL };

  g_option_context_add_main_entries (context, entries, NULL);
  positionals = mmp_cli_options_parse (context, argc, argv, &error);
  if (positionals == NULL || !mmp_cli_options_count (positionals, names, &error))
    return mmp_cli_options_complain (command, error);
  mmp_cli_options_set_verbose (verbose);

  return make_key_pair (directory != NULL ? directory : ".", force);
}

const MmpCliCommand mmp_cli_keygen = {
  .name = "keygen",
  .arguments = "",
  .summary = N_ ("Make a key pair"),
  .description = N_ ("Makes a key pair for this device: “key.private”, which only you can read, and “key.public”. The public key is what the\n"
                     "other side needs to know this device by."),
  .run = run,
};
