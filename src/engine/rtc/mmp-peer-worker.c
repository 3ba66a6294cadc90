/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-rtc"

#include "rtc/mmp-peer-worker.h"

#include <string.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "base/mmp-error.h"
#include "base/mmp-limits.h"
#include "rtc/mmp-webrtc.h"

/* How long an end that has seen a wrong certificate lets the DTLS handshake go on, so that the other end sees its. */
#define MISMATCH_GRACE MMP_SECONDS (2)

/* When TURN servers are asked, from the start on: a direct pair that exists is found before. And how long a pair over them may
 * take; until then that there is no other pair is no failure. */
#define TURN_AFTER MMP_MSEC (2500)
#define TURN_GRACE MMP_SECONDS (5)

/* The end of a program does not wait longer for a teardown that hangs. */
#define WAIT_MAX MMP_SECONDS (10)

typedef enum
{
  CERTIFICATE_NONE,
  CERTIFICATE_RIGHT,
  CERTIFICATE_WRONG,
} Certificate;

struct _MmpPeerWorker
{
  GAsyncQueue *events; /* MmpPeerEvent */
  MmpMailbox *control;
  MmpMailbox *io;
  MmpWebrtc *webrtc;
  MmpPeerRole role;
  MmpIceConfig *config;
  guint n_channels;
  char *first_channel; /* nullable: channels come and go */
  gint ending; /* atomic */

  /* what follows belongs to the thread */
  gboolean started;
  gboolean remote_given;
  gboolean remote_set;
  gboolean connected;
  gboolean verified;
  gboolean over;
  guint n_open;
  guint n_local;
  GQueue candidates; /* char *: the other side's that came before its description was set */
  guint8 announced[MMP_DTLS_FINGERPRINT_SIZE]; /* by the other side, in its description */
  gboolean certificate_shown;
  GQueue opens; /* MmpPeerEvent: channels to be opened when the pause is over */
  guint8 *shown; /* fingerprint of what the other end showed in DTLS; NULL: no certificate */
  gint64 mismatch_due; /* 0: no wrong certificate seen */
  gint64 turn_due; /* when the TURN servers are asked; 0: they were, or are not to be */
  gint64 turn_end; /* when a pair over them should be there */
};

static GMutex ending_lock;
static GCond ending_cond;
static guint n_ending;

static void
count_ending (MmpPeerWorker *self)
{
  if (!g_atomic_int_compare_and_exchange (&self->ending, FALSE, TRUE))
    return;

  g_mutex_lock (&ending_lock);
  n_ending++;
  g_mutex_unlock (&ending_lock);
}

static void
count_ended (void)
{
  g_mutex_lock (&ending_lock);
  n_ending--;
  g_cond_broadcast (&ending_cond);
  g_mutex_unlock (&ending_lock);
}

static Certificate
check_certificate (MmpPeerWorker *self)
{
  if (!self->certificate_shown)
    return CERTIFICATE_NONE;
  if (self->shown == NULL || !self->remote_given || memcmp (self->shown, self->announced, sizeof self->announced) != 0)
    return CERTIFICATE_WRONG;

  return CERTIFICATE_RIGHT;
}

static void
end (MmpPeerWorker *self,
     GError *error)
{
  self->over = TRUE;
  mmp_webrtc_set_gate (self->webrtc, FALSE);
  mmp_mailbox_push (self->control, mmp_peer_event_new_error (MMP_PEER_EVENT_FAILED, error), 0);
  mmp_mailbox_push (self->io, mmp_peer_event_new (MMP_PEER_EVENT_ENDED), 0);
}

static void
end_with_mismatch (MmpPeerWorker *self)
{
  end (self, g_error_new (MMP_ERROR, MMP_ERROR_IDENTITY_MISMATCH, "the certificate of the direct connection is not the one that the other device announced"));
}

/* An end that sees a wrong certificate hangs up, so the other end may see the hanging-up first; its own verdict counts more. */
static void
fail (MmpPeerWorker *self,
      GError *error)
{
  if (self->over)
    {
      g_error_free (error);
    }
  else if (check_certificate (self) == CERTIFICATE_WRONG)
    {
      g_error_free (error);
      end_with_mismatch (self);
    }
  else
    {
      end (self, error);
    }
}

/* The one place where the other side's identity is decided: what was announced through the sealed session against what
 * was shown in DTLS. webrtcbin itself does not compare them. */
