/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "bridge/mmp-receipt.h"

G_BEGIN_DECLS

/* What became of a message that was put in */
typedef enum
{
  MMP_OUTBOX_ACCEPTED, /* the broker has it */
  MMP_OUTBOX_REFUSED, /* the broker does not want it */
  MMP_OUTBOX_TOO_LARGE, /* the broker takes none of that size */
  MMP_OUTBOX_EXPIRED, /* it was of use for a time that is over */
  MMP_OUTBOX_MISSED, /* QoS 0, and the connection was lost */
} MmpOutboxOutcome;

/**
 * MmpOutboxItem:
 * @topic: where it goes
 * @payload: what goes
 * @properties: (nullable): what goes with it
 * @qos: 0 or 1
 * @retain: whether the broker keeps it
 * @receipt: (nullable): to settle when it arrived
 * @user_data: for the owner of the outbox
 *
 * A message on its way to a broker. Made by mmp_outbox_item_new(), freed by the outbox.
 */
typedef struct
{
  char *topic;
  GBytes *payload;
  MmpMqttProperties *properties;
  int qos;
  gboolean retain;
  MmpReceipt *receipt;
  gpointer user_data;
  GDestroyNotify user_data_free;
} MmpOutboxItem;

/**
 * MmpOutbox:
 *
 * What waits for a broker, in order. A message stays until the broker acknowledged it, over any number of connections.
 * Belongs to the thread of the client.
 */
typedef struct _MmpOutbox MmpOutbox;

/**
 * MmpOutboxFuncs:
 * @done: what became of @item, before its receipt is settled
 * @sent: @item is on its way; @again if not for the first time
 */
typedef struct
{
  void (*done) (const MmpOutboxItem *item,
                MmpOutboxOutcome outcome,
                gpointer user_data);
  void (*sent) (const MmpOutboxItem *item,
                gboolean again,
                gpointer user_data);
} MmpOutboxFuncs;

MmpOutboxItem *mmp_outbox_item_new (void);
void mmp_outbox_item_free (MmpOutboxItem *self);

MmpOutbox *mmp_outbox_new (MmpMqttClient *client,
                           MmpClock *clock,
                           guint window,
                           const MmpOutboxFuncs *funcs,
                           gpointer user_data);
void mmp_outbox_free (MmpOutbox *self);
void mmp_outbox_add (MmpOutbox *self,
                     MmpOutboxItem *item);
void mmp_outbox_pump (MmpOutbox *self);
GPtrArray *mmp_outbox_take_all (MmpOutbox *self);
guint mmp_outbox_get_size (MmpOutbox *self);
gsize mmp_outbox_get_bytes (MmpOutbox *self);

G_END_DECLS
