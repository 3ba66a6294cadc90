/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "crypto/mmp-transport-private.h"

#include "base/mmp-limits.h"

int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize size);

/* The input as it is, and then as a difference to a genuine message, which is taken afterwards whatever came before. */
int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize size)
{
  static const guint8 key[MMP_TRANSPORT_KEY_SIZE] = { 1 };
  g_autoptr (MmpTransport) transport = mmp_transport_new (key, key);
  g_autoptr (GBytes) raw = g_bytes_new_static (data, size);
  g_autoptr (GBytes) genuine = mmp_transport_seal (transport, MMP_CONTENT_MESSAGE, data, MIN (size, MMP_LINK_MESSAGE_MAX), NULL);
  g_autoptr (GBytes) changed = NULL;
  g_autoptr (GBytes) opened = NULL;
  MmpContent content = 0;
  guint8 *bytes;
  gboolean same = TRUE;

  g_assert_null (mmp_transport_open (transport, raw, &content, NULL));

  bytes = g_memdup2 (g_bytes_get_data (genuine, NULL), g_bytes_get_size (genuine));
  for (gsize i = 0; i < MIN (size, g_bytes_get_size (genuine)); i++)
    {
      bytes[i] ^= data[i];
      same &= data[i] == 0;
    }
  changed = g_bytes_new_take (bytes, g_bytes_get_size (genuine));
  opened = mmp_transport_open (transport, changed, &content, NULL);
  g_assert_cmpint (opened != NULL, ==, same);

  g_clear_pointer (&opened, g_bytes_unref);
  opened = mmp_transport_open (transport, genuine, &content, NULL);
  g_assert_cmpint (opened == NULL, ==, same);

  return 0;
}
