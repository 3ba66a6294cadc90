/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * MmpContextFunc:
 *
 * A small command that runs once on the thread of a context.
 */
typedef void (*MmpContextFunc) (gpointer user_data);

void mmp_context_invoke (GMainContext *context,
                         MmpContextFunc func,
                         gpointer user_data,
                         GDestroyNotify destroy);

/**
 * MmpIoThread:
 *
 * The one thread that moves bytes: a #GMainContext that runs on a thread of its own.
 */
typedef struct _MmpIoThread MmpIoThread;

MmpIoThread *mmp_io_thread_new (void);
GMainContext *mmp_io_thread_get_context (MmpIoThread *self);
void mmp_io_thread_free (MmpIoThread *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpIoThread, mmp_io_thread_free)

G_END_DECLS
