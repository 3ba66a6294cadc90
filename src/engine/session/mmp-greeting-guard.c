/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-session"

#include "session/mmp-greeting-guard.h"

#include <string.h>

#include "base/mmp-limits.h"
#include "crypto/mmp-noise.h"
#include "session/mmp-token-bucket.h"

#define READS_PER_SECOND 500
#define ANSWERED_MAX 4096
#define PENDING_FOR MMP_SECONDS (10)
#define REPEAT_EVERY MMP_SECONDS (1)

#define DEVICE_PENDING_MAX 4
#define DEVICE_ANSWERS_PER_SECOND 1
#define DEVICE_ANSWERS_BURST 4

#define STRANGERS_PENDING_MAX 8
#define STRANGERS_ANSWERS_PER_SECOND 2
#define STRANGERS_ANSWERS_BURST 8

/* Buckets that are full again are thrown away when there are more than this; only known devices have one of their own. */
#define BUCKETS_TIDY_AT 256

typedef struct
{
  MmpGreetingGuard *guard;
  MmpPublicKey ephemeral;
  MmpPublicKey device;
  gboolean stranger;
  GBytes *hs1;
  GBytes *hs2;
  gint64 answered; /* when HS2 went out last */
  guint timer;
} Pending;

struct _MmpGreetingGuard
{
  MmpClock *clock;
  MmpGreetingGoneFunc gone;
  gpointer user_data;

  MmpTokenBucket reads;
  MmpTokenBucket strangers;
  GHashTable *devices; /* MmpPublicKey -> MmpTokenBucket */

  GQueue pending; /* Pending, oldest first; a dozen at most for strangers, four for each known device that greets */
  GHashTable *by_ephemeral; /* MmpPublicKey in Pending -> Pending, not owned */
  GHashTable *settled; /* E of living sessions */
  GHashTable *answered; /* E, owned by answered_order */
  GQueue answered_order;
};

static void
pending_free (Pending *pending)
{
  MmpGreetingGuard *self = pending->guard;

  mmp_clock_remove (self->clock, &pending->timer);
  g_hash_table_remove (self->by_ephemeral, &pending->ephemeral);
  g_queue_remove (&self->pending, pending);
  g_bytes_unref (pending->hs1);
  g_bytes_unref (pending->hs2);
  g_free (pending);
}

static void
give_up (Pending *pending)
{
  MmpGreetingGuard *self = pending->guard;
  MmpPublicKey ephemeral = pending->ephemeral;

  pending_free (pending);
  self->gone (&ephemeral, self->user_data);
}

static void
on_pending_too_long (gpointer user_data)
{
  Pending *pending = user_data;

  pending->timer = 0;
  give_up (pending);
}

static gboolean
is_same_group (const Pending *pending,
               const MmpPublicKey *device,
               gboolean stranger)
{
  if (pending->stranger || stranger)
    return pending->stranger == stranger;

  return mmp_public_key_equal (&pending->device, device);
}

/* The oldest of a group goes, so that somebody who repeats old greetings cannot keep new ones out for long. */
static void
make_room (MmpGreetingGuard *self,
           const MmpPublicKey *device,
           gboolean stranger)
{
  guint max = stranger ? STRANGERS_PENDING_MAX : DEVICE_PENDING_MAX;
  Pending *oldest = NULL;
  guint n = 0;

  for (GList *l = self->pending.head; l != NULL; l = l->next)
    {
      if (!is_same_group (l->data, device, stranger))
        continue;
      if (oldest == NULL)
        oldest = l->data;
      n++;
    }

  if (n >= max)
    give_up (oldest);
}

static void
remember_answered (MmpGreetingGuard *self,
                   const MmpPublicKey *ephemeral)
{
  MmpPublicKey *copy = mmp_public_key_copy (ephemeral);

  g_hash_table_add (self->answered, copy);
  g_queue_push_tail (&self->answered_order, copy);
  if (self->answered_order.length > ANSWERED_MAX)
    {
      g_autoptr (MmpPublicKey) oldest = g_queue_pop_head (&self->answered_order);

      g_hash_table_remove (self->answered, oldest);
    }
}

