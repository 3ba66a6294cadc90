/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gstdio.h>
#include <string.h>

#include "base/mmp-error.h"
#include "hub/mmp-account-private.h"
#include "hub/mmp-connection-config.h"
#include "mmp-test.h"

#define UUID "6a2f41a3-c54c-4f63-8c1a-0d8f4f8f2f1e"
#define PEER "RVC45WSASZAGKAJZT24NC3GTCEENN7FCZO3QC7Z5S2ZSQOL22UXQ"

typedef struct
{
  char *directory;
  MmpSecrets *secrets;
  MmpAccount *account;
  char *key;
  char *broker;

  /* what the runner by hand was told */
  MmpEndpointConfig *config;
  const MmpEndpointFuncs *funcs;
  gpointer user_data;
  guint n_starts;
  guint n_stops;
  MmpAnswer answer;
  guint n_changes;
} Fixture;

static gpointer
start (gpointer data,
       MmpProfileKind kind,
       const MmpEndpointConfig *config,
       const MmpEndpointFuncs *funcs,
       gpointer user_data)
{
  Fixture *fixture = data;

  g_clear_pointer (&fixture->config, mmp_endpoint_config_free);
  fixture->config = mmp_endpoint_config_copy (config);
  fixture->funcs = funcs;
  fixture->user_data = user_data;
  fixture->n_starts++;

  return fixture;
}

static void
stop (gpointer data,
      gpointer endpoint)
{
  ((Fixture *) data)->n_stops++;
}

static gboolean
answer (gpointer data,
        gpointer endpoint,
        const MmpPublicKey *device,
        const char *name,
        MmpAnswer given,
        GError **error)
{
  ((Fixture *) data)->answer = given;

  return TRUE;
}

static MmpEndpointConfig *
configure (gpointer data,
           const MmpProfile *profile,
           GError **error)
{
  Fixture *fixture = data;
  const MmpBrokerEntry *broker = mmp_entry_store_find (mmp_account_get_brokers (fixture->account), profile->broker);

  return mmp_connection_config_new (profile, broker, MMP_TRUST (mmp_hub_get_trust (mmp_account_get_hub (fixture->account))), error);
}

static void
on_key_added (GObject *source,
              GAsyncResult *result,
              gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  *(char **) user_data = mmp_account_add_key_finish (MMP_ACCOUNT (source), result, &error);
  g_assert_no_error (error);
}

static void
on_secret_stored (GObject *source,
                  GAsyncResult *result,
                  gpointer user_data)
{
  *(gboolean *) user_data = mmp_account_store_secret_finish (MMP_ACCOUNT (source), result, NULL);
}

static void
set_up (Fixture *fixture,
        gconstpointer user_data)
{
  const MmpRunner runner = { .data = fixture, .configure = configure, .start = start, .stop = stop, .answer = answer };
  g_autoptr (MmpBrokerEntry) broker = mmp_broker_entry_new ("broker.example.org", 8883, TRUE);
  g_autoptr (MmpKeyPair) pair = NULL;
  g_autoptr (GError) error = NULL;

  fixture->directory = mmp_test_directory ();
  fixture->secrets = mmp_memory_secrets_new ();
  fixture->account = mmp_account_new_with_runner (fixture->directory, fixture->secrets, &runner, &error);
  g_assert_no_error (error);
  pair = mmp_key_pair_generate ();
  g_assert_false (mmp_account_has_key (fixture->account, mmp_key_pair_get_public (pair)));
  mmp_account_add_key_async (fixture->account, "This Device", pair, on_key_added, &fixture->key);
  mmp_test_await (fixture->key != NULL);
  g_assert_true (mmp_account_has_key (fixture->account, mmp_key_pair_get_public (pair)));
  g_set_str (&broker->user, "me");
  g_assert_true (mmp_entry_store_save (mmp_account_get_brokers (fixture->account), broker, &error));
  fixture->broker = g_strdup (broker->id);
}

static void
tear_down (Fixture *fixture,
           gconstpointer user_data)
{
  mmp_test_await_finalize (fixture->account);
  g_clear_pointer (&fixture->config, mmp_endpoint_config_free);
  g_object_unref (fixture->secrets);
  g_free (fixture->key);
  g_free (fixture->broker);
  mmp_test_directory_free (fixture->directory);
}

static MmpProfile *
make_profile (Fixture *fixture,
              MmpProfileKind kind)
{
  MmpProfile *profile = mmp_profile_new (kind);

  g_set_str (&profile->name, "Office");
  g_set_str (&profile->key_pair, fixture->key);
  g_set_str (&profile->broker, fixture->broker);
  if (kind == MMP_PROFILE_LISTENER)
    mmp_profile_add_service (profile, "default", "localhost", 1883);
  else
    mmp_profile_add_forward (profile, "127.0.0.1", 1884, "default");
  profile->has_device = kind == MMP_PROFILE_INITIATOR && mmp_public_key_from_text (PEER, &profile->device, NULL);

  return profile;
}

