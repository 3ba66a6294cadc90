/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "classic/mmp-classic-topics.h"

int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize size);

/* A topic that is taken is the one that its device has. */
int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize size)
{
  static const MmpPublicKey listener = { { 9 } };
  g_autofree char *topic = g_strndup ((const char *) data, size);
  MmpPublicKey initiator;

  if (mmp_classic_topics_parse (topic, "sig", &listener, "conn1", &initiator))
    {
      g_autofree char *built = mmp_classic_topics_build ("sig", &listener, &initiator, "conn1", MMP_CLASSIC_OFFERS);

      g_assert_cmpstr (built, ==, topic);
    }

  return 0;
}
