/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "crypto/mmp-key-pair-private.h"

int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MmpKeyPair) pair = mmp_key_pair_parse ((const char *) data, size, &error);

  g_assert_true ((pair == NULL) == (error != NULL));

  return 0;
}
