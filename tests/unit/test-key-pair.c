/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "crypto/mmp-key-pair-private.h"

#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mmp-error.h"
#include "mmp-test.h"

#define SECRET_TEXT "AAAQEAYEAUDAOCAJBIFQYDIOB4IBCEQTCQKRMFYYDENBWHA5DYPQ===="

typedef struct
{
  char *directory;
  char *private_path;
  char *public_path;
} Fixture;

static void
set_up (Fixture *fixture,
        gconstpointer user_data)
{
  fixture->directory = mmp_test_directory ();
  fixture->private_path = g_build_filename (fixture->directory, "key.private", NULL);
  fixture->public_path = g_build_filename (fixture->directory, "key.public", NULL);
}

static void
tear_down (Fixture *fixture,
           gconstpointer user_data)
{
  mmp_test_directory_free (fixture->directory);
  g_free (fixture->private_path);
  g_free (fixture->public_path);
}

static void
write_file (const char *path,
            const char *text,
            int mode)
{
  g_autoptr (GError) error = NULL;

  g_file_set_contents (path, text, -1, &error);
  g_assert_no_error (error);
  g_assert_no_errno (g_chmod (path, mode));
}

static void
assert_content (const char *path,
                const char *expected)
{
  g_autofree char *text = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, expected);
}

static int
mode_of (const char *path)
{
  GStatBuf info;

  g_assert_no_errno (g_stat (path, &info));

  return info.st_mode & 07777;
}

static void
assert_refused (const char *path,
                const char *sentence)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MmpKeyPair) pair = mmp_key_pair_load (path, &error);

  g_assert_null (pair);
  g_assert_error (error, MMP_ERROR, MMP_ERROR_KEY_FILE);
  g_assert_nonnull (strstr (error->message, path));
  g_test_message ("%s", error->message);
  g_assert_nonnull (strstr (error->message, sentence));
}

static void
test_generated_pairs_differ_and_agree (void)
{
  g_autoptr (MmpKeyPair) a = mmp_key_pair_generate ();
  g_autoptr (MmpKeyPair) b = mmp_key_pair_generate ();
  guint8 ab[32];
  guint8 ba[32];

  g_assert_false (mmp_public_key_equal (mmp_key_pair_get_public (a), mmp_key_pair_get_public (b)));
  g_assert_true (mmp_key_pair_agree (a, mmp_key_pair_get_public (b)->bytes, ab));
  g_assert_true (mmp_key_pair_agree (b, mmp_key_pair_get_public (a)->bytes, ba));
  g_assert_cmpmem (ab, sizeof ab, ba, sizeof ba);
}

static void
test_no_agreement_with_a_point_of_small_order (void)
{
  static const guint8 zero[32];
  g_autoptr (MmpKeyPair) pair = mmp_key_pair_generate ();
  guint8 shared[32];

  g_assert_false (mmp_key_pair_agree (pair, zero, shared));
}

