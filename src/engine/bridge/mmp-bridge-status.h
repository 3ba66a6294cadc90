/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "mqtt/mmp-mqtt-client.h"

G_BEGIN_DECLS

/* What happened to messages, each under one cause. Names are those of `--json`; see mmp_bridge_count_get_name(). */
typedef enum
{
  MMP_BRIDGE_FORWARDED, /* the far broker has what went out, sealed or as it is */
  MMP_BRIDGE_OPENED, /* the near broker has what came in */
  MMP_BRIDGE_UNKNOWN_KEY, /* sealed with a key that is not ours */
  MMP_BRIDGE_FORGED, /* changed on the way, or sealed with another key */
  MMP_BRIDGE_MALFORMED, /* no sealed message at all, or nonsense inside */
  MMP_BRIDGE_REPLAYED, /* came before */
  MMP_BRIDGE_WENT_BACK, /* of an earlier start of its sender */
  MMP_BRIDGE_TOO_OLD, /* older than the rule lets in */
  MMP_BRIDGE_MOVED, /* on another topic than it was sealed for */
  MMP_BRIDGE_TOPIC, /* on a topic that no rule takes, or that cannot be mapped */
  MMP_BRIDGE_TOO_LARGE, /* larger than is taken here or at the far broker */
  MMP_BRIDGE_LOOP, /* our own, or one that this group has carried already */
  MMP_BRIDGE_CLONE, /* of somebody who has our own state */
  MMP_BRIDGE_MISSED, /* of QoS 0, while the far broker was away or behind */
  MMP_BRIDGE_REFUSED, /* the far broker did not take it */
  MMP_BRIDGE_REPEATED, /* a broker sent again what we had and were still busy with; nothing was lost or doubled */
  MMP_BRIDGE_RESENT, /* sent again after the far broker was away; it may have it twice */
  MMP_BRIDGE_COUNTS,
} MmpBridgeCount;

/* The brokers of a bridge */
typedef enum
{
  MMP_BRIDGE_LOCAL,
  MMP_BRIDGE_REMOTE,
  MMP_BRIDGE_VIA,
} MmpBridgeEnd;

/**
 * MmpBridgeStatus:
 * @local: how the connection to the local broker is
 * @remote: how the connection to the remote broker is
 * @via: how the connection to the broker of the other way is; stopped where there is none
 * @present: the other device is there, as far as a portal knows; always for a bridge
 * @ready: both are online, and have answered all subscriptions
 * @cause: (nullable): why one of them is not
 * @cause_end: then which
 * @counts: since the start
 * @waiting: messages that wait for a broker
 * @waiting_bytes: what they hold
 * @went_back: (nullable): the sender that was refused last because its clock or its backup went back, as 16 hex digits
 *
 * A snapshot. Free with mmp_bridge_status_free().
 */
typedef struct
{
  MmpMqttState local;
  MmpMqttState remote;
  MmpMqttState via;
  gboolean present;
  gboolean ready;
  GError *cause;
  MmpBridgeEnd cause_end;
  guint64 counts[MMP_BRIDGE_COUNTS];
  guint waiting;
  gsize waiting_bytes;
  char *went_back;
} MmpBridgeStatus;

const char *mmp_bridge_count_get_name (MmpBridgeCount count);
MmpBridgeStatus *mmp_bridge_status_copy (const MmpBridgeStatus *self);
void mmp_bridge_status_free (MmpBridgeStatus *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpBridgeStatus, mmp_bridge_status_free)

G_END_DECLS
