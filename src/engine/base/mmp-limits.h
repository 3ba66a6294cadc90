/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* Every limit on what comes from outside, and every duration of the protocol (PROTOCOL.md gives the reasons). Sizes are in
 * bytes, durations in microseconds, as mmp_clock_now() counts. A limit that only one file needs stands in that file. */

#define MMP_SECONDS(n) ((gint64) ((n) * (gint64) G_USEC_PER_SEC))
#define MMP_MSEC(n) ((gint64) ((n) * (gint64) 1000))

/* MQTT */
#define MMP_MQTT_PACKET_MAX 20480
#define MMP_MQTT_RECEIVE_MAX 20

/* Session */
#define MMP_DATA_SIZE_MAX 16665
#define MMP_JSON_SIZE_MAX 16384
#define MMP_JSON_DEPTH_MAX 32
#define MMP_SDP_SIZE_MAX 8192
#define MMP_CANDIDATE_SIZE_MAX 512
#define MMP_CANDIDATES_MAX 64
#define MMP_DEVICE_NAME_MAX 64
#define MMP_URI_SIZE_MAX 2048
#define MMP_INVITATION_SIZE 16
#define MMP_TOPIC_PREFIX_MAX 256
#define MMP_SESSION_AGE_MAX MMP_SECONDS (24 * 3600)
#define MMP_SESSION_SILENCE_MAX MMP_SECONDS (15)
#define MMP_LINK_FORGET_AFTER MMP_SECONDS (600)
#define MMP_OLD_RELAY_READ_FOR MMP_SECONDS (10)

/* Rtc */
#define MMP_PEER_CHANNELS_MAX 16
#define MMP_PEER_OPEN_CHANNELS_MAX 1024 /* that come and go; usrsctp has room for half of them at a time on each side */
#define MMP_PEER_BUFFERED_MAX (128 * 1024) /* what a data channel is given to hold; it says so again at half of it */
#define MMP_PEER_OPEN_WAITING_MAX (32 * 1024 * 1024) /* the same where nothing is sent again: what is above ends its channel */
#define MMP_PEER_WAITING_MAX (4 * 1024 * 1024) /* what may wait for the I/O thread; what is above is dropped, and sent again by the link */

/* Link */
#define MMP_LINK_LANES 4
#define MMP_LINK_MESSAGE_MAX 16384
#define MMP_LINK_STREAMS_MAX 256
#define MMP_LINK_WINDOW_MIN 65536
#define MMP_LINK_WINDOW_MAX 1048576
#define MMP_LINK_POOL_MAX 33554432
#define MMP_PROCESS_POOL_MAX 134217728
#define MMP_LINK_ALLOWANCE_MIN 65536
#define MMP_LINK_ALLOWANCE_MAX 1048576
#define MMP_LINK_ALLOWANCE_RELAY_MAX 262144
#define MMP_LINK_HOLD MMP_SECONDS (60)
#define MMP_LINK_PING_BUSY MMP_SECONDS (1) /* how often a path is measured that streams use; that is at rest */
#define MMP_LINK_PING_IDLE_DIRECT MMP_SECONDS (5)
#define MMP_LINK_PING_IDLE_RELAY MMP_SECONDS (15)
#define MMP_SERVICE_NAME_MAX 63
#define MMP_SERVICES_MAX 64

/* Bridge */
#define MMP_BRIDGE_PAYLOAD_MAX (256 * 1024)
#define MMP_BRIDGE_TOPIC_MAX 1024
#define MMP_BRIDGE_PACKET_MAX (384 * 1024) /* payload, properties and topic of a record, and what seals them */
#define MMP_BRIDGE_WAITING_MAX 10000 /* messages that wait for the far broker; then reading from the near one pauses */
#define MMP_BRIDGE_WAITING_BYTES_MAX (64 * 1024 * 1024)
#define MMP_BRIDGE_KEYS_MAX 4
#define MMP_BRIDGE_SENDERS_MAX 1024 /* a key */
#define MMP_BRIDGE_RULES_MAX 256
#define MMP_BRIDGE_SAVE_EVERY MMP_SECONDS (5)
#define MMP_BRIDGE_SESSION_EXPIRY (24 * 3600) /* seconds for which a broker keeps what comes while the bridge is away */
