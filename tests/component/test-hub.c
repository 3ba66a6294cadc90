/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gstdio.h>
#include <string.h>

#include "base/mmp-error.h"
#include "hub/mmp-hub.h"
#include "mmp-test.h"

typedef struct
{
  char *directory;
  MmpHub *hub;
  MmpTrust *trust;
  MmpPublicKey device;
  guint n_changes;
} Fixture;

static void
on_changed (Fixture *self)
{
  self->n_changes++;
}

static void
set_up (Fixture *self,
        gconstpointer user_data)
{
  g_autoptr (MmpKeyPair) key_pair = mmp_key_pair_generate ();
  g_autoptr (GError) error = NULL;

  self->directory = mmp_test_directory ();
  self->hub = mmp_hub_new (self->directory, &error);
  g_assert_no_error (error);
  self->trust = MMP_TRUST (mmp_hub_get_trust (self->hub));
  self->device = *mmp_key_pair_get_public (key_pair);
  g_signal_connect_swapped (self->trust, "changed", G_CALLBACK (on_changed), self);
}

static void
tear_down (Fixture *self,
           gconstpointer user_data)
{
  g_clear_pointer (&self->hub, mmp_hub_free);
  mmp_test_directory_free (self->directory);
}

static MmpEndpointConfig *
make_listener_config (void)
{
  MmpEndpointConfig *config = mmp_endpoint_config_new ();
  g_autoptr (GError) error = NULL;

  g_ptr_array_add (config->brokers, mmp_mqtt_broker_new ("127.0.0.1", 9, FALSE, &error));
  g_assert_no_error (error);
  config->key_pair = mmp_key_pair_generate ();
  g_set_str (&config->name, "Office");
  g_assert_true (mmp_endpoint_config_add_service (config, "mqtt", "127.0.0.1", 1883, NULL));

  return config;
}

static void
write_list (const char *path,
            const MmpPublicKey *device)
{
  g_autofree char *text = device != NULL ? mmp_public_key_to_text (device) : g_strdup ("nonsense");
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, text, -1, &error);
  g_assert_no_error (error);
}

static void
test_the_device_list_says_whom_to_trust (Fixture *self,
                                         gconstpointer user_data)
{
  MmpDeviceStore *devices = mmp_hub_get_devices (self->hub);

  g_assert_cmpint (mmp_trust_get_standing (self->trust, &self->device), ==, MMP_STANDING_UNKNOWN);
  g_assert_true (mmp_device_store_trust (devices, &self->device, "Bob", NULL));
  g_assert_cmpint (mmp_trust_get_standing (self->trust, &self->device), ==, MMP_STANDING_TRUSTED);
  g_assert_true (mmp_device_store_block (devices, &self->device, NULL, NULL));
  g_assert_cmpint (mmp_trust_get_standing (self->trust, &self->device), ==, MMP_STANDING_BLOCKED);
}

static void
test_another_process_changes_the_list (Fixture *self,
                                       gconstpointer user_data)
{
  g_autoptr (MmpHub) other = mmp_hub_new (self->directory, NULL);

  g_assert_true (mmp_device_store_trust (mmp_hub_get_devices (other), &self->device, "Bob", NULL));
  mmp_test_await (self->n_changes > 0);
  g_assert_cmpint (mmp_trust_get_standing (self->trust, &self->device), ==, MMP_STANDING_TRUSTED);
}

static void
test_a_file_replaces_the_list (Fixture *self,
                               gconstpointer user_data)
{
  g_autofree char *path = g_build_filename (self->directory, "trusted", NULL);
  g_autoptr (MmpKeyPair) listed = mmp_key_pair_generate ();
  g_autoptr (GError) error = NULL;

  g_assert_true (mmp_device_store_trust (mmp_hub_get_devices (self->hub), &self->device, "Bob", NULL));
  write_list (path, mmp_key_pair_get_public (listed));
  g_assert_true (mmp_hub_trust_set_file (mmp_hub_get_trust (self->hub), path, &error));
  g_assert_no_error (error);
  g_assert_cmpint (mmp_trust_get_standing (self->trust, &self->device), ==, MMP_STANDING_UNKNOWN);
  g_assert_cmpint (mmp_trust_get_standing (self->trust, mmp_key_pair_get_public (listed)), ==, MMP_STANDING_TRUSTED);

  g_assert_true (mmp_device_store_block (mmp_hub_get_devices (self->hub), mmp_key_pair_get_public (listed), NULL, NULL));
  g_assert_cmpint (mmp_trust_get_standing (self->trust, mmp_key_pair_get_public (listed)), ==, MMP_STANDING_BLOCKED);
}

