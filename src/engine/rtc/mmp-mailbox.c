/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "rtc/mmp-mailbox.h"

/* How many items are handled before other sources of the context get their turn. */
#define BATCH 64

typedef struct
{
  gpointer data;
  gsize weight;
} Item;

struct _MmpMailbox
{
  gatomicrefcount ref_count;
  gsize weight_max;
  GDestroyNotify item_free;
  MmpMailboxFunc func;
  gpointer user_data;
  GDestroyNotify destroy;
  GSource *source;
  gboolean dispatching; /* the context's thread only */

  GMutex lock; /* for what follows */
  GQueue items; /* Item */
  gsize weight;
  gboolean open;
  gboolean closed;
};

typedef struct
{
  GSource source;
  MmpMailbox *mailbox; /* not a reference: mmp_mailbox_close() destroys the source, and before that nothing frees the mailbox */
} MailboxSource;

static void
item_free (MmpMailbox *self,
           Item *item)
{
  self->item_free (item->data);
  g_free (item);
}

/* With the lock held. */
static void
wake (MmpMailbox *self)
{
  gboolean ready = self->open && !self->closed && !g_queue_is_empty (&self->items);

  g_source_set_ready_time (self->source, ready ? 0 : -1);
}

static Item *
pop (MmpMailbox *self)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);
  Item *item;

  if (!self->open || self->closed)
    return NULL;
  item = g_queue_pop_head (&self->items);
  if (item != NULL)
    self->weight -= item->weight;

  return item;
}

static void
release_receiver (MmpMailbox *self)
{
  GDestroyNotify destroy = g_steal_pointer (&self->destroy);

  if (destroy != NULL)
    destroy (self->user_data);
}

static gboolean
mailbox_source_dispatch (GSource *source,
                         GSourceFunc callback,
                         gpointer user_data)
{
  g_autoptr (MmpMailbox) self = mmp_mailbox_ref (((MailboxSource *) source)->mailbox);
  Item *item;

  self->dispatching = TRUE;
  for (guint i = 0; i < BATCH && (item = pop (self)) != NULL; i++)
    {
      self->func (item->data, self->user_data);
      item_free (self, item);
    }
  self->dispatching = FALSE;

  g_mutex_lock (&self->lock);
  wake (self);
  g_mutex_unlock (&self->lock);
  if (g_source_is_destroyed (source))
    release_receiver (self);

  return G_SOURCE_CONTINUE;
}

static GSourceFuncs mailbox_source_funcs = {
  .dispatch = mailbox_source_dispatch,
};

/**
 * mmp_mailbox_new:
 * @context: (nullable): the context that empties it
 * @weight_max: the sum of weights that may wait
 * @item_free: frees an item
 * @func: what to call for each item
 * @user_data: (transfer full): the receiver
 * @destroy: (nullable): frees the receiver, on the context's thread, when the mailbox was closed and @func is left
 *
 * The mailbox must be closed to be freed. It begins not open: what is pushed waits.
 *
 * Returns: (transfer full): a mailbox
 */
MmpMailbox *
mmp_mailbox_new (GMainContext *context,
                 gsize weight_max,
                 GDestroyNotify item_free_func,
                 MmpMailboxFunc func,
                 gpointer user_data,
                 GDestroyNotify destroy)
{
  MmpMailbox *self = g_new0 (MmpMailbox, 1);

  g_atomic_ref_count_init (&self->ref_count);
  g_mutex_init (&self->lock);
  g_queue_init (&self->items);
  self->weight_max = weight_max;
  self->item_free = item_free_func;
  self->func = func;
  self->user_data = user_data;
  self->destroy = destroy;
  self->source = g_source_new (&mailbox_source_funcs, sizeof (MailboxSource));
  ((MailboxSource *) self->source)->mailbox = self;
  g_source_set_static_name (self->source, "[mmp] mailbox");
  g_source_attach (self->source, context);

  return self;
}

/**
 * mmp_mailbox_ref:
 *
 * Returns: (transfer full): @self
 */
MmpMailbox *
mmp_mailbox_ref (MmpMailbox *self)
{
  g_atomic_ref_count_inc (&self->ref_count);

  return self;
}

/**
 * mmp_mailbox_unref:
 *
 * May be called from any thread.
 */
void
mmp_mailbox_unref (MmpMailbox *self)
{
  if (!g_atomic_ref_count_dec (&self->ref_count))
    return;

  g_source_unref (self->source);
  g_mutex_clear (&self->lock);
  g_free (self);
}

/**
 * mmp_mailbox_push:
 * @item: (transfer full): an item
 * @weight: what it counts against the limit; 0 always finds room
 *
 * May be called from any thread. An item for which there is no room, or that comes after the mailbox was closed, is freed.
 *
 * Returns: whether it was taken
 */
gboolean
mmp_mailbox_push (MmpMailbox *self,
                  gpointer item,
                  gsize weight)
{
  gboolean taken;

  g_mutex_lock (&self->lock);
  taken = !self->closed && (weight == 0 || (weight <= self->weight_max && self->weight <= self->weight_max - weight));
  if (taken)
    {
      Item *entry = g_new (Item, 1);

      entry->data = item;
      entry->weight = weight;
      self->weight += weight;
      g_queue_push_tail (&self->items, entry);
      if (self->items.length == 1)
        wake (self);
    }
  g_mutex_unlock (&self->lock);

  if (!taken)
    self->item_free (item);

  return taken;
}

/**
 * mmp_mailbox_set_open:
 * @open: whether items are handed out or wait
 *
 * On the context's thread. Takes effect at once, also from inside the function that gets the items.
 */
void
mmp_mailbox_set_open (MmpMailbox *self,
                      gboolean open)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&self->lock);

  self->open = open;
  if (!self->closed)
    wake (self);
}

/**
 * mmp_mailbox_close:
 *
 * On the context's thread. Drops what waits; nothing is handed out any more.
 */
void
mmp_mailbox_close (MmpMailbox *self)
{
  GQueue items;
  Item *item;

  g_mutex_lock (&self->lock);
  self->closed = TRUE;
  items = self->items;
  g_queue_init (&self->items);
  self->weight = 0;
  g_mutex_unlock (&self->lock);

  while ((item = g_queue_pop_head (&items)) != NULL)
    item_free (self, item);
  g_source_destroy (self->source);
  if (!self->dispatching)
    release_receiver (self);
}
