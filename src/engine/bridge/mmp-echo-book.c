/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-bridge"

#include "bridge/mmp-echo-book.h"

#include <string.h>

#include "base/mmp-limits.h"
#include "crypto/mmp-crypto.h"

typedef struct _Note
{
  guint8 hash[MMP_CRYPTO_HASH_SIZE];
  gint64 until;
  GList link;
  struct _Note *older; /* nullable: the next one of the same hash */
  struct _Note *newer;
} Note;

struct _MmpEchoBook
{
  MmpClock *clock;
  gint64 keep;
  GQueue notes; /* Note, oldest first */
  GHashTable *by_hash; /* newest Note of each hash -> itself */
};

static guint
note_hash (gconstpointer data)
{
  guint32 value;

  memcpy (&value, ((const Note *) data)->hash, sizeof value);

  return value;
}

static gboolean
note_equal (gconstpointer a,
            gconstpointer b)
{
  return memcmp (((const Note *) a)->hash, ((const Note *) b)->hash, MMP_CRYPTO_HASH_SIZE) == 0;
}

static void
make_hash (const char *topic,
           GBytes *payload,
           guint8 hash[MMP_CRYPTO_HASH_SIZE])
{
  gsize size;
  gconstpointer data = g_bytes_get_data (payload, &size);

  mmp_crypto_hash (topic, data, size, hash);
}

static void
remove_note (MmpEchoBook *self,
             Note *note)
{
  g_queue_unlink (&self->notes, &note->link);
  if (note->older != NULL)
    note->older->newer = note->newer;
  if (note->newer != NULL)
    note->newer->older = note->older;
  else if (note->older != NULL)
    g_hash_table_add (self->by_hash, note->older);
  else
    g_hash_table_remove (self->by_hash, note);
  g_free (note);
}

static void
expire (MmpEchoBook *self)
{
  gint64 now = mmp_clock_now (self->clock);

  while (self->notes.length > MMP_BRIDGE_WAITING_MAX || (self->notes.head != NULL && ((Note *) self->notes.head->data)->until < now))
    remove_note (self, self->notes.head->data);
}

/**
 * mmp_echo_book_new:
 * @keep: how long an echo is waited for, in microseconds
 *
 * Returns: (transfer full): an empty book
 */
MmpEchoBook *
mmp_echo_book_new (MmpClock *clock,
                   gint64 keep)
{
  MmpEchoBook *self = g_new0 (MmpEchoBook, 1);

  self->clock = mmp_clock_ref (clock);
  self->keep = keep;
  self->by_hash = g_hash_table_new (note_hash, note_equal);

  return self;
}

/**
 * mmp_echo_book_free:
 */
void
mmp_echo_book_free (MmpEchoBook *self)
{
  g_hash_table_unref (self->by_hash);
  while (self->notes.head != NULL)
    {
      Note *note = self->notes.head->data;

      g_queue_unlink (&self->notes, &note->link);
      g_free (note);
    }
  mmp_clock_unref (self->clock);
  g_free (self);
}

/**
 * mmp_echo_book_note:
 *
 * Notes what was just published.
 */
void
mmp_echo_book_note (MmpEchoBook *self,
                    const char *topic,
                    GBytes *payload)
{
  Note *note = g_new0 (Note, 1);

  make_hash (topic, payload, note->hash);
  note->until = mmp_clock_now (self->clock) + self->keep;
  note->link.data = note;
  g_queue_push_tail_link (&self->notes, &note->link);
  note->older = g_hash_table_lookup (self->by_hash, note);
  if (note->older != NULL)
    note->older->newer = note;
  g_hash_table_add (self->by_hash, note);
  expire (self);
}

/**
 * mmp_echo_book_take:
 *
 * Returns: whether it was noted; then it is not any more
 */
gboolean
mmp_echo_book_take (MmpEchoBook *self,
                    const char *topic,
                    GBytes *payload)
{
  Note wanted;
  Note *found;

  expire (self);
  if (self->notes.length == 0)
    return FALSE;
  make_hash (topic, payload, wanted.hash);
  found = g_hash_table_lookup (self->by_hash, &wanted);
  if (found == NULL)
    return FALSE;
  remove_note (self, found);

  return TRUE;
}
