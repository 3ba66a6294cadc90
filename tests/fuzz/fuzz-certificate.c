/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "rtc/mmp-certificate.h"

int LLVMFuzzerTestOneInput (const guint8 *data,
                            size_t size);

/* A text has one fingerprint or none; a refused one leaves the output alone. */
int
LLVMFuzzerTestOneInput (const guint8 *data,
                        size_t size)
{
  guint8 first[MMP_CERTIFICATE_FINGERPRINT_SIZE] = { 0 };
  guint8 second[MMP_CERTIFICATE_FINGERPRINT_SIZE] = { 0 };
  guint8 any = 0;
  gboolean taken = mmp_certificate_get_fingerprint ((const char *) data, size, first, NULL);

  g_assert (taken == mmp_certificate_get_fingerprint ((const char *) data, size, second, NULL));
  for (gsize i = 0; i < sizeof first; i++)
    {
      g_assert (first[i] == second[i]);
      any |= first[i];
    }
  g_assert (taken || any == 0);

  return 0;
}
