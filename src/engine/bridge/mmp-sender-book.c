/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-bridge"

#include "bridge/mmp-sender-book.h"

#include <string.h>

#include "base/mmp-error.h"
#include "base/mmp-limits.h"
#include "crypto/mmp-crypto.h"
#include "crypto/mmp-replay-window.h"

/* "MMBS" 01 00 00 00 ‖ own sender ‖ run ‖ tag ‖ count u32 ‖ entry* ‖ BLAKE2b-256 of what stands before */
#define MAGIC "MMBS\1\0\0"
#define MAGIC_SIZE 8
#define HEAD_SIZE (MAGIC_SIZE + 8 + 8 + 8 + 4)
#define HASH_LABEL "mmp1 bridge state"
/* key id ‖ sender ‖ run ‖ next ‖ words of the window ‖ last heard */
#define WORDS (MMP_REPLAY_WINDOW_SIZE / 64 + 1)
#define ENTRY_SIZE (MMP_BRIDGE_KEY_ID_SIZE + 8 + 8 + 8 + WORDS * 8 + 8)
#define ENTRIES_MAX (MMP_BRIDGE_SENDERS_MAX * MMP_BRIDGE_KEYS_MAX)

#define NUMBER_END (G_GUINT64_CONSTANT (1) << 63)

typedef struct
{
  guint8 key_id[MMP_BRIDGE_KEY_ID_SIZE];
  guint64 sender;
  gint64 heard; /* milliseconds since 1970 */
  guint64 run;
  MmpReplayWindow passed; /* of that run */
  guint64 settled_run;
  MmpReplayWindow settled;
} Entry;

struct _MmpSenderBook
{
  guint64 self;
  guint64 run;
  guint64 tag;
  guint64 number; /* of our next message */
  gint64 started; /* milliseconds since 1970 */
  GHashTable *entries; /* Entry, by key id and sender */
  gboolean changed;
};

static guint
entry_hash (gconstpointer data)
{
  const Entry *entry = data;
  guint32 id;

  memcpy (&id, entry->key_id, sizeof id);

  return id ^ (guint) entry->sender ^ (guint) (entry->sender >> 32);
}

static gboolean
entry_equal (gconstpointer a,
             gconstpointer b)
{
  const Entry *first = a;
  const Entry *second = b;

  return first->sender == second->sender && memcmp (first->key_id, second->key_id, MMP_BRIDGE_KEY_ID_SIZE) == 0;
}

static guint64
random_u64 (void)
{
  guint64 value;

  mmp_crypto_random (&value, sizeof value);

  return value;
}

static Entry *
find (MmpSenderBook *self,
      const MmpSenderMark *mark)
{
  Entry key = { .sender = mark->sender };

  memcpy (key.key_id, mark->key_id, sizeof key.key_id);

  return g_hash_table_lookup (self->entries, &key);
}

/* The one of this key that was not heard for longest gives way; the state of one that never comes again would stay for ever. */
static void
make_room (MmpSenderBook *self,
           const guint8 *key_id)
{
  GHashTableIter iter;
  gpointer value;
  Entry *oldest = NULL;
  guint count = 0;

  if (g_hash_table_size (self->entries) < MMP_BRIDGE_SENDERS_MAX)
    return;

  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      Entry *entry = value;

      if (memcmp (entry->key_id, key_id, MMP_BRIDGE_KEY_ID_SIZE) != 0)
        continue;
      count++;
      if (oldest == NULL || entry->heard < oldest->heard)
        oldest = entry;
    }
  if (count >= MMP_BRIDGE_SENDERS_MAX)
    g_hash_table_remove (self->entries, oldest);
}

static MmpSenderBook *
new_empty (gint64 now)
{
  MmpSenderBook *self = g_new0 (MmpSenderBook, 1);

  self->entries = g_hash_table_new_full (entry_hash, entry_equal, NULL, g_free);
  self->started = now;
  self->changed = TRUE;

  return self;
}

/**
 * mmp_sender_book_new:
 * @now: milliseconds since 1970
 *
 * Returns: (transfer full): a new sender that has heard of nobody
 */
MmpSenderBook *
mmp_sender_book_new (gint64 now)
{
  MmpSenderBook *self = new_empty (now);

  mmp_sender_book_renew (self, now);
  self->tag = random_u64 ();

  return self;
}

/**
 * mmp_sender_book_free:
 */
void
mmp_sender_book_free (MmpSenderBook *self)
{
  g_hash_table_unref (self->entries);
  g_free (self);
}

static guint64
take_u64 (const guint8 **data)
{
  guint64 value;

  memcpy (&value, *data, sizeof value);
  *data += sizeof value;

  return GUINT64_FROM_LE (value);
}

static void
put_u64 (GByteArray *into,
         guint64 value)
{
  value = GUINT64_TO_LE (value);
  g_byte_array_append (into, (const guint8 *) &value, sizeof value);
}

