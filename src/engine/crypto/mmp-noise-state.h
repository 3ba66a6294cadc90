/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "crypto/mmp-key-pair.h"

G_BEGIN_DECLS

#define MMP_NOISE_TAG_SIZE 16
#define MMP_NOISE_KEY_SIZE 32
#define MMP_NOISE_1_OVERHEAD (MMP_NOISE_KEY_SIZE + MMP_NOISE_KEY_SIZE + MMP_NOISE_TAG_SIZE + MMP_NOISE_TAG_SIZE)
#define MMP_NOISE_2_OVERHEAD (MMP_NOISE_KEY_SIZE + MMP_NOISE_TAG_SIZE)

/**
 * MmpNoiseState:
 *
 * What the Noise Protocol Framework (revision 34) calls a HandshakeState for the pattern IK, for payloads and a prologue of
 * any size. It knows nothing of our protocol; #MmpNoise does. Secret: keep it in guarded memory or wipe it.
 */
typedef struct
{
  guint8 chaining_key[MMP_NOISE_KEY_SIZE];
  guint8 hash[MMP_NOISE_KEY_SIZE];
  guint8 key[MMP_NOISE_KEY_SIZE];
  guint64 nonce;
  guint8 ephemeral_secret[MMP_NOISE_KEY_SIZE];
  guint8 ephemeral[MMP_NOISE_KEY_SIZE];
  guint8 remote_static[MMP_NOISE_KEY_SIZE];
  guint8 remote_ephemeral[MMP_NOISE_KEY_SIZE];
} MmpNoiseState;

void mmp_noise_state_init (MmpNoiseState *self,
                           gconstpointer prologue,
                           gsize prologue_size,
                           const MmpPublicKey *responder);
void mmp_noise_state_generate_ephemeral (MmpNoiseState *self);
void mmp_noise_state_set_ephemeral (MmpNoiseState *self,
                                    const guint8 secret[MMP_NOISE_KEY_SIZE]);
gboolean mmp_noise_state_write_1 (MmpNoiseState *self,
                                  MmpKeyPair *own,
                                  const guint8 *payload,
                                  gsize size,
                                  guint8 *message);
gboolean mmp_noise_state_read_1_static (MmpNoiseState *self,
                                        MmpKeyPair *own,
                                        const guint8 *message);
gboolean mmp_noise_state_read_1_payload (MmpNoiseState *self,
                                         MmpKeyPair *own,
                                         const guint8 *message,
                                         guint8 *payload,
                                         gsize size);
gboolean mmp_noise_state_write_2 (MmpNoiseState *self,
                                  const guint8 *payload,
                                  gsize size,
                                  guint8 *message);
gboolean mmp_noise_state_read_2 (MmpNoiseState *self,
                                 MmpKeyPair *own,
                                 const guint8 *message,
                                 guint8 *payload,
                                 gsize size);
void mmp_noise_state_split (const MmpNoiseState *self,
                            guint8 initiator_key[MMP_NOISE_KEY_SIZE],
                            guint8 responder_key[MMP_NOISE_KEY_SIZE]);

G_END_DECLS
