/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "crypto/mmp-public-key.h"

int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize size);

/* What is taken is taken again, and every suggestion is a key. */
int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_auto (GStrv) suggestions = mmp_public_key_suggest (text);
  MmpPublicKey key;

  g_assert_cmpuint (g_strv_length (suggestions), <=, 4);
  for (guint i = 0; suggestions[i] != NULL; i++)
    g_assert_true (mmp_public_key_from_text (suggestions[i], &key, NULL));
  if (mmp_public_key_from_text (text, &key, NULL))
    {
      g_autofree char *padded = mmp_public_key_to_text (&key);

      g_assert_true (g_str_has_prefix (padded, text));
      g_assert_cmpuint (g_strv_length (suggestions), ==, 1);
      g_assert_cmpstr (suggestions[0], ==, padded);
    }

  return 0;
}
