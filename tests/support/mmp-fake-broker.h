/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "mmp-fake-guest.h"

G_BEGIN_DECLS

/**
 * MmpFakeBroker:
 *
 * A small MQTT broker in the test's own process, on the default context, that does what a test tells it to, also what no
 * honest broker would. Left alone it is one: it greets, grants, acknowledges and routes (QoS 0 and 1, clean sessions,
 * nothing retained), for MQTT 3.1.1 and 5.
 */
typedef struct _MmpFakeBroker MmpFakeBroker;

/**
 * MmpFakePacketFunc:
 * @guest: who sent it
 * @first: the first byte of the packet
 * @body: what comes behind the fixed header
 *
 * Called for every packet before the broker looks at it.
 *
 * Returns: %TRUE if the broker shall do nothing more about it
 */
typedef gboolean (*MmpFakePacketFunc) (MmpFakeBroker *self,
                                       MmpFakeGuest *guest,
                                       guint8 first,
                                       GBytes *body,
                                       gpointer user_data);

/**
 * MmpFakeRouteFunc:
 *
 * Called for every message instead of its delivery; see mmp_fake_broker_deliver().
 */
typedef void (*MmpFakeRouteFunc) (MmpFakeBroker *self,
                                  const char *topic,
                                  GBytes *payload,
                                  gpointer user_data);

MmpFakeBroker *mmp_fake_broker_new (GTlsCertificate *certificate);
void mmp_fake_broker_free (MmpFakeBroker *self);
guint mmp_fake_broker_get_port (MmpFakeBroker *self);
guint mmp_fake_broker_count_guests (MmpFakeBroker *self);
guint mmp_fake_broker_count_visits (MmpFakeBroker *self);
void mmp_fake_broker_set_packet_func (MmpFakeBroker *self,
                                      MmpFakePacketFunc func,
                                      gpointer user_data);
void mmp_fake_broker_set_route_func (MmpFakeBroker *self,
                                     MmpFakeRouteFunc func,
                                     gpointer user_data);
void mmp_fake_broker_deliver (MmpFakeBroker *self,
                              const char *topic,
                              GBytes *payload,
                              gboolean retained);
void mmp_fake_broker_close_all (MmpFakeBroker *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpFakeBroker, mmp_fake_broker_free)

G_END_DECLS
