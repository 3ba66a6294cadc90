/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/mmp-sdp.h"

int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize size);

/* What was rebuilt is taken, and rebuilt to the same. */
int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize size)
{
  g_autofree char *sdp = g_strndup ((const char *) data, size);

  for (MmpSdpType type = MMP_SDP_OFFER; type <= MMP_SDP_ANSWER; type++)
    {
      guint8 fingerprints[2][MMP_SDP_FINGERPRINT_SIZE];
      g_autofree char *once = mmp_sdp_rebuild (sdp, type, fingerprints[0], NULL);
      g_autofree char *twice = once != NULL ? mmp_sdp_rebuild (once, type, fingerprints[1], NULL) : NULL;

      g_assert_cmpstr (once, ==, twice);
      if (once != NULL)
        g_assert_cmpmem (fingerprints[0], sizeof fingerprints[0], fingerprints[1], sizeof fingerprints[1]);
    }

  return 0;
}
