/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-bridge"

#include "bridge/mmp-receipt.h"

#include <string.h>

#include "crypto/mmp-crypto.h"

struct _MmpReceiptBook
{
  MmpMqttClient *client;
  GHashTable *receipts; /* packet id -> MmpReceipt, with a reference */
  guint connection; /* counts connections */
};

struct _MmpReceipt
{
  MmpReceiptBook *book; /* nullable: gone, or does not want it any more */
  guint16 id;
  guint connection; /* on which it came last */
  gboolean settled;
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
  if (!resumed)
    g_hash_table_foreach_remove (self->receipts, detach, NULL);
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
  *again = receipt != NULL && message->repeated && mmp_crypto_equal (receipt->hash, hash, sizeof hash);
  if (*again)
    {
      receipt->connection = self->connection;
      if (receipt->settled)
        {
          mmp_mqtt_client_acknowledge (self->client, receipt->id);
          g_hash_table_remove (self->receipts, GINT_TO_POINTER (message->id));
        }
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
    {
      mmp_mqtt_client_acknowledge (book->client, self->id);
      g_hash_table_remove (book->receipts, GINT_TO_POINTER (self->id));
    }
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
