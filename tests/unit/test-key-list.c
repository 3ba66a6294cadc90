/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "base/mmp-error.h"
#include "hub/mmp-key-list.h"
#include "mmp-test.h"

#define KEY "RVC45WSASZAGKAJZT24NC3GTCEENN7FCZO3QC7Z5S2ZSQOL22UXQ===="
#define SHORT_KEY "AAAQEAYEAUDAOCAJBIFQYDIOB4IBCEQTCQKRMFYYDENBWHA5DYPQ"

static const struct
{
  const char *what;
  const char *text;
  guint n; /* keys */
} good[] = {
  { "nothing", "", 0 },
  { "empty lines and comments", "\n\n# Bob's laptop\n  # indented\n", 0 },
  { "one key without an end of line", KEY, 1 },
  { "two keys", KEY "\n" SHORT_KEY "\n", 2 },
  { "the same key twice", KEY "\n" KEY "\n", 1 },
  { "spaces and the line ends of Windows", "  " KEY " \r\n\r\n" SHORT_KEY "\r\n", 2 },
};

static const struct
{
  const char *what;
  const char *text;
  gsize size; /* 0: to the end */
  const char *says;
} bad[] = {
  { "a word", KEY "\n# fine\nnonsense\n", 0, "line 3" },
  { "two keys on one line", KEY " " KEY "\n", 0, "line 1" },
  { "a comment behind a key", KEY " # Bob\n", 0, "line 1" },
  { "a key cut short", "RVC45WSASZAGKAJZT24NC3GT\n", 0, "line 1" },
  { "a key with a slip", "RVC45WSASZAGKAJZT24NC3GTCEENN7FCZ03QC7Z5S2ZSQ0L22UXQ====\n", 0, "line 1" },
  { "a key that must be refused", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA====\n", 0, "line 1" },
  { "a zero byte", "#\0\n", 3, "not a text" },
  { "bytes that are no UTF-8", "# \xff\n", 0, "not a text" },
};

static void
test_good_lists_are_read (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GHashTable) keys = mmp_key_list_parse (good[i].text, strlen (good[i].text), &error);

      g_test_message ("%s", good[i].what);
      g_assert_no_error (error);
      g_assert_cmpuint (g_hash_table_size (keys), ==, good[i].n);
    }
}

static void
test_one_wrong_line_refuses_the_list (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      gsize size = bad[i].size != 0 ? bad[i].size : strlen (bad[i].text);
      g_autoptr (GError) error = NULL;
      g_autoptr (GHashTable) keys = mmp_key_list_parse (bad[i].text, size, &error);

      g_test_message ("%s", bad[i].what);
      g_assert_null (keys);
      g_assert_error (error, MMP_ERROR, MMP_ERROR_FILE_INVALID);
      g_assert_nonnull (strstr (error->message, bad[i].says));
    }
}

static void
test_the_right_keys_are_in_it (void)
{
  g_autoptr (GHashTable) keys = mmp_key_list_parse (KEY "\n", strlen (KEY) + 1, NULL);
  MmpPublicKey listed;
  MmpPublicKey other;

  g_assert_true (mmp_public_key_from_text (KEY, &listed, NULL));
  g_assert_true (mmp_public_key_from_text (SHORT_KEY, &other, NULL));
  g_assert_true (g_hash_table_contains (keys, &listed));
  g_assert_false (g_hash_table_contains (keys, &other));
}

static void
test_a_missing_file_is_named (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GHashTable) keys = mmp_key_list_load ("/nonexistent/trusted", &error);

  g_assert_null (keys);
  g_assert_error (error, MMP_ERROR, MMP_ERROR_FILE_INVALID);
  g_assert_nonnull (strstr (error->message, "/nonexistent/trusted"));
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/key-list/good-lists-are-read", test_good_lists_are_read);
  g_test_add_func ("/key-list/one-wrong-line-refuses-the-list", test_one_wrong_line_refuses_the_list);
  g_test_add_func ("/key-list/the-right-keys-are-in-it", test_the_right_keys_are_in_it);
  g_test_add_func ("/key-list/a-missing-file-is-named", test_a_missing_file_is_named);

  return g_test_run ();
}
