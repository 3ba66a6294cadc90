/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * MmpRunFile:
 *
 * Says to other processes of this account that a profile runs, and how it is doing; and sees to it that it runs once. What a
 * process that died has left behind counts for nothing.
 */
typedef struct _MmpRunFile MmpRunFile;

MmpRunFile *mmp_run_file_take (const char *directory,
                               const char *id,
                               GError **error);
void mmp_run_file_free (MmpRunFile *self);
void mmp_run_file_tell (MmpRunFile *self,
                        const char *state,
                        const char *path,
                        double rtt);
gboolean mmp_run_file_read (const char *directory,
                            const char *id,
                            char **state,
                            char **path,
                            double *rtt);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpRunFile, mmp_run_file_free)

G_END_DECLS
