/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "profile/mmp-profile.h"

G_BEGIN_DECLS

/* The group of a profile file that holds its version */
#define MMP_PROFILE_GROUP "Profile"

#define MMP_PROFILE_TEXT_MAX 512

MmpProfile *mmp_profile_from_key_file (GKeyFile *key_file,
                                       const char *id,
                                       GError **error);
void mmp_profile_to_key_file (const MmpProfile *self,
                              GKeyFile *key_file);

gboolean mmp_profile_is_line (const char *text,
                              gsize max);
GStrv mmp_profile_split (const char *text);
gboolean mmp_profile_check_turn (const MmpProfile *self,
                                 GError **error);
void mmp_profile_read_turn (MmpProfile *self,
                            GKeyFile *key_file);
void mmp_profile_write_turn (const MmpProfile *self,
                             GKeyFile *key_file);
gboolean mmp_profile_check_classic (const MmpProfile *self,
                                    GError **error);
void mmp_profile_read_classic (MmpProfile *self,
                               GKeyFile *key_file);
void mmp_profile_write_classic (const MmpProfile *self,
                                GKeyFile *key_file);

G_END_DECLS
