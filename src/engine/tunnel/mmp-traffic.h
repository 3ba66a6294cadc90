/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "link/mmp-link.h"
#include "session/mmp-session.h"
#include "session/mmp-signal.h"

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

typedef enum
{
  MMP_TRAFFIC_CARRIER, /* carrying, generation, figures: what is sent on changed */
  MMP_TRAFFIC_FIGURES, /* likewise: figures moved; at most 4 a second */
  MMP_TRAFFIC_LOST, /* kind, stalled: nothing of this kind carries any more */
  MMP_TRAFFIC_RTT, /* rtt: on the carrier that is sent on */
  MMP_TRAFFIC_SIGNAL, /* signal: from the other side */
  MMP_TRAFFIC_LISTENING, /* forward, port: its port is open */
  MMP_TRAFFIC_FORWARD_FAILED, /* forward, error: of its port, or of the service behind it */
  MMP_TRAFFIC_STREAM, /* stream, service, open, sent, received */
  MMP_TRAFFIC_CLOSED, /* error: the link is dead; nothing comes after it */
} MmpTrafficEventType;

/* What happened; only the fields of its type are set */
typedef struct
{
  MmpTrafficEventType type;
  gboolean carrying;
  guint64 generation; /* of the direct carrier that is sent on; 0: none */
  MmpLinkStatus figures;
  MmpCarrierKind kind;
  gboolean stalled;
  gint64 rtt; /* microseconds */
  MmpSignal *signal;
  guint forward; /* index */
  guint port;
  GError *error;
  guint32 stream;
  const char *service; /* of the configuration */
  gboolean open;
  guint64 sent; /* bytes */
  guint64 received;
} MmpTrafficEvent;

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
void mmp_traffic_set_forwarding (MmpTraffic *self,
                                 gboolean forwarding);

void mmp_traffic_event_free (MmpTrafficEvent *event);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpTraffic, mmp_traffic_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpTrafficEvent, mmp_traffic_event_free)

G_END_DECLS
