/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "profile/mmp-secrets.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/mmp-error.h"
#include "mmp-test.h"

#define ID "broker/6a2f41a3-c54c-4f63-8c1a-0d8f4f8f2f1e"
#define FILE_NAME "broker-6a2f41a3-c54c-4f63-8c1a-0d8f4f8f2f1e"

typedef struct
{
  char *directory;
  MmpSecrets *secrets;
} Fixture;

enum
{
  MEMORY,
  FILES,
  KEYRING,
};

static void
set_up (Fixture *fixture,
        gconstpointer user_data)
{
  fixture->directory = mmp_test_directory ();
  switch (GPOINTER_TO_INT (user_data))
    {
    case MEMORY:
      fixture->secrets = mmp_memory_secrets_new ();
      break;
    case FILES:
      fixture->secrets = mmp_file_secrets_new (fixture->directory);
      break;
    default:
      /* libsecret's own file, as inside Flatpak; main() named it */
      fixture->secrets = mmp_keyring_secrets_new ();
      break;
    }
}

static void
tear_down (Fixture *fixture,
           gconstpointer user_data)
{
  g_object_unref (fixture->secrets);
  mmp_test_directory_free (fixture->directory);
}

static void
store (Fixture *fixture,
       const char *text)
{
  g_autoptr (MmpSecret) secret = mmp_secret_new (text, strlen (text));
  g_autoptr (GError) error = NULL;

  mmp_secrets_store (fixture->secrets, ID, "A broker", secret, &error);
  g_assert_no_error (error);
}

static void
test_keeps_what_it_is_given (Fixture *fixture,
                             gconstpointer user_data)
{
  g_autoptr (MmpSecret) found = NULL;
  g_autoptr (MmpSecret) again = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_null (mmp_secrets_lookup (fixture->secrets, ID, &error));
  g_assert_no_error (error);
  store (fixture, "one");
  store (fixture, "zwölf");
  found = mmp_secrets_lookup (fixture->secrets, ID, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (mmp_secret_get_data (found, NULL), ==, "zwölf");
  g_assert_true (mmp_secrets_remove (fixture->secrets, ID, &error));
  g_assert_true (mmp_secrets_remove (fixture->secrets, ID, &error));
  g_assert_no_error (error);
  again = mmp_secrets_lookup (fixture->secrets, ID, &error);
  g_assert_null (again);
}

static void
test_files_are_private (Fixture *fixture,
                        gconstpointer user_data)
{
  g_autofree char *path = g_build_filename (fixture->directory, FILE_NAME, NULL);
  g_autofree char *long_text = g_strnfill (5000, 'x');
  g_autoptr (MmpSecret) long_secret = mmp_secret_new (long_text, 5000);
  g_autoptr (GError) error = NULL;
  GStatBuf info;

  store (fixture, "one");
  g_assert_no_errno (g_stat (path, &info));
  g_assert_cmpint (info.st_mode & 07777, ==, 0600);
  g_assert_no_errno (g_chmod (path, 0644));
  g_assert_null (mmp_secrets_lookup (fixture->secrets, ID, &error));
  g_assert_error (error, MMP_ERROR, MMP_ERROR_KEY_FILE);
  g_clear_error (&error);
  g_assert_false (mmp_secrets_store (fixture->secrets, ID, "", long_secret, &error));
  g_assert_error (error, MMP_ERROR, MMP_ERROR_SECRETS);
}

/* What is in a file must not name a file elsewhere. */
static void
test_ids_are_checked (void)
{
  g_assert_true (mmp_secret_id_is_valid (ID));
  g_assert_false (mmp_secret_id_is_valid ("broker/../../x"));
  g_assert_false (mmp_secret_id_is_valid ("other/6a2f41a3-c54c-4f63-8c1a-0d8f4f8f2f1e"));
  g_assert_false (mmp_secret_id_is_valid (""));
}

/* A machine without a session bus says so at once, in a sentence. */
static void
test_missing_keyring_says_so (void)
{
  if (g_test_subprocess ())
    {
      g_autoptr (MmpSecrets) secrets = mmp_keyring_secrets_new ();
      g_autoptr (GError) error = NULL;

      g_assert_null (mmp_secrets_lookup (secrets, ID, &error));
      g_assert_error (error, MMP_ERROR, MMP_ERROR_SECRETS);
      return;
    }
  g_unsetenv ("SECRET_BACKEND");
  g_setenv ("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent/bus", TRUE);
  g_test_trap_subprocess (NULL, 0, G_TEST_SUBPROCESS_DEFAULT);
  g_setenv ("SECRET_BACKEND", "file", TRUE);
  g_test_trap_assert_passed ();
}

int
main (int argc,
      char *argv[])
{
  char *directory = mmp_test_directory ();
  g_autofree char *path = g_build_filename (directory, "keyring", NULL);
  /* In a sandbox libsecret looks for a portal whatever it is told, and warns where there is no bus; warnings are failures here. */
  gboolean is_sandbox = g_file_test ("/.flatpak-info", G_FILE_TEST_EXISTS);
  int result;

  /* A subprocess of a test says itself what it has. */
  if (g_getenv ("DBUS_SESSION_BUS_ADDRESS") == NULL || strstr (g_getenv ("DBUS_SESSION_BUS_ADDRESS"), "/nonexistent/") == NULL)
    g_setenv ("SECRET_BACKEND", "file", TRUE);
  g_setenv ("SECRET_FILE_TEST_PATH", path, TRUE);
  g_setenv ("SECRET_FILE_TEST_PASSWORD", "test", TRUE);
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/secrets/memory/keeps-what-it-is-given", Fixture, GINT_TO_POINTER (MEMORY), set_up, test_keeps_what_it_is_given, tear_down);
  g_test_add ("/secrets/files/keeps-what-it-is-given", Fixture, GINT_TO_POINTER (FILES), set_up, test_keeps_what_it_is_given, tear_down);
  if (!is_sandbox)
    g_test_add ("/secrets/keyring/keeps-what-it-is-given", Fixture, GINT_TO_POINTER (KEYRING), set_up, test_keeps_what_it_is_given, tear_down);
  g_test_add ("/secrets/files/are-private", Fixture, GINT_TO_POINTER (FILES), set_up, test_files_are_private, tear_down);
  g_test_add_func ("/secrets/ids-are-checked", test_ids_are_checked);
  if (!is_sandbox)
    g_test_add_func ("/secrets/missing-keyring-says-so", test_missing_keyring_says_so);
  result = g_test_run ();
  mmp_test_directory_free (directory);

  return result;
}
