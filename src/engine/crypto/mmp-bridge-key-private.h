/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "crypto/mmp-bridge-key.h"

G_BEGIN_DECLS

/* What a key is derived into; see mmp-bridge-seal.c for what each is used for */
typedef struct
{
  guint8 group[MMP_BRIDGE_KEY_SIZE];
  guint8 data[32];
  guint8 topics[32];
} MmpBridgeSecrets;

const MmpBridgeSecrets *mmp_bridge_key_get_secrets (MmpBridgeKey *self);

G_END_DECLS
