/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-link"

#include "link/mmp-direct.h"

#include "base/mmp-error.h"
#include "base/mmp-limits.h"
#include "link/mmp-direct-attempt.h"
#include "link/mmp-handover.h"
#include "link/mmp-lookout.h"
#include "rtc/mmp-turn-servers.h"

/* From the start of one attempt to the next, and from one wish for an attempt to the next; the same on both sides. */
#define MIN_INTERVAL MMP_SECONDS (2)

/* Waits after failures in a row, in seconds; the last one stays. */
static const guint retry_seconds[] = { 1, 2, 5, 10, 60 };

/* An offer that waits for its turn at the answerer */
typedef struct
{
  guint64 gen;
  gboolean no_turn;
  char *sdp;
  GPtrArray *candidates;
} Offer;

/**
 * MmpDirect:
 *
 * Makes direct carriers for one link: attempts with rising numbers, deadlines and waits between them; offers at the
 * initiator, answers at the listener. The carrier of an attempt that was verified is attached to the link, beside older
 * ones for a while (see #MmpHandover). While it is one over TURN, the initiator looks for a better one from time to time
 * (see #MmpLookout), of which nobody hears unless it is found. Control thread.
 *
 * Lives until mmp_direct_stop(), whoever holds references, since a fiber does its work.
 */
struct _MmpDirect
{
  GObject parent_instance;

  MmpPeerRole role;
  MmpIceConfig *config;
  MmpIceConfig *direct_config; /* for a look */
  MmpTurnServers *turn;
  GMainContext *io;
  MmpDirectFuncs funcs;
  gpointer user_data;
  gboolean stopped;

  MmpHandover *handover;

  gboolean enabled;
  gboolean paused; /* no attempts, and none are answered */
  gboolean wanted; /* offerer: an attempt; answerer: to ask for one */
  gboolean refused; /* offerer: the last certificate was wrong */
  guint n_failures; /* in a row */
  gint64 due; /* offerer: not before */
  MmpLookout lookout; /* offerer */
  gint64 last_start; /* of an attempt */
  gint64 last_wish; /* of the answerer for an attempt */
  guint restart_timer;

  guint64 gen; /* the highest so far */
  Offer *offer; /* answerer */
  MmpDirectAttempt *attempt; /* the newest */
  gboolean running; /* it has no result yet */
  gboolean looking; /* it is for a direct path beside one over TURN */
  DexPromise *woken; /* what the fiber sleeps on */
};

G_DEFINE_FINAL_TYPE (MmpDirect, mmp_direct, G_TYPE_OBJECT)

static void
offer_free (Offer *offer)
{
  g_free (offer->sdp);
  g_ptr_array_unref (offer->candidates);
  g_free (offer);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Offer, offer_free)

static void
wake (MmpDirect *self)
{
  g_autoptr (DexPromise) woken = g_steal_pointer (&self->woken);

  if (woken != NULL)
    dex_promise_resolve_boolean (woken, TRUE);
}

/* In the fiber. @duration: microseconds; -1: until woken */
static void
sleep_until_woken (MmpDirect *self,
                   gint64 duration)
{
  DexFuture *future;

  if (self->woken == NULL)
    self->woken = dex_promise_new ();
  future = dex_ref (DEX_FUTURE (self->woken));
  if (duration >= 0)
    future = dex_future_first (future, dex_timeout_new_usec (duration), NULL);
  dex_await (future, NULL);
}

/* Returns: microseconds until @last is MIN_INTERVAL ago, at least 0 */
static gint64
time_from (gint64 last)
{
  return last == 0 ? 0 : MAX (last + MIN_INTERVAL - g_get_monotonic_time (), 0);
}

static void
on_attempt_signal (const MmpSignal *signal,
                   gpointer user_data)
{
  MmpDirect *self = user_data;

  self->funcs.send (self, signal, self->user_data);
}

static void
drop_attempt (MmpDirect *self)
{
  g_clear_handle_id (&self->restart_timer, g_source_remove);
  if (self->attempt != NULL)
    mmp_direct_attempt_cancel (self->attempt);
  g_clear_pointer (&self->attempt, mmp_direct_attempt_unref);
}

static gboolean
on_restart (gpointer user_data)
{
  MmpDirect *self = user_data;

  self->restart_timer = 0;
  if (self->running && self->attempt != NULL)
    mmp_direct_attempt_cancel (self->attempt);

  return G_SOURCE_REMOVE;
}

static gboolean
start_attempt (MmpDirect *self,
               guint64 gen,
               GError **error)
{
  drop_attempt (self);
  mmp_turn_servers_clear_error (self->turn);
  self->gen = gen;
  self->last_start = g_get_monotonic_time ();
  self->attempt = mmp_direct_attempt_new (self->role, self->looking ? self->direct_config : self->config, gen, self->io, on_attempt_signal, self, error);

  return self->attempt != NULL;
}

