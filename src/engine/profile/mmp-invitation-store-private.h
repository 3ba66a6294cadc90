/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "profile/mmp-invitation-store.h"
#include "profile/mmp-moment.h"

G_BEGIN_DECLS

GPtrArray *mmp_invitation_store_parse (GKeyFile *key_file,
                                       GError **error);
void mmp_invitation_store_set_time (MmpInvitationStore *self,
                                    MmpMoment (*get_now) (void));

G_END_DECLS
