/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "crypto/mmp-public-key.h"

G_BEGIN_DECLS

#define MMP_PATHS_MAX 64
#define MMP_PATHS_SECONDS (24 * 60 * 60)

/**
 * MmpPathStore:
 *
 * The devices that were last reached over a TURN server alone, in `paths.ini`, which other processes may change meanwhile.
 * Nothing depends on it: what is broken, too old or in the future is as if it were not there. Control thread.
 */
typedef struct _MmpPathStore MmpPathStore;

MmpPathStore *mmp_path_store_new (const char *directory,
                                  GError **error);
void mmp_path_store_free (MmpPathStore *self);
gboolean mmp_path_store_needs_turn (MmpPathStore *self,
                                    const MmpPublicKey *device,
                                    gint64 now);
void mmp_path_store_set_turn (MmpPathStore *self,
                              const MmpPublicKey *device,
                              gboolean turn,
                              gint64 now);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpPathStore, mmp_path_store_free)

G_END_DECLS
