/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-link"

#include "link/mmp-direct-attempt.h"

#include "base/mmp-error.h"
#include "base/mmp-limits.h"
#include "session/mmp-sdp.h"

/* How long each step may take, in milliseconds. libnice alone would need 7 s to say no and would never say that there is
 * no answer; a path over a satellite takes 8 s. */
#define STEP_TIMEOUT 10000

/* Who asks its TURN servers at once shows what they lent before this time is over; who does not, 2.5 s after it began, of which
 * a slow machine needs one to make its offer. */
#define DIRECT_FIRST MMP_SECONDS (1)

struct _MmpDirectAttempt
{
  MmpPeerRole role;
  guint64 gen;
  gboolean loopback;
  gboolean direct_only;
  gboolean direct_first;
  gint64 started;
  MmpDirectAttemptFunc send; /* NULL: over, nothing is sent any more */
  gpointer user_data;
  MmpPeer *peer; /* NULL: over, or a carrier has it */
  gboolean remote_given;
  GPtrArray *lent; /* char *: addresses that TURN servers gave the other side */
  MmpCandidatePair pair;

  DexPromise *described;
  DexPromise *remote;
  DexPromise *verified;
  DexPromise *over; /* only ever rejected */
};

static void
send_signal (MmpDirectAttempt *self,
             MmpSignalType type,
             const char *sdp,
             const char *candidate)
{
  g_autoptr (MmpSignal) signal = NULL;

  if (self->send == NULL)
    return;

  signal = mmp_signal_new (type);
  signal->gen = self->gen;
  signal->sdp = g_strdup (sdp);
  signal->candidate = g_strdup (candidate);
  signal->no_turn = self->direct_only;
  self->send (signal, self->user_data);
}

static void
on_description (MmpPeer *peer,
                const char *sdp,
                gpointer user_data)
{
  MmpDirectAttempt *self = user_data;

  /* At once and not by the fiber, which would run after the first candidates were sent. */
  send_signal (self, self->role == MMP_PEER_ROLE_OFFERER ? MMP_SIGNAL_OFFER : MMP_SIGNAL_ANSWER, sdp, NULL);
  dex_promise_resolve_boolean (self->described, TRUE);
}

static void
on_candidate (MmpPeer *peer,
              const char *candidate,
              gpointer user_data)
{
  MmpDirectAttempt *self = user_data;

  if (mmp_candidate_passes (candidate, self->loopback))
    send_signal (self, MMP_SIGNAL_CANDIDATE, NULL, candidate);
}

/* A check from such an address may come before the candidate, and then it looks as if there were one more NAT. */
static void
unmask (MmpDirectAttempt *self)
{
  if (self->pair.remote_type == MMP_CANDIDATE_PEER_REFLEXIVE && g_ptr_array_find_with_equal_func (self->lent, self->pair.remote_address, g_str_equal, NULL))
    self->pair.remote_type = MMP_CANDIDATE_RELAYED;
}

static void
on_verified (MmpPeer *peer,
             const MmpCandidatePair *pair,
             gpointer user_data)
{
  MmpDirectAttempt *self = user_data;

  self->pair = *pair;
  unmask (self);
  if (self->direct_only && mmp_candidate_pair_goes_over_turn (&self->pair))
    dex_promise_reject (self->over, g_error_new_literal (MMP_ERROR, MMP_ERROR_NO_DIRECT_PATH, "the other device offered a path over TURN alone"));
  else
    dex_promise_resolve_boolean (self->verified, TRUE);
}

static void
on_failed (MmpPeer *peer,
           const GError *error,
           gpointer user_data)
{
  MmpDirectAttempt *self = user_data;

  dex_promise_reject (self->over, g_error_copy (error));
}

static const MmpPeerFuncs peer_funcs = {
  .description = on_description,
  .candidate = on_candidate,
  .verified = on_verified,
  .failed = on_failed,
};