static void
on_changed (Fixture *fixture)
{
  fixture->n_changes++;
}

static MmpConnection *
add_connection (Fixture *fixture,
                MmpProfile *profile)
{
  g_autoptr (GError) error = NULL;
  MmpConnection *connection;

  mmp_profile_store_save (mmp_account_get_profiles (fixture->account), profile, &error);
  g_assert_no_error (error);
  connection = mmp_account_find_connection (fixture->account, profile->id);
  g_assert_nonnull (connection);
  g_signal_connect_swapped (connection, "changed", G_CALLBACK (on_changed), fixture);

  return connection;
}

static void
say (Fixture *fixture,
     MmpState state,
     MmpPath path,
     int code)
{
  g_autoptr (MmpStatus) status = mmp_status_new (state);

  status->path = path;
  status->has_device = state == MMP_STATE_CONNECTED;
  g_assert_true (mmp_public_key_from_text (PEER, &status->device, NULL));
  if (code >= 0)
    status->cause = g_error_new_literal (MMP_ERROR, code, "because");
  fixture->funcs->status (fixture, status, fixture->user_data);
}

static void
test_initiators_run_with_their_secrets (Fixture *fixture,
                                        gconstpointer user_data)
{
  g_autoptr (MmpProfile) profile = make_profile (fixture, MMP_PROFILE_INITIATOR);
  MmpConnection *connection = add_connection (fixture, profile);
  g_autofree char *broker_id = mmp_broker_entry_get_secret_id (fixture->broker);
  g_autofree char *invitation_id = mmp_connection_config_get_invitation_id (profile->id);
  g_autoptr (MmpSecret) password = mmp_secret_new ("open sesame", 11);
  g_autoptr (MmpSecret) invitation = mmp_secret_new ("AAECAwQFBgcICQoLDA0ODw==", 24);
  g_autofree char *turn_id = mmp_profile_get_turn_secret_id (profile->id);
  g_autoptr (MmpProfile) with_turn = mmp_profile_copy (profile);
  gboolean stored = FALSE;
  const MmpKeyEntry *key = mmp_entry_store_find (mmp_account_get_keys (fixture->account), fixture->key);
  MmpSecret *left;

  mmp_account_store_secret_async (fixture->account, broker_id, "b", password, on_secret_stored, &stored);
  mmp_test_await (stored);
  g_assert_true (mmp_secrets_store (fixture->secrets, invitation_id, "i", invitation, NULL));
  g_assert_true (mmp_secrets_store (fixture->secrets, turn_id, "t", password, NULL));
  g_set_str (&with_turn->turn_user, "me");
  g_assert_true (mmp_profile_set_turn (with_turn, "turn:turn.example.org", NULL));
  g_assert_true (mmp_profile_store_save (mmp_account_get_profiles (fixture->account), with_turn, NULL));
  mmp_connection_start (connection);
  g_assert_cmpint (mmp_connection_get_status (connection)->state, ==, MMP_STATE_CONNECTING);
  mmp_test_await (fixture->n_starts == 1);
  g_assert_nonnull (strstr (fixture->config->ice->turn_servers[0], "me:open%20sesame@turn.example.org"));
  g_assert_true (mmp_public_key_equal (mmp_key_pair_get_public (fixture->config->key_pair), &key->public_key));
  g_assert_cmpstr (mmp_mqtt_broker_get_user (g_ptr_array_index (fixture->config->brokers, 0)), ==, "me");
  g_assert_cmpstr (mmp_mqtt_broker_get_password (g_ptr_array_index (fixture->config->brokers, 0)), ==, "open sesame");
  g_assert_cmpuint (fixture->config->invitation[15], ==, 15);
  g_assert_cmpuint (fixture->config->forwards->len, ==, 1);

  /* Once it was used, the invitation is forgotten. */
  say (fixture, MMP_STATE_CONNECTED, MMP_PATH_DIRECT_UDP, -1);
  mmp_test_await ((left = mmp_secrets_lookup (fixture->secrets, invitation_id, NULL)) == NULL || (mmp_secret_unref (left), FALSE));
  mmp_connection_stop (connection);
  g_assert_cmpuint (fixture->n_stops, ==, 1);
  g_assert_cmpint (mmp_connection_get_status (connection)->state, ==, MMP_STATE_STOPPED);
}

