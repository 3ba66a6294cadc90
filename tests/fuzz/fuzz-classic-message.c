/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "classic/mmp-classic-message.h"

#include <string.h>

int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize size);

/* What is taken can be written, and what was written is taken. */
int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize size)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  g_autoptr (MmpClassicMessage) message = mmp_classic_message_decode (bytes, NULL);

  if (message != NULL)
    {
      g_autofree char *text = mmp_classic_message_encode (message);
      g_autoptr (GBytes) written = g_bytes_new (text, strlen (text));
      g_autoptr (MmpClassicMessage) back = mmp_classic_message_decode (written, NULL);

      /* Escapes may make it longer than what is taken. */
      g_assert_true (back == NULL || (back->type == message->type && g_strcmp0 (back->sdp, message->sdp) == 0));
    }

  return 0;
}