static gboolean
await_step (MmpDirectAttempt *self,
            DexPromise *step,
            MmpError code,
            const char *late,
            GError **error)
{
  g_autoptr (GError) local = NULL;

  if (dex_await (dex_future_first (dex_ref (DEX_FUTURE (self->over)), dex_ref (DEX_FUTURE (step)), dex_timeout_new_msec (STEP_TIMEOUT), NULL), &local))
    return TRUE;

  if (g_error_matches (local, DEX_ERROR, DEX_ERROR_TIMED_OUT))
    g_set_error_literal (error, MMP_ERROR, (int) code, late);
  else
    g_propagate_error (error, g_steal_pointer (&local));

  return FALSE;
}

static void
mmp_direct_attempt_clear (gpointer data)
{
  MmpDirectAttempt *self = data;

  g_ptr_array_unref (self->lent);
  dex_clear (&self->described);
  dex_clear (&self->remote);
  dex_clear (&self->verified);
  dex_clear (&self->over);
}

/**
 * mmp_direct_attempt_new:
 * @gen: its number
 * @send: called until it is cancelled or its last reference goes
 *
 * Starts it: the offerer's offer is sent as soon as it is made.
 *
 * Returns: (transfer full) (nullable): an attempt, to be ended by mmp_direct_attempt_cancel(); or %NULL with an error of
 *   mmp_peer_new()
 */
MmpDirectAttempt *
mmp_direct_attempt_new (MmpPeerRole role,
                        const MmpIceConfig *config,
                        guint64 gen,
                        GMainContext *io,
                        MmpDirectAttemptFunc send,
                        gpointer user_data,
                        GError **error)
{
  g_autoptr (MmpDirectAttempt) self = g_rc_box_new0 (MmpDirectAttempt);

  self->role = role;
  self->gen = gen;
  self->loopback = config->loopback;
  self->direct_only = config->direct_only;
  self->direct_first = !config->turn_at_once && !config->relay_only;
  self->started = g_get_monotonic_time ();
  self->lent = g_ptr_array_new_with_free_func (g_free);
  self->described = dex_promise_new ();
  self->remote = dex_promise_new ();
  self->verified = dex_promise_new ();
  self->over = dex_promise_new ();
  self->peer = mmp_peer_new (role, config, MMP_LINK_LANES, NULL, io, &peer_funcs, mmp_direct_attempt_ref (self), (GDestroyNotify) mmp_direct_attempt_unref, error);
  if (self->peer == NULL)
    {
      g_rc_box_release (self); /* the peer's */
      return NULL;
    }
  self->send = send;
  self->user_data = user_data;
  mmp_peer_start (self->peer);

  return g_steal_pointer (&self);
}

/**
 * mmp_direct_attempt_ref:
 *
 * Returns: (transfer full): @self
 */
MmpDirectAttempt *
mmp_direct_attempt_ref (MmpDirectAttempt *self)
{
  return g_rc_box_acquire (self);
}

/**
 * mmp_direct_attempt_unref:
 */
void
mmp_direct_attempt_unref (MmpDirectAttempt *self)
{
  g_rc_box_release_full (self, mmp_direct_attempt_clear);
}

/**
 * mmp_direct_attempt_get_gen:
 *
 * Returns: its number
 */
guint64
mmp_direct_attempt_get_gen (MmpDirectAttempt *self)
{
  return self->gen;
}

/**
 * mmp_direct_attempt_get_pair:
 *
 * Returns: (transfer none): the selected pair, once it was verified
 */
const MmpCandidatePair *
mmp_direct_attempt_get_pair (MmpDirectAttempt *self)
{
  return &self->pair;
}

/**
 * mmp_direct_attempt_was_direct_first:
 *
 * Returns: whether neither side asked a TURN server at once, so that a direct path had a start
 */
gboolean
mmp_direct_attempt_was_direct_first (MmpDirectAttempt *self)
{
  return self->direct_first;
}

/**
 * mmp_direct_attempt_set_remote:
 * @sdp: the other side's answer or offer, as it came; a second one is ignored
 *
 * If it is not acceptable, the attempt has failed.
 */
