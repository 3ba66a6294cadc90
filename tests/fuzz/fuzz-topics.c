/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/mmp-topics.h"

#define RENDEZVOUS "ZHL7TKB3GLBQSOYQQQFMFPWPFE3HKJEQEVVFEGJNCHQNR6LTARXQ===="

int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize size);

/* A topic that is taken is the one that its parts give. */
int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  guint8 ephemeral[MMP_EPHEMERAL_SIZE];

  if (mmp_topics_parse (text, "sig", RENDEZVOUS, MMP_TOPIC_OFFER, ephemeral))
    {
      g_autofree char *again = mmp_topics_build ("sig", RENDEZVOUS, ephemeral, MMP_TOPIC_OFFER);

      g_assert_cmpstr (text, ==, again);
    }
  if (mmp_topics_check_prefix (text, NULL))
    {
      g_assert_true (g_utf8_validate (text, -1, NULL));
      g_assert_null (strpbrk (text, "+#"));
    }

  return 0;
}
