/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "link/mmp-frame.h"

#include "base/mmp-limits.h"

int LLVMFuzzerTestOneInput (const guint8 *data,
                            size_t size);

/* What decodes has frames that lie inside the message and add up to it. */
int
LLVMFuzzerTestOneInput (const guint8 *data,
                        size_t size)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, size);
  const guint8 *start = g_bytes_get_data (bytes, NULL);
  gsize used = MMP_MESSAGE_HEADER_SIZE;
  MmpMessage message;
  MmpFrame frame;

  if (!mmp_message_decode (bytes, &message, NULL))
    return 0;

  g_assert (message.lane < MMP_LINK_LANES);
  while (mmp_message_next (&message, &frame))
    {
      g_assert (frame.body == start + used + MMP_FRAME_HEADER_SIZE);
      g_assert (frame.size <= size - used - MMP_FRAME_HEADER_SIZE);
      used += MMP_FRAME_HEADER_SIZE + frame.size;
    }
  g_assert (used == size);

  return 0;
}