static gboolean
take_entry (MmpSenderBook *self,
            const guint8 **data)
{
  g_autofree Entry *entry = g_new0 (Entry, 1);
  const guint8 *at = *data;

  memcpy (entry->key_id, at, sizeof entry->key_id);
  at += sizeof entry->key_id;
  entry->sender = take_u64 (&at);
  entry->settled_run = take_u64 (&at);
  entry->settled.next = take_u64 (&at);
  for (guint i = 0; i < WORDS; i++)
    entry->settled.seen[i] = take_u64 (&at);
  entry->heard = (gint64) take_u64 (&at);
  *data = at;
  entry->run = entry->settled_run;
  entry->passed = entry->settled;
  if (entry->settled.next > NUMBER_END || g_hash_table_contains (self->entries, entry))
    return FALSE;

  g_hash_table_add (self->entries, g_steal_pointer (&entry));

  return TRUE;
}

/**
 * mmp_sender_book_decode:
 * @bytes: what mmp_sender_book_encode() made
 * @now: milliseconds since 1970
 * @error: return location
 *
 * Begins a new run, above all before: write it to the disk before the first message goes out.
 *
 * Returns: (transfer full) (nullable): the book; %NULL with %MMP_ERROR_FILE_INVALID
 */
MmpSenderBook *
mmp_sender_book_decode (GBytes *bytes,
                        gint64 now,
                        GError **error)
{
  g_autoptr (MmpSenderBook) self = NULL;
  guint8 hash[MMP_CRYPTO_HASH_SIZE];
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  guint32 count = 0;
  gboolean good = size >= HEAD_SIZE + sizeof hash && memcmp (data, MAGIC, MAGIC_SIZE) == 0;

  if (good)
    {
      memcpy (&count, data + HEAD_SIZE - sizeof count, sizeof count);
      count = GUINT32_FROM_LE (count);
      good = count <= ENTRIES_MAX && size == HEAD_SIZE + (gsize) count * ENTRY_SIZE + sizeof hash;
    }
  if (good)
    {
      mmp_crypto_hash (HASH_LABEL, data, size - sizeof hash, hash);
      good = memcmp (hash, data + size - sizeof hash, sizeof hash) == 0;
    }
  if (good)
    {
      self = new_empty (now);
      data += MAGIC_SIZE;
      self->self = take_u64 (&data);
      self->run = take_u64 (&data);
      self->tag = take_u64 (&data);
      data += sizeof count;
      for (guint32 i = 0; good && i < count; i++)
        good = take_entry (self, &data);
    }
  if (!good)
    {
      g_set_error_literal (error, MMP_ERROR, MMP_ERROR_FILE_INVALID, "the state of the bridge is broken");
      return NULL;
    }
  self->run = MAX (self->run + 1, (guint64) MAX (now, 0));

  return g_steal_pointer (&self);
}

/**
 * mmp_sender_book_encode:
 *
 * Returns: (transfer full): what to keep; mmp_sender_book_is_changed() is FALSE afterwards
 */
GBytes *
mmp_sender_book_encode (MmpSenderBook *self)
{
  GByteArray *into = g_byte_array_sized_new (HEAD_SIZE + g_hash_table_size (self->entries) * ENTRY_SIZE + MMP_CRYPTO_HASH_SIZE);
  guint32 count = GUINT32_TO_LE (g_hash_table_size (self->entries));
  guint8 hash[MMP_CRYPTO_HASH_SIZE];
  GHashTableIter iter;
  gpointer value;

  g_byte_array_append (into, (const guint8 *) MAGIC, MAGIC_SIZE);
  put_u64 (into, self->self);
  put_u64 (into, self->run);
  put_u64 (into, self->tag);
  g_byte_array_append (into, (const guint8 *) &count, sizeof count);
  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const Entry *entry = value;

      g_byte_array_append (into, entry->key_id, sizeof entry->key_id);
      put_u64 (into, entry->sender);
      put_u64 (into, entry->settled_run);
      put_u64 (into, entry->settled.next);
      for (guint i = 0; i < WORDS; i++)
        put_u64 (into, entry->settled.seen[i]);
      put_u64 (into, (guint64) entry->heard);
    }
  mmp_crypto_hash (HASH_LABEL, into->data, into->len, hash);
  g_byte_array_append (into, hash, sizeof hash);
  self->changed = FALSE;

  return g_byte_array_free_to_bytes (into);
}

/**
 * mmp_sender_book_get_self:
 *
 * Returns: the name under which this bridge seals
 */
guint64
mmp_sender_book_get_self (MmpSenderBook *self)
{
  return self->self;
}

/**
 * mmp_sender_book_get_run:
 *
 * Returns: which start this is
 */
