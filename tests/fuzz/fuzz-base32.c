/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "crypto/mmp-base32.h"

int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize size);

/* A text that is taken is the one that its bytes give: there is no second text for the same bytes. */
int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize size)
{
  static const MmpBase32Form forms[] = { MMP_BASE32_BARE, MMP_BASE32_PADDED };
  const char *text = (const char *) data;
  g_autofree guint8 *bytes = g_malloc (size + 1);

  for (gsize i = 0; i < G_N_ELEMENTS (forms); i++)
    {
      for (gsize n = size / 2; n <= size; n++)
        {
          g_autofree char *again = NULL;

          if (!mmp_base32_decode (text, size, forms[i], bytes, n))
            continue;
          again = mmp_base32_encode (bytes, n, forms[i]);
          g_assert_cmpmem (again, strlen (again), text, size);
        }
    }

  return 0;
}
