/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "mmp-cli.h"

G_BEGIN_DECLS

typedef void (*MmpCliAskFunc) (const MmpPublicKey *device,
                               const char *name,
                               MmpAnswer answer,
                               gpointer user_data);

/**
 * MmpCliAsk:
 *
 * Asks on the terminal about strangers, one after the other, while everything else goes on.
 */
typedef struct _MmpCliAsk MmpCliAsk;

gboolean mmp_cli_ask_is_possible (void);
MmpCliAsk *mmp_cli_ask_new (MmpCliAskFunc func,
                            gpointer user_data);
void mmp_cli_ask_free (MmpCliAsk *self);
void mmp_cli_ask_add (MmpCliAsk *self,
                      const MmpPublicKey *device,
                      const char *name);
void mmp_cli_ask_remove (MmpCliAsk *self,
                         const MmpPublicKey *device);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpCliAsk, mmp_cli_ask_free)

G_END_DECLS
