/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "rtc/mmp-peer.h"
#include "tunnel/mmp-endpoint.h"

G_BEGIN_DECLS

/* usrsctp has room for 511 beside the first channel. */
#define MMP_CLASSIC_CONNECTIONS_MAX 500

typedef enum
{
  MMP_CLASSIC_LISTENING, /* forward, port: its port is open */
  MMP_CLASSIC_TROUBLE, /* error: a port cannot be opened, or a connection was ended for a reason that is worth telling */
  MMP_CLASSIC_CONNECTION, /* id, open, sent, received */
  MMP_CLASSIC_FIGURES, /* n_connections, sent, received: of this peer so far; at most 4 times a second */
  MMP_CLASSIC_ENDED, /* the other side closed the first channel, or the peer is over */
} MmpClassicEventType;

/**
 * MmpClassicEvent:
 *
 * What happened to the connections of a peer; only the fields of its type are set.
 */
typedef struct
{
  MmpClassicEventType type;
  guint forward; /* index */
  guint port;
  GError *error; /* owned by the event */
  guint id;
  gboolean open;
  guint n_connections;
  guint64 sent; /* bytes */
  guint64 received;
} MmpClassicEvent;

/* On the I/O thread; @event is the receiver's */
typedef void (*MmpClassicTrafficFunc) (MmpClassicEvent *event,
                                       gpointer user_data);

/**
 * MmpClassicTraffic:
 *
 * The TCP connections of a peer, one channel each. The side that offers opens local ports while there is a peer, and a
 * channel for each connection to them; the side that answers leads each channel to its service. I/O thread.
 */
typedef struct _MmpClassicTraffic MmpClassicTraffic;

MmpClassicTraffic *mmp_classic_traffic_new (MmpPeerRole role,
                                            const MmpEndpointConfig *config,
                                            GMainContext *context,
                                            MmpClassicTrafficFunc func,
                                            gpointer user_data);
void mmp_classic_traffic_free (MmpClassicTraffic *self);
void mmp_classic_traffic_attach (MmpClassicTraffic *self,
                                 MmpPeer *peer);
void mmp_classic_traffic_detach (MmpClassicTraffic *self);
void mmp_classic_event_free (MmpClassicEvent *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpClassicTraffic, mmp_classic_traffic_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpClassicEvent, mmp_classic_event_free)

G_END_DECLS