void
mmp_direct_attempt_set_remote (MmpDirectAttempt *self,
                               const char *sdp)
{
  guint8 fingerprint[MMP_SDP_FINGERPRINT_SIZE];
  g_autoptr (GError) error = NULL;
  g_autofree char *rebuilt = NULL;

  G_STATIC_ASSERT (MMP_SDP_FINGERPRINT_SIZE == MMP_DTLS_FINGERPRINT_SIZE);

  if (self->remote_given || self->peer == NULL)
    return;

  self->remote_given = TRUE;
  rebuilt = mmp_sdp_rebuild (sdp, self->role == MMP_PEER_ROLE_OFFERER ? MMP_SDP_ANSWER : MMP_SDP_OFFER, fingerprint, &error);
  if (rebuilt == NULL)
    {
      g_prefix_error (&error, "the other device's description of the direct connection: ");
      dex_promise_reject (self->over, g_steal_pointer (&error));
      return;
    }
  mmp_peer_set_remote (self->peer, rebuilt, fingerprint);
  dex_promise_resolve_boolean (self->remote, TRUE);
}

/**
 * mmp_direct_attempt_add_candidate:
 * @candidate: the other side's, as it came
 */
void
mmp_direct_attempt_add_candidate (MmpDirectAttempt *self,
                                  const char *candidate)
{
  char *lent;

  if (self->peer == NULL || !mmp_candidate_passes (candidate, self->loopback))
    return;

  lent = self->lent->len < MMP_CANDIDATES_MAX ? mmp_candidate_dup_lent_address (candidate) : NULL;
  if (lent != NULL)
    {
      self->direct_first &= g_get_monotonic_time () - self->started >= DIRECT_FIRST;
      g_ptr_array_add (self->lent, lent);
    }
  mmp_peer_add_candidate (self->peer, candidate);
}

/**
 * mmp_direct_attempt_cancel:
 *
 * Ends it: the peer is closed unless it was stolen, nothing is sent any more, and who waits gets %MMP_ERROR_CANCELLED.
 */
void
mmp_direct_attempt_cancel (MmpDirectAttempt *self)
{
  g_autoptr (MmpDirectAttempt) alive = mmp_direct_attempt_ref (self);
  g_autoptr (MmpPeer) peer = g_steal_pointer (&self->peer);

  self->send = NULL;
  dex_promise_reject (self->over, g_error_new_literal (MMP_ERROR, MMP_ERROR_CANCELLED, "the attempt was given up"));
  if (peer != NULL)
    mmp_peer_close (peer);
}

/**
 * mmp_direct_attempt_steal_peer:
 *
 * Returns: (transfer full): the verified peer, which the caller has to close; its candidates are sent on
 */
MmpPeer *
mmp_direct_attempt_steal_peer (MmpDirectAttempt *self)
{
  return g_steal_pointer (&self->peer);
}

/**
 * mmp_direct_attempt_await_description:
 *
 * In a fiber. Waits until the own offer or answer was sent.
 *
 * Returns: %FALSE with what the peer failed with, or %MMP_ERROR_CANCELLED
 */
gboolean
mmp_direct_attempt_await_description (MmpDirectAttempt *self,
                                      GError **error)
{
  return await_step (self, self->described, MMP_ERROR_NO_DIRECT_PATH, "the direct connection could not be prepared in time", error);
}

/**
 * mmp_direct_attempt_await_remote:
 *
 * In a fiber. Waits until the other side's answer came.
 *
 * Returns: as mmp_direct_attempt_await_description(), and %MMP_ERROR_NO_ANSWER or %MMP_ERROR_MESSAGE_INVALID
 */
gboolean
mmp_direct_attempt_await_remote (MmpDirectAttempt *self,
                                 GError **error)
{
  return await_step (self, self->remote, MMP_ERROR_NO_ANSWER, "the other device does not answer the offer of a direct connection", error);
}

/**
 * mmp_direct_attempt_await_verified:
 *
 * In a fiber. Waits until the peer was verified.
 *
 * Returns: as mmp_direct_attempt_await_description(), and %MMP_ERROR_NO_DIRECT_PATH
 */
gboolean
mmp_direct_attempt_await_verified (MmpDirectAttempt *self,
                                   GError **error)
{
  return await_step (self, self->verified, MMP_ERROR_NO_DIRECT_PATH, "no direct path was found in time", error);
}
