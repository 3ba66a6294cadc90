/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "hub/mmp-account.h"
#include "hub/mmp-connection-private.h"

G_BEGIN_DECLS

struct _MmpAccount
{
  GObject parent_instance;

  char *directory;
  MmpHub *hub;
  MmpSecrets *secrets;
  MmpProfileStore *profiles;
  MmpEntryStore *brokers;
  MmpEntryStore *keys;
  GListStore *connections;
  MmpRunner runner;
};

MmpAccount *mmp_account_new_with_runner (const char *directory,
                                         MmpSecrets *secrets,
                                         const MmpRunner *runner,
                                         GError **error);

G_END_DECLS