static void
test_a_file_that_changes_is_read_again (Fixture *self,
                                        gconstpointer user_data)
{
  g_autofree char *path = g_build_filename (self->directory, "trusted", NULL);
  g_autoptr (MmpKeyPair) listed = mmp_key_pair_generate ();

  write_list (path, mmp_key_pair_get_public (listed));
  g_assert_true (mmp_hub_trust_set_file (mmp_hub_get_trust (self->hub), path, NULL));
  write_list (path, &self->device);
  mmp_test_await (mmp_trust_get_standing (self->trust, &self->device) == MMP_STANDING_TRUSTED);
  g_assert_cmpint (mmp_trust_get_standing (self->trust, mmp_key_pair_get_public (listed)), ==, MMP_STANDING_UNKNOWN);
}

/* The next good version comes after it, so when that one counts, the broken one has been seen. */
static void
test_a_file_that_breaks_changes_nothing (Fixture *self,
                                         gconstpointer user_data)
{
  g_autofree char *path = g_build_filename (self->directory, "trusted", NULL);
  MmpHubTrust *trust = mmp_hub_get_trust (self->hub);

  write_list (path, NULL);
  g_assert_false (mmp_hub_trust_set_file (trust, path, NULL));
  write_list (path, &self->device);
  g_assert_true (mmp_hub_trust_set_file (trust, path, NULL));

  self->n_changes = 0;
  write_list (path, NULL);
  for (guint i = 0; i < 20; i++)
    g_main_context_iteration (NULL, FALSE);
  g_assert_cmpint (mmp_trust_get_standing (self->trust, &self->device), ==, MMP_STANDING_TRUSTED);
  write_list (path, &self->device);
  mmp_test_await (self->n_changes > 0);
  g_assert_cmpint (mmp_trust_get_standing (self->trust, &self->device), ==, MMP_STANDING_TRUSTED);
}

static void
test_an_invitation_lets_one_device_in (Fixture *self,
                                       gconstpointer user_data)
{
  g_autoptr (MmpEndpointConfig) config = make_listener_config ();
  g_autoptr (MmpInvitation) invitation = NULL;
  g_autoptr (GError) error = NULL;
  MmpPublicKey second = self->device;

  second.bytes[0] ^= 1;
  g_assert_true (mmp_hub_remember_listener (self->hub, config, &error));
  invitation = mmp_hub_recall_listener (self->hub, &error);
  g_assert_no_error (error);
  g_assert_false (mmp_trust_has_invitation (self->trust));
  g_assert_true (mmp_hub_invite (self->hub, invitation, 10, &error));
  g_assert_no_error (error);

  g_assert_true (mmp_trust_has_invitation (self->trust));
  g_assert_true (mmp_trust_check_invitation (self->trust, invitation->secret));
  g_assert_true (mmp_trust_use_invitation (self->trust, invitation->secret, &self->device, "Bob"));
  g_assert_cmpint (mmp_trust_get_standing (self->trust, &self->device), ==, MMP_STANDING_TRUSTED);

  g_assert_false (mmp_trust_use_invitation (self->trust, invitation->secret, &second, "Eve"));
  g_assert_cmpint (mmp_trust_get_standing (self->trust, &second), ==, MMP_STANDING_UNKNOWN);
}

static void
test_an_invitation_does_not_add_to_a_file (Fixture *self,
                                           gconstpointer user_data)
{
  g_autofree char *path = g_build_filename (self->directory, "trusted", NULL);
  g_autoptr (MmpEndpointConfig) config = make_listener_config ();
  g_autoptr (MmpInvitation) invitation = NULL;

  g_assert_true (g_file_set_contents (path, "# nobody\n", -1, NULL));
  g_assert_true (mmp_hub_trust_set_file (mmp_hub_get_trust (self->hub), path, NULL));
  g_assert_true (mmp_hub_remember_listener (self->hub, config, NULL));
  invitation = mmp_hub_recall_listener (self->hub, NULL);
  g_assert_true (mmp_hub_invite (self->hub, invitation, 10, NULL));

  g_assert_false (mmp_trust_has_invitation (self->trust));
  g_assert_false (mmp_trust_check_invitation (self->trust, invitation->secret));
  g_assert_false (mmp_trust_use_invitation (self->trust, invitation->secret, &self->device, "Bob"));
}

