/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "profile/mmp-profile.h"

G_BEGIN_DECLS

#define MMP_PROFILES_MAX 1000

#define MMP_TYPE_PROFILE_STORE (mmp_profile_store_get_type ())

G_DECLARE_FINAL_TYPE (MmpProfileStore, mmp_profile_store, MMP, PROFILE_STORE, GObject)

/**
 * MmpProfileStore:
 *
 * The profiles in `profiles/<uuid>.profile`, which other processes may change meanwhile. A file that cannot be understood
 * is listed as broken and never written to. The signals `added`, `changed` and `removed` say the id. Control thread.
 */
MmpProfileStore *mmp_profile_store_new (const char *directory,
                                        GError **error);
GStrv mmp_profile_store_list (MmpProfileStore *self);
const MmpProfile *mmp_profile_store_get (MmpProfileStore *self,
                                         const char *id,
                                         const GError **broken);
char *mmp_profile_store_get_path (MmpProfileStore *self,
                                  const char *id);
gboolean mmp_profile_store_save (MmpProfileStore *self,
                                 MmpProfile *profile,
                                 GError **error);
gboolean mmp_profile_store_remove (MmpProfileStore *self,
                                   const char *id,
                                   GError **error);
gboolean mmp_profile_store_restore (MmpProfileStore *self,
                                    const char *id,
                                    GError **error);
void mmp_profile_store_purge (MmpProfileStore *self,
                              const char *id);

G_END_DECLS
