/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define MMP_DTLS_FINGERPRINT_SIZE 32

typedef enum
{
  MMP_PEER_ROLE_OFFERER, /* opens the channels */
  MMP_PEER_ROLE_ANSWERER,
} MmpPeerRole;

/**
 * MmpIceConfig:
 * @stun_server: (nullable): `stun://host:port`
 * @turn_servers: (nullable): `turn://user:password@host:port?transport=udp|tcp`, for the next version of the path choice
 * @loopback: also gather and use loopback addresses (tests and the demo on one machine)
 * @relay_only: use TURN pairs only
 * @upnp: ask the router for a port mapping
 */
typedef struct
{
  char *stun_server;
  GStrv turn_servers;
  gboolean loopback;
  gboolean relay_only;
  gboolean upnp;
} MmpIceConfig;

MmpIceConfig *mmp_ice_config_new (void);
MmpIceConfig *mmp_ice_config_copy (const MmpIceConfig *self);
void mmp_ice_config_free (MmpIceConfig *self);

typedef enum
{
  MMP_CANDIDATE_HOST,
  MMP_CANDIDATE_SERVER_REFLEXIVE,
  MMP_CANDIDATE_PEER_REFLEXIVE,
  MMP_CANDIDATE_RELAYED,
} MmpCandidateType;

/* The selected pair (RFC 8445) */
typedef struct
{
  MmpCandidateType local_type;
  MmpCandidateType remote_type;
  gboolean tcp;
  char local_address[64]; /* "192.0.2.1:5000", "[2001:db8::1]:5000" */
  char remote_address[64];
} MmpCandidatePair;

#define MMP_TYPE_PEER (mmp_peer_get_type ())

G_DECLARE_FINAL_TYPE (MmpPeer, mmp_peer, MMP, PEER, GObject)

/**
 * MmpPeerFuncs:
 * @description: (control) the local offer or answer is ready: send it to the other side
 * @candidate: (control) a local candidate; the empty string after the last one
 * @verified: (control) connected, the certificate is the announced one, all channels open: from now on data may flow
 * @failed: (control) it is over: IDENTITY_MISMATCH, NO_DIRECT_PATH, PROTOCOL … Called at most once, after it nothing else
 * @data: (I/O) a message came on a channel; never before the certificate was verified
 * @writable: (I/O) a channel's buffered amount fell below its low mark
 * @closed: (I/O) no more data will come or go (after it failed or a channel closed)
 *
 * GStreamer's threads end in MmpPeer: "control" and "I/O" are the two contexts that mmp_peer_new() was given. After
 * mmp_peer_close() none of them is called any more, on either thread, once that call was handled there.
 */
typedef struct
{
  void (*description) (MmpPeer *self, const char *sdp, gpointer user_data);
  void (*candidate) (MmpPeer *self, const char *candidate, gpointer user_data);
  void (*verified) (MmpPeer *self, const MmpCandidatePair *pair, gpointer user_data);
  void (*failed) (MmpPeer *self, const GError *error, gpointer user_data);
} MmpPeerFuncs;

typedef struct
{
  void (*data) (MmpPeer *self, guint channel, GBytes *message, gpointer user_data);
  void (*writable) (MmpPeer *self, guint channel, gpointer user_data);
  void (*closed) (MmpPeer *self, gpointer user_data);
} MmpPeerDataFuncs;

/**
 * MmpPeer:
 *
 * One attempt at a direct path: one webrtcbin with its pipeline, `n_channels` data channels labelled `0`, `1`, …
 * A new attempt is a new object.
 */
MmpPeer *mmp_peer_new (MmpPeerRole role, const MmpIceConfig *config, guint n_channels, GMainContext *control, GMainContext *io, const MmpPeerFuncs *funcs, gpointer user_data, GDestroyNotify destroy, GError **error);
/* control */
void mmp_peer_start (MmpPeer *self); /* offerer: makes the offer */
/* @sdp was rebuilt by mmp_sdp_rebuild(); @fingerprint is what it announced. Answerer: the answer follows */
void mmp_peer_set_remote (MmpPeer *self, const char *sdp, const guint8 fingerprint[MMP_DTLS_FINGERPRINT_SIZE]);
void mmp_peer_add_candidate (MmpPeer *self, const char *candidate);
void mmp_peer_close (MmpPeer *self); /* returns at once; the teardown runs in a worker */

/* I/O. set_data_funcs: what came since it was verified and waits is delivered then, in order (bounded). NULL: detach, synchronous on that thread */
void mmp_peer_set_data_funcs (MmpPeer *self, const MmpPeerDataFuncs *funcs, gpointer user_data);
gboolean mmp_peer_send (MmpPeer *self, guint channel, GBytes *message, GError **error);
gsize mmp_peer_get_buffered (MmpPeer *self, guint channel); /* bytes */

/* Waits until every teardown that runs in the background is over (end of the program, tests) */
void mmp_peer_wait_for_teardowns (void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpIceConfig, mmp_ice_config_free)

G_END_DECLS
