/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "bridge/mmp-bridge-side.h"
#include "bridge/mmp-bridge-traffic.h"
#include "bridge/mmp-presence.h"

G_BEGIN_DECLS

/* What mmp-bridge-traffic.c (what runs) and mmp-bridge-flow.c (what goes through) share */
typedef enum
{
  SIDE_LOCAL,
  SIDE_REMOTE,
  SIDE_VIA, /* of a portal: the way by a public broker */
  SIDES,
} MmpSide;

struct _MmpBridgeTraffic
{
  MmpClock *clock;
  MmpSenderBook *book;
  MmpBridgeTrafficFuncs funcs;
  gpointer user_data;
  MmpBridgeSide *sides[SIDES]; /* the last one may be missing */
  GPtrArray *rules; /* MmpRule, all */
  GPtrArray *active[SIDES]; /* MmpRule of those, by where their messages come from */
  MmpPresence *presence; /* nullable: else somebody says who is there */
  gboolean present;
  char *presence_topic;
  gboolean listens;
  gboolean told; /* the far broker knows that we are there */
  guint64 counts[MMP_BRIDGE_COUNTS];
  guint64 went_back;
  GError *causes[SIDES];
  guint status_timer;
  guint save_timer;
};

void mmp_bridge_traffic_note_change (MmpBridgeTraffic *self);
void mmp_bridge_traffic_save (MmpBridgeTraffic *self);
MmpSide mmp_bridge_traffic_find_side (MmpBridgeTraffic *self,
                                      const MmpBridgeSide *side);
MmpSide mmp_bridge_traffic_get_far_side (MmpBridgeTraffic *self,
                                         const MmpRule *rule);

void mmp_bridge_flow_put (MmpBridgeTraffic *self,
                          MmpSide far,
                          MmpOutboxItem *item,
                          MmpReceipt *receipt);
void mmp_bridge_flow_message (MmpBridgeSide *side,
                              const MmpMqttMessage *message,
                              MmpReceipt *receipt,
                              gpointer user_data);
void mmp_bridge_flow_dropped (MmpBridgeSide *side,
                              int why,
                              gpointer user_data);
void mmp_bridge_flow_done (const MmpOutboxItem *item,
                           MmpOutboxOutcome outcome,
                           gpointer user_data);
void mmp_bridge_flow_sent (const MmpOutboxItem *item,
                           gboolean again,
                           gpointer user_data);

G_END_DECLS
