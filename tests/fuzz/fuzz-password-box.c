/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mmp-error.h"
#include "crypto/mmp-password-box-private.h"

int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize size);

/* What is taken apart lies within what was given and asks for little. */
int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize size)
{
  MmpPasswordBox box;

  if (mmp_password_box_decode (data, size, &box, NULL))
    {
      g_assert_true (box.sealed + box.sealed_size == data + size);
      g_assert_true (box.salt > data && box.nonce + MMP_PASSWORD_NONCE_SIZE == box.sealed);
      g_assert_cmpuint (box.memory, <=, 1024 * 1024);
      g_assert_cmpuint (box.passes, <=, 16);
    }

  return 0;
}