static gboolean
is_full_again (gpointer key,
               gpointer value,
               gpointer user_data)
{
  return mmp_token_bucket_is_full (value, *(const gint64 *) user_data);
}

static MmpTokenBucket *
get_device_bucket (MmpGreetingGuard *self,
                   const MmpPublicKey *device)
{
  MmpTokenBucket *bucket = g_hash_table_lookup (self->devices, device);
  gint64 now = mmp_clock_now (self->clock);

  if (bucket != NULL)
    return bucket;

  if (g_hash_table_size (self->devices) >= BUCKETS_TIDY_AT)
    g_hash_table_foreach_remove (self->devices, is_full_again, &now);
  bucket = g_new0 (MmpTokenBucket, 1);
  bucket->rate = DEVICE_ANSWERS_PER_SECOND;
  bucket->burst = DEVICE_ANSWERS_BURST;
  g_hash_table_insert (self->devices, mmp_public_key_copy (device), bucket);

  return bucket;
}

/* Type, exact length, and that the E inside is the one in the topic */
static gboolean
has_shape (GBytes *hs1,
           const MmpPublicKey *ephemeral)
{
  gsize size;
  const guint8 *bytes = g_bytes_get_data (hs1, &size);

  return size == MMP_NOISE_HS1_SIZE && bytes[0] == 0x01 && memcmp (bytes + 1, ephemeral->bytes, MMP_PUBLIC_KEY_SIZE) == 0;
}

/**
 * mmp_greeting_guard_new:
 * @clock: for the limits; the guard lives on its thread
 * @gone: called for an answered greeting that is given up, never from inside settled() or forget()
 * @user_data: for @gone
 *
 * Returns: (transfer full): a guard that knows nothing yet
 */
MmpGreetingGuard *
mmp_greeting_guard_new (MmpClock *clock,
                        MmpGreetingGoneFunc gone,
                        gpointer user_data)
{
  MmpGreetingGuard *self = g_new0 (MmpGreetingGuard, 1);

  self->clock = mmp_clock_ref (clock);
  self->gone = gone;
  self->user_data = user_data;
  self->reads = (MmpTokenBucket) { .rate = READS_PER_SECOND, .burst = READS_PER_SECOND };
  self->strangers = (MmpTokenBucket) { .rate = STRANGERS_ANSWERS_PER_SECOND, .burst = STRANGERS_ANSWERS_BURST };
  self->devices = g_hash_table_new_full (mmp_public_key_hash, mmp_public_key_equal, (GDestroyNotify) mmp_public_key_free, g_free);
  self->by_ephemeral = g_hash_table_new (mmp_public_key_hash, mmp_public_key_equal);
  self->settled = g_hash_table_new_full (mmp_public_key_hash, mmp_public_key_equal, (GDestroyNotify) mmp_public_key_free, NULL);
  self->answered = g_hash_table_new (mmp_public_key_hash, mmp_public_key_equal);
  g_queue_init (&self->pending);
  g_queue_init (&self->answered_order);

  return self;
}

/**
 * mmp_greeting_guard_free:
 * @self: (nullable): a guard
 *
 * What is pending is forgotten without a word.
 */
void
mmp_greeting_guard_free (MmpGreetingGuard *self)
{
  if (self == NULL)
    return;

  while (self->pending.head != NULL)
    pending_free (self->pending.head->data);
  g_hash_table_unref (self->answered);
  g_queue_clear_full (&self->answered_order, (GDestroyNotify) mmp_public_key_free);
  g_hash_table_unref (self->settled);
  g_hash_table_unref (self->by_ephemeral);
  g_hash_table_unref (self->devices);
  mmp_clock_unref (self->clock);
  g_free (self);
}

/**
 * mmp_greeting_guard_check:
 * @ephemeral: the E of the topic
 * @hs1: what came, not retained
 * @hs2: (out) (optional) (transfer none): set for %MMP_GREETING_REPEAT only: what was answered before
 *
 * The checks that need no key.
 *
 * Returns: what to do with @hs1
 */
