/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * MmpPool:
 *
 * What the receive windows of one link may take: 32 MiB a link, and 128 MiB for all links of the process together.
 */
typedef struct _MmpPool MmpPool;

MmpPool *mmp_pool_new (void);
void mmp_pool_free (MmpPool *self);
gboolean mmp_pool_reserve (MmpPool *self,
                           gsize size);
void mmp_pool_release (MmpPool *self,
                       gsize size);
gsize mmp_pool_get_reserved (const MmpPool *self);

/**
 * MmpWindow:
 * @size: what is reserved for it
 * @limit: bytes since the start of the stream that the other side may send
 * @received: bytes that came
 * @consumed: bytes that were handed on
 *
 * How much of one stream the other side may send. It starts at 64 KiB and doubles, to 1 MiB, whenever its reader took a
 * whole window within four round trips.
 */
typedef struct
{
  MmpPool *pool; /* NULL: not initialized */
  gsize size;
  guint64 limit;
  guint64 received;
  guint64 consumed;
  guint64 lap_start; /* what was consumed when this window's worth began, and when that was */
  gint64 lap_since;
} MmpWindow;

gboolean mmp_window_init (MmpWindow *self,
                          MmpPool *pool);
void mmp_window_clear (MmpWindow *self);
gboolean mmp_window_receive (MmpWindow *self,
                             gsize size,
                             gint64 now);
gboolean mmp_window_consume (MmpWindow *self,
                             gsize size,
                             gint64 now,
                             gint64 rtt);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpPool, mmp_pool_free)

G_END_DECLS
