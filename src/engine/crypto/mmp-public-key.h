/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

#define MMP_PUBLIC_KEY_SIZE 32

#define MMP_TYPE_PUBLIC_KEY (mmp_public_key_get_type ())

/**
 * MmpPublicKey:
 *
 * An X25519 public key, which is a device's identity. A plain value: copy and embed it freely.
 */
typedef struct
{
  guint8 bytes[MMP_PUBLIC_KEY_SIZE];
} MmpPublicKey;

GType mmp_public_key_get_type (void) G_GNUC_CONST;
MmpPublicKey *mmp_public_key_copy (const MmpPublicKey *self);
void mmp_public_key_free (MmpPublicKey *self);
gboolean mmp_public_key_equal (gconstpointer a, gconstpointer b);
guint mmp_public_key_hash (gconstpointer self);

gboolean mmp_public_key_from_text (const char *text, MmpPublicKey *out, GError **error);
gboolean mmp_public_key_from_bytes (const guint8 bytes[MMP_PUBLIC_KEY_SIZE], MmpPublicKey *out, GError **error);
GStrv mmp_public_key_suggest (const char *text);
char *mmp_public_key_to_text (const MmpPublicKey *self);
char *mmp_public_key_to_short_text (const MmpPublicKey *self);
char *mmp_public_key_to_fingerprint (const MmpPublicKey *self);
char *mmp_public_key_to_rendezvous (const MmpPublicKey *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpPublicKey, mmp_public_key_free)

G_END_DECLS
