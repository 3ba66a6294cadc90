/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/mmp-clock.h"
#include "link/mmp-carrier.h"
#include "link/mmp-stream.h"

G_BEGIN_DECLS

typedef enum
{
  MMP_LINK_ROLE_INITIATOR, /* odd stream ids */
  MMP_LINK_ROLE_LISTENER, /* even ones */
} MmpLinkRole;

#define MMP_TYPE_LINK (mmp_link_get_type ())

G_DECLARE_FINAL_TYPE (MmpLink, mmp_link, MMP, LINK, GObject)

/**
 * MmpLinkFuncs:
 * @json: a signalling object came in lane 0 (not parsed; at most MMP_JSON_SIZE_MAX bytes, UTF-8 checked, NUL-terminated)
 * @open: the other side opened @stream for @service. Returns TRUE after it called mmp_stream_set_funcs(), or FALSE with
 *   *@code set: the stream is reset with it
 * @carrier: what is sent on now changed, or its liveness: @carrier is NULL when no carrier is alive
 * @lost: @carrier went away: it closed, or no PONG came on it in time (then it stays attached and may come back, and
 *   @stalled is TRUE)
 * @rtt: a PONG came on the carrier that is sent on: round trip in microseconds
 * @closed: the other side broke the protocol (%MMP_ERROR_PROTOCOL): the link closed itself. Nothing is called after it
 *
 * All on the thread of the link's clock. All may be %NULL. In each of them the link may be used in any way, and closed.
 */
typedef struct
{
  void (*json) (MmpLink *self, const char *text, gpointer user_data);
  gboolean (*open) (MmpLink *self, MmpStream *stream, const char *service, MmpStreamCode *code, gpointer user_data);
  void (*carrier) (MmpLink *self, MmpCarrier *carrier, gpointer user_data);
  void (*lost) (MmpLink *self, MmpCarrier *carrier, gboolean stalled, gpointer user_data);
  void (*rtt) (MmpLink *self, MmpCarrier *carrier, gint64 rtt, gpointer user_data);
  void (*closed) (MmpLink *self, const GError *error, gpointer user_data);
} MmpLinkFuncs;

/**
 * MmpLinkStatus:
 * @path: what is sent on; valid if @alive
 * @rtt: microseconds, last on that carrier; -1: none yet
 * @rtt_median, @rtt_p95: likewise, of the newest on that carrier
 * @bytes_sent, @bytes_received: stream bytes
 * @unacknowledged, @allowance: bytes of messages on the way, and how many may be
 * @reserved: bytes of windows reserved for the other side's data
 * @peer_path: a #MmpCarrierKind: what the other side sends on; -1: not known
 */
typedef struct
{
  MmpCarrierKind path;
  gboolean alive;
  gint64 rtt;
  gint64 rtt_median;
  gint64 rtt_p95;
  guint n_streams;
  guint64 bytes_sent;
  guint64 bytes_received;
  gsize unacknowledged;
  gsize allowance;
  gsize reserved;
  int peer_path;
} MmpLinkStatus;

/**
 * MmpLink:
 *
 * Numbered messages in four lanes over whatever carriers there are, and multiplexed streams on top (PROTOCOL.md, "Link").
 * Lives on one thread, that of its clock. Knows nothing of sockets, brokers or peer connections.
 */
MmpLink *mmp_link_new (MmpLinkRole role, MmpClock *clock, const MmpLinkFuncs *funcs, gpointer user_data);
void mmp_link_attach (MmpLink *self, MmpCarrier *carrier);
void mmp_link_detach (MmpLink *self, MmpCarrier *carrier);
void mmp_link_probe (MmpLink *self);
gboolean mmp_link_is_relay_doubtful (MmpLink *self);
void mmp_link_send_json (MmpLink *self, const char *text);
MmpStream *mmp_link_open (MmpLink *self, const char *service, GError **error);
void mmp_link_set_hold (MmpLink *self, gint64 duration);
void mmp_link_forget (MmpLink *self);
void mmp_link_close (MmpLink *self);
void mmp_link_get_status (MmpLink *self, MmpLinkStatus *out);
MmpCarrier *mmp_link_get_carrier (MmpLink *self);

G_END_DECLS
