/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib-object.h>

#include "base/mmp-limits.h"

G_BEGIN_DECLS

#define MMP_INVITATION_SECONDS_MAX (24 * 3600)

#define MMP_TYPE_INVITATION_STORE (mmp_invitation_store_get_type ())

G_DECLARE_FINAL_TYPE (MmpInvitationStore, mmp_invitation_store, MMP, INVITATION_STORE, GObject)

/**
 * MmpInvitationStore:
 *
 * The outstanding invitations of one profile in `invitations.ini`, which other processes may make and use meanwhile. The file
 * holds hashes only. Control thread.
 */
MmpInvitationStore *mmp_invitation_store_new (const char *directory,
                                              const char *profile,
                                              GError **error);
gboolean mmp_invitation_store_make (MmpInvitationStore *self,
                                    guint seconds,
                                    guint8 invitation[MMP_INVITATION_SIZE],
                                    GError **error);
gboolean mmp_invitation_store_cancel (MmpInvitationStore *self,
                                      GError **error);
gboolean mmp_invitation_store_has_valid (MmpInvitationStore *self);
gboolean mmp_invitation_store_check (MmpInvitationStore *self,
                                     const guint8 invitation[MMP_INVITATION_SIZE]);
gboolean mmp_invitation_store_use (MmpInvitationStore *self,
                                   const guint8 invitation[MMP_INVITATION_SIZE],
                                   GError **error);

G_END_DECLS
