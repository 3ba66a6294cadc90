/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define MMP_LOG_MAX 1000

/**
 * MmpLog:
 *
 * What happened to a connection, newest last, for a person who asks why. The oldest lines make room. Belongs to one thread.
 */
typedef struct _MmpLog MmpLog;

MmpLog *mmp_log_new (void);
void mmp_log_free (MmpLog *self);
void mmp_log_add (MmpLog *self,
                  const char *format,
                  ...) G_GNUC_PRINTF (2, 3);
guint mmp_log_get_size (MmpLog *self);
char *mmp_log_to_text (MmpLog *self);
char *mmp_log_redact (const char *text);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpLog, mmp_log_free)

G_END_DECLS
