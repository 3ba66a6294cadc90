/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "rtt/mmp-rtt-payload.h"

int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize size);

/* What is taken is a time, and is the same when it is sent on by us. */
int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize size)
{
  g_autoptr (GBytes) payload = g_bytes_new (data, size);
  gint64 timestamp = -1;

  if (mmp_rtt_payload_decode (payload, &timestamp, NULL))
    {
      g_autoptr (GBytes) ours = mmp_rtt_payload_encode (timestamp);
      gint64 again = -1;

      g_assert_cmpint (timestamp, >=, 0);
      g_assert_true (mmp_rtt_payload_decode (ours, &again, NULL));
      g_assert_cmpint (again, ==, timestamp);
    }
  else
    {
      g_assert_cmpint (timestamp, ==, -1);
    }

  return 0;
}
