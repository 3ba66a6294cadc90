/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "mmp-cli.h"

G_BEGIN_DECLS

/**
 * MmpCliChild:
 *
 * A program that `mmp demo` starts, and what it said last in its JSON events. It never outlives this one.
 */
typedef struct _MmpCliChild MmpCliChild;

MmpCliChild *mmp_cli_child_new (const char *const *argv,
                                const char *data_directory,
                                GError **error);
void mmp_cli_child_free (MmpCliChild *self);
void mmp_cli_child_signal (MmpCliChild *self,
                           int number);
void mmp_cli_child_stop (MmpCliChild *self);
gboolean mmp_cli_child_has_ended (MmpCliChild *self);
const char *mmp_cli_child_get_state (MmpCliChild *self);
const char *mmp_cli_child_get_path (MmpCliChild *self);
const char *mmp_cli_child_get_error (MmpCliChild *self);
guint mmp_cli_child_get_port (MmpCliChild *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpCliChild, mmp_cli_child_free)

G_END_DECLS
