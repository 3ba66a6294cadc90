/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gstdio.h>
#include <stdio.h>

#include "mmp-cli-options.h"
#include "mmp-cli-profile.h"
#include "mmp-cli-secret.h"
#include "mmp-cli-text.h"

/* Far above what 1,000 profiles need */
#define FILE_MAX (8 * 1024 * 1024)

/* What both commands take and own */
typedef struct
{
  char *password_file;
  char *password; /* nullable */
  gboolean key_files;
} Options;

static void
options_clear (Options *self)
{
  g_free (self->password_file);
  mmp_cli_secret_free (self->password);
}

static gboolean
read_password (Options *self,
               GError **error)
{
  if (self->password_file == NULL)
    return TRUE;
  self->password = mmp_cli_secret_read (self->password_file, error);

  return self->password != NULL;
}

/* --- export --------------------------------------------------------------------------------------------------------- */

static gboolean
write_file (const char *path,
            const char *text,
            GError **error)
{
  g_autoptr (GError) cause = NULL;

  if (g_str_equal (path, "-"))
    {
      g_print ("%s", text);
      return TRUE;
    }
  if (g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, &cause))
    return TRUE;
  g_set_error (error, MMP_ERROR, MMP_ERROR_FILE_INVALID, _ ("%s cannot be written: %s"), path, cause->message);

  return FALSE;
}

static gboolean
find_ids (MmpAccount *account,
          GStrv names,
          GStrvBuilder *ids,
          GError **error)
{
  for (guint i = 0; names[i] != NULL; i++)
    {
      MmpConnection *connection = mmp_cli_profile_find (account, names[i], error);

      if (connection == NULL)
        return FALSE;
      g_strv_builder_add (ids, mmp_connection_get_id (connection));
    }

  return TRUE;
}

static gboolean export (Options *options,
                        GStrv positionals,
                        GError **error)
{
  g_autoptr (MmpAccount) account = mmp_account_new (NULL, NULL, error);
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) ids = NULL;
  g_autoptr (MmpBundle) bundle = NULL;
  g_autofree char *text = NULL;

  if (account == NULL || !read_password (options, error) || !find_ids (account, positionals + 1, builder, error))
    return FALSE;
  ids = g_strv_builder_end (builder);
  bundle = mmp_account_make_bundle (account, ids[0] != NULL ? (const char *const *) ids : NULL, options->password != NULL, error);
  if (bundle == NULL)
    return FALSE;
  text = mmp_bundle_encode (bundle, options->password, error);
  if (text == NULL || !write_file (positionals[0], text, error))
    return FALSE;
  if (!g_str_equal (positionals[0], "-"))
    g_print (options->password != NULL ? ngettext ("%u profile exported, with private keys and passwords.\n", "%u profiles exported, with private keys and passwords.\n", bundle->profiles->len)
                                       : ngettext ("%u profile exported, without private keys and passwords.\n", "%u profiles exported, without private keys and passwords.\n", bundle->profiles->len),
             bundle->profiles->len);

  return TRUE;
}

static MmpCliExit
run_export (const MmpCliCommand *command,
            int argc,
            char *argv[])
{
  static const char *const names[] = { "FILE", NULL };
  Options options = { NULL };
  const GOptionEntry entries[] = {
    { "password-file", 0, 0, G_OPTION_ARG_FILENAME, &options.password_file, N_ ("Include private keys and passwords, sealed with the password in FILE (“-”: standard input)"), N_ ("FILE") },
    { NULL },
  };
  g_autoptr (GOptionContext) context = mmp_cli_options_new (command);
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) positionals = NULL;
  MmpCliExit exit;

  g_option_context_add_main_entries (context, entries, NULL);
  positionals = mmp_cli_options_parse (context, argc, argv, &error);
  if (positionals == NULL || (positionals[0] == NULL && !mmp_cli_options_count (positionals, names, &error)))
    exit = mmp_cli_options_complain (command, error);
  else
    exit = export (&options, positionals, &error) ? MMP_CLI_OK : mmp_cli_complain_about (error);
  options_clear (&options);

  return exit;
}

