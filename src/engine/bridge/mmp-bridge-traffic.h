/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "bridge/mmp-bridge-config.h"
#include "bridge/mmp-bridge-status.h"
#include "bridge/mmp-sender-book.h"

G_BEGIN_DECLS

/**
 * MmpBridgeTraffic:
 *
 * A bridge at work: two clients, and what goes from one to the other. Belongs to the I/O thread.
 */
typedef struct _MmpBridgeTraffic MmpBridgeTraffic;

/**
 * MmpBridgeTrafficFuncs:
 * @status: (transfer full): something changed; at most four times a second
 * @save: (transfer full): what shall be on the disk, at most every five seconds
 */
typedef struct
{
  void (*status) (MmpBridgeStatus *status,
                  gpointer user_data);
  void (*save) (GBytes *state,
                gpointer user_data);
} MmpBridgeTrafficFuncs;

MmpBridgeTraffic *mmp_bridge_traffic_new (GMainContext *context,
                                          MmpClock *clock,
                                          const MmpBridgeConfig *config,
                                          MmpSenderBook *book,
                                          const MmpBridgeTrafficFuncs *funcs,
                                          gpointer user_data);
void mmp_bridge_traffic_free (MmpBridgeTraffic *self);
void mmp_bridge_traffic_add_rule (MmpBridgeTraffic *self,
                                  const MmpRule *rule);
void mmp_bridge_traffic_remove_rule (MmpBridgeTraffic *self,
                                     guint id);
void mmp_bridge_traffic_set_present (MmpBridgeTraffic *self,
                                     gboolean present);
void mmp_bridge_traffic_forget (MmpBridgeTraffic *self,
                                guint64 sender);
void mmp_bridge_traffic_kick (MmpBridgeTraffic *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpBridgeTraffic, mmp_bridge_traffic_free)

G_END_DECLS
