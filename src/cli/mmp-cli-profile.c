/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-cli-profile.h"

#include "mmp-cli-event.h"
#include "mmp-cli-options.h"
#include "mmp-cli-text.h"

static int
compare_names (gconstpointer a,
               gconstpointer b)
{
  return g_utf8_collate (mmp_connection_get_name (*(MmpConnection *const *) a), mmp_connection_get_name (*(MmpConnection *const *) b));
}

/**
 * mmp_cli_profile_list:
 *
 * Returns: (transfer full) (element-type MmpConnection): all of them, by name
 */
GPtrArray *
mmp_cli_profile_list (MmpAccount *account)
{
  GListModel *model = mmp_account_get_connections (account);
  GPtrArray *list = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    g_ptr_array_add (list, g_list_model_get_item (model, i));
  g_ptr_array_sort (list, compare_names);

  return list;
}

/**
 * mmp_cli_profile_find:
 * @text: a name, or an id
 * @error: FILE_INVALID: there is none, or more than one of this name; or it is broken
 *
 * Returns: (transfer none): the profile's connection
 */
MmpConnection *
mmp_cli_profile_find (MmpAccount *account,
                      const char *text,
                      GError **error)
{
  g_autoptr (GPtrArray) list = mmp_cli_profile_list (account);
  MmpConnection *found = NULL;

  for (guint i = 0; i < list->len; i++)
    {
      MmpConnection *connection = g_ptr_array_index (list, i);

      if (g_str_equal (mmp_connection_get_id (connection), text))
        {
          found = connection;
          break;
        }
      if (g_str_equal (mmp_connection_get_name (connection), text))
        {
          if (found != NULL)
            {
              g_set_error (error, MMP_ERROR, MMP_ERROR_FILE_INVALID, _ ("there are several profiles “%s”; give an id that “mmp list” shows"), text);
              return NULL;
            }
          found = connection;
        }
    }
  if (found == NULL)
    g_set_error (error, MMP_ERROR, MMP_ERROR_FILE_INVALID, _ ("there is no profile “%s”; “mmp list” shows them"), text);
  else if (mmp_connection_get_broken (found) != NULL)
    {
      g_propagate_error (error, g_error_copy (mmp_connection_get_broken (found)));
      found = NULL;
    }

  return found;
}

/**
 * mmp_cli_profile_describe_state:
 * @state: the name of a state
 *
 * Returns: (transfer none): a word for it
 */