MmpGreetingVerdict
mmp_greeting_guard_check (MmpGreetingGuard *self,
                          const MmpPublicKey *ephemeral,
                          GBytes *hs1,
                          GBytes **hs2)
{
  gint64 now = mmp_clock_now (self->clock);
  Pending *pending;

  if (!has_shape (hs1, ephemeral) || g_hash_table_contains (self->settled, ephemeral))
    return MMP_GREETING_DROP;

  pending = g_hash_table_lookup (self->by_ephemeral, ephemeral);
  if (pending != NULL)
    {
      if (!g_bytes_equal (pending->hs1, hs1) || now < pending->answered + REPEAT_EVERY)
        return MMP_GREETING_DROP;
      pending->answered = now;
      *hs2 = pending->hs2;
      return MMP_GREETING_REPEAT;
    }

  if (g_hash_table_contains (self->answered, ephemeral))
    return MMP_GREETING_DROP;

  return mmp_token_bucket_take (&self->reads, now) ? MMP_GREETING_READ : MMP_GREETING_DROP;
}

/**
 * mmp_greeting_guard_admit:
 * @device: who made the greeting, proved by its payload
 * @stranger: whether @device is not known; the others share one allowance
 *
 * Returns: whether the greeting may be answered now; that is counted
 */
gboolean
mmp_greeting_guard_admit (MmpGreetingGuard *self,
                          const MmpPublicKey *device,
                          gboolean stranger)
{
  return mmp_token_bucket_take (stranger ? &self->strangers : get_device_bucket (self, device), mmp_clock_now (self->clock));
}

/**
 * mmp_greeting_guard_answered:
 * @ephemeral: E, for which check() said %MMP_GREETING_READ
 * @device: who made the greeting
 * @stranger: as for mmp_greeting_guard_admit()
 * @hs1: the greeting
 * @hs2: the answer
 *
 * Remembers the answer. The oldest pending one of the same group may be given up for it, before this returns.
 */
void
mmp_greeting_guard_answered (MmpGreetingGuard *self,
                             const MmpPublicKey *ephemeral,
                             const MmpPublicKey *device,
                             gboolean stranger,
                             GBytes *hs1,
                             GBytes *hs2)
{
  Pending *pending;

  g_return_if_fail (!g_hash_table_contains (self->answered, ephemeral));

  make_room (self, device, stranger);

  pending = g_new0 (Pending, 1);
  pending->guard = self;
  pending->ephemeral = *ephemeral;
  pending->device = *device;
  pending->stranger = stranger;
  pending->hs1 = g_bytes_ref (hs1);
  pending->hs2 = g_bytes_ref (hs2);
  pending->answered = mmp_clock_now (self->clock);
  pending->timer = mmp_clock_add (self->clock, pending->answered + PENDING_FOR, on_pending_too_long, pending);
  g_queue_push_tail (&self->pending, pending);
  g_hash_table_insert (self->by_ephemeral, &pending->ephemeral, pending);
  remember_answered (self, ephemeral);
}

/**
 * mmp_greeting_guard_settled:
 * @ephemeral: E of an answered greeting
 *
 * The first valid DATA came: from now on no greeting with this E is answered, until mmp_greeting_guard_forget().
 */
void
mmp_greeting_guard_settled (MmpGreetingGuard *self,
                            const MmpPublicKey *ephemeral)
{
  Pending *pending = g_hash_table_lookup (self->by_ephemeral, ephemeral);

  g_return_if_fail (pending != NULL);

  g_hash_table_add (self->settled, mmp_public_key_copy (ephemeral));
  pending_free (pending);
}

/**
 * mmp_greeting_guard_forget:
 * @ephemeral: E
 *
 * The session of @ephemeral, settled or still pending, is over. Its E stays among the answered ones.
 */
void
mmp_greeting_guard_forget (MmpGreetingGuard *self,
                           const MmpPublicKey *ephemeral)
{
  Pending *pending = g_hash_table_lookup (self->by_ephemeral, ephemeral);

  if (pending != NULL)
    pending_free (pending);
  g_hash_table_remove (self->settled, ephemeral);
}
