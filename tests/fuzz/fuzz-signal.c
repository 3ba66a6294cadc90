/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/mmp-signal.h"

int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize size);

/* What is taken can be written, and what was written is taken. */
int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize size)
{
  g_autoptr (MmpSignal) signal = mmp_signal_decode ((const char *) data, size, NULL);
  g_autofree char *name = g_strndup ((const char *) data, size);
  g_autofree char *cleaned = mmp_device_name_clean (name);
  g_autofree char *again = mmp_device_name_clean (cleaned);

  g_assert_cmpstr (cleaned, ==, again);
  if (signal != NULL)
    {
      g_autofree char *text = mmp_signal_encode (signal);
      g_autoptr (MmpSignal) back = mmp_signal_decode (text, strlen (text), NULL);
      g_autofree char *text_again = back != NULL ? mmp_signal_encode (back) : NULL;

      g_assert_cmpstr (text, ==, text_again);
    }

  return 0;
}