/* RFC 7748 section 6.1 */
static void
test_public_half_is_the_standard_one (void)
{
  static const guint8 alice[32] = {
    0x77, 0x07, 0x6d, 0x0a, 0x73, 0x18, 0xa5, 0x7d, 0x3c, 0x16, 0xc1, 0x72, 0x51, 0xb2, 0x66, 0x45,
    0xdf, 0x4c, 0x2f, 0x87, 0xeb, 0xc0, 0x99, 0x2a, 0xb1, 0x77, 0xfb, 0xa5, 0x1d, 0xb9, 0x2c, 0x2a
  };
  static const guint8 alice_public[32] = {
    0x85, 0x20, 0xf0, 0x09, 0x89, 0x30, 0xa7, 0x54, 0x74, 0x8b, 0x7d, 0xdc, 0xb4, 0x3e, 0xf7, 0x5a,
    0x0d, 0xbf, 0x3a, 0x0d, 0x26, 0x38, 0x1a, 0xf4, 0xeb, 0xa4, 0xa9, 0x8e, 0xaa, 0x9b, 0x4e, 0x6a
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (MmpKeyPair) pair = mmp_key_pair_new (alice, &error);

  g_assert_no_error (error);
  g_assert_cmpmem (mmp_key_pair_get_public (pair)->bytes, MMP_PUBLIC_KEY_SIZE, alice_public, sizeof alice_public);
}

static void
test_saved_pair_is_loaded (Fixture *fixture,
                           gconstpointer user_data)
{
  g_autoptr (MmpKeyPair) pair = mmp_key_pair_generate ();
  g_autoptr (MmpKeyPair) loaded = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = mmp_public_key_to_text (mmp_key_pair_get_public (pair));
  g_autofree char *private_text = NULL;
  mode_t mask = umask (0);

  mmp_key_pair_save (pair, fixture->directory, FALSE, &error);
  umask (mask);
  g_assert_no_error (error);
  g_assert_cmpint (mode_of (fixture->private_path), ==, 0600);
  g_assert_cmpint (mode_of (fixture->public_path), ==, 0644);
  assert_content (fixture->public_path, text);

  loaded = mmp_key_pair_load (fixture->private_path, &error);
  g_assert_no_error (error);
  g_assert_true (mmp_public_key_equal (mmp_key_pair_get_public (loaded), mmp_key_pair_get_public (pair)));
  g_assert_true (g_file_get_contents (fixture->private_path, &private_text, NULL, NULL));
  g_assert_cmpuint (strlen (private_text), ==, 56);
}

static void
test_missing_folder_is_made (Fixture *fixture,
                             gconstpointer user_data)
{
  g_autoptr (MmpKeyPair) pair = mmp_key_pair_generate ();
  g_autoptr (GError) error = NULL;
  g_autofree char *directory = g_build_filename (fixture->directory, "deeper", NULL);
  g_autofree char *path = g_build_filename (directory, "key.private", NULL);
  g_autofree char *public_path = g_build_filename (directory, "key.public", NULL);

  mmp_key_pair_save (pair, directory, FALSE, &error);
  g_assert_no_error (error);
  g_assert_cmpint (mode_of (directory), ==, 0700);
  g_assert_no_errno (g_remove (path));
  g_assert_no_errno (g_remove (public_path));
}

static void
test_nothing_is_overwritten_unasked (Fixture *fixture,
                                     gconstpointer user_data)
{
  g_autoptr (MmpKeyPair) pair = mmp_key_pair_generate ();
  g_autoptr (GError) error = NULL;

  write_file (fixture->private_path, "precious", 0600);
  g_assert_false (mmp_key_pair_save (pair, fixture->directory, FALSE, &error));
  g_assert_error (error, MMP_ERROR, MMP_ERROR_KEY_FILE);
  g_assert_nonnull (strstr (error->message, fixture->private_path));
  assert_content (fixture->private_path, "precious");
  g_assert_false (g_file_test (fixture->public_path, G_FILE_TEST_EXISTS));

  /* The other file alone is a reason too, and so is a link that leads nowhere. */
  g_clear_error (&error);
  g_assert_no_errno (g_remove (fixture->private_path));
  g_assert_no_errno (symlink ("nowhere", fixture->public_path));
  g_assert_false (mmp_key_pair_save (pair, fixture->directory, FALSE, &error));
  g_assert_error (error, MMP_ERROR, MMP_ERROR_KEY_FILE);
  g_assert_false (g_file_test (fixture->private_path, G_FILE_TEST_EXISTS));
}

static void
test_replacing_does_not_keep_old_permissions (Fixture *fixture,
                                              gconstpointer user_data)
{
  g_autoptr (MmpKeyPair) pair = mmp_key_pair_generate ();
  g_autoptr (MmpKeyPair) loaded = NULL;
  g_autoptr (GError) error = NULL;

  write_file (fixture->private_path, "old", 0666);
  mmp_key_pair_save (pair, fixture->directory, TRUE, &error);
  g_assert_no_error (error);
  g_assert_cmpint (mode_of (fixture->private_path), ==, 0600);
  loaded = mmp_key_pair_load (fixture->private_path, &error);
  g_assert_no_error (error);
}

static void
test_files_of_the_thesis_are_loaded (Fixture *fixture,
                                     gconstpointer user_data)
{
  static const char *const texts[] = { SECRET_TEXT, SECRET_TEXT "\n", SECRET_TEXT "\r\n", "AAAQEAYEAUDAOCAJBIFQYDIOB4IBCEQTCQKRMFYYDENBWHA5DYPQ\n" };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (MmpKeyPair) pair = NULL;
      g_autoptr (GError) error = NULL;

      write_file (fixture->private_path, texts[i], i % 2 ? 0600 : 0440);
      pair = mmp_key_pair_load (fixture->private_path, &error);
      g_assert_no_error (error);
    }
}

