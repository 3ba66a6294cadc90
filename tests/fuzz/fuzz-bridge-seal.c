/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "crypto/mmp-bridge-seal.h"

int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize size);

/* The input as it is, and as a difference to a genuine message. */
int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize size)
{
  static const guint8 bytes[MMP_BRIDGE_KEY_SIZE] = { 1 };
  static const guint8 nonce[MMP_BRIDGE_NONCE_SIZE] = { 1 };
  g_autoptr (MmpBridgeKey) key = mmp_bridge_key_new (bytes);
  g_autoptr (GBytes) raw = g_bytes_new_static (data, size);
  g_autoptr (GBytes) genuine = mmp_bridge_seal (key, nonce, &(const MmpBridgePart) { "hello", 5 }, 1);
  g_autoptr (GBytes) changed = NULL;
  g_autoptr (GBytes) opened = NULL;
  gsize length = g_bytes_get_size (genuine);
  guint8 *copy = g_memdup2 (g_bytes_get_data (genuine, NULL), length);
  gboolean same = TRUE;

  g_assert (mmp_bridge_open_classic (key, raw, NULL) == NULL);
  for (gsize i = 0; i < MIN (size, length); i++)
    {
      copy[i] ^= data[i];
      same &= data[i] == 0;
    }
  changed = g_bytes_new_take (copy, length);
  opened = mmp_bridge_open (key, changed, NULL);
  g_assert ((opened != NULL) == same);
  g_clear_pointer (&opened, g_bytes_unref);
  opened = mmp_bridge_open (key, raw, NULL);
  g_assert (opened == NULL || g_bytes_equal (raw, genuine));

  return 0;
}
