/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "bridge/mmp-sender-book.h"

G_BEGIN_DECLS

/**
 * MmpStateFile:
 *
 * Where a bridge keeps its #MmpSenderBook. One program at a time has it. Reference counted atomically; may be written from
 * any thread.
 */
typedef struct _MmpStateFile MmpStateFile;

MmpStateFile *mmp_state_file_open (const char *directory,
                                   const char *name,
                                   GError **error);
MmpStateFile *mmp_state_file_ref (MmpStateFile *self);
void mmp_state_file_unref (MmpStateFile *self);
MmpSenderBook *mmp_state_file_load (MmpStateFile *self,
                                    GError **error);
gboolean mmp_state_file_save (MmpStateFile *self,
                              GBytes *state,
                              GError **error);
void mmp_state_file_save_later (MmpStateFile *self,
                                GBytes *state);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpStateFile, mmp_state_file_unref)

G_END_DECLS