static void
test_files_that_others_reach_are_refused (Fixture *fixture,
                                          gconstpointer user_data)
{
  static const int modes[] = { 0604, 0644, 0602, 0620, 0660, 0601, 0777 };

  for (gsize i = 0; i < G_N_ELEMENTS (modes); i++)
    {
      g_autofree char *advice = g_strconcat ("chmod 600 ", fixture->private_path, NULL);

      write_file (fixture->private_path, SECRET_TEXT, modes[i]);
      assert_refused (fixture->private_path, advice);
    }
}

static void
test_broken_files_are_refused (Fixture *fixture,
                               gconstpointer user_data)
{
  g_autofree char *large = g_strnfill (1 << 20, 'A');

  assert_refused (fixture->private_path, "cannot be opened");
  assert_refused (fixture->directory, "is not a file");

  write_file (fixture->private_path, "", 0600);
  assert_refused (fixture->private_path, "does not hold a private key");
  write_file (fixture->private_path, SECRET_TEXT " ", 0600);
  assert_refused (fixture->private_path, "does not hold a private key");
  write_file (fixture->private_path, SECRET_TEXT "\n" SECRET_TEXT "\n", 0600);
  assert_refused (fixture->private_path, "does not hold a private key");
  write_file (fixture->private_path, large, 0600);
  assert_refused (fixture->private_path, "too large");

  g_assert_no_errno (g_remove (fixture->private_path));
  g_assert_no_errno (mkfifo (fixture->private_path, 0600));
  assert_refused (fixture->private_path, "is not a file");
}

static void
test_errors_do_not_quote_the_key (Fixture *fixture,
                                  gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;

  write_file (fixture->private_path, "SECRETSECRETSECRET", 0600);
  g_assert_null (mmp_key_pair_load (fixture->private_path, &error));
  g_assert_null (strstr (error->message, "SECRET"));
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/key-pair/generated-pairs-differ-and-agree", test_generated_pairs_differ_and_agree);
  g_test_add_func ("/key-pair/no-agreement-with-a-point-of-small-order", test_no_agreement_with_a_point_of_small_order);
  g_test_add_func ("/key-pair/public-half-is-the-standard-one", test_public_half_is_the_standard_one);
  g_test_add ("/key-pair/saved-pair-is-loaded", Fixture, NULL, set_up, test_saved_pair_is_loaded, tear_down);
  g_test_add ("/key-pair/missing-folder-is-made", Fixture, NULL, set_up, test_missing_folder_is_made, tear_down);
  g_test_add ("/key-pair/nothing-is-overwritten-unasked", Fixture, NULL, set_up, test_nothing_is_overwritten_unasked, tear_down);
  g_test_add ("/key-pair/replacing-does-not-keep-old-permissions", Fixture, NULL, set_up, test_replacing_does_not_keep_old_permissions, tear_down);
  g_test_add ("/key-pair/files-of-the-thesis-are-loaded", Fixture, NULL, set_up, test_files_of_the_thesis_are_loaded, tear_down);
  g_test_add ("/key-pair/files-that-others-reach-are-refused", Fixture, NULL, set_up, test_files_that_others_reach_are_refused, tear_down);
  g_test_add ("/key-pair/broken-files-are-refused", Fixture, NULL, set_up, test_broken_files_are_refused, tear_down);
  g_test_add ("/key-pair/errors-do-not-quote-the-key", Fixture, NULL, set_up, test_errors_do_not_quote_the_key, tear_down);

  return g_test_run ();
}
