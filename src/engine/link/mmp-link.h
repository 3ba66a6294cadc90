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
 * @lost: @carrier went away: it closed, or no PONG came on it in time (then it stays attached and may come back, and @stalled is TRUE)
 * @rtt: a PONG came on the carrier that is sent on: round trip in microseconds
 * @closed: the other side broke the protocol, or mmp_link_hold ran out; all streams were reset. Nothing is called after it
 *
 * All on the I/O thread (that of the clock).
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

typedef struct
{
  MmpCarrierKind path; /* what is sent on; valid if alive */
  gboolean alive;
  gint64 rtt; /* microseconds, last on that carrier; -1: none yet */
  guint n_streams;
  guint64 bytes_sent; /* stream bytes */
  guint64 bytes_received;
  gsize unacknowledged; /* bytes */
  gsize allowance; /* bytes */
  gsize reserved; /* bytes of windows reserved */
} MmpLinkStatus;

/**
 * MmpLink:
 *
 * Numbered messages in four lanes over whatever carriers there are, and multiplexed streams on top (PROTOCOL.md, "Link").
 * Lives on one thread, that of its clock. Knows nothing of sockets, brokers or peer connections.
 */
MmpLink *mmp_link_new (MmpLinkRole role, MmpClock *clock, const MmpLinkFuncs *funcs, gpointer user_data);
void mmp_link_attach (MmpLink *self, MmpCarrier *carrier); /* refs it; begins to send on it by the rules */
void mmp_link_detach (MmpLink *self, MmpCarrier *carrier); /* does not close it */
void mmp_link_send_json (MmpLink *self, const char *text); /* lane 0 */
MmpStream *mmp_link_open (MmpLink *self, const char *service, GError **error); /* transfer none, LIMIT; call mmp_stream_set_funcs at once */
void mmp_link_set_hold (MmpLink *self, gint64 duration); /* how long streams outlive all carriers, microseconds; default 60 s */
void mmp_link_forget (MmpLink *self); /* `resumed: false`: resets streams locally, numbers start at 1; carriers stay */
void mmp_link_close (MmpLink *self); /* resets all streams locally, detaches and closes all carriers; no callback afterwards */
void mmp_link_get_status (MmpLink *self, MmpLinkStatus *out);
MmpCarrier *mmp_link_get_carrier (MmpLink *self); /* nullable, transfer none: what is sent on if alive */

G_END_DECLS
