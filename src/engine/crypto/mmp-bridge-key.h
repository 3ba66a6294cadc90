/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "crypto/mmp-secret.h"

G_BEGIN_DECLS

#define MMP_BRIDGE_KEY_SIZE 32
#define MMP_BRIDGE_KEY_ID_SIZE 4
#define MMP_BRIDGE_NONCE_SIZE 24
#define MMP_BRIDGE_ID_SIZE 16
/* Characters of a token and the 0 behind them: 16 bytes as Base32 without padding */
#define MMP_BRIDGE_TOKEN_LENGTH 26

#define MMP_TYPE_BRIDGE_KEY (mmp_bridge_key_get_type ())

/**
 * MmpBridgeKey:
 *
 * A key that a group of bridges shares, and what is derived from it. Whoever has it can read everything and pose as any
 * sender. Immutable, reference counted atomically, wiped with the last reference.
 */
typedef struct _MmpBridgeKey MmpBridgeKey;

/**
 * MmpBridgePart:
 *
 * A piece of what is to be sealed.
 */
typedef struct
{
  gconstpointer data;
  gsize size;
} MmpBridgePart;

GType mmp_bridge_key_get_type (void) G_GNUC_CONST;
MmpBridgeKey *mmp_bridge_key_new (const guint8 key[MMP_BRIDGE_KEY_SIZE]);
MmpBridgeKey *mmp_bridge_key_generate (void);
MmpBridgeKey *mmp_bridge_key_load (const char *path,
                                   GError **error);
MmpBridgeKey *mmp_bridge_key_derive (const char *password,
                                     const guint8 id[MMP_BRIDGE_ID_SIZE],
                                     GError **error);
void mmp_bridge_key_derive_async (const char *password,
                                  const guint8 id[MMP_BRIDGE_ID_SIZE],
                                  GCancellable *cancellable,
                                  GAsyncReadyCallback callback,
                                  gpointer user_data);
MmpBridgeKey *mmp_bridge_key_derive_finish (GAsyncResult *result,
                                            GError **error);
gboolean mmp_bridge_key_save (MmpBridgeKey *self,
                              const char *path,
                              gboolean replace,
                              GError **error);
MmpBridgeKey *mmp_bridge_key_from_secret (MmpSecret *secret,
                                          GError **error);
MmpSecret *mmp_bridge_key_to_secret (MmpBridgeKey *self);
MmpBridgeKey *mmp_bridge_key_ref (MmpBridgeKey *self);
void mmp_bridge_key_unref (MmpBridgeKey *self);
const guint8 *mmp_bridge_key_get_id (MmpBridgeKey *self);
char *mmp_bridge_key_to_fingerprint (MmpBridgeKey *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpBridgeKey, mmp_bridge_key_unref)

G_END_DECLS
