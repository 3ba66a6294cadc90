/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-bridge"

#include "bridge/mmp-receipt.h"

#include <string.h>

#include "crypto/mmp-crypto.h"

/* How many are remembered after they were acknowledged: a broker may not have got the last acknowledgements. */
#define ACKNOWLEDGED_MAX 4096
/* After so many packet ids of which each was above the one before, the broker is believed to count on until it begins
 * anew at 1. Then one and the same id means one and the same message. Brokers that take the lowest free id may use it for
 * the next message at once, which can have the same content. */
#define RISES_MIN 64

struct _MmpReceiptBook
{
  MmpMqttClient *client;
  GHashTable *receipts; /* packet id -> MmpReceipt, with a reference */
  GQueue acknowledged; /* packet ids of those of them that were acknowledged, oldest first */
  guint connection; /* counts connections */
  guint16 last_id;
  guint rises;
};

struct _MmpReceipt
{
  MmpReceiptBook *book; /* nullable: gone, or does not want it any more */
  guint16 id;
  guint connection; /* on which it came last */
  gboolean settled;
  gboolean acknowledged;
  guint8 hash[MMP_CRYPTO_HASH_SIZE]; /* of what came */
};

static void
receipt_unref (gpointer data)
{
  g_rc_box_release (data);
}

static void
make_hash (const MmpMqttMessage *message,
           guint8 hash[MMP_CRYPTO_HASH_SIZE])
{
  gsize size;
  gconstpointer data = g_bytes_get_data (message->payload, &size);

  mmp_crypto_hash (message->topic, data, size, hash);
}

static gboolean
detach (gpointer key,
        gpointer value,
        gpointer user_data)
{
  ((MmpReceipt *) value)->book = NULL;

  return TRUE;
}

/**
 * mmp_receipt_book_new:
 * @client: (transfer none): with the option `manual`; must outlive the book
 *
 * Returns: (transfer full): nothing taken
 */
MmpReceiptBook *
mmp_receipt_book_new (MmpMqttClient *client)
{
  MmpReceiptBook *self = g_new0 (MmpReceiptBook, 1);

  self->client = client;
  self->receipts = g_hash_table_new_full (NULL, NULL, NULL, receipt_unref);

  return self;
}

/**
 * mmp_receipt_book_free:
 */
void
mmp_receipt_book_free (MmpReceiptBook *self)
{
  g_hash_table_foreach_remove (self->receipts, detach, NULL);
  g_hash_table_unref (self->receipts);
  g_queue_clear (&self->acknowledged);
  g_free (self);
}

/**
 * mmp_receipt_book_begin:
 * @resumed: whether the broker still knows the session
 *
 * To be called with each new connection.
 */
void
mmp_receipt_book_begin (MmpReceiptBook *self,
                        gboolean resumed)
{
  self->connection++;
  if (resumed)
    return;

  g_hash_table_foreach_remove (self->receipts, detach, NULL);
  g_queue_clear (&self->acknowledged);
  self->rises = 0;
}

static void
acknowledge (MmpReceiptBook *self,
             MmpReceipt *receipt)
{
  mmp_mqtt_client_acknowledge (self->client, receipt->id);
  if (receipt->acknowledged)
    return;

  receipt->acknowledged = TRUE;
  g_queue_push_tail (&self->acknowledged, GINT_TO_POINTER (receipt->id));
  if (self->acknowledged.length > ACKNOWLEDGED_MAX)
    {
      gpointer id = g_queue_pop_head (&self->acknowledged);
      MmpReceipt *oldest = g_hash_table_lookup (self->receipts, id);

      /* Its id may be another message's by now. */
      if (oldest != NULL && oldest->acknowledged)
        g_hash_table_remove (self->receipts, id);
    }
}

static void
watch_id (MmpReceiptBook *self,
          const MmpMqttMessage *message)
{
  guint16 rise = (guint16) (message->id - self->last_id);

  if (message->repeated)
    return;
  self->rises = rise > 0 && rise < G_MAXINT16 ? self->rises + 1 : 0;
  self->last_id = message->id;
}

static gboolean
is_same (MmpReceiptBook *self,
         const MmpReceipt *receipt,
         const MmpMqttMessage *message,
         const guint8 *hash)
{
  if (receipt == NULL || !message->repeated || (receipt->acknowledged && self->rises < RISES_MIN))
    return FALSE;

  return mmp_crypto_equal (receipt->hash, hash, MMP_CRYPTO_HASH_SIZE);
}

/**
 * mmp_receipt_book_take:
 * @message: one of QoS 1
 * @again: (out): whether it is one that was taken before; then nothing is to be done with it
 *
 * Returns: (transfer full) (nullable): for mmp_receipt_settle() or mmp_receipt_drop(); %NULL if @again
 */
MmpReceipt *
mmp_receipt_book_take (MmpReceiptBook *self,
                       const MmpMqttMessage *message,
                       gboolean *again)
{
  MmpReceipt *receipt = g_hash_table_lookup (self->receipts, GINT_TO_POINTER (message->id));
  guint8 hash[MMP_CRYPTO_HASH_SIZE];

  make_hash (message, hash);
  watch_id (self, message);
  *again = is_same (self, receipt, message, hash);
  if (*again)
    {
      receipt->connection = self->connection;
      if (receipt->settled)
        acknowledge (self, receipt);
      return NULL;
    }

  if (receipt != NULL)
    receipt->book = NULL;
  receipt = g_rc_box_new0 (MmpReceipt);
  receipt->book = self;
  receipt->id = message->id;
  receipt->connection = self->connection;
  memcpy (receipt->hash, hash, sizeof hash);
  g_hash_table_insert (self->receipts, GINT_TO_POINTER (message->id), receipt);

  return g_rc_box_acquire (receipt);
}

/**
 * mmp_receipt_settle:
 * @self: (transfer full) (nullable): a receipt
 *
 * The message arrived where it should: acknowledges it, or does so when the broker sends it again.
 */
void
mmp_receipt_settle (MmpReceipt *self)
{
  MmpReceiptBook *book;

  if (self == NULL)
    return;

  book = self->book;
  self->settled = TRUE;
  if (book != NULL && self->connection == book->connection)
    acknowledge (book, self);
  receipt_unref (self);
}

/**
 * mmp_receipt_drop:
 * @self: (transfer full) (nullable): a receipt
 *
 * The message was not kept: the broker must send it again.
 */
void
mmp_receipt_drop (MmpReceipt *self)
{
  if (self == NULL)
    return;

  if (self->book != NULL)
    g_hash_table_remove (self->book->receipts, GINT_TO_POINTER (self->id));
  receipt_unref (self);
}
