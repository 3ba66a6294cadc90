/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "crypto/mmp-key-pair-private.h"
#include "crypto/mmp-noise-private.h"

int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize size);

/* As for HS1, the input is a difference; whatever came before, the genuine answer is taken. */
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
  g_autoptr (GBytes) hs1 = mmp_noise_write_hs1 (initiator, invitation, NULL);
  g_autoptr (MmpTransport) there = NULL;
  g_autoptr (MmpTransport) here = NULL;
  g_autoptr (GBytes) genuine = NULL;
  g_autoptr (GBytes) message = NULL;
  guint8 payload[MMP_NOISE_PAYLOAD_SIZE];
  guint8 *bytes = g_malloc (MAX (size, 1));
  MmpPublicKey claimed;

  g_assert_true (mmp_noise_read_identity (listener, hs1, &claimed, NULL));
  g_assert_true (mmp_noise_read_payload (listener, payload, NULL));
  genuine = mmp_noise_write_hs2 (listener, &there, NULL);
  for (gsize i = 0; i < size; i++)
    bytes[i] = data[i] ^ (i < MMP_NOISE_HS2_SIZE ? ((const guint8 *) g_bytes_get_data (genuine, NULL))[i] : 0);
  message = g_bytes_new_take (bytes, size);

  here = mmp_noise_read_hs2 (initiator, message, NULL);
  g_assert_cmpint (here != NULL, ==, g_bytes_equal (message, genuine));
  if (here == NULL)
    here = mmp_noise_read_hs2 (initiator, genuine, NULL);
  g_assert_nonnull (here);

  return 0;
}
