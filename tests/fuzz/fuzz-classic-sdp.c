/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mmp-limits.h"
#include "classic/mmp-classic-sdp.h"

int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize size);

/* Whatever comes, what is left is one description and a bounded number of candidates that pass. */
int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_autoptr (MmpClassicDescription) description = mmp_classic_description_parse (text, MMP_SDP_OFFER, FALSE, NULL);

  if (description != NULL)
    {
      guint8 fingerprint[MMP_SDP_FINGERPRINT_SIZE];
      g_autofree char *again = mmp_sdp_rebuild (description->sdp, MMP_SDP_OFFER, fingerprint, NULL);

      g_assert_cmpstr (again, ==, description->sdp);
      g_assert_cmpuint (g_strv_length (description->candidates), <=, MMP_CANDIDATES_MAX);
      for (guint i = 0; description->candidates[i] != NULL; i++)
        g_assert_true (mmp_candidate_passes (description->candidates[i], FALSE));
    }

  return 0;
}
