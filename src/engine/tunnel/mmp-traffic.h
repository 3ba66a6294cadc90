/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "link/mmp-link.h"
#include "session/mmp-session.h"
#include "tunnel/mmp-traffic-event.h"

G_BEGIN_DECLS

/**
 * MmpTrafficConfig:
 * @services: (element-type MmpService): what the other side may open streams to; not changed any more
 * @forwards: (element-type MmpForward): local ports; not changed any more
 * @relay_streams: whether streams may go over the relay; if not, a link that has only a relay counts as having no carrier
 * @hold: how long streams outlive all carriers, in microseconds
 */
typedef struct
{
  MmpLinkRole role;
  GPtrArray *services;
  GPtrArray *forwards;
  gboolean relay_streams;
  gint64 hold;
} MmpTrafficConfig;

/**
 * MmpTraffic:
 *
 * All of one link that moves bytes: the link, its relay carriers, the sockets of its services and forwards. I/O thread.
 */
typedef struct _MmpTraffic MmpTraffic;

/* @event: (transfer full): free it with mmp_traffic_event_free(), on any thread */
typedef void (*MmpTrafficFunc) (MmpTraffic *self,
                                MmpTrafficEvent *event,
                                gpointer user_data);

MmpTraffic *mmp_traffic_new (const MmpTrafficConfig *config,
                             GMainContext *context,
                             MmpTrafficFunc func,
                             gpointer user_data);
void mmp_traffic_free (MmpTraffic *self);
MmpLink *mmp_traffic_get_link (MmpTraffic *self);
void mmp_traffic_add_session (MmpTraffic *self,
                              MmpSession *session,
                              gboolean resumed);
void mmp_traffic_send_json (MmpTraffic *self,
                            const char *text);
void mmp_traffic_probe (MmpTraffic *self);
void mmp_traffic_set_forwarding (MmpTraffic *self,
                                 gboolean forwarding);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpTraffic, mmp_traffic_free)

G_END_DECLS
