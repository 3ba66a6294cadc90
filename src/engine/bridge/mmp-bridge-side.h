/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "bridge/mmp-outbox.h"

G_BEGIN_DECLS

/**
 * MmpBridgeSide:
 *
 * One end of a bridge: a client of one broker, what is subscribed to there, what was taken from there and what waits to go
 * there. Belongs to the I/O thread.
 */
typedef struct _MmpBridgeSide MmpBridgeSide;

/**
 * MmpBridgeSideFuncs:
 * @changed: the connection came or went, or a subscription was answered; @cause says what went wrong, if something did
 * @message: something came; @receipt (transfer full) (nullable) is to be settled or dropped
 * @dropped: something came that is not to be carried, for the reason of @why
 * @outbox: what became of messages that were put in the outbox; see #MmpOutboxFuncs
 */
typedef struct
{
  void (*changed) (MmpBridgeSide *self,
                   const GError *cause,
                   gpointer user_data);
  void (*message) (MmpBridgeSide *self,
                   const MmpMqttMessage *message,
                   MmpReceipt *receipt,
                   gpointer user_data);
  void (*dropped) (MmpBridgeSide *self,
                   int why,
                   gpointer user_data);
  MmpOutboxFuncs outbox;
} MmpBridgeSideFuncs;

MmpBridgeSide *mmp_bridge_side_new (GMainContext *context,
                                    MmpClock *clock,
                                    MmpMqttBroker *broker,
                                    const MmpMqttOptions *options,
                                    const MmpBridgeSideFuncs *funcs,
                                    gpointer user_data);
void mmp_bridge_side_free (MmpBridgeSide *self);
void mmp_bridge_side_start (MmpBridgeSide *self);
void mmp_bridge_side_add_filter (MmpBridgeSide *self,
                                 const char *filter,
                                 int qos);
void mmp_bridge_side_remove_filter (MmpBridgeSide *self,
                                    const char *filter);
MmpMqttClient *mmp_bridge_side_get_client (MmpBridgeSide *self);
MmpOutbox *mmp_bridge_side_get_outbox (MmpBridgeSide *self);
gboolean mmp_bridge_side_is_ready (MmpBridgeSide *self);
gboolean mmp_bridge_side_is_online (MmpBridgeSide *self);
void mmp_bridge_side_set_paused (MmpBridgeSide *self,
                                 gboolean paused);
gboolean mmp_bridge_side_is_paused (MmpBridgeSide *self);
void mmp_bridge_side_send_again (MmpBridgeSide *self);

G_END_DECLS
