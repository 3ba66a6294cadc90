/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "crypto/mmp-key-pair-private.h"
#include "crypto/mmp-noise-private.h"

int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize size);

/* The input is laid over a genuine HS1 as a difference, since no mutation finds one by chance. Only no difference at all may
 * come through: the same HS1, and the answer to it. */
int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize size)
{
  static const guint8 initiator_secret[MMP_SECRET_KEY_SIZE] = { 0, 1 };
  static const guint8 listener_secret[MMP_SECRET_KEY_SIZE] = { 0, 2 };
  static const guint8 invitation[MMP_NOISE_PAYLOAD_SIZE] = { 3 };
  g_autoptr (MmpKeyPair) initiator_key = mmp_key_pair_new (initiator_secret, NULL);
  g_autoptr (MmpKeyPair) listener_key = mmp_key_pair_new (listener_secret, NULL);
  g_autoptr (MmpNoise) initiator = mmp_noise_new_initiator (initiator_key, mmp_key_pair_get_public (listener_key), NULL);
  g_autoptr (MmpNoise) listener = mmp_noise_new_listener (listener_key);
  g_autoptr (GBytes) genuine = mmp_noise_write_hs1 (initiator, invitation, NULL);
  g_autoptr (GBytes) message = NULL;
  guint8 payload[MMP_NOISE_PAYLOAD_SIZE];
  guint8 *bytes = g_malloc (MAX (size, 1));
  MmpPublicKey claimed;

  for (gsize i = 0; i < size; i++)
    bytes[i] = data[i] ^ (i < MMP_NOISE_HS1_SIZE ? ((const guint8 *) g_bytes_get_data (genuine, NULL))[i] : 0);
  message = g_bytes_new_take (bytes, size);

  if (mmp_noise_read_identity (listener, message, &claimed, NULL) && mmp_noise_read_payload (listener, payload, NULL))
    {
      g_autoptr (MmpTransport) transport = NULL;
      g_autoptr (GBytes) hs2 = mmp_noise_write_hs2 (listener, &transport, NULL);

      g_assert_true (g_bytes_equal (message, genuine));
      g_assert_nonnull (hs2);
    }
  else
    {
      g_assert_false (g_bytes_equal (message, genuine));
    }

  return 0;
}