static void
test_what_is_missing_needs_attention (Fixture *fixture,
                                      gconstpointer user_data)
{
  g_autoptr (MmpProfile) profile = make_profile (fixture, MMP_PROFILE_LISTENER);
  MmpConnection *connection = add_connection (fixture, profile);
  g_autofree char *id = mmp_key_entry_get_secret_id (fixture->key);

  g_assert_true (mmp_secrets_remove (fixture->secrets, id, NULL));
  mmp_connection_start (connection);
  mmp_test_await (mmp_connection_get_status (connection)->state == MMP_STATE_ATTENTION);
  g_assert_error (mmp_connection_get_status (connection)->cause, MMP_ERROR, MMP_ERROR_SECRETS);
  g_assert_cmpuint (fixture->n_starts, ==, 0);
  mmp_connection_stop (connection);
}

static void
test_stopped_while_starting_stays_stopped (Fixture *fixture,
                                           gconstpointer user_data)
{
  g_autoptr (MmpProfile) profile = make_profile (fixture, MMP_PROFILE_LISTENER);
  MmpConnection *connection = add_connection (fixture, profile);

  mmp_connection_start (connection);
  mmp_connection_stop (connection);
  mmp_connection_start (connection);
  mmp_test_await (fixture->n_starts == 1);
  mmp_connection_stop (connection);
  g_assert_cmpuint (fixture->n_stops, ==, 1);
}

static void
test_it_runs_once_in_all_processes (Fixture *fixture,
                                    gconstpointer user_data)
{
  g_autoptr (MmpProfile) profile = make_profile (fixture, MMP_PROFILE_LISTENER);
  MmpConnection *connection = add_connection (fixture, profile);
  g_autoptr (MmpRunFile) other = mmp_run_file_take (fixture->directory, profile->id, NULL);
  g_autofree char *state = NULL;
  g_autofree char *path = NULL;
  double rtt;

  g_assert_true (mmp_run_file_read (fixture->directory, profile->id, &state, &path, &rtt));
  mmp_connection_start (connection);
  g_assert_error (mmp_connection_get_status (connection)->cause, MMP_ERROR, MMP_ERROR_RUNNING);
  mmp_connection_stop (connection);
  g_clear_pointer (&other, mmp_run_file_free);
  g_clear_pointer (&state, g_free);
  g_assert_false (mmp_run_file_read (fixture->directory, profile->id, &state, &path, &rtt));

  mmp_connection_start (connection);
  mmp_test_await (fixture->n_starts == 1);
  say (fixture, MMP_STATE_WAITING, MMP_PATH_NONE, -1);
  g_assert_true (mmp_run_file_read (fixture->directory, profile->id, &state, &path, &rtt));
  g_assert_cmpstr (state, ==, "waiting");
}

static void
test_devices_and_strangers_are_listed (Fixture *fixture,
                                       gconstpointer user_data)
{
  g_autoptr (MmpProfile) profile = make_profile (fixture, MMP_PROFILE_LISTENER);
  MmpConnection *connection = add_connection (fixture, profile);
  MmpPublicKey device;
  const MmpRequest *request;

  g_assert_true (mmp_public_key_from_text (PEER, &device, NULL));
  mmp_connection_start (connection);
  mmp_test_await (fixture->n_starts == 1);
  fixture->funcs->request (fixture, &device, "Phone", fixture->user_data);
  fixture->funcs->request (fixture, &device, "Phone", fixture->user_data);
  g_assert_cmpuint (mmp_connection_get_requests (connection)->len, ==, 1);
  request = g_ptr_array_index (mmp_connection_get_requests (connection), 0);
  g_assert_cmpuint (request->tries, ==, 2);
  g_assert_true (mmp_connection_answer (connection, &request->device, "Phone", MMP_ANSWER_TRUST, NULL));
  g_assert_cmpint (fixture->answer, ==, MMP_ANSWER_TRUST);
  g_assert_cmpuint (mmp_connection_get_requests (connection)->len, ==, 0);

  say (fixture, MMP_STATE_CONNECTED, MMP_PATH_RELAY, -1);
  g_assert_cmpuint (mmp_connection_count_connected (connection), ==, 1);
  fixture->funcs->rtt (fixture, &device, 12.5, fixture->user_data);
  g_assert_cmpuint (mmp_history_get_size (mmp_connection_get_history (connection)), ==, 1);
  fixture->funcs->stream (fixture, 4, "default", TRUE, 0, 0, fixture->user_data);
  g_assert_cmpuint (mmp_connection_get_streams (connection)->len, ==, 1);
  fixture->funcs->stream (fixture, 4, "default", FALSE, 1, 2, fixture->user_data);
  g_assert_cmpuint (mmp_connection_get_streams (connection)->len, ==, 0);
  fixture->funcs->gone (fixture, &device, fixture->user_data);
  g_assert_cmpuint (mmp_connection_count_connected (connection), ==, 0);
}

