/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "tunnel/mmp-endpoint.h"
#include "tunnel/mmp-traffic.h"

G_BEGIN_DECLS

#define MMP_TYPE_TUNNEL (mmp_tunnel_get_type ())

G_DECLARE_FINAL_TYPE (MmpTunnel, mmp_tunnel, MMP, TUNNEL, GObject)

/**
 * MmpTunnelFuncs:
 * @status: the state, the path or the cause changed, or the figures did
 * @event: one of the events that are not part of the status: RTT, LISTENING, FORWARD_FAILED, STREAM
 * @stalled: a carrier went silent, and the connection to the broker may be as dead
 * @closed: the link is over: the other side broke the protocol, or nothing carried it for too long. Stop the tunnel
 *
 * All on control. The tunnel may be stopped and dropped from each.
 */
typedef struct
{
  void (*status) (MmpTunnel *self, const MmpStatus *status, gpointer user_data);
  void (*event) (MmpTunnel *self, const MmpTrafficEvent *event, gpointer user_data);
  void (*stalled) (MmpTunnel *self, gpointer user_data);
  void (*closed) (MmpTunnel *self, const GError *error, gpointer user_data);
} MmpTunnelFuncs;

/**
 * MmpTunnel:
 *
 * One link with one device, on both threads: what moves bytes on I/O (#MmpTraffic), the making of direct paths and the
 * state that a person sees on control. Control thread.
 */
MmpTunnel *mmp_tunnel_new (MmpPeerRole role,
                           const MmpEndpointConfig *config,
                           GMainContext *io,
                           const MmpPublicKey *device,
                           const MmpTunnelFuncs *funcs,
                           gpointer user_data);
void mmp_tunnel_stop (MmpTunnel *self);
void mmp_tunnel_kick (MmpTunnel *self);
void mmp_tunnel_set_direct (MmpTunnel *self,
                            gboolean direct);
void mmp_tunnel_add_session (MmpTunnel *self,
                             MmpSession *session,
                             gboolean resumed);
void mmp_tunnel_set_signalling (MmpTunnel *self,
                                gboolean standing,
                                const GError *cause,
                                guint retry);
void mmp_tunnel_set_forwarding (MmpTunnel *self,
                                gboolean forwarding);
MmpState mmp_tunnel_get_state (MmpTunnel *self);
MmpPath mmp_tunnel_get_path (MmpTunnel *self);
const MmpPublicKey *mmp_tunnel_get_device (MmpTunnel *self);

G_END_DECLS
