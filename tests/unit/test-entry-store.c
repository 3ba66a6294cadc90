/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "profile/mmp-entry-store.h"

#include <string.h>

#include "base/mmp-error.h"
#include "mmp-test.h"
#include "profile/mmp-broker-entry.h"
#include "profile/mmp-key-entry.h"

#define UUID "6a2f41a3-c54c-4f63-8c1a-0d8f4f8f2f1e"

static void
test_brokers_and_keys_are_kept (void)
{
  char *directory = mmp_test_directory ();
  g_autoptr (MmpEntryStore) brokers = mmp_entry_store_new (directory, &mmp_broker_entry_kind, NULL);
  g_autoptr (MmpEntryStore) keys = mmp_entry_store_new (directory, &mmp_key_entry_kind, NULL);
  g_autoptr (MmpEntryStore) again = NULL;
  g_autoptr (MmpBrokerEntry) broker = mmp_broker_entry_new ("broker.example.org", 8883, TRUE);
  const MmpPublicKey public_key = { { 9, 1 } };
  g_autoptr (MmpKeyEntry) key = mmp_key_entry_new ("This Device", &public_key);
  g_autoptr (GError) error = NULL;
  const MmpBrokerEntry *found;
  const MmpKeyEntry *found_key;

  g_set_str (&broker->user, "me");
  g_assert_true (mmp_entry_store_save (brokers, broker, &error));
  g_assert_no_error (error);
  g_assert_true (mmp_entry_store_save (keys, key, &error));
  g_assert_no_error (error);

  again = mmp_entry_store_new (directory, &mmp_broker_entry_kind, NULL);
  found = mmp_entry_store_find (again, broker->id);
  g_assert_cmpstr (found->host, ==, "broker.example.org");
  g_assert_cmpstr (found->user, ==, "me");
  g_assert_cmpstr (found->ca_file, ==, "");
  g_assert_true (found->tls);
  found_key = mmp_entry_store_find (keys, key->id);
  g_assert_cmpstr (found_key->name, ==, "This Device");
  g_assert_true (mmp_public_key_equal (&found_key->public_key, &public_key));

  g_assert_true (mmp_entry_store_remove (brokers, broker->id, &error));
  g_assert_true (mmp_entry_store_remove (brokers, broker->id, &error));
  g_assert_no_error (error);
  mmp_test_await (mmp_entry_store_find (again, broker->id) == NULL);
  mmp_test_directory_free (directory);
}

static void
test_broken_lists_are_refused (void)
{
  static const char *const texts[] = {
    "[Brokers]\nVersion=3\n",
    "[Brokers]\nVersion=1\n[x]\nHost=h\nPort=1\n",
    "[Brokers]\nVersion=1\n[" UUID "]\nHost=\nPort=1\n",
    "[Brokers]\nVersion=1\n[" UUID "]\nHost=h\nPort=0\n",
    "[Brokers]\nVersion=1\n[" UUID "]\nHost=h\nPort=70000\n",
    "[Brokers]\nVersion=1\n[" UUID "]\nHost=a\\nb\nPort=1\n",
  };
  char *directory = mmp_test_directory ();
  g_autofree char *path = g_build_filename (directory, "brokers.ini", NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", texts[i]);
      g_assert_true (g_file_set_contents (path, texts[i], -1, NULL));
      g_assert_null (mmp_entry_store_new (directory, &mmp_broker_entry_kind, &error));
      g_assert_error (error, MMP_ERROR, MMP_ERROR_FILE_INVALID);
      g_assert_nonnull (strstr (error->message, path));
    }
  mmp_test_directory_free (directory);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/entry-store/brokers-and-keys-are-kept", test_brokers_and_keys_are_kept);
  g_test_add_func ("/entry-store/broken-lists-are-refused", test_broken_lists_are_refused);

  return g_test_run ();
}
