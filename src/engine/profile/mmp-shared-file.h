/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * MmpSharedFile:
 *
 * A key file that several processes read and change at the same time. Changes are made under a lock and appear at once and
 * whole; what a program does not know in the file is kept; a broken file is never written to. Belongs to one thread.
 */
typedef struct _MmpSharedFile MmpSharedFile;

/**
 * MmpSharedFileFunc:
 *
 * The file may have changed; called in the thread-default context of where the file was opened.
 */
typedef void (*MmpSharedFileFunc) (gpointer user_data);

/**
 * MmpSharedFileEditFunc:
 *
 * Changes @key_file. Returns: TRUE to save it; FALSE, with or without @error, to leave the file as it is. To
 * %MMP_ERROR_FILE_INVALID the name of the file is added
 */
typedef gboolean (*MmpSharedFileEditFunc) (GKeyFile *key_file,
                                           gpointer user_data,
                                           GError **error);

MmpSharedFile *mmp_shared_file_new (const char *directory,
                                    const char *name,
                                    const char *group,
                                    GError **error);
void mmp_shared_file_watch (MmpSharedFile *self,
                            MmpSharedFileFunc changed,
                            gpointer user_data);
GKeyFile *mmp_shared_file_load (MmpSharedFile *self,
                                GError **error);
gboolean mmp_shared_file_edit (MmpSharedFile *self,
                               MmpSharedFileEditFunc edit,
                               gpointer user_data,
                               GError **error);
void mmp_shared_file_prefix_error (MmpSharedFile *self,
                                   GError **error);
void mmp_shared_file_free (MmpSharedFile *self);

GKeyFile *mmp_shared_file_parse (const char *text,
                                 gsize size,
                                 const char *group,
                                 GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpSharedFile, mmp_shared_file_free)

G_END_DECLS
