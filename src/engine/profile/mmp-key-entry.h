/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "crypto/mmp-public-key.h"
#include "profile/mmp-entry-store.h"

G_BEGIN_DECLS

#define MMP_KEY_NAME_MAX 64

/* Whom a key pair was first used with; it is never used with the others then. */
typedef enum
{
  MMP_KEY_USE_NONE, /* nobody yet */
  MMP_KEY_USE_V1,
  MMP_KEY_USE_CLASSIC, /* the thesis's programs */
} MmpKeyUse;

/**
 * MmpKeyEntry:
 *
 * A key pair of this account without its private half, in `keys.ini`. A plain structure.
 */
typedef struct
{
  char *id; /* a UUID; "" until it is saved */
  char *name;
  MmpPublicKey public_key;
  gint64 added; /* seconds since 1970 */
  MmpKeyUse use;
} MmpKeyEntry;

extern const MmpEntryKind mmp_key_entry_kind;

MmpKeyEntry *mmp_key_entry_new (const char *name,
                                const MmpPublicKey *public_key);
MmpKeyEntry *mmp_key_entry_copy (const MmpKeyEntry *self);
void mmp_key_entry_free (MmpKeyEntry *self);
char *mmp_key_entry_get_secret_id (const char *id);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpKeyEntry, mmp_key_entry_free)

G_END_DECLS
