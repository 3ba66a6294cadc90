/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * MmpMailbox:
 *
 * A queue that any thread fills and one #GMainContext empties, in order and with one source however many items wait.
 * It holds its receiver until it is closed. Reference counted.
 */
typedef struct _MmpMailbox MmpMailbox;

/**
 * MmpMailboxFunc:
 * @item: (transfer none): an item
 *
 * Called on the thread of the context for each item.
 */
typedef void (*MmpMailboxFunc) (gpointer item,
                                gpointer user_data);

MmpMailbox *mmp_mailbox_new (GMainContext *context,
                             gsize weight_max,
                             GDestroyNotify item_free,
                             MmpMailboxFunc func,
                             gpointer user_data,
                             GDestroyNotify destroy);
MmpMailbox *mmp_mailbox_ref (MmpMailbox *self);
void mmp_mailbox_unref (MmpMailbox *self);
gboolean mmp_mailbox_push (MmpMailbox *self,
                           gpointer item,
                           gsize weight);
void mmp_mailbox_set_open (MmpMailbox *self,
                           gboolean open);
void mmp_mailbox_close (MmpMailbox *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpMailbox, mmp_mailbox_unref)

G_END_DECLS
