/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <libdex.h>

#include "mqtt/mmp-mqtt-client.h"
#include "session/mmp-session-private.h"

G_BEGIN_DECLS

#define MMP_TYPE_ROUTER (mmp_router_get_type ())

G_DECLARE_FINAL_TYPE (MmpRouter, mmp_router, MMP, ROUTER, GObject)

/**
 * MmpRouterFuncs:
 * @greeting: a message of the expected type and size came on a topic that no session has
 * @online: the connection of mmp_router_connect() stands
 * @offline: it could not be had, or broke; the router does not try again
 * @refused: the broker did not take something that was published
 *
 * Called on I/O, never after mmp_router_close().
 */
typedef struct
{
  void (*greeting) (const char *topic, GBytes *message, gpointer user_data);
  void (*online) (guint attempt, gpointer user_data);
  void (*offline) (guint attempt, const GError *cause, gpointer user_data);
  void (*refused) (const GError *cause, gpointer user_data);
} MmpRouterFuncs;

/* How the router's @greeting looks: HS1 for a listener, HS2 for an initiator */
typedef struct
{
  guint8 type;
  gsize size;
} MmpRouterGreeting;

extern const MmpSessionOutlet mmp_router_outlet;

/**
 * MmpRouter:
 *
 * The I/O half of #MmpSignaling: one broker connection at a time, and which session each topic belongs to. It outlives
 * broker connections, and so do the sessions. All functions but the first are for the I/O thread.
 */
MmpRouter *mmp_router_new (GMainContext *io,
                           MmpRouterGreeting greeting,
                           gboolean limited,
                           const MmpRouterFuncs *funcs,
                           gpointer user_data);
void mmp_router_connect (MmpRouter *self,
                         MmpMqttBroker *broker,
                         guint attempt);
void mmp_router_set_ready (MmpRouter *self);
void mmp_router_disconnect (MmpRouter *self);
void mmp_router_subscribe (MmpRouter *self,
                           const char *filter,
                           DexPromise *promise);
void mmp_router_unsubscribe (MmpRouter *self,
                             const char *filter);
void mmp_router_publish (MmpRouter *self,
                         const char *topic,
                         GBytes *message);
void mmp_router_add (MmpRouter *self,
                     const char *topic,
                     MmpSession *session);
void mmp_router_remove (MmpRouter *self,
                        const char *topic);
void mmp_router_close (MmpRouter *self);

G_END_DECLS