static void
test_changed_profiles_are_followed (Fixture *fixture,
                                    gconstpointer user_data)
{
  g_autoptr (MmpProfile) profile = make_profile (fixture, MMP_PROFILE_LISTENER);
  MmpConnection *connection = add_connection (fixture, profile);
  MmpProfileStore *store = mmp_account_get_profiles (fixture->account);
  g_autofree char *path = mmp_profile_store_get_path (store, profile->id);
  MmpProfilePort *port = g_ptr_array_index (profile->services, 0);

  mmp_connection_start (connection);
  mmp_test_await (fixture->n_starts == 1);
  g_set_str (&profile->name, "Attic");
  g_assert_true (mmp_profile_store_save (store, profile, NULL));
  g_assert_cmpstr (mmp_connection_get_name (connection), ==, "Attic");
  g_assert_cmpuint (fixture->n_stops, ==, 0);
  port->port = 8080;
  g_assert_true (mmp_profile_store_save (store, profile, NULL));
  mmp_test_await (fixture->n_starts == 2);
  g_assert_cmpuint (fixture->n_stops, ==, 1);

  /* A file that became broken stops nothing. */
  g_assert_true (g_file_set_contents (path, "broken", -1, NULL));
  mmp_test_await (mmp_connection_get_broken (connection) != NULL);
  g_assert_true (mmp_connection_is_running (connection));
  g_assert_cmpuint (fixture->n_stops, ==, 1);
  g_assert_true (mmp_profile_store_remove (store, profile->id, NULL));
  g_assert_cmpuint (fixture->n_stops, ==, 2);
  g_assert_null (mmp_account_find_connection (fixture->account, profile->id));
}

static void
test_exports_are_taken_over (Fixture *fixture,
                             gconstpointer user_data)
{
  g_autoptr (MmpProfile) profile = make_profile (fixture, MMP_PROFILE_LISTENER);
  char *directory = mmp_test_directory ();
  g_autoptr (MmpSecrets) secrets = mmp_memory_secrets_new ();
  MmpAccount *other = mmp_account_new (directory, secrets, NULL);
  g_autoptr (MmpBundle) bundle = NULL;
  g_autofree char *id = mmp_key_entry_get_secret_id (fixture->key);
  g_autoptr (MmpSecret) key = NULL;
  g_autoptr (GError) error = NULL;
  guint n_new;

  add_connection (fixture, profile);
  bundle = mmp_account_make_bundle (fixture->account, NULL, TRUE, &error);
  g_assert_no_error (error);
  g_assert_true (mmp_account_take_bundle (other, bundle, &n_new, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (n_new, ==, 1);
  g_assert_nonnull (mmp_account_find_connection (other, profile->id));
  key = mmp_secrets_lookup (secrets, id, NULL);
  g_assert_nonnull (key);
  g_assert_true (mmp_account_take_bundle (other, bundle, &n_new, &error));
  g_assert_cmpuint (n_new, ==, 0);
  mmp_test_await_finalize (other);
  mmp_test_directory_free (directory);
}

static void
test_invitations_say_no_password (Fixture *fixture,
                                  gconstpointer user_data)
{
  g_autoptr (MmpProfile) profile = make_profile (fixture, MMP_PROFILE_LISTENER);
  g_autoptr (MmpInvitation) invitation = mmp_account_make_invitation (fixture->account, profile, NULL);
  g_autofree char *uri = mmp_invitation_to_uri (invitation);
  g_autoptr (MmpInvitation) again = mmp_invitation_parse (uri, NULL);

  g_assert_cmpstr (again->name, ==, "Office");
  g_assert_cmpstr (mmp_mqtt_broker_get_host (again->broker), ==, "broker.example.org");
  g_assert_null (mmp_mqtt_broker_get_user (again->broker));
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define ADD(path, test) g_test_add ("/account/" path, Fixture, NULL, set_up, test, tear_down)
  ADD ("initiators-run-with-their-secrets", test_initiators_run_with_their_secrets);
  ADD ("what-is-missing-needs-attention", test_what_is_missing_needs_attention);
  ADD ("stopped-while-starting-stays-stopped", test_stopped_while_starting_stays_stopped);
  ADD ("it-runs-once-in-all-processes", test_it_runs_once_in_all_processes);
  ADD ("devices-and-strangers-are-listed", test_devices_and_strangers_are_listed);
  ADD ("changed-profiles-are-followed", test_changed_profiles_are_followed);
  ADD ("exports-are-taken-over", test_exports_are_taken_over);
  ADD ("invitations-say-no-password", test_invitations_say_no_password);

  return g_test_run ();
}
