/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

#define MMP_TYPE_SECRET (mmp_secret_get_type ())

/**
 * MmpSecret:
 *
 * A password, or the bytes of a private key, in guarded memory that is wiped with the last reference. Immutable, reference
 * counted atomically: it may be shared between threads.
 */
typedef struct _MmpSecret MmpSecret;

GType mmp_secret_get_type (void) G_GNUC_CONST;
MmpSecret *mmp_secret_new (gconstpointer data,
                           gsize size);
MmpSecret *mmp_secret_ref (MmpSecret *self);
void mmp_secret_unref (MmpSecret *self);
const char *mmp_secret_get_data (MmpSecret *self,
                                 gsize *size);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpSecret, mmp_secret_unref)

G_END_DECLS
