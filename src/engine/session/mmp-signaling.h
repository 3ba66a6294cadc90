/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <libdex.h>

#include "base/mmp-waiter.h"
#include "mqtt/mmp-mqtt-broker.h"
#include "session/mmp-router.h"

G_BEGIN_DECLS

/**
 * MmpSignalingFuncs:
 * @greeting: a message of the expected type and size came; not from a session
 * @lost: a connection that stood broke
 * @refused: the broker did not take something that was published
 *
 * Called on control, never after mmp_signaling_close().
 */
typedef struct
{
  void (*greeting) (const char *topic, GBytes *message, gpointer user_data);
  void (*lost) (const GError *cause, gpointer user_data);
  void (*refused) (const GError *cause, gpointer user_data);
} MmpSignalingFuncs;

/**
 * MmpSignaling:
 *
 * The way to a list of brokers, as control sees it: commands to an #MmpRouter on the I/O thread, and what comes back.
 * Commands are carried out in the order in which they were given.
 */
typedef struct _MmpSignaling MmpSignaling;

MmpSignaling *mmp_signaling_new (GPtrArray *brokers,
                                 MmpRouterGreeting greeting,
                                 gboolean limited,
                                 GMainContext *io,
                                 const MmpSignalingFuncs *funcs,
                                 gpointer user_data);
void mmp_signaling_close (MmpSignaling *self);
void mmp_signaling_free (MmpSignaling *self);

guint mmp_signaling_get_n_brokers (MmpSignaling *self);
gboolean mmp_signaling_is_online (MmpSignaling *self);
gboolean mmp_signaling_go_online (MmpSignaling *self,
                                  MmpWaiter *waiter,
                                  const char *filter,
                                  GError **error);
void mmp_signaling_disconnect (MmpSignaling *self);
void mmp_signaling_next_broker (MmpSignaling *self);
gboolean mmp_signaling_subscribe (MmpSignaling *self,
                                  MmpWaiter *waiter,
                                  const char *filter,
                                  GError **error);
void mmp_signaling_unsubscribe (MmpSignaling *self,
                                const char *filter);
void mmp_signaling_publish (MmpSignaling *self,
                            const char *topic,
                            GBytes *message);
MmpSession *mmp_signaling_add_session (MmpSignaling *self,
                                       MmpSessionRole role,
                                       const MmpPublicKey *device,
                                       const char *topic_in,
                                       const char *topic_out,
                                       MmpTransport *transport);
void mmp_signaling_remove_session (MmpSignaling *self,
                                   const char *topic_in);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpSignaling, mmp_signaling_free)

G_END_DECLS