guint64
mmp_sender_book_get_run (MmpSenderBook *self)
{
  return self->run;
}

/**
 * mmp_sender_book_get_tag:
 *
 * Returns: a random number that stays as long as the file, for names that brokers may see
 */
guint64
mmp_sender_book_get_tag (MmpSenderBook *self)
{
  return self->tag;
}

/**
 * mmp_sender_book_next:
 *
 * Returns: the number of the next message that this bridge seals
 */
guint64
mmp_sender_book_next (MmpSenderBook *self)
{
  return self->number++;
}

/**
 * mmp_sender_book_renew:
 * @now: milliseconds since 1970
 *
 * Becomes another sender, as if the file had been lost.
 */
void
mmp_sender_book_renew (MmpSenderBook *self,
                       gint64 now)
{
  self->self = random_u64 ();
  self->run = (guint64) MAX (now, 1);
  self->number = 0;
  self->started = now;
  self->changed = TRUE;
}

/**
 * mmp_sender_book_judge:
 * @mark: a genuine message
 * @time: when it was sealed, in milliseconds since 1970 by its sender's clock
 *
 * Changes nothing.
 *
 * Returns: whether it may pass
 */
MmpSenderVerdict
mmp_sender_book_judge (MmpSenderBook *self,
                       const MmpSenderMark *mark,
                       gint64 time)
{
  const Entry *entry;

  if (mark->sender == self->self)
    {
      /* One from before this start may well come back to us: a broker kept it. */
      gboolean mine = mark->run == self->run ? mark->number < self->number : mark->run < self->run && time < self->started;

      return mine ? MMP_SENDER_SELF : MMP_SENDER_CLONE;
    }

  entry = find (self, mark);
  if (entry == NULL || mark->run > entry->run)
    return MMP_SENDER_NEW;
  if (mark->run < entry->run)
    return MMP_SENDER_WENT_BACK;

  return mmp_replay_window_is_new (&entry->passed, mark->number) ? MMP_SENDER_NEW : MMP_SENDER_REPEATED;
}

/**
 * mmp_sender_book_pass:
 * @mark: a message that mmp_sender_book_judge() found new
 * @now: milliseconds since 1970
 *
 * Notes that it is on its way.
 */
void
mmp_sender_book_pass (MmpSenderBook *self,
                      const MmpSenderMark *mark,
                      gint64 now)
{
  Entry *entry = find (self, mark);

  if (entry == NULL)
    {
      make_room (self, mark->key_id);
      entry = g_new0 (Entry, 1);
      memcpy (entry->key_id, mark->key_id, sizeof entry->key_id);
      entry->sender = mark->sender;
      entry->run = mark->run;
      g_hash_table_add (self->entries, entry);
    }
  if (mark->run > entry->run)
    {
      entry->run = mark->run;
      entry->passed = (MmpReplayWindow) { 0 };
    }
  entry->heard = now;
  mmp_replay_window_mark (&entry->passed, mark->number);
  self->changed = TRUE;
}

/**
 * mmp_sender_book_settle:
 * @mark: a message that was noted by mmp_sender_book_pass()
 *
 * Notes for the file that the far broker has it.
 */
void
mmp_sender_book_settle (MmpSenderBook *self,
                        const MmpSenderMark *mark)
{
  Entry *entry = find (self, mark);

  if (entry == NULL || mark->run < entry->settled_run)
    return;

  /* Not before something of the new run is settled: what waits of the old one would come too late after a crash. */
  if (mark->run > entry->settled_run)
    {
      entry->settled_run = mark->run;
      entry->settled = (MmpReplayWindow) { 0 };
    }
  if (!mmp_replay_window_is_new (&entry->settled, mark->number))
    return;

  mmp_replay_window_mark (&entry->settled, mark->number);
  self->changed = TRUE;
}

/**
 * mmp_sender_book_forget:
 * @sender: a sender, whatever key it used
 *
 * Takes what it sends next whatever came before: its clock or its backup went back, and somebody says that this is right.
 *
 * Returns: whether it was known
 */
gboolean
mmp_sender_book_forget (MmpSenderBook *self,
                        guint64 sender)
{
  GHashTableIter iter;
  gpointer value;
  gboolean known = FALSE;

  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (((Entry *) value)->sender == sender)
      {
        g_hash_table_iter_remove (&iter);
        known = TRUE;
      }
  self->changed |= known;

  return known;
}

/**
 * mmp_sender_book_get_size:
 *
 * Returns: how many senders are known
 */
guint
mmp_sender_book_get_size (MmpSenderBook *self)
{
  return g_hash_table_size (self->entries);
}

/**
 * mmp_sender_book_is_changed:
 *
 * Returns: whether there is something to write to the disk
 */
gboolean
mmp_sender_book_is_changed (MmpSenderBook *self)
{
  return self->changed;
}
