/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "profile/mmp-bundle.h"

#include <string.h>

#include "base/mmp-error.h"
#include "mmp-test.h"
#include "profile/mmp-bundle-private.h"

#define UUID "6a2f41a3-c54c-4f63-8c1a-0d8f4f8f2f1e"
#define OTHER "1b2f41a3-c54c-4f63-8c1a-0d8f4f8f2f1e"
#define PASSWORD "correct horse"

static MmpBundle *
make_bundle (void)
{
  MmpBundle *bundle = mmp_bundle_new ();
  MmpProfile *profile = mmp_profile_new (MMP_PROFILE_LISTENER);
  MmpBrokerEntry *broker = mmp_broker_entry_new ("broker.example.org", 8883, TRUE);
  const MmpPublicKey public_key = { { 9, 1 } };
  MmpKeyEntry *key = mmp_key_entry_new ("This Device", &public_key);
  MmpDevice *device = g_new0 (MmpDevice, 1);

  g_set_str (&profile->id, UUID);
  g_set_str (&profile->name, "Office");
  g_set_str (&profile->broker, OTHER);
  g_set_str (&profile->key_pair, UUID);
  mmp_profile_add_service (profile, "default", "localhost", 1883);
  g_set_str (&broker->id, OTHER);
  g_set_str (&key->id, UUID);
  device->key = public_key;
  device->standing = MMP_STANDING_BLOCKED;
  device->name = g_strdup ("Phone");
  g_ptr_array_add (bundle->profiles, profile);
  g_ptr_array_add (bundle->brokers, broker);
  g_ptr_array_add (bundle->keys, key);
  g_ptr_array_add (bundle->devices, device);
  g_hash_table_insert (bundle->secrets, g_strdup ("key/" UUID), mmp_secret_new ("PRIVATE", 7));

  return bundle;
}

static void
test_comes_out_as_it_went_in (void)
{
  g_autoptr (MmpBundle) bundle = make_bundle ();
  g_autoptr (GError) error = NULL;
  g_autofree char *text = mmp_bundle_encode (bundle, PASSWORD, &error);
  g_autoptr (MmpBundle) again = NULL;
  const MmpProfile *profile;
  const MmpDevice *device;

  g_assert_no_error (error);
  g_assert_null (strstr (text, "PRIVATE"));
  again = mmp_bundle_decode (text, strlen (text), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (again->profiles->len, ==, 1);
  profile = g_ptr_array_index (again->profiles, 0);
  g_assert_cmpstr (profile->name, ==, "Office");
  g_assert_cmpstr (profile->id, ==, UUID);
  g_assert_cmpuint (again->brokers->len, ==, 1);
  g_assert_cmpuint (again->keys->len, ==, 1);
  device = g_ptr_array_index (again->devices, 0);
  g_assert_cmpstr (device->name, ==, "Phone");
  g_assert_cmpint (device->standing, ==, MMP_STANDING_BLOCKED);

  g_assert_cmpuint (g_hash_table_size (again->secrets), ==, 0);
  g_assert_false (mmp_bundle_unlock (again, "wrong password", &error));
  g_assert_error (error, MMP_ERROR, MMP_ERROR_SECRETS);
  g_clear_error (&error);
  g_assert_true (mmp_bundle_unlock (again, PASSWORD, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (mmp_secret_get_data (g_hash_table_lookup (again->secrets, "key/" UUID), NULL), ==, "PRIVATE");
}

static void
test_without_a_password_there_are_no_secrets (void)
{
  g_autoptr (MmpBundle) bundle = make_bundle ();
  g_autofree char *text = mmp_bundle_encode (bundle, NULL, NULL);
  g_autoptr (MmpBundle) again = mmp_bundle_decode (text, strlen (text), NULL);

  g_assert_null (strstr (text, "PRIVATE"));
  g_assert_null (strstr (text, "UFJJVkFURQ")); /* nor in Base64 */
  g_assert_null (again->sealed);
}

static void
test_damaged_ones_are_refused (void)
{
  static const struct
  {
    const char *what;
    const char *by;
  } cases[] = {
    { "Version=1\n", "Version=2\n" },
    { "[Export]", "[Import]" },
    { "brokers.ini=", "brokers.txt=" },
    { "keys.ini=", "keys.txt=" },
    { "devices.ini=", "devices.txt=" },
    { "profile/" UUID, "profile/../../x" },
    { "Kind=listener", "Kind=robot" },
    { "Port=8883", "Port=0" },
    { "Standing=blocked", "Standing=friend" },
  };
  g_autoptr (MmpBundle) bundle = make_bundle ();
  g_autofree char *text = mmp_bundle_encode (bundle, NULL, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GString) changed = g_string_new (text);
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", cases[i].by);
      g_assert_cmpuint (g_string_replace (changed, cases[i].what, cases[i].by, 1), ==, 1);
      g_assert_null (mmp_bundle_decode (changed->str, changed->len, &error));
      g_assert_error (error, MMP_ERROR, MMP_ERROR_FILE_INVALID);
    }
}

static void
test_a_profile_is_taken_once (void)
{
  g_autoptr (MmpBundle) bundle = make_bundle ();
  g_autofree char *text = mmp_bundle_encode (bundle, NULL, NULL);
  const char *line = strstr (text, "profile/" UUID);
  g_autofree char *twice = g_strconcat (text, line, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_null (mmp_bundle_decode (twice, strlen (twice), &error));
  g_assert_error (error, MMP_ERROR, MMP_ERROR_FILE_INVALID);
  g_assert_nonnull (strstr (error->message, "twice"));
}

static void
test_secrets_are_checked (void)
{
  static const char *const wrong[] = { "x", "\n", "key/" UUID "\n", "key/" UUID "\t\n", "key/../x\tQQ==\n", "key/" UUID "\tQQ==" };
  g_autoptr (GHashTable) good = mmp_bundle_decode_secrets ("key/" UUID "\tQQ==\n", 46, NULL);

  g_assert_cmpuint (g_hash_table_size (good), ==, 1);
  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", wrong[i]);
      g_assert_null (mmp_bundle_decode_secrets (wrong[i], strlen (wrong[i]), &error));
      g_assert_error (error, MMP_ERROR, MMP_ERROR_FILE_INVALID);
    }
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bundle/comes-out-as-it-went-in", test_comes_out_as_it_went_in);
  g_test_add_func ("/bundle/without-a-password-there-are-no-secrets", test_without_a_password_there_are_no_secrets);
  g_test_add_func ("/bundle/damaged-ones-are-refused", test_damaged_ones_are_refused);
  g_test_add_func ("/bundle/a-profile-is-taken-once", test_a_profile_is_taken_once);
  g_test_add_func ("/bundle/secrets-are-checked", test_secrets_are_checked);

  return g_test_run ();
}
