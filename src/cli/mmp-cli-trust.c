/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-cli-event.h"
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

/* A time that is not known is left out. */
static void
add_time (JsonBuilder *builder,
          const char *name,
          gint64 seconds)
{
  g_autoptr (GDateTime) time = seconds > 0 ? g_date_time_new_from_unix_utc (seconds) : NULL;
  g_autofree char *text = time != NULL ? g_date_time_format_iso8601 (time) : NULL;

  if (text != NULL)
    mmp_cli_event_add_string (builder, name, text);
}

static void
print_json (const MmpDevice *device)
{
  g_autoptr (JsonBuilder) builder = mmp_cli_event_new ("device");
  g_autofree char *fingerprint = mmp_public_key_to_fingerprint (&device->key);
  g_autofree char *key = mmp_public_key_to_short_text (&device->key);

  mmp_cli_event_add_string (builder, "device", fingerprint);
  mmp_cli_event_add_string (builder, "key", key);
  mmp_cli_event_add_string (builder, "standing", device->standing == MMP_STANDING_TRUSTED ? "trusted" : "blocked");
  mmp_cli_event_add_string (builder, "name", device->name);
  add_time (builder, "added", device->added);
  add_time (builder, "trusted", device->trusted);
  add_time (builder, "seen", device->seen);
  mmp_cli_event_say (builder);
}

static char *
describe_time (gint64 seconds)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_local (seconds);

  return time != NULL ? g_date_time_format (time, "%Y-%m-%d %H:%M") : g_strdup ("?");
}

/* Below the line of the device, which stays as scripts know it */
static void
print_times (const MmpDevice *device)
{
  g_autofree char *trusted = device->trusted > 0 ? describe_time (device->trusted) : NULL;
  g_autofree char *seen = device->seen > 0 ? describe_time (device->seen) : NULL;
  g_autofree char *text = NULL;

  if (trusted != NULL && seen != NULL)
    text = g_strdup_printf (_ ("first trusted %s, last seen %s"), trusted, seen);
  else if (trusted != NULL)
    text = g_strdup_printf (_ ("first trusted %s, not seen yet"), trusted);
  else if (seen != NULL)
    text = g_strdup_printf (_ ("last seen %s"), seen);
  if (text != NULL)
    g_print ("%10s%s\n", "", text);
}

static void
print (const MmpDevice *device)
{
  g_autofree char *fingerprint = mmp_public_key_to_fingerprint (&device->key);
  g_autofree char *key = mmp_public_key_to_text (&device->key);

  g_print ("%-8s  %s  %s  %s\n", describe_standing (device->standing), fingerprint, key, device->name);
  print_times (device);
}

static MmpCliExit
list (MmpDeviceStore *store,
      gboolean json)
{
  g_autoptr (GPtrArray) devices = mmp_device_store_list (store);

  if (devices->len == 0 && !json)
    g_print ("%s\n", _ ("No devices yet. “mmp trust add KEY” and “mmp invite” add them."));
  for (guint i = 0; i < devices->len; i++)
    (json ? print_json : print) (g_ptr_array_index (devices, i));

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
  gboolean json = FALSE;
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, N_ ("With “list”: print one JSON object a line for every device"), NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GOptionContext) context = mmp_cli_options_new (command);
  g_autoptr (MmpHub) hub = NULL;
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) positionals = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  positionals = mmp_cli_options_parse (context, argc, argv, &error);
  if (positionals == NULL || !check_arguments (positionals, &error))
    return mmp_cli_options_complain (command, error);

  hub = mmp_hub_new (NULL, &error);
  if (hub == NULL)
    return mmp_cli_complain_about (error);
  if (g_str_equal (positionals[0], "list"))
    return list (mmp_hub_get_devices (hub), json);

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