/* --- import --------------------------------------------------------------------------------------------------------- */

static char *
read_file (const char *path,
           gsize *size,
           GError **error)
{
  FILE *file = g_str_equal (path, "-") ? stdin : g_fopen (path, "re");
  char *text = NULL;

  if (file != NULL)
    {
      text = g_malloc (FILE_MAX + 1);
      *size = fread (text, 1, FILE_MAX, file);
      text[*size] = '\0';
    }
  if (file == NULL || ferror (file) || *size == FILE_MAX)
    {
      g_set_error (error, MMP_ERROR, MMP_ERROR_FILE_INVALID, _ ("%s cannot be read, or is too large"), path);
      g_clear_pointer (&text, g_free);
    }
  if (file != NULL && file != stdin)
    fclose (file);

  return text;
}

static gboolean
import (Options *options,
        const char *path,
        GError **error)
{
  gsize size = 0;
  g_autofree char *text = read_file (path, &size, error);
  g_autoptr (MmpBundle) bundle = text != NULL ? mmp_bundle_decode (text, size, error) : NULL;
  g_autoptr (MmpAccount) account = bundle != NULL ? mmp_account_new (NULL, NULL, error) : NULL;
  guint n_new;

  if (account == NULL || !read_password (options, error))
    return FALSE;
  if (options->key_files)
    mmp_account_use_key_files (account);
  if (bundle->sealed != NULL && options->password == NULL)
    mmp_cli_complain (_ ("Warning: private keys and passwords in it stay sealed; give their password with “--password-file”."));
  else if (!mmp_bundle_unlock (bundle, options->password, error))
    return FALSE;
  if (!mmp_account_take_bundle (account, bundle, &n_new, error))
    return FALSE;
  g_print (ngettext ("%u profile of %u imported; what was there already stays as it is.\n", "%u profiles of %u imported; what was there already stays as it is.\n", n_new), n_new, bundle->profiles->len);

  return TRUE;
}

static MmpCliExit
run_import (const MmpCliCommand *command,
            int argc,
            char *argv[])
{
  static const char *const names[] = { "FILE", NULL };
  Options options = { NULL };
  const GOptionEntry entries[] = {
    { "password-file", 0, 0, G_OPTION_ARG_FILENAME, &options.password_file, N_ ("The password for private keys and passwords is in FILE (“-”: standard input)"), N_ ("FILE") },
    { "key-files", 0, 0, G_OPTION_ARG_NONE, &options.key_files, N_ ("Keep private keys and passwords in files that only this account can read, not in the keyring"), NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = mmp_cli_options_new (command);
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) positionals = NULL;
  MmpCliExit exit;

  g_option_context_add_main_entries (context, entries, NULL);
  positionals = mmp_cli_options_parse (context, argc, argv, &error);
  if (positionals == NULL || !mmp_cli_options_count (positionals, names, &error))
    exit = mmp_cli_options_complain (command, error);
  else
    exit = import (&options, positionals[0], &error) ? MMP_CLI_OK : mmp_cli_complain_about (error);
  options_clear (&options);

  return exit;
}

const MmpCliCommand mmp_cli_export = {
  .name = "export",
  .arguments = "FILE [PROFILE…]",
  .summary = N_ ("Write profiles to a file for another machine"),
  .description = N_ ("Writes the profiles with these names or ids, or all and the list of devices, to FILE (“-”: standard output).\n"
                     "Private keys and passwords are in it only with a password, which “mmp import” then needs."),
  .run = run_export,
};

const MmpCliCommand mmp_cli_import = {
  .name = "import",
  .arguments = "FILE",
  .summary = N_ ("Take over profiles from such a file"),
  .description = N_ ("Takes over what “mmp export” wrote to FILE (“-”: standard input). What is there already stays as it is."),
  .run = run_import,
};