static gboolean
make_offer (MmpDirect *self,
            GError **error)
{
  g_autoptr (MmpDirectAttempt) attempt = NULL;

  if (!start_attempt (self, self->gen + 1, error))
    return FALSE;
  attempt = mmp_direct_attempt_ref (self->attempt);

  return mmp_direct_attempt_await_description (attempt, error) && mmp_direct_attempt_await_remote (attempt, error) && mmp_direct_attempt_await_verified (attempt, error);
}

static gboolean
make_answer (MmpDirect *self,
             GError **error)
{
  g_autoptr (MmpDirectAttempt) attempt = NULL;
  g_autoptr (Offer) offer = g_steal_pointer (&self->offer);

  self->looking = offer->no_turn;
  if (!start_attempt (self, offer->gen, error))
    return FALSE;
  attempt = mmp_direct_attempt_ref (self->attempt);
  mmp_direct_attempt_set_remote (attempt, offer->sdp);
  for (guint i = 0; i < offer->candidates->len; i++)
    mmp_direct_attempt_add_candidate (attempt, g_ptr_array_index (offer->candidates, i));

  return mmp_direct_attempt_await_description (attempt, error) && mmp_direct_attempt_await_verified (attempt, error);
}

static void
succeed (MmpDirect *self)
{
  const MmpCandidatePair *pair = mmp_direct_attempt_get_pair (self->attempt);
  const gboolean turn = mmp_candidate_pair_goes_over_turn (pair);
  const gboolean direct_first = mmp_direct_attempt_was_direct_first (self->attempt);
  g_autoptr (MmpPeer) peer = mmp_direct_attempt_steal_peer (self->attempt);

  g_clear_handle_id (&self->restart_timer, g_source_remove);
  /* Where only a TURN server helped it is the first to be asked the next time, so that a change of networks is short. */
  self->config->turn_at_once = turn;
  mmp_lookout_note_path (&self->lookout, turn, g_get_monotonic_time ());
  self->wanted = FALSE;
  self->n_failures = 0;
  mmp_handover_attach (self->handover, mmp_direct_attempt_get_gen (self->attempt), peer, pair);
  self->funcs.attached (self, pair, direct_first, self->user_data);
}

static void
fail (MmpDirect *self,
      const GError *error)
{
  g_autoptr (GError) turn_error = mmp_turn_servers_dup_error (self->turn);

  drop_attempt (self);
  /* That a server on which everything depended could not be reached says more than that there is no path. */
  if (turn_error != NULL && g_error_matches (error, MMP_ERROR, MMP_ERROR_NO_DIRECT_PATH))
    error = turn_error;
  /* One that was given up for another, or found nothing better than there is, is no failure that anybody hears of. */
  if (self->looking && !g_error_matches (error, MMP_ERROR, MMP_ERROR_IDENTITY_MISMATCH))
    g_debug ("looked for a direct path: %s", error->message);
  else if (!g_error_matches (error, MMP_ERROR, MMP_ERROR_CANCELLED))
    self->funcs.failed (self, error, self->user_data);
}

/* A wrong certificate is not tried again before somebody here wants it; a renewal that was asked for meanwhile does not wait.
 * Nobody waits for what is looked for beside a path that works. */
static void
plan_retry (MmpDirect *self,
            const GError *error)
{
  if (g_error_matches (error, MMP_ERROR, MMP_ERROR_IDENTITY_MISMATCH))
    {
      self->refused = TRUE;
    }
  else if (self->looking)
    {
      mmp_lookout_note_miss (&self->lookout, g_get_monotonic_time ());
    }
  else if (!self->wanted)
    {
      self->wanted = TRUE;
      if (!g_error_matches (error, MMP_ERROR, MMP_ERROR_CANCELLED))
        self->due = g_get_monotonic_time () + MMP_SECONDS (retry_seconds[MIN (self->n_failures++, G_N_ELEMENTS (retry_seconds) - 1)]);
    }
}

/* Returns: microseconds until the next offer, which is for a look if no other is wanted; 0: now; -1: none is to come */
static gint64
time_to_offer (MmpDirect *self)
{
  gint64 now = g_get_monotonic_time ();
  gint64 look;

  if (!self->enabled || self->paused)
    return -1;
  if (self->wanted)
    return MAX (self->due - now, time_from (self->last_start));

  look = self->refused || self->config->relay_only ? -1 : mmp_lookout_get_wait (&self->lookout, now);
  return look < 0 ? -1 : MAX (look, time_from (self->last_start));
}

