/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "mqtt/mmp-mqtt-client.h"

G_BEGIN_DECLS

/**
 * MmpReceiptBook:
 *
 * What was taken from a broker and not acknowledged yet. A broker that lost the connection sends it again under the same
 * packet id; then it is known and is not carried a second time. Belongs to the thread of the client.
 */
typedef struct _MmpReceiptBook MmpReceiptBook;

/**
 * MmpReceipt:
 *
 * The duty to acknowledge one message.
 */
typedef struct _MmpReceipt MmpReceipt;

MmpReceiptBook *mmp_receipt_book_new (MmpMqttClient *client);
void mmp_receipt_book_free (MmpReceiptBook *self);
void mmp_receipt_book_begin (MmpReceiptBook *self,
                             gboolean resumed);
MmpReceipt *mmp_receipt_book_take (MmpReceiptBook *self,
                                   const MmpMqttMessage *message,
                                   gboolean *again);

void mmp_receipt_settle (MmpReceipt *self);
void mmp_receipt_drop (MmpReceipt *self);

G_END_DECLS
