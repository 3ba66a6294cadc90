/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <adwaita.h>

#include "mmp.h"

G_BEGIN_DECLS

#define MMP_TYPE_BROKER_GROUP (mmp_broker_group_get_type ())

G_DECLARE_FINAL_TYPE (MmpBrokerGroup, mmp_broker_group, MMP, BROKER_GROUP, AdwPreferencesGroup)

/**
 * MmpBrokerGroup:
 *
 * The rows of a form that say which broker is meant: one that is there, or a new one. The signal `changed` says that a person
 * did something.
 */
void mmp_broker_group_fill (MmpBrokerGroup *self,
                            MmpAccount *account,
                            const char *id,
                            gboolean is_private);
void mmp_broker_group_fill_new (MmpBrokerGroup *self,
                                const MmpBrokerEntry *broker);
void mmp_broker_group_set_ca_file_row (MmpBrokerGroup *self,
                                       GtkEditable *row);
gboolean mmp_broker_group_check (MmpBrokerGroup *self);
MmpBrokerEntry *mmp_broker_group_make_entry (MmpBrokerGroup *self);
MmpSecret *mmp_broker_group_get_password (MmpBrokerGroup *self);

G_END_DECLS