static void
verify (MmpPeerWorker *self)
{
  const Certificate certificate = check_certificate (self);

  if (certificate == CERTIFICATE_WRONG && !self->connected)
    {
      if (self->mismatch_due == 0)
        self->mismatch_due = g_get_monotonic_time () + MISMATCH_GRACE;
      return;
    }
  if (!self->connected)
    return;
  if (certificate != CERTIFICATE_RIGHT)
    {
      end_with_mismatch (self);
      return;
    }

  mmp_webrtc_set_gate (self->webrtc, TRUE);
  if (!self->verified && self->n_open >= self->n_channels)
    {
      MmpPeerEvent *event = mmp_peer_event_new (MMP_PEER_EVENT_VERIFIED);

      self->verified = TRUE;
      event->pair = g_new0 (MmpCandidatePair, 1);
      mmp_webrtc_get_pair (self->webrtc, event->pair);
      mmp_mailbox_push (self->control, event, 0);
    }
}

static void
add_turn (MmpPeerWorker *self)
{
  self->turn_due = 0;
  self->turn_end = g_get_monotonic_time () + TURN_GRACE;
  mmp_webrtc_add_turn (self->webrtc);
}

static void
plan_turn (MmpPeerWorker *self)
{
  if (self->config->turn_servers == NULL)
    return;

  if (self->config->turn_at_once || self->config->relay_only)
    self->turn_end = g_get_monotonic_time () + TURN_GRACE;
  else
    self->turn_due = g_get_monotonic_time () + TURN_AFTER;
}

static void
start (MmpPeerWorker *self)
{
  g_autoptr (GError) error = NULL;

  if (self->started)
    return;

  self->started = TRUE;
  if (!mmp_webrtc_start (self->webrtc, &error))
    end (self, g_steal_pointer (&error));
  else if (self->role == MMP_PEER_ROLE_OFFERER)
    mmp_webrtc_describe (self->webrtc);
  plan_turn (self);
}

static void
take_remote_description (MmpPeerWorker *self,
                         const MmpPeerEvent *event)
{
  g_autoptr (GError) error = NULL;

  start (self);
  if (self->over || self->remote_given)
    return;

  self->remote_given = TRUE;
  memcpy (self->announced, event->fingerprint, sizeof self->announced);
  if (!mmp_webrtc_set_remote (self->webrtc, event->text, &error))
    fail (self, g_steal_pointer (&error));
}

static void
take_remote_set (MmpPeerWorker *self)
{
  char *candidate;

  self->remote_set = TRUE;
  if (self->role == MMP_PEER_ROLE_ANSWERER)
    mmp_webrtc_describe (self->webrtc);
  while ((candidate = g_queue_pop_head (&self->candidates)) != NULL)
    {
      mmp_webrtc_add_candidate (self->webrtc, candidate);
      g_free (candidate);
    }
}

static void
take_remote_candidate (MmpPeerWorker *self,
                       MmpPeerEvent *event)
{
  if (!mmp_ice_config_wants_candidate (self->config, event->text))
    return;

  if (self->remote_set)
    mmp_webrtc_add_candidate (self->webrtc, event->text);
  else
    g_queue_push_tail (&self->candidates, g_steal_pointer (&event->text));
}

static void
give_local_candidate (MmpPeerWorker *self,
                      const MmpPeerEvent *event)
{
  if (!mmp_ice_config_wants_candidate (self->config, event->text))
    return;
  if (*event->text != '\0' && self->n_local++ >= MMP_CANDIDATES_MAX)
    return;

  mmp_mailbox_push (self->control, mmp_peer_event_new_text (MMP_PEER_EVENT_LOCAL_CANDIDATE, event->text), 0);
}

static void
take_connection_state (MmpPeerWorker *self)
{
  MmpWebrtcState state = mmp_webrtc_get_state (self->webrtc);

  if (state == MMP_WEBRTC_FAILED && !self->connected && self->turn_due != 0)
    {
      add_turn (self);
      return;
    }
  /* Whoever made the attempt has a deadline of its own. */
  if (state == MMP_WEBRTC_FAILED && !self->connected && g_get_monotonic_time () < self->turn_end)
    return;
  if (state == MMP_WEBRTC_FAILED)
    {
      fail (self, g_error_new (MMP_ERROR, MMP_ERROR_NO_DIRECT_PATH, self->connected ? "the direct connection broke" : "no direct path was found"));
      return;
    }
  if (state == MMP_WEBRTC_CONNECTED && !self->connected)
    {
      self->connected = TRUE;
      self->turn_due = 0;
      mmp_webrtc_widen_sockets (self->webrtc);
    }
  verify (self);
}

