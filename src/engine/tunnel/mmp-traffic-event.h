/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "link/mmp-direct-carrier.h"
#include "link/mmp-link.h"
#include "session/mmp-signal.h"
#include "tunnel/mmp-endpoint.h"

G_BEGIN_DECLS

typedef enum
{
  MMP_TRAFFIC_CARRIER, /* carrying, generation, figures: what is sent on changed */
  MMP_TRAFFIC_FIGURES, /* likewise: figures moved; at most 4 a second */
  MMP_TRAFFIC_LOST, /* kind, stalled, broker_doubtful: nothing of this kind carries any more */
  MMP_TRAFFIC_RTT, /* rtt: on the carrier that is sent on */
  MMP_TRAFFIC_SIGNAL, /* signal: from the other side */
  MMP_TRAFFIC_LISTENING, /* forward, port: its port is open */
  MMP_TRAFFIC_FORWARD_FAILED, /* forward, error: of its port, or of the service behind it */
  MMP_TRAFFIC_STREAM, /* stream, service, open, sent, received */
  MMP_TRAFFIC_CLOSED, /* error: the link is dead; nothing comes after it */
} MmpTrafficEventType;

/**
 * MmpTrafficEvent:
 *
 * What happened in the traffic of a link; only the fields of its type are set.
 */
typedef struct
{
  MmpTrafficEventType type;
  gboolean carrying;
  guint64 generation; /* of the direct carrier that is sent on; 0: none */
  MmpCandidatePair pair; /* likewise */
  MmpLinkStatus figures;
  MmpCarrierKind kind;
  gboolean stalled;
  gboolean broker_doubtful; /* the way over the broker does not answer either */
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

void mmp_traffic_event_free (MmpTrafficEvent *self);
gboolean mmp_traffic_event_may_be_lost (const MmpTrafficEvent *self);
void mmp_traffic_event_tell (const MmpTrafficEvent *self,
                             const MmpEndpointConfig *config,
                             const MmpPublicKey *device,
                             const MmpEndpointFuncs *funcs,
                             gpointer endpoint,
                             gpointer user_data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpTrafficEvent, mmp_traffic_event_free)

G_END_DECLS
