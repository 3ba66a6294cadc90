/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/mmp-error.h"
#include "session/mmp-session.h"

G_BEGIN_DECLS

typedef enum
{
  MMP_STATE_STOPPED,
  MMP_STATE_CONNECTING,
  MMP_STATE_WAITING, /* listener: ready, nobody there */
  MMP_STATE_CONNECTED,
  MMP_STATE_RECONNECTING, /* see retry */
  MMP_STATE_ATTENTION, /* see cause: a person must do something */
} MmpState;

typedef enum
{
  MMP_PATH_NONE,
  MMP_PATH_DIRECT_UDP,
  MMP_PATH_DIRECT_TCP,
  MMP_PATH_TURN,
  MMP_PATH_RELAY,
  MMP_PATH_BRIDGE, /* messages by rules, over another broker; never a tunnel's */
} MmpPath;

#define MMP_TYPE_STATUS (mmp_status_get_type ())

/**
 * MmpStatus:
 *
 * A snapshot of one link, or of an endpoint that has none (then has_device is FALSE at a listener). Immutable once given out.
 */
typedef struct
{
  MmpState state;
  MmpPath path;
  gboolean has_device;
  MmpPublicKey device;
  char *device_name; /* nullable: what it calls itself */
  guint64 generation; /* of the direct carrier that is sent on, rising with each attempt; 0: none */
  const char *local_candidate; /* of its pair, static: "host", "srflx", "prflx", "relay"; nullable */
  const char *remote_candidate;
  GError *cause; /* nullable: why it is not connected, or why it is not direct */
  guint retry; /* seconds to the next try when RECONNECTING */
  double rtt; /* milliseconds, -1: unknown */
  double rtt_median; /* likewise, of the newest round trips on its path */
  double rtt_p95;
  guint n_streams;
  guint64 bytes_sent;
  guint64 bytes_received;
} MmpStatus;

GType mmp_status_get_type (void) G_GNUC_CONST;
MmpStatus *mmp_status_new (MmpState state);
MmpStatus *mmp_status_copy (const MmpStatus *self);
void mmp_status_free (MmpStatus *self);
gboolean mmp_state_may_follow (MmpState from,
                               MmpState to);
const char *mmp_state_get_name (MmpState state);
const char *mmp_path_get_name (MmpPath path);
gboolean mmp_cause_needs_person (const GError *cause);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpStatus, mmp_status_free)

G_END_DECLS
