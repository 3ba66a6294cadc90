/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "profile/mmp-bundle-private.h"

int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize size);

/* An export from anywhere, and what may be sealed in one */
int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize size)
{
  g_autoptr (MmpBundle) bundle = mmp_bundle_decode ((const char *) data, size, NULL);
  g_autoptr (GHashTable) secrets = mmp_bundle_decode_secrets ((const char *) data, size, NULL);

  if (bundle != NULL)
    {
      g_autofree char *text = mmp_bundle_encode (bundle, NULL, NULL);
      g_autoptr (MmpBundle) again = mmp_bundle_decode (text, strlen (text), NULL);

      g_assert_nonnull (again);
      g_assert_cmpuint (bundle->profiles->len, ==, again->profiles->len);
      g_assert_cmpuint (bundle->devices->len, ==, again->devices->len);
    }

  return 0;
}