const char *
mmp_cli_profile_describe_state (const char *state)
{
  static const char *const words[][2] = {
    { "stopped", N_ ("stopped") },
    { "connecting", N_ ("connecting") },
    { "waiting", N_ ("waiting for devices") },
    { "connected", N_ ("connected") },
    { "reconnecting", N_ ("trying again") },
    { "attention", N_ ("needs attention") },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    {
      if (g_str_equal (words[i][0], state))
        return _ (words[i][1]);
    }

  return state;
}

/**
 * mmp_cli_profile_describe_path:
 * @path: the name of a path
 *
 * Returns: (transfer none): how to say it
 */
const char *
mmp_cli_profile_describe_path (const char *path)
{
  static const char *const words[][2] = {
    { "direct-udp", N_ ("directly (UDP)") },
    { "direct-tcp", N_ ("directly (TCP)") },
    { "turn", N_ ("through a TURN server") },
    { "relay", N_ ("through the broker") },
    { "bridge", N_ ("by rules, over brokers") },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    {
      if (g_str_equal (words[i][0], path))
        return _ (words[i][1]);
    }

  return path;
}

/* As `--json` has it, and as people read it */
static const char *const kinds[][2] = {
  [MMP_PROFILE_LISTENER] = { "listener", N_ ("listener") },
  [MMP_PROFILE_INITIATOR] = { "initiator", N_ ("initiator") },
  [MMP_PROFILE_BRIDGE] = { "bridge", N_ ("bridge") },
  [MMP_PROFILE_PORTAL] = { "portal", N_ ("portal") },
};

static void
print_json (MmpConnection *connection,
            const char *state,
            const char *path,
            double rtt)
{
  const MmpProfile *profile = mmp_connection_get_profile (connection);
  g_autoptr (JsonBuilder) builder = mmp_cli_event_new ("profile");

  mmp_cli_event_add_string (builder, "id", mmp_connection_get_id (connection));
  if (profile != NULL)
    {
      mmp_cli_event_add_string (builder, "name", profile->name);
      mmp_cli_event_add_string (builder, "kind", kinds[profile->kind][0]);
      mmp_cli_event_add_boolean (builder, "classic", profile->classic);
    }
  mmp_cli_event_add_string (builder, "state", profile != NULL ? state : "broken");
  if (path != NULL)
    mmp_cli_event_add_string (builder, "path", path);
  if (rtt >= 0)
    mmp_cli_event_add_double (builder, "ms", rtt);
  mmp_cli_event_say (builder);
}

static const char *
describe_mode (MmpConnection *connection)
{
  const MmpProfile *profile = mmp_connection_get_profile (connection);

  return profile != NULL && profile->classic ? _ (" (classic)") : "";
}

static const char *
describe_kind (MmpConnection *connection)
{
  const MmpProfile *profile = mmp_connection_get_profile (connection);

  if (profile == NULL)
    return _ ("broken");

  return _ (kinds[profile->kind][1]);
}

static void
print_profile (MmpConnection *connection)
{
  const GError *broken = mmp_connection_get_broken (connection);

  g_print ("%-10s  %s  %s%s\n", describe_kind (connection), mmp_connection_get_id (connection), broken != NULL ? broken->message : mmp_connection_get_name (connection), describe_mode (connection));
}

static void
print_status (MmpConnection *connection,
              const char *state,
              const char *path,
              double rtt)
{
  g_autofree char *trip = rtt >= 0 ? g_strdup_printf (_ (", %.1f ms"), rtt) : g_strdup ("");

  if (mmp_connection_get_broken (connection) != NULL)
    g_print ("%s\n", mmp_connection_get_broken (connection)->message);
  else
    g_print ("%s%s: %s%s%s%s\n", mmp_connection_get_name (connection), describe_mode (connection), mmp_cli_profile_describe_state (state), path != NULL ? " " : "", path != NULL ? mmp_cli_profile_describe_path (path) : "", trip);
}

/* What runs may run in another process: the app, or `mmp up`. */
static void
show (MmpAccount *account,
      MmpConnection *connection,
      gboolean status,
      gboolean json)
{
  g_autofree char *state = NULL;
  g_autofree char *path = NULL;
  double rtt = -1;

  if (!mmp_run_file_read (mmp_account_get_directory (account), mmp_connection_get_id (connection), &state, &path, &rtt))
    state = g_strdup (mmp_state_get_name (MMP_STATE_STOPPED));
  if (json)
    print_json (connection, state, path, rtt);
  else if (status)
    print_status (connection, state, path, rtt);
  else
    print_profile (connection);
}

static MmpCliExit
run (const MmpCliCommand *command,
     int argc,
     char *argv[])
{
  static const char *const no_arguments[] = { NULL };
  gboolean json = FALSE;
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &json, N_ ("Print one JSON object a line for every profile"), NULL },
    { NULL },
  };
  g_autoptr (GOptionContext) context = mmp_cli_options_new (command);
  g_autoptr (GError) error = NULL;
  g_auto (GStrv) positionals = NULL;
  g_autoptr (MmpAccount) account = NULL;
  g_autoptr (GPtrArray) list = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  positionals = mmp_cli_options_parse (context, argc, argv, &error);
  if (positionals == NULL || !mmp_cli_options_count (positionals, no_arguments, &error))
    return mmp_cli_options_complain (command, error);

  account = mmp_account_new (NULL, NULL, &error);
  if (account == NULL)
    return mmp_cli_complain_about (error);
  list = mmp_cli_profile_list (account);
  if (list->len == 0 && !json)
    g_print ("%s\n", _ ("No profiles yet. The app makes them, and “mmp import” brings them from another machine."));
  for (guint i = 0; i < list->len; i++)
    show (account, g_ptr_array_index (list, i), command == &mmp_cli_status, json);

  return MMP_CLI_OK;
}

const MmpCliCommand mmp_cli_list = {
  .name = "list",
  .arguments = "",
  .summary = N_ ("Show the profiles of this account"),
  .description = N_ ("The profiles that were set up in the app or imported: their kind, id and name."),
  .run = run,
};

const MmpCliCommand mmp_cli_status = {
  .name = "status",
  .arguments = "",
  .summary = N_ ("Show what runs, here or in the app"),
  .description = N_ ("How each profile of this account is doing, whoever runs it."),
  .run = run,
};