static DexFuture *
offerer_fiber (gpointer user_data)
{
  MmpDirect *self = user_data;

  while (!self->stopped)
    {
      g_autoptr (GError) error = NULL;
      gint64 wait = time_to_offer (self);
      gboolean verified;

      if (wait != 0)
        {
          sleep_until_woken (self, wait);
          continue;
        }

      self->looking = !self->wanted;
      self->wanted = FALSE;
      self->running = TRUE;
      verified = make_offer (self, &error);
      self->running = FALSE;
      if (self->stopped)
        break;
      if (verified)
        {
          succeed (self);
        }
      else
        {
          plan_retry (self, error);
          fail (self, error);
        }
    }

  return dex_future_new_for_boolean (TRUE);
}

static void
send_wish (MmpDirect *self)
{
  g_autoptr (MmpSignal) signal = mmp_signal_new (MMP_SIGNAL_REOFFER);

  self->wanted = FALSE;
  self->last_wish = g_get_monotonic_time ();
  self->funcs.send (self, signal, self->user_data);
}

/* Returns: microseconds until there is something to do; 0: now; -1: nothing is known of */
static gint64
time_to_answer_or_wish (MmpDirect *self)
{
  gint64 wish = self->enabled && self->wanted && !self->paused ? time_from (self->last_wish) : -1;
  gint64 answer = self->offer != NULL ? time_from (self->last_start) : -1;

  return wish < 0 || answer < 0 ? MAX (wish, answer) : MIN (wish, answer);
}

static DexFuture *
answerer_fiber (gpointer user_data)
{
  MmpDirect *self = user_data;

  while (!self->stopped)
    {
      g_autoptr (GError) error = NULL;
      gint64 wait = time_to_answer_or_wish (self);
      gboolean verified;

      if (wait != 0)
        {
          sleep_until_woken (self, wait);
          continue;
        }
      if (self->offer == NULL || time_from (self->last_start) > 0)
        {
          send_wish (self);
          continue;
        }

      self->running = TRUE;
      verified = make_answer (self, &error);
      self->running = FALSE;
      if (self->stopped)
        break;
      if (verified)
        succeed (self);
      else
        fail (self, error); /* it is for the offerer to try again */
    }

  return dex_future_new_for_boolean (TRUE);
}

static void
take_offer (MmpDirect *self,
            const MmpSignal *signal)
{
  if (signal->gen <= self->gen || (self->offer != NULL && signal->gen <= self->offer->gen))
    return;
  /* Whoever wants nothing but TURN has nothing to say to that. */
  if (signal->no_turn && self->config->relay_only)
    return;

  g_clear_pointer (&self->offer, offer_free);
  self->offer = g_new0 (Offer, 1);
  self->offer->gen = signal->gen;
  self->offer->no_turn = signal->no_turn;
  self->offer->sdp = g_strdup (signal->sdp);
  self->offer->candidates = g_ptr_array_new_with_free_func (g_free);
  if (self->running && self->attempt != NULL)
    mmp_direct_attempt_cancel (self->attempt);
  wake (self);
}

static void
take_candidate (MmpDirect *self,
                const MmpSignal *signal)
{
  if (self->attempt != NULL && signal->gen == mmp_direct_attempt_get_gen (self->attempt))
    mmp_direct_attempt_add_candidate (self->attempt, signal->candidate);
  else if (self->offer != NULL && signal->gen == self->offer->gen && self->offer->candidates->len <= MMP_CANDIDATES_MAX)
    g_ptr_array_add (self->offer->candidates, g_strdup (signal->candidate));
}

static void
send_leave (MmpDirect *self)
{
  g_autoptr (MmpSignal) signal = mmp_signal_new (MMP_SIGNAL_LEAVE);

  signal->gen = self->gen;
  self->funcs.send (self, signal, self->user_data);
}

/* The other side wants a new attempt; one that has just begun is what it wants, unless that is a look. */
static void
take_wish (MmpDirect *self)
{
  const gboolean begun = time_from (self->last_start) > 0 && !(self->running && self->looking);

  if (!self->refused && !begun && time_from (self->last_wish) == 0)
    {
      self->last_wish = g_get_monotonic_time ();
      mmp_direct_renew (self);
    }
}

static void
mmp_direct_finalize (GObject *object)
{
  MmpDirect *self = MMP_DIRECT (object);

  g_clear_pointer (&self->offer, offer_free);
  g_clear_pointer (&self->turn, mmp_turn_servers_free);
  g_clear_pointer (&self->config, mmp_ice_config_free);
  g_clear_pointer (&self->direct_config, mmp_ice_config_free);
  g_clear_pointer (&self->io, g_main_context_unref);
  dex_clear (&self->woken);

  G_OBJECT_CLASS (mmp_direct_parent_class)->finalize (object);
}

static void
mmp_direct_class_init (MmpDirectClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = mmp_direct_finalize;
}

