/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-session"

#include "session/mmp-request-book.h"

#include "base/mmp-limits.h"

#define WAITING_MAX 5
#define WAITING_FOR MMP_SECONDS (60)
#define SILENCE_FOR MMP_SECONDS (600)

typedef struct
{
  MmpRequestBook *book;
  MmpPublicKey device;
  guint timer;
} Request;

struct _MmpRequestBook
{
  MmpClock *clock;
  MmpRequestGoneFunc gone;
  gpointer user_data;
  GHashTable *waiting; /* MmpPublicKey in Request -> Request */
  GHashTable *silenced; /* MmpPublicKey -> gint64, until when; a person made each entry */
};

static void
request_free (gpointer data)
{
  Request *request = data;

  mmp_clock_remove (request->book->clock, &request->timer);
  g_free (request);
}

static void
on_waited_too_long (gpointer user_data)
{
  Request *request = user_data;
  MmpRequestBook *self = request->book;
  MmpPublicKey device = request->device;

  request->timer = 0;
  g_hash_table_remove (self->waiting, &device);
  self->gone (&device, self->user_data);
}

static gboolean
is_over (gpointer key,
         gpointer value,
         gpointer user_data)
{
  return *(const gint64 *) value <= *(const gint64 *) user_data;
}

/**
 * mmp_request_book_new:
 * @clock: for the waits; the book lives on its thread
 * @gone: called for a request that nobody answered
 * @user_data: for @gone
 *
 * Returns: (transfer full): an empty book
 */
MmpRequestBook *
mmp_request_book_new (MmpClock *clock,
                      MmpRequestGoneFunc gone,
                      gpointer user_data)
{
  MmpRequestBook *self = g_new0 (MmpRequestBook, 1);

  self->clock = mmp_clock_ref (clock);
  self->gone = gone;
  self->user_data = user_data;
  self->waiting = g_hash_table_new_full (mmp_public_key_hash, mmp_public_key_equal, NULL, request_free);
  self->silenced = g_hash_table_new_full (mmp_public_key_hash, mmp_public_key_equal, (GDestroyNotify) mmp_public_key_free, g_free);

  return self;
}

/**
 * mmp_request_book_free:
 * @self: (nullable): a book
 */
void
mmp_request_book_free (MmpRequestBook *self)
{
  if (self == NULL)
    return;

  g_hash_table_unref (self->waiting);
  g_hash_table_unref (self->silenced);
  mmp_clock_unref (self->clock);
  g_free (self);
}

/**
 * mmp_request_book_ask:
 * @device: a stranger that proved by a sealed message that it is there
 *
 * Returns: what to do with its wish to be let in
 */
MmpRequestVerdict
mmp_request_book_ask (MmpRequestBook *self,
                      const MmpPublicKey *device)
{
  Request *request;

  if (g_hash_table_contains (self->waiting, device))
    return MMP_REQUEST_WAITING;
  if (g_hash_table_size (self->waiting) >= WAITING_MAX || mmp_request_book_is_silenced (self, device))
    return MMP_REQUEST_REFUSED;

  request = g_new0 (Request, 1);
  request->book = self;
  request->device = *device;
  request->timer = mmp_clock_add (self->clock, mmp_clock_now (self->clock) + WAITING_FOR, on_waited_too_long, request);
  g_hash_table_insert (self->waiting, &request->device, request);

  return MMP_REQUEST_NEW;
}

/**
 * mmp_request_book_remove:
 * @device: who was answered, or went away
 *
 * Returns: whether it waited
 */
gboolean
mmp_request_book_remove (MmpRequestBook *self,
                         const MmpPublicKey *device)
{
  return g_hash_table_remove (self->waiting, device);
}

/**
 * mmp_request_book_silence:
 * @device: who was told "not now"
 *
 * No request of @device is shown for a while.
 *
 * Returns: for how long, in seconds
 */
guint
mmp_request_book_silence (MmpRequestBook *self,
                          const MmpPublicKey *device)
{
  gint64 now = mmp_clock_now (self->clock);
  gint64 until = now + SILENCE_FOR;

  g_hash_table_foreach_remove (self->silenced, is_over, &now);
  g_hash_table_replace (self->silenced, mmp_public_key_copy (device), g_memdup2 (&until, sizeof until));

  return SILENCE_FOR / G_USEC_PER_SEC;
}

/**
 * mmp_request_book_is_silenced:
 * @device: a stranger
 *
 * Returns: whether it was told "not now" a short while ago
 */
gboolean
mmp_request_book_is_silenced (MmpRequestBook *self,
                              const MmpPublicKey *device)
{
  const gint64 *until = g_hash_table_lookup (self->silenced, device);

  return until != NULL && mmp_clock_now (self->clock) < *until;
}
