/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-cli-options.h"
#include "mmp-cli-text.h"

static const char *
describe_standing (MmpStanding standing)
{
  switch (standing)
    {
    case MMP_STANDING_TRUSTED:
      return _ ("trusted");
    case MMP_STANDING_BLOCKED:
      return _ ("blocked");
    case MMP_STANDING_UNKNOWN:
    default:
      return _ ("unknown");
    }
}

static MmpCliExit
list (MmpDeviceStore *store)
{
  g_autoptr (GPtrArray) devices = mmp_device_store_list (store);

  if (devices->len == 0)
    g_print ("%s\n", _ ("No devices yet. “mmp trust add KEY” and “mmp invite” add them."));
  for (guint i = 0; i < devices->len; i++)
    {
      const MmpDevice *device = g_ptr_array_index (devices, i);
      g_autofree char *fingerprint = mmp_public_key_to_fingerprint (&device->key);
      g_autofree char *key = mmp_public_key_to_text (&device->key);

      g_print ("%-8s  %s  %s  %s\n", describe_standing (device->standing), fingerprint, key, device->name);
    }

  return MMP_CLI_OK;
}

/* The name a device has already is kept when none is given. */
static MmpCliExit
change (MmpDeviceStore *store,
        const char *verb,
        const char *key_text,
        const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *fingerprint = NULL;
  MmpPublicKey key;
  gboolean done;

  if (!mmp_cli_options_parse_key (key_text, &key, &error))
    return mmp_cli_complain_about (error);

  if (g_str_equal (verb, "add"))
    done = mmp_device_store_trust (store, &key, name, &error);
  else if (g_str_equal (verb, "block"))
    done = mmp_device_store_block (store, &key, name, &error);
  else
    done = mmp_device_store_remove (store, &key, &error);
  if (!done)
    return mmp_cli_complain_about (error);

  fingerprint = mmp_public_key_to_fingerprint (&key);
  if (g_str_equal (verb, "remove"))
    g_print (_ ("%s is not known any more.\n"), fingerprint);
  else
    g_print (_ ("%s is %s.\n"), fingerprint, describe_standing (mmp_device_store_get_standing (store, &key)));

  return MMP_CLI_OK;
}

/* How many arguments follow the verb; -1: there is no such verb */
static int
count_arguments (const char *verb)
{
  if (g_str_equal (verb, "list"))
    return 0;
  if (g_str_equal (verb, "add") || g_str_equal (verb, "remove") || g_str_equal (verb, "block"))
    return 1;

  return -1;
}

static gboolean
check_arguments (GStrv positionals,
                 GError **error)
{
  static const char *const verbs[] = { "list", "add", "remove", "block", NULL };
  static const char *const names[] = { "list|add|remove|block", "KEY", "NAME", NULL };
  const char *verb = positionals[0];
  const char *nearest;
  int wanted;
  guint given = g_strv_length (positionals);

  if (verb == NULL)
    return mmp_cli_options_count (positionals, names, error);

  wanted = count_arguments (verb);
  if (wanted < 0)
    {
      nearest = mmp_cli_text_nearest (verb, verbs);
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("It is “mmp trust %s”, not “%s”"), nearest != NULL ? nearest : names[0], verb);
      return FALSE;
    }
  if (given < 1 + (guint) wanted)
    return mmp_cli_options_count (positionals, names, error);
  if (given > (g_str_equal (verb, "add") ? 3 : 1 + (guint) wanted))
    {
      g_set_error (error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, _ ("“%s” is one argument too many"), positionals[given - 1]);
      return FALSE;
    }

  return TRUE;
}

static MmpCliExit
run (const MmpCliCommand *command,
     int argc,
     char *argv[])
{
  g_autoptr (GOptionContext) context = mmp_cli_options_new (command);
  g_autoptr (MmpHub) hub = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) positionals = mmp_cli_options_parse (context, argc, argv, &error);

  if (positionals == NULL || !check_arguments (positionals, &error))
    return mmp_cli_options_complain (command, error);

  hub = mmp_hub_new (NULL, &error);
  if (hub == NULL)
    return mmp_cli_complain_about (error);
  if (g_str_equal (positionals[0], "list"))
    return list (mmp_hub_get_devices (hub));

  return change (mmp_hub_get_devices (hub), positionals[0], positionals[1], positionals[2]);
}

const MmpCliCommand mmp_cli_trust = {
  .name = "trust",
  .arguments = "list | add KEY [NAME] | remove KEY | block KEY",
  .summary = N_ ("Show and change the list of devices"),
  .description = N_ ("The devices that a listener of this account lets in (trusted) or never answers (blocked). A listener that runs\n"
                     "follows at once."),
  .run = run,
};
