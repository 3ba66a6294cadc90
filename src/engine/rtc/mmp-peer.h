/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "rtc/mmp-ice-config.h"

G_BEGIN_DECLS

#define MMP_DTLS_FINGERPRINT_SIZE 32

typedef enum
{
  MMP_PEER_ROLE_OFFERER, /* opens the channels */
  MMP_PEER_ROLE_ANSWERER,
} MmpPeerRole;

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
 * @description: the local offer or answer is ready: send it to the other side
 * @candidate: a local candidate; the empty string after the last one
 * @verified: connected, the certificate is the announced one, all channels are open: from now on data may flow
 * @failed: it is over, with %MMP_ERROR_IDENTITY_MISMATCH, %MMP_ERROR_NO_DIRECT_PATH, %MMP_ERROR_PROTOCOL or
 *   %MMP_ERROR_FAILED. Called at most once, after it nothing else
 *
 * What control hears from a peer.
 */
typedef struct
{
  void (*description) (MmpPeer *self, const char *sdp, gpointer user_data);
  void (*candidate) (MmpPeer *self, const char *candidate, gpointer user_data);
  void (*verified) (MmpPeer *self, const MmpCandidatePair *pair, gpointer user_data);
  void (*failed) (MmpPeer *self, const GError *error, gpointer user_data);
} MmpPeerFuncs;

/**
 * MmpPeerDataFuncs:
 * @data: a message came on a channel; never before the certificate was verified
 * @writable: a channel's buffered amount fell below its low mark
 * @closed: no more data will come or go, after it failed or a channel of a fixed number closed
 * @channel_opened: a channel that comes and goes is open; @label (nullable) is what it is called, if the other side opened it
 * @channel_closed: it is over: closed by either side or never opened; or, if @overflowed, more came on it than was taken, the
 *   rest of which is lost, so that it is to be closed
 *
 * What I/O hears from a peer.
 */
typedef struct
{
  void (*data) (MmpPeer *self, guint channel, GBytes *message, gpointer user_data);
  void (*writable) (MmpPeer *self, guint channel, gpointer user_data);
  void (*closed) (MmpPeer *self, gpointer user_data);
  void (*channel_opened) (MmpPeer *self, guint channel, const char *label, gpointer user_data);
  void (*channel_closed) (MmpPeer *self, guint channel, gboolean overflowed, gpointer user_data);
} MmpPeerDataFuncs;

MmpPeer *mmp_peer_new (MmpPeerRole role,
                       const MmpIceConfig *config,
                       guint n_channels,
                       GMainContext *control,
                       GMainContext *io,
                       const MmpPeerFuncs *funcs,
                       gpointer user_data,
                       GDestroyNotify destroy,
                       GError **error);

MmpPeer *mmp_peer_new_open (MmpPeerRole role,
                            const MmpIceConfig *config,
                            const char *first_channel,
                            GMainContext *control,
                            GMainContext *io,
                            const MmpPeerFuncs *funcs,
                            gpointer user_data,
                            GDestroyNotify destroy,
                            GError **error);

void mmp_peer_start (MmpPeer *self);
void mmp_peer_set_remote (MmpPeer *self,
                          const char *sdp,
                          const guint8 fingerprint[MMP_DTLS_FINGERPRINT_SIZE]);
void mmp_peer_add_candidate (MmpPeer *self,
                             const char *candidate);
void mmp_peer_close (MmpPeer *self);

void mmp_peer_set_data_funcs (MmpPeer *self,
                              const MmpPeerDataFuncs *funcs,
                              gpointer user_data);
gboolean mmp_peer_send (MmpPeer *self,
                        guint channel,
                        GBytes *message,
                        GError **error);
gsize mmp_peer_get_buffered (MmpPeer *self,
                             guint channel);
void mmp_peer_nudge (MmpPeer *self,
                     guint channel);
guint mmp_peer_open_channel (MmpPeer *self,
                             const char *label);
void mmp_peer_close_channel (MmpPeer *self,
                             guint channel);

void mmp_peer_wait_for_teardowns (void);

gboolean mmp_candidate_pair_goes_over_turn (const MmpCandidatePair *self);

G_END_DECLS
