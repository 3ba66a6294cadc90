/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/mmp-candidate.h"

int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize size);

/* What passes where loopback is not allowed passes where it is, and is one line with a literal address in it. */
int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize size)
{
  g_autofree char *candidate = g_strndup ((const char *) data, size);

  if (mmp_candidate_passes (candidate, FALSE) && candidate[0] != '\0')
    {
      g_auto (GStrv) words = g_strsplit (candidate, " ", -1);
      g_autofree char *lent = mmp_candidate_dup_lent_address (candidate);

      g_assert_true (mmp_candidate_passes (candidate, TRUE));
      g_assert_null (strpbrk (candidate, "\r\n"));
      g_assert_cmpuint (strspn (words[4], G_CSET_DIGITS "abcdefABCDEF.:"), ==, strlen (words[4]));
      g_assert_false (g_str_has_prefix (words[4], "127."));
      g_assert_true (lent == NULL || strstr (lent, words[4]) != NULL);
    }

  return 0;
}
