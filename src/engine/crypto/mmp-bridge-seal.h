/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "crypto/mmp-bridge-key.h"

G_BEGIN_DECLS

/* Bytes that a sealed payload has more than what is in it: without padding, which is at most 32 */
#define MMP_BRIDGE_SEAL_OVERHEAD 48
#define MMP_BRIDGE_CLASSIC_OVERHEAD 40

GBytes *mmp_bridge_seal (MmpBridgeKey *key,
                         const guint8 *nonce,
                         const MmpBridgePart *parts,
                         guint n_parts);
const guint8 *mmp_bridge_seal_get_key_id (GBytes *sealed,
                                          GError **error);
GBytes *mmp_bridge_open (MmpBridgeKey *key,
                         GBytes *sealed,
                         GError **error);

GBytes *mmp_bridge_seal_classic (MmpBridgeKey *key,
                                 const guint8 *nonce,
                                 GBytes *payload);
GBytes *mmp_bridge_open_classic (MmpBridgeKey *key,
                                 GBytes *sealed,
                                 GError **error);

void mmp_bridge_make_token (MmpBridgeKey *key,
                            guint8 level,
                            const char *name,
                            gsize length,
                            char token[MMP_BRIDGE_TOKEN_LENGTH + 1]);

G_END_DECLS
