/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-classic"

#include "classic/mmp-classic-guard.h"

#include <string.h>

#include "base/mmp-limits.h"
#include "session/mmp-token-bucket.h"

#define NONCES_MAX 4096
#define DEVICES_MAX 1024
#define SEALED_MAX (MMP_JSON_SIZE_MAX + MMP_BOX_OVERHEAD)

/* A device says bye and offers, and perhaps again because it was restarted. */
#define DEVICE_RATE 1
#define DEVICE_BURST 8
/* Each costs a tenth of a millisecond. */
#define ALL_RATE 100
#define ALL_BURST 200

typedef struct
{
  MmpPublicKey device;
  MmpTokenBucket bucket;
} Visitor;

struct _MmpClassicGuard
{
  GHashTable *nonces; /* GBytes */
  GQueue order; /* of the same, the oldest first */
  GHashTable *visitors; /* Visitor by its device */
  MmpTokenBucket all;
};

/**
 * mmp_classic_guard_new:
 *
 * Returns: (transfer full): nothing was seen yet
 */
MmpClassicGuard *
mmp_classic_guard_new (void)
{
  MmpClassicGuard *self = g_new0 (MmpClassicGuard, 1);

  self->nonces = g_hash_table_new_full (g_bytes_hash, g_bytes_equal, (GDestroyNotify) g_bytes_unref, NULL);
  g_queue_init (&self->order);
  self->visitors = g_hash_table_new_full (mmp_public_key_hash, mmp_public_key_equal, NULL, g_free);
  self->all = (MmpTokenBucket) { .rate = ALL_RATE, .burst = ALL_BURST };

  return self;
}

/**
 * mmp_classic_guard_free:
 */
void
mmp_classic_guard_free (MmpClassicGuard *self)
{
  g_queue_clear (&self->order);
  g_hash_table_unref (self->nonces);
  g_hash_table_unref (self->visitors);
  g_free (self);
}

static GBytes *
get_nonce (GBytes *sealed)
{
  return g_bytes_new_from_bytes (sealed, 0, MMP_BOX_NONCE_SIZE);
}

/* Those who have not come for long are as good as new. */
static void
forget_visitors (MmpClassicGuard *self,
                 gint64 now)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->visitors);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    if (mmp_token_bucket_is_full (&((Visitor *) value)->bucket, now))
      g_hash_table_iter_remove (&iter);
}

static Visitor *
find_visitor (MmpClassicGuard *self,
              const MmpPublicKey *device,
              gint64 now)
{
  Visitor *visitor = g_hash_table_lookup (self->visitors, device);

  if (visitor != NULL)
    return visitor;
  if (g_hash_table_size (self->visitors) >= DEVICES_MAX)
    forget_visitors (self, now);
  if (g_hash_table_size (self->visitors) >= DEVICES_MAX)
    return NULL;

  visitor = g_new0 (Visitor, 1);
  visitor->device = *device;
  visitor->bucket = (MmpTokenBucket) { .rate = DEVICE_RATE, .burst = DEVICE_BURST };
  g_hash_table_insert (self->visitors, &visitor->device, visitor);

  return visitor;
}

/**
 * mmp_classic_guard_may_open:
 * @device: whose topic it came on; one that may talk to us
 * @sealed: what came
 * @now: microseconds
 *
 * Returns: %FALSE if it is too long or too short, was seen before, was sent by ourselves, or is one too many
 */
gboolean
mmp_classic_guard_may_open (MmpClassicGuard *self,
                            const MmpPublicKey *device,
                            GBytes *sealed,
                            gint64 now)
{
  gsize size = g_bytes_get_size (sealed);
  g_autoptr (GBytes) nonce = NULL;
  Visitor *visitor;

  if (size < MMP_BOX_OVERHEAD || size > SEALED_MAX)
    return FALSE;
  nonce = get_nonce (sealed);
  if (g_hash_table_contains (self->nonces, nonce))
    return FALSE;

  visitor = find_visitor (self, device, now);

  return visitor != NULL && mmp_token_bucket_take (&visitor->bucket, now) && mmp_token_bucket_take (&self->all, now);
}

/**
 * mmp_classic_guard_note:
 * @sealed: what could be opened, or what is sent
 *
 * It will not be taken again. What could not be opened must not be noted: anybody can send it.
 */
void
mmp_classic_guard_note (MmpClassicGuard *self,
                        GBytes *sealed)
{
  g_autoptr (GBytes) part = get_nonce (sealed);
  gsize size;
  gconstpointer data = g_bytes_get_data (part, &size);
  /* A part would keep the whole message. */
  GBytes *nonce = g_bytes_new (data, size);

  if (g_hash_table_contains (self->nonces, nonce))
    {
      g_bytes_unref (nonce);
      return;
    }
  g_hash_table_add (self->nonces, nonce);
  g_queue_push_tail (&self->order, nonce);
  if (self->order.length > NONCES_MAX)
    g_hash_table_remove (self->nonces, g_queue_pop_head (&self->order));
}
