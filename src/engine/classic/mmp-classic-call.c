/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-classic"

#include "classic/mmp-classic-call.h"

#include "base/mmp-error.h"
#include "base/mmp-limits.h"
#include "classic/mmp-classic-sdp.h"

#define FIRST_CHANNEL "dummy"

/* How long each step may take. Candidates come until a STUN server has answered or not; who waited long enough goes without. */
#define GATHER_FOR MMP_SECONDS (3)
#define ANSWER_WITHIN MMP_SECONDS (15)
#define VERIFIED_WITHIN MMP_SECONDS (15)

struct _MmpClassicCall
{
  MmpPeerRole role;
  gboolean loopback;
  MmpClassicCallFuncs funcs;
  gpointer user_data;
  MmpPeer *peer; /* NULL: over */
  MmpClock *clock;
  guint timer;

  char *description; /* nullable: this side's, while its candidates come */
  GPtrArray *candidates; /* char * */
  gboolean described;
  gboolean remote_given;
  gboolean legacy; /* the form of the other side's offer */
  gboolean up;
};

static void
set_timer (MmpClassicCall *self,
           gint64 wait,
           MmpTimerFunc func)
{
  mmp_clock_remove (self->clock, &self->timer);
  self->timer = mmp_clock_add (self->clock, mmp_clock_now (self->clock) + wait, func, self);
}

static void
hang_up (MmpClassicCall *self)
{
  g_autoptr (MmpPeer) peer = g_steal_pointer (&self->peer);

  mmp_clock_remove (self->clock, &self->timer);
  if (peer != NULL)
    mmp_peer_close (peer);
}

/**
 * mmp_classic_call_fail:
 * @error: (transfer full): why
 *
 * Ends it as if it had failed.
 */
void
mmp_classic_call_fail (MmpClassicCall *self,
                       GError *error)
{
  g_autoptr (GError) owned = error;

  if (self->peer == NULL)
    return;

  hang_up (self);
  self->funcs.over (self, owned, self->user_data);
}

static void
on_late (gpointer user_data)
{
  MmpClassicCall *self = user_data;

  self->timer = 0;
  if (self->remote_given)
    mmp_classic_call_fail (self, g_error_new_literal (MMP_ERROR, MMP_ERROR_NO_DIRECT_PATH, "no direct path was found in time"));
  else
    mmp_classic_call_fail (self, g_error_new_literal (MMP_ERROR, MMP_ERROR_NO_ANSWER, "the other device does not answer"));
}

static void
describe (MmpClassicCall *self)
{
  g_autofree char *sdp = NULL;

  if (self->described || self->description == NULL || self->peer == NULL)
    return;

  self->described = TRUE;
  sdp = mmp_classic_sdp_complete (self->description, self->candidates, self->legacy);
  set_timer (self, self->role == MMP_PEER_ROLE_OFFERER ? ANSWER_WITHIN : VERIFIED_WITHIN, on_late);
  self->funcs.described (self, sdp, self->user_data);
}

static void
on_gathered (gpointer user_data)
{
  MmpClassicCall *self = user_data;

  self->timer = 0;
  describe (self);
}

static void
on_description (MmpPeer *peer,
                const char *sdp,
                gpointer user_data)
{
  MmpClassicCall *self = user_data;

  g_set_str (&self->description, sdp);
  set_timer (self, GATHER_FOR, on_gathered);
}

static void
on_candidate (MmpPeer *peer,
              const char *candidate,
              gpointer user_data)
{
  MmpClassicCall *self = user_data;

  if (*candidate == '\0')
    describe (self);
  else if (mmp_candidate_passes (candidate, self->loopback))
    g_ptr_array_add (self->candidates, g_strdup (candidate));
}

static void
on_verified (MmpPeer *peer,
             const MmpCandidatePair *pair,
             gpointer user_data)
{
  MmpClassicCall *self = user_data;

  self->up = TRUE;
  mmp_clock_remove (self->clock, &self->timer);
  self->funcs.up (self, pair, self->user_data);
}

static void
on_failed (MmpPeer *peer,
           const GError *error,
           gpointer user_data)
{
  mmp_classic_call_fail (user_data, g_error_copy (error));
}

static const MmpPeerFuncs peer_funcs = {
  .description = on_description,
  .candidate = on_candidate,
  .verified = on_verified,
  .failed = on_failed,
};

/**
 * mmp_classic_call_new:
 * @role: who offers begins at once; who answers needs mmp_classic_call_set_remote()
 *
 * Returns: (transfer full) (nullable): a call; %NULL with an error of mmp_peer_new_open()
 */
MmpClassicCall *
mmp_classic_call_new (MmpPeerRole role,
                      const MmpIceConfig *config,
                      GMainContext *io,
                      const MmpClassicCallFuncs *funcs,
                      gpointer user_data,
                      GError **error)
{
  g_autoptr (MmpClassicCall) self = g_new0 (MmpClassicCall, 1);

  self->role = role;
  self->loopback = config->loopback;
  self->funcs = *funcs;
  self->user_data = user_data;
  self->clock = mmp_clock_new (NULL);
  self->candidates = g_ptr_array_new_with_free_func (g_free);
  self->peer = mmp_peer_new_open (role, config, FIRST_CHANNEL, NULL, io, &peer_funcs, self, NULL, error);
  if (self->peer == NULL)
    return NULL;
  set_timer (self, VERIFIED_WITHIN, on_late);
  mmp_peer_start (self->peer);

  return g_steal_pointer (&self);
}

/**
 * mmp_classic_call_free:
 *
 * Closes the connection. Nothing is called any more.
 */
void
mmp_classic_call_free (MmpClassicCall *self)
{
  hang_up (self);
  g_ptr_array_unref (self->candidates);
  g_free (self->description);
  mmp_clock_unref (self->clock);
  g_free (self);
}

/**
 * mmp_classic_call_set_remote:
 * @sdp: the other side's offer or answer, as it came. A second one is ignored
 *
 * If it is not acceptable, the call is over.
 */
void
mmp_classic_call_set_remote (MmpClassicCall *self,
                             const char *sdp)
{
  g_autoptr (MmpClassicDescription) description = NULL;
  GError *error = NULL;

  if (self->peer == NULL || self->remote_given || (self->role == MMP_PEER_ROLE_OFFERER && !self->described))
    return;

  description = mmp_classic_description_parse (sdp, self->role == MMP_PEER_ROLE_OFFERER ? MMP_SDP_ANSWER : MMP_SDP_OFFER, self->loopback, &error);
  if (description == NULL)
    {
      g_prefix_error (&error, "the other device's description of the direct connection: ");
      mmp_classic_call_fail (self, error);
      return;
    }

  self->remote_given = TRUE;
  self->legacy = description->legacy;
  if (self->role == MMP_PEER_ROLE_OFFERER)
    set_timer (self, VERIFIED_WITHIN, on_late);
  mmp_peer_set_remote (self->peer, description->sdp, description->fingerprint);
  for (guint i = 0; description->candidates[i] != NULL; i++)
    mmp_peer_add_candidate (self->peer, description->candidates[i]);
  mmp_peer_add_candidate (self->peer, "");
}

/**
 * mmp_classic_call_is_up:
 *
 * Returns: whether the other side was verified, and it is not over
 */
gboolean
mmp_classic_call_is_up (MmpClassicCall *self)
{
  return self->up && self->peer != NULL;
}

/**
 * mmp_classic_call_get_peer:
 *
 * Returns: (transfer none) (nullable): the peer, until it is over
 */
MmpPeer *
mmp_classic_call_get_peer (MmpClassicCall *self)
{
  return self->peer;
}
