/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-cli-text.h"

#include <string.h>

#include "mmp-test.h"

static void
test_every_cause_has_a_sentence_of_its_own (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (int code = MMP_ERROR_FAILED; code <= MMP_ERROR_RUNNING; code++)
    {
      g_autoptr (GError) error = g_error_new_literal (MMP_ERROR, code, "");
      char *text = mmp_cli_text_explain (error);

      g_test_message ("%s: %s", mmp_error_get_name (code), text);
      g_assert_true (g_ascii_isupper (text[0]));
      g_assert_true (g_str_has_suffix (text, "."));
      g_assert_true (g_hash_table_add (seen, text));
    }
}

static void
test_the_cause_is_told_too (void)
{
  g_autoptr (GError) error = g_error_new_literal (MMP_ERROR, MMP_ERROR_PORT_IN_USE, "127.0.0.1:1884");
  g_autofree char *text = mmp_cli_text_explain (error);

  g_assert_cmpstr (text, ==, "The local port is in use by another program (127.0.0.1:1884). Choose another port, or 0 for any free one.");
}

static void
test_a_cause_is_not_told_twice (void)
{
  g_autoptr (GError) error = g_error_new_literal (MMP_ERROR, MMP_ERROR_DENIED, "the other device said no");
  g_autofree char *text = mmp_cli_text_explain (error);

  g_assert_true (g_str_has_prefix (text, "The other device said no. "));
}

static void
test_an_error_from_elsewhere_is_told (void)
{
  g_autoptr (GError) error = g_error_new_literal (G_FILE_ERROR, G_FILE_ERROR_NOSPC, "no space");
  g_autofree char *text = mmp_cli_text_explain (error);

  g_assert_nonnull (strstr (text, "(no space)"));
  g_assert_cmpint (mmp_cli_text_get_exit (error), ==, MMP_CLI_FAILED);
}

static void
test_exit_codes_tell_refusals_and_files_apart (void)
{
  static const struct
  {
    MmpError code;
    MmpCliExit exit;
  } cases[] = {
    { MMP_ERROR_DENIED, MMP_CLI_REFUSED },
    { MMP_ERROR_IDENTITY_MISMATCH, MMP_CLI_REFUSED },
    { MMP_ERROR_NO_ANSWER, MMP_CLI_FAILED },
    { MMP_ERROR_KEY_INVALID, MMP_CLI_FILE },
    { MMP_ERROR_KEY_FILE, MMP_CLI_FILE },
    { MMP_ERROR_FILE_INVALID, MMP_CLI_FILE },
    { MMP_ERROR_ADDRESS_INVALID, MMP_CLI_USAGE },
    { MMP_ERROR_BROKER_LOGIN, MMP_CLI_FAILED },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = g_error_new_literal (MMP_ERROR, (int) cases[i].code, "");

      g_assert_cmpint (mmp_cli_text_get_exit (error), ==, cases[i].exit);
    }
}

static void
test_slips_are_recognized (void)
{
  static const char *const words[] = { "keygen", "listener", "initiator", "invite", "trust", NULL };
  static const struct
  {
    const char *typed;
    const char *meant;
  } cases[] = {
    { "listner", "listener" },
    { "keygn", "keygen" },
    { "inviet", "invite" },
    { "init", "initiator" },
    { "trsut", "trust" },
    { "keygen", "keygen" },
    { "frobnicate", NULL },
    { "", NULL },
    { "a-word-that-is-longer-than-any-command-could-ever-be", NULL },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpstr (mmp_cli_text_nearest (cases[i].typed, words), ==, cases[i].meant);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/cli-text/every-cause-has-a-sentence-of-its-own", test_every_cause_has_a_sentence_of_its_own);
  g_test_add_func ("/cli-text/the-cause-is-told-too", test_the_cause_is_told_too);
  g_test_add_func ("/cli-text/a-cause-is-not-told-twice", test_a_cause_is_not_told_twice);
  g_test_add_func ("/cli-text/an-error-from-elsewhere-is-told", test_an_error_from_elsewhere_is_told);
  g_test_add_func ("/cli-text/exit-codes-tell-refusals-and-files-apart", test_exit_codes_tell_refusals_and_files_apart);
  g_test_add_func ("/cli-text/slips-are-recognized", test_slips_are_recognized);

  return g_test_run ();
}