static void
test_a_listener_is_remembered_without_secrets (Fixture *self,
                                               gconstpointer user_data)
{
  g_autoptr (MmpEndpointConfig) config = make_listener_config ();
  g_autoptr (MmpInvitation) invitation = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *broker = NULL;

  g_assert_null (mmp_hub_recall_listener (self->hub, &error));
  g_assert_error (error, MMP_ERROR, MMP_ERROR_FILE_INVALID);
  g_clear_error (&error);

  g_assert_true (mmp_hub_remember_listener (self->hub, config, &error));
  invitation = mmp_hub_recall_listener (self->hub, &error);
  g_assert_no_error (error);
  broker = mmp_mqtt_broker_to_text (invitation->broker);
  g_assert_cmpstr (broker, ==, "mqtt://127.0.0.1:9");
  g_assert_cmpstr (invitation->service, ==, "mqtt");
  g_assert_cmpstr (invitation->name, ==, "Office");
  g_assert_true (mmp_public_key_equal (&invitation->listener, mmp_key_pair_get_public (config->key_pair)));
  g_assert_false (invitation->has_secret);
}

static void
test_the_accounts_key_stays (Fixture *self,
                             gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MmpKeyPair) first = mmp_hub_load_key_pair (self->hub, &error);
  g_autoptr (MmpKeyPair) second = NULL;

  g_assert_no_error (error);
  second = mmp_hub_load_key_pair (self->hub, &error);
  g_assert_no_error (error);
  g_assert_true (mmp_public_key_equal (mmp_key_pair_get_public (first), mmp_key_pair_get_public (second)));
}

static void
on_status (gpointer endpoint,
           const MmpStatus *status,
           gpointer user_data)
{
  if (g_error_matches (status->cause, MMP_ERROR, MMP_ERROR_BROKER_UNREACHABLE))
    *(guint *) user_data += 1;
}

static const MmpEndpointFuncs funcs = { .status = on_status };

/* Nothing answers on port 9; so both are told so, and nothing after they are stopped. */
static void
test_what_runs_is_stopped_with_the_hub (Fixture *self,
                                        gconstpointer user_data)
{
  g_autoptr (MmpEndpointConfig) config = make_listener_config ();
  g_autoptr (MmpKeyPair) other = mmp_key_pair_generate ();
  guint n_listener = 0;
  guint n_initiator = 0;
  MmpListener *listener;

  config->trust = g_object_ref (self->trust);
  listener = mmp_hub_start_listener (self->hub, config, &funcs, &n_listener);
  config->listener = *mmp_key_pair_get_public (other);
  mmp_hub_start_initiator (self->hub, config, &funcs, &n_initiator);
  mmp_test_await (n_listener > 0 && n_initiator > 0);

  mmp_hub_kick (self->hub);
  mmp_hub_stop (self->hub, listener);
  g_clear_pointer (&self->hub, mmp_hub_free);

  /* What was cancelled leaves its fibers in the next turns of this context, and hears of nothing any more. */
  n_listener = 0;
  n_initiator = 0;
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (n_listener + n_initiator, ==, 0);
}

#define ADD(path, function) g_test_add ("/hub/" path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  ADD ("the-device-list-says-whom-to-trust", test_the_device_list_says_whom_to_trust);
  ADD ("another-process-changes-the-list", test_another_process_changes_the_list);
  ADD ("a-file-replaces-the-list", test_a_file_replaces_the_list);
  ADD ("a-file-that-changes-is-read-again", test_a_file_that_changes_is_read_again);
  ADD ("a-file-that-breaks-changes-nothing", test_a_file_that_breaks_changes_nothing);
  ADD ("an-invitation-lets-one-device-in", test_an_invitation_lets_one_device_in);
  ADD ("an-invitation-does-not-add-to-a-file", test_an_invitation_does_not_add_to_a_file);
  ADD ("a-listener-is-remembered-without-secrets", test_a_listener_is_remembered_without_secrets);
  ADD ("the-accounts-key-stays", test_the_accounts_key_stays);
  ADD ("what-runs-is-stopped-with-the-hub", test_what_runs_is_stopped_with_the_hub);

  return g_test_run ();
}
