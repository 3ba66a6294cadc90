/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "mmp-file-text.h"
#include "mmp-test.h"
#include "mmp-text.h"

/* A cause and what to do about it: at least two sentences, and no word of the machine room */
static void
assert_helps (const char *text)
{
  static const char *const jargon[] = { "SDP", "ICE ", "peer", "errno", "(null)", "null pointer", "lease" };

  g_test_message ("%s", text);
  g_assert_true (g_str_has_suffix (text, "."));
  g_assert_true (strstr (text, ". ") != NULL || strstr (text, "; ") != NULL);
  g_assert_true (g_ascii_isupper (text[0]));
  for (gsize i = 0; i < G_N_ELEMENTS (jargon); i++)
    g_assert_null (strstr (text, jargon[i]));
}

static void
test_every_cause_has_a_next_step (void)
{
  for (int code = 0; code == MMP_ERROR_FAILED || !g_str_equal (mmp_error_get_name (code), "failed"); code++)
    {
      g_autoptr (GError) error = g_error_new_literal (MMP_ERROR, code, "cause");
      g_autofree char *text = mmp_text_explain (error);

      /* What a person stopped needs no advice. */
      if (code != MMP_ERROR_CANCELLED)
        assert_helps (text);
      if (code != MMP_ERROR_FAILED)
        g_assert_false (g_str_has_prefix (text, "It did not work"));
    }
}

static void
test_files_that_cannot_be_used_are_explained (void)
{
  static const struct
  {
    GQuark (*domain) (void);
    int code;
    const char *begins;
  } cases[] = {
    { g_io_error_quark, G_IO_ERROR_NO_SPACE, "There is no room left." },
    { g_io_error_quark, G_IO_ERROR_PERMISSION_DENIED, "You have no right" },
    { g_io_error_quark, G_IO_ERROR_BUSY, "The file cannot be used (cause)." },
    { g_file_error_quark, G_FILE_ERROR_IO, "The file cannot be used (cause)." },
    { mmp_error_quark, MMP_ERROR_FILE_INVALID, "Message Portal did not write this file" },
    { mmp_error_quark, MMP_ERROR_KEY_FILE, "There is no private key" },
    { mmp_error_quark, MMP_ERROR_SECRETS, "The password is wrong" },
    { mmp_error_quark, MMP_ERROR_LIMIT, "There is no room for more." },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = g_error_new_literal (cases[i].domain (), cases[i].code, "cause");
      g_autofree char *text = mmp_file_text_explain (error);

      assert_helps (text);
      g_assert_true (g_str_has_prefix (text, cases[i].begins));
    }
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/texts/every-cause-has-a-next-step", test_every_cause_has_a_next_step);
  g_test_add_func ("/texts/files-that-cannot-be-used-are-explained", test_files_that_cannot_be_used_are_explained);

  return g_test_run ();
}