static void
take_certificate (MmpPeerWorker *self,
                  MmpPeerEvent *event)
{
  self->certificate_shown = TRUE;
  g_free (self->shown);
  self->shown = g_steal_pointer (&event->fingerprint);
  verify (self);
}

static void
open_channels (MmpPeerWorker *self)
{
  MmpDataChannels *channels = mmp_webrtc_get_channels (self->webrtc);

  while (!g_queue_is_empty (&self->opens) && mmp_data_channels_get_pause (channels) == 0)
    {
      g_autoptr (MmpPeerEvent) event = g_queue_pop_head (&self->opens);

      mmp_data_channels_add (channels, event->channel, event->text);
    }
}

static void
take_closed_channel (MmpPeerWorker *self,
                     guint channel)
{
  if (self->first_channel == NULL)
    fail (self, g_error_new (MMP_ERROR, MMP_ERROR_NO_DIRECT_PATH, "the other side closed the direct connection"));
  else
    mmp_data_channels_forget (mmp_webrtc_get_channels (self->webrtc), channel);
}

static void
handle (MmpPeerWorker *self,
        MmpPeerEvent **taken)
{
  MmpPeerEvent *event = *taken;

  switch (event->type)
    {
    case MMP_PEER_EVENT_START:
      start (self);
      break;
    case MMP_PEER_EVENT_REMOTE_DESCRIPTION:
      take_remote_description (self, event);
      break;
    case MMP_PEER_EVENT_REMOTE_CANDIDATE:
      take_remote_candidate (self, event);
      break;
    case MMP_PEER_EVENT_REMOTE_SET:
      take_remote_set (self);
      break;
    case MMP_PEER_EVENT_LOCAL_DESCRIPTION:
      mmp_mailbox_push (self->control, mmp_peer_event_new_text (event->type, event->text), 0);
      break;
    case MMP_PEER_EVENT_LOCAL_CANDIDATE:
      give_local_candidate (self, event);
      break;
    case MMP_PEER_EVENT_CONNECTION_STATE:
      take_connection_state (self);
      break;
    case MMP_PEER_EVENT_CHANNEL_OPENED:
      self->n_open++;
      verify (self);
      break;
    case MMP_PEER_EVENT_CERTIFICATE:
      take_certificate (self, event);
      break;
    case MMP_PEER_EVENT_CHANNEL_CLOSED:
      take_closed_channel (self, event->channel);
      break;
    case MMP_PEER_EVENT_OPEN_CHANNEL:
      g_queue_push_tail (&self->opens, g_steal_pointer (taken));
      break;
    case MMP_PEER_EVENT_CLOSE_CHANNEL:
      mmp_data_channels_remove (mmp_webrtc_get_channels (self->webrtc), event->channel);
      break;
    case MMP_PEER_EVENT_ERROR:
      fail (self, g_steal_pointer (&event->error));
      break;
    case MMP_PEER_EVENT_CLOSE:
      self->over = TRUE;
      break;
    case MMP_PEER_EVENT_VERIFIED:
    case MMP_PEER_EVENT_FAILED:
    case MMP_PEER_EVENT_DATA:
    case MMP_PEER_EVENT_WRITABLE:
    case MMP_PEER_EVENT_CHANNEL_OVERFLOWED:
    case MMP_PEER_EVENT_ENDED:
    default:
      g_assert_not_reached ();
    }
}

/* Returns: (nullable): the next event; %NULL when the time of something has come */
static MmpPeerEvent *
next_event (MmpPeerWorker *self)
{
  gint64 due = self->mismatch_due != 0 ? self->mismatch_due : self->turn_due;
  gint64 wait = due != 0 ? due - g_get_monotonic_time () : G_MAXINT64;

  if (!g_queue_is_empty (&self->opens))
    wait = MIN (wait, mmp_data_channels_get_pause (mmp_webrtc_get_channels (self->webrtc)));
  if (wait == G_MAXINT64)
    return g_async_queue_pop (self->events);

  return wait > 0 ? g_async_queue_timeout_pop (self->events, (guint64) wait) : g_async_queue_try_pop (self->events);
}

static gpointer
worker_main (gpointer data)
{
  MmpPeerWorker *self = data;

  while (!self->over)
    {
      g_autoptr (MmpPeerEvent) event = next_event (self);

      if (event != NULL)
        handle (self, &event);
      else if (self->mismatch_due != 0 && g_get_monotonic_time () >= self->mismatch_due)
        end_with_mismatch (self);
      else if (self->mismatch_due == 0 && self->turn_due != 0 && g_get_monotonic_time () >= self->turn_due)
        add_turn (self);
      if (!self->over)
        open_channels (self);
    }

  count_ending (self);
  mmp_webrtc_close (self->webrtc);
  /* A dozen threads are gone, each of which had memory of its own; without this a few KiB a peer stay with the process. */
#ifdef __GLIBC__
  malloc_trim (0);
#endif
  mmp_peer_worker_unref (self);
  count_ended ();

  return NULL;
}

