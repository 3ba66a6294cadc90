/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "bridge/mmp-bridge-config.h"
#include "bridge/mmp-bridge-status.h"

G_BEGIN_DECLS

#define MMP_TYPE_BRIDGE (mmp_bridge_get_type ())

/**
 * MmpBridge:
 *
 * A set of rules between two brokers, and the two clients that follow them. Control thread; the work is done on the I/O
 * thread.
 */
G_DECLARE_FINAL_TYPE (MmpBridge, mmp_bridge, MMP, BRIDGE, GObject)

/**
 * MmpBridgeFunc:
 *
 * How the bridge is; at most four times a second, on the main context.
 */
typedef void (*MmpBridgeFunc) (MmpBridge *self,
                               const MmpBridgeStatus *status,
                               gpointer user_data);

MmpBridge *mmp_bridge_new (GMainContext *io,
                           const MmpBridgeConfig *config,
                           MmpBridgeFunc func,
                           gpointer user_data,
                           GError **error);
void mmp_bridge_stop (MmpBridge *self);
gboolean mmp_bridge_set_rules (MmpBridge *self,
                               GPtrArray *rules,
                               GError **error);
gboolean mmp_bridge_add_rule (MmpBridge *self,
                              const MmpRule *rule,
                              guint *id,
                              GError **error);
gboolean mmp_bridge_remove_rule (MmpBridge *self,
                                 guint id);
void mmp_bridge_set_present (MmpBridge *self,
                             gboolean present);
void mmp_bridge_accept_again (MmpBridge *self,
                              const char *sender);
void mmp_bridge_kick (MmpBridge *self);

G_END_DECLS
