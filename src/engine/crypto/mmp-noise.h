/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "crypto/mmp-key-pair.h"
#include "crypto/mmp-transport.h"

G_BEGIN_DECLS

#define MMP_NOISE_PAYLOAD_SIZE 16
#define MMP_NOISE_HS1_SIZE 113 /* with the type byte */
#define MMP_NOISE_HS2_SIZE 49

/**
 * MmpNoise:
 *
 * One Noise_IK_25519_ChaChaPoly_SHA256 handshake with the prologue of protocol version 1 (see PROTOCOL.md).
 * The messages include their type byte (0x01, 0x02). Single owner, not thread-safe. Wiped when freed.
 */
typedef struct _MmpNoise MmpNoise;

/* initiator */
MmpNoise *mmp_noise_new_initiator (MmpKeyPair *key_pair, const MmpPublicKey *listener, GError **error);
const guint8 *mmp_noise_get_ephemeral (MmpNoise *self);
GBytes *mmp_noise_write_hs1 (MmpNoise *self, const guint8 payload[MMP_NOISE_PAYLOAD_SIZE], GError **error);
MmpTransport *mmp_noise_read_hs2 (MmpNoise *self, GBytes *message, GError **error);

/* listener: three steps, so that trust is decided before the dear ones */
MmpNoise *mmp_noise_new_listener (MmpKeyPair *key_pair);
gboolean mmp_noise_read_identity (MmpNoise *self, GBytes *hs1, MmpPublicKey *initiator, GError **error);
gboolean mmp_noise_read_payload (MmpNoise *self, guint8 payload[MMP_NOISE_PAYLOAD_SIZE], GError **error);
GBytes *mmp_noise_write_hs2 (MmpNoise *self, MmpTransport **transport, GError **error);

void mmp_noise_free (MmpNoise *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpNoise, mmp_noise_free)

G_END_DECLS