static void
mmp_direct_init (MmpDirect *self)
{
}

/**
 * mmp_direct_new:
 * @role: %MMP_PEER_ROLE_OFFERER at the initiator
 * @config: copied
 * @link: lives on the thread of @io
 * @io: the context of the I/O thread
 * @funcs: copied; all of them
 *
 * Returns: (transfer full): it, not enabled, with one attempt wanted; to be ended by mmp_direct_stop()
 */
MmpDirect *
mmp_direct_new (MmpPeerRole role,
                const MmpIceConfig *config,
                MmpLink *link,
                GMainContext *io,
                const MmpDirectFuncs *funcs,
                gpointer user_data)
{
  MmpDirect *self = g_object_new (MMP_TYPE_DIRECT, NULL);

  self->role = role;
  self->config = mmp_ice_config_copy (config);
  self->direct_config = mmp_ice_config_copy_direct (config);
  mmp_lookout_init (&self->lookout, config->look_after);
  self->turn = mmp_turn_servers_new (self->config, io);
  self->io = g_main_context_ref (io != NULL ? io : g_main_context_default ());
  self->funcs = *funcs;
  self->user_data = user_data;
  self->handover = mmp_handover_new (link, self->io);
  self->wanted = role == MMP_PEER_ROLE_OFFERER;
  dex_future_disown (dex_scheduler_spawn (NULL, 0, role == MMP_PEER_ROLE_OFFERER ? offerer_fiber : answerer_fiber, g_object_ref (self), g_object_unref));

  return self;
}

/**
 * mmp_direct_set_enabled:
 * @enabled: whether attempts may begin: the broker is connected and a session stands. One that runs goes on
 *
 * When it becomes possible again, an attempt that is wanted does not wait any longer.
 */
void
mmp_direct_set_enabled (MmpDirect *self,
                        gboolean enabled)
{
  if (enabled && !self->enabled)
    self->due = 0;
  self->enabled = enabled;
  wake (self);
}

/**
 * mmp_direct_receive:
 * @signal: what came on lane 0. What is not about direct attempts, not for this role, or not new is ignored
 */
void
mmp_direct_receive (MmpDirect *self,
                    const MmpSignal *signal)
{
  const gboolean offerer = self->role == MMP_PEER_ROLE_OFFERER;

  if (self->stopped || self->paused)
    return;

  if (signal->type == MMP_SIGNAL_OFFER && !offerer)
    take_offer (self, signal);
  else if (signal->type == MMP_SIGNAL_ANSWER && offerer && self->attempt != NULL && signal->gen == self->gen)
    mmp_direct_attempt_set_remote (self->attempt, signal->sdp);
  else if (signal->type == MMP_SIGNAL_CANDIDATE)
    take_candidate (self, signal);
  else if (signal->type == MMP_SIGNAL_REOFFER && offerer)
    take_wish (self);
  else if (signal->type == MMP_SIGNAL_LEAVE)
    mmp_handover_end (self->handover, signal->gen);
}

/**
 * mmp_direct_renew:
 *
 * A new attempt now, with short waits again, also after a certificate that was wrong: a carrier stalled or is gone, the
 * network changed, or somebody wants it. An attempt that runs is given up for it, but not within two seconds of its
 * start: a change of the network is told several times. The answerer asks the other side for it.
 */
void
mmp_direct_renew (MmpDirect *self)
{
  self->wanted = TRUE;
  self->refused = FALSE;
  self->due = 0;
  self->n_failures = 0;
  mmp_lookout_note_change (&self->lookout, g_get_monotonic_time ());
  if (self->running && self->restart_timer == 0)
    self->restart_timer = g_timeout_add ((guint) (time_from (self->last_start) / 1000), on_restart, self);
  wake (self);
}

/**
 * mmp_direct_set_paused:
 * @paused: %TRUE ends all direct carriers and makes none, until %FALSE looks for one at once
 *
 * So that a person can see what the way over the broker is like, or keep to it.
 */
void
mmp_direct_set_paused (MmpDirect *self,
                       gboolean paused)
{
  if (self->stopped || self->paused == paused)
    return;

  self->paused = paused;
  if (paused)
    {
      drop_attempt (self);
      g_clear_pointer (&self->offer, offer_free);
      mmp_handover_end (self->handover, self->gen);
      send_leave (self);
    }
  else
    {
      mmp_direct_renew (self);
    }
}

/**
 * mmp_direct_stop:
 *
 * Gives up what runs. No callback is called any more. Carriers that are attached are the link's.
 */
void
mmp_direct_stop (MmpDirect *self)
{
  if (self->stopped)
    return;

  self->stopped = TRUE;
  drop_attempt (self);
  g_clear_pointer (&self->handover, mmp_handover_free);
  wake (self);
}