static void
mmp_peer_worker_clear (gpointer data)
{
  MmpPeerWorker *self = data;

  g_queue_clear_full (&self->candidates, g_free);
  g_queue_clear_full (&self->opens, (GDestroyNotify) mmp_peer_event_free);
  g_free (self->first_channel);
  g_free (self->shown);
  mmp_webrtc_unref (self->webrtc);
  g_async_queue_unref (self->events);
  mmp_mailbox_unref (self->control);
  mmp_mailbox_unref (self->io);
  mmp_ice_config_free (self->config);
}

/**
 * mmp_peer_worker_new:
 * @n_channels, @first_channel: as in mmp_webrtc_new()
 * @control: gets local-description, local-candidate, verified and failed events
 * @io: gets data, writable and ended events
 *
 * Starts the thread, which waits for commands.
 *
 * Returns: (transfer full) (nullable): a worker, to be ended by mmp_peer_worker_close(); %NULL with %MMP_ERROR_LIMIT if
 *   there can be no more threads
 */
MmpPeerWorker *
mmp_peer_worker_new (MmpPeerRole role,
                     const MmpIceConfig *config,
                     guint n_channels,
                     const char *first_channel,
                     MmpMailbox *control,
                     MmpMailbox *io,
                     GError **error)
{
  MmpPeerWorker *self = g_atomic_rc_box_new0 (MmpPeerWorker);
  g_autoptr (GError) cause = NULL;
  GThread *thread;

  self->events = g_async_queue_new_full ((GDestroyNotify) mmp_peer_event_free);
  self->control = mmp_mailbox_ref (control);
  self->io = mmp_mailbox_ref (io);
  self->role = role;
  self->config = mmp_ice_config_copy (config);
  self->n_channels = n_channels;
  self->first_channel = g_strdup (first_channel);
  self->webrtc = mmp_webrtc_new (role, config, n_channels, first_channel, self->events, io);
  g_queue_init (&self->candidates);
  g_queue_init (&self->opens);

  thread = g_thread_try_new ("mmp-peer", worker_main, g_atomic_rc_box_acquire (self), &cause);
  if (thread == NULL)
    {
      g_set_error (error, MMP_ERROR, MMP_ERROR_LIMIT, "no thread for a direct connection: %s", cause->message);
      mmp_peer_worker_unref (self);
      mmp_peer_worker_unref (self);
      return NULL;
    }
  g_thread_unref (thread);

  return self;
}

/**
 * mmp_peer_worker_unref:
 *
 * Any thread.
 */
void
mmp_peer_worker_unref (MmpPeerWorker *self)
{
  g_atomic_rc_box_release_full (self, mmp_peer_worker_clear);
}

/**
 * mmp_peer_worker_push:
 * @event: (transfer full): a command
 *
 * Any thread.
 */
void
mmp_peer_worker_push (MmpPeerWorker *self,
                      MmpPeerEvent *event)
{
  g_async_queue_push (self->events, event);
}

/**
 * mmp_peer_worker_close:
 *
 * Ends the thread, later, after it took the pipeline down. Returns at once. Any thread, once.
 */
void
mmp_peer_worker_close (MmpPeerWorker *self)
{
  count_ending (self);
  g_async_queue_push_front (self->events, mmp_peer_event_new (MMP_PEER_EVENT_CLOSE));
}

/**
 * mmp_peer_worker_get_channels:
 *
 * Any thread.
 *
 * Returns: (transfer none): the data channels, to send on
 */
MmpDataChannels *
mmp_peer_worker_get_channels (MmpPeerWorker *self)
{
  return mmp_webrtc_get_channels (self->webrtc);
}

/**
 * mmp_peer_worker_wait_for_all:
 *
 * Waits, at most some seconds, until every worker that was closed or that failed has ended.
 */
void
mmp_peer_worker_wait_for_all (void)
{
  g_autoptr (GMutexLocker) locker = g_mutex_locker_new (&ending_lock);
  gint64 end_time = g_get_monotonic_time () + WAIT_MAX;

  while (n_ending > 0)
    if (!g_cond_wait_until (&ending_cond, &ending_lock, end_time))
      break;
}
