/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "rtc/mmp-peer.h"

#include "base/mmp-context.h"
#include "base/mmp-error.h"
#include "base/mmp-limits.h"
#include "rtc/mmp-mailbox.h"
#include "rtc/mmp-peer-event.h"
#include "rtc/mmp-peer-worker.h"

/**
 * MmpPeer:
 *
 * One attempt at a direct path: one webrtcbin with its pipeline, and data channels. Those are of a fixed number, labelled
 * `0`, `1`, …, or, if mmp_peer_new_open() made it, one to begin with and others that come and go. A new attempt is a new
 * object. GStreamer's threads end in here: everything is said on one of two contexts, control and I/O.
 *
 * A peer lives until mmp_peer_close(), whoever holds references.
 */
struct _MmpPeer
{
  GObject parent_instance;

  guint n_channels;
  gboolean open; /* channels come and go */
  GMainContext *io_context;
  MmpMailbox *control;
  MmpMailbox *io;
  MmpPeerWorker *worker;

  /* control */
  MmpPeerFuncs funcs;
  gpointer user_data;
  GDestroyNotify destroy;
  gboolean closed;
  guint n_candidates;

  /* I/O */
  MmpPeerDataFuncs data_funcs;
  gpointer data_user_data;
};

G_DEFINE_FINAL_TYPE (MmpPeer, mmp_peer, G_TYPE_OBJECT)

static void
on_control_event (gpointer item,
                  gpointer user_data)
{
  MmpPeer *self = user_data;
  MmpPeerEvent *event = item;

  switch (event->type)
    {
    case MMP_PEER_EVENT_LOCAL_DESCRIPTION:
      self->funcs.description (self, event->text, self->user_data);
      break;
    case MMP_PEER_EVENT_LOCAL_CANDIDATE:
      self->funcs.candidate (self, event->text, self->user_data);
      break;
    case MMP_PEER_EVENT_VERIFIED:
      self->funcs.verified (self, event->pair, self->user_data);
      break;
    case MMP_PEER_EVENT_FAILED:
      self->funcs.failed (self, event->error, self->user_data);
      break;
    case MMP_PEER_EVENT_START:
    case MMP_PEER_EVENT_REMOTE_DESCRIPTION:
    case MMP_PEER_EVENT_REMOTE_CANDIDATE:
    case MMP_PEER_EVENT_CLOSE:
    case MMP_PEER_EVENT_OPEN_CHANNEL:
    case MMP_PEER_EVENT_CLOSE_CHANNEL:
    case MMP_PEER_EVENT_REMOTE_SET:
    case MMP_PEER_EVENT_CONNECTION_STATE:
    case MMP_PEER_EVENT_CERTIFICATE:
    case MMP_PEER_EVENT_CHANNEL_OPENED:
    case MMP_PEER_EVENT_CHANNEL_CLOSED:
    case MMP_PEER_EVENT_ERROR:
    case MMP_PEER_EVENT_DATA:
    case MMP_PEER_EVENT_WRITABLE:
    case MMP_PEER_EVENT_CHANNEL_OVERFLOWED:
    case MMP_PEER_EVENT_ENDED:
    default:
      g_assert_not_reached ();
    }
}

static void
on_io_event (gpointer item,
             gpointer user_data)
{
  MmpPeer *self = user_data;
  MmpPeerEvent *event = item;

  if (event->type == MMP_PEER_EVENT_DATA)
    self->data_funcs.data (self, event->channel, event->message, self->data_user_data);
  else if (event->type == MMP_PEER_EVENT_WRITABLE)
    self->data_funcs.writable (self, event->channel, self->data_user_data);
  else if (event->type == MMP_PEER_EVENT_CHANNEL_OPENED)
    self->data_funcs.channel_opened (self, event->channel, event->text, self->data_user_data);
  else if (event->type == MMP_PEER_EVENT_CHANNEL_CLOSED || event->type == MMP_PEER_EVENT_CHANNEL_OVERFLOWED)
    self->data_funcs.channel_closed (self, event->channel, event->type == MMP_PEER_EVENT_CHANNEL_OVERFLOWED, self->data_user_data);
  else
    self->data_funcs.closed (self, self->data_user_data);
}

static void
on_control_released (gpointer user_data)
{
  MmpPeer *self = user_data;

  if (self->destroy != NULL)
    self->destroy (self->user_data);
  g_object_unref (self);
}

static void
on_io_closed (gpointer user_data)
{
  MmpPeer *self = user_data;

  mmp_mailbox_close (self->io);
}

static void
mmp_peer_finalize (GObject *object)
{
  MmpPeer *self = MMP_PEER (object);

  g_clear_pointer (&self->worker, mmp_peer_worker_unref);
  g_clear_pointer (&self->control, mmp_mailbox_unref);
  g_clear_pointer (&self->io, mmp_mailbox_unref);
  g_clear_pointer (&self->io_context, g_main_context_unref);

  G_OBJECT_CLASS (mmp_peer_parent_class)->finalize (object);
}

static void
mmp_peer_class_init (MmpPeerClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = mmp_peer_finalize;
}

static void
mmp_peer_init (MmpPeer *self)
{
}

static MmpPeer *
new_peer (MmpPeerRole role,
          const MmpIceConfig *config,
          guint n_channels,
          const char *first_channel,
          GMainContext *control,
          GMainContext *io,
          const MmpPeerFuncs *funcs,
          GError **error)
{
  g_autoptr (MmpPeer) self = NULL;

  if (!mmp_ice_config_check (config, error))
    return NULL;

  self = g_object_new (MMP_TYPE_PEER, NULL);
  self->n_channels = n_channels;
  self->open = first_channel != NULL;
  self->io_context = g_main_context_ref (io != NULL ? io : g_main_context_default ());
  self->funcs = *funcs;
  self->control = mmp_mailbox_new (control, MMP_PEER_WAITING_MAX, (GDestroyNotify) mmp_peer_event_free, on_control_event, g_object_ref (self), on_control_released);
  self->io = mmp_mailbox_new (self->io_context, self->open ? MMP_PEER_OPEN_WAITING_MAX : MMP_PEER_WAITING_MAX, (GDestroyNotify) mmp_peer_event_free, on_io_event, g_object_ref (self), g_object_unref);
  self->worker = mmp_peer_worker_new (role, config, n_channels, first_channel, self->control, self->io, error);
  if (self->worker == NULL)
    {
      mmp_mailbox_close (self->control);
      mmp_mailbox_close (self->io);
      return NULL;
    }

  return g_steal_pointer (&self);
}

/**
 * mmp_peer_new:
 * @n_channels: how many data channels, the same number at both ends, at most %MMP_PEER_CHANNELS_MAX
 * @control: (nullable): the context of @funcs and of the functions that are for control; %NULL for the default one
 * @io: (nullable): the same for data
 * @funcs: all of them must be set
 * @destroy: (nullable): frees @user_data on control, when the peer was closed and none of @funcs runs
 *
 * Control thread.
 *
 * Returns: (transfer full) (nullable): a peer that waits to be started, to be ended by mmp_peer_close() in any case; %NULL with
 *   %MMP_ERROR_ADDRESS_INVALID for an address in @config, or %MMP_ERROR_LIMIT
 */
MmpPeer *
mmp_peer_new (MmpPeerRole role,
              const MmpIceConfig *config,
              guint n_channels,
              GMainContext *control,
              GMainContext *io,
              const MmpPeerFuncs *funcs,
              gpointer user_data,
              GDestroyNotify destroy,
              GError **error)
{
  MmpPeer *self;

  g_return_val_if_fail (n_channels >= 1 && n_channels <= MMP_PEER_CHANNELS_MAX, NULL);

  self = new_peer (role, config, n_channels, NULL, control, io, funcs, error);
  if (self == NULL)
    return NULL;
  self->user_data = user_data;
  self->destroy = destroy;
  mmp_mailbox_set_open (self->control, TRUE);

  return self;
}

/**
 * mmp_peer_new_open:
 * @first_channel: label of the channel that the offerer opens at once; its number is 0
 *
 * As mmp_peer_new(), with channels that come and go: the offerer opens them with mmp_peer_open_channel(). A peer counts as
 * verified as soon as the first channel is open. An empty message is one; what comes above %MMP_PEER_OPEN_WAITING_MAX bytes
 * that wait closes its channel.
 *
 * Returns: (transfer full) (nullable): as mmp_peer_new()
 */
MmpPeer *
mmp_peer_new_open (MmpPeerRole role,
                   const MmpIceConfig *config,
                   const char *first_channel,
                   GMainContext *control,
                   GMainContext *io,
                   const MmpPeerFuncs *funcs,
                   gpointer user_data,
                   GDestroyNotify destroy,
                   GError **error)
{
  MmpPeer *self = new_peer (role, config, 1, first_channel, control, io, funcs, error);

  if (self == NULL)
    return NULL;
  self->user_data = user_data;
  self->destroy = destroy;
  mmp_mailbox_set_open (self->control, TRUE);

  return self;
}

/**
 * mmp_peer_start:
 *
 * Control thread. The offerer makes the offer: description follows, then candidates. The answerer may be started too, so
 * that it is ready when the offer comes.
 */
void
mmp_peer_start (MmpPeer *self)
{
  mmp_peer_worker_push (self->worker, mmp_peer_event_new (MMP_PEER_EVENT_START));
}

/**
 * mmp_peer_set_remote:
 * @sdp: the other side's answer or offer, as mmp_sdp_rebuild() made it
 * @fingerprint: the SHA-256 of the certificate that it announced
 *
 * Control thread. Starts the peer if it was not. At the answerer the answer follows. A second description is ignored.
 */
void
mmp_peer_set_remote (MmpPeer *self,
                     const char *sdp,
                     const guint8 fingerprint[MMP_DTLS_FINGERPRINT_SIZE])
{
  MmpPeerEvent *event = mmp_peer_event_new_text (MMP_PEER_EVENT_REMOTE_DESCRIPTION, sdp);

  event->fingerprint = g_memdup2 (fingerprint, MMP_DTLS_FINGERPRINT_SIZE);
  mmp_peer_worker_push (self->worker, event);
}

/**
 * mmp_peer_add_candidate:
 * @candidate: a candidate of the other side; the empty string after the last one
 *
 * Control thread. May come before the description, and is kept then. More than %MMP_CANDIDATES_MAX are ignored.
 */
void
mmp_peer_add_candidate (MmpPeer *self,
                        const char *candidate)
{
  if (self->n_candidates++ <= MMP_CANDIDATES_MAX)
    mmp_peer_worker_push (self->worker, mmp_peer_event_new_text (MMP_PEER_EVENT_REMOTE_CANDIDATE, candidate));
}

/**
 * mmp_peer_close:
 *
 * Control thread. Returns at once; the pipeline is taken down on the peer's own thread. None of the functions given to
 * mmp_peer_new() is called any more, and none of those given to mmp_peer_set_data_funcs() once the I/O context has
 * handled this. May be called again.
 */
void
mmp_peer_close (MmpPeer *self)
{
  if (self->closed)
    return;

  self->closed = TRUE;
  mmp_peer_worker_close (self->worker);
  mmp_context_invoke (self->io_context, on_io_closed, g_object_ref (self), g_object_unref);
  mmp_mailbox_close (self->control);
}

/**
 * mmp_peer_set_data_funcs:
 * @funcs: (nullable): all of them (the two of channels only if these come and go), or %NULL to detach
 *
 * I/O thread. What came since it was verified and waits is delivered then, later and in order; more than
 * %MMP_PEER_WAITING_MAX bytes do not wait, what comes above is dropped. After detaching nothing is called any more.
 */
void
mmp_peer_set_data_funcs (MmpPeer *self,
                         const MmpPeerDataFuncs *funcs,
                         gpointer user_data)
{
  self->data_funcs = funcs != NULL ? *funcs : (MmpPeerDataFuncs) { 0 };
  self->data_user_data = user_data;
  mmp_mailbox_set_open (self->io, funcs != NULL);
}

/**
 * mmp_peer_send:
 * @channel: below the number of channels, or the number of one that came
 * @message: 1 to 65,536 bytes, and none only where channels come and go; not copied
 *
 * I/O thread, after it was verified. Queues without a limit: keep to mmp_peer_get_buffered().
 *
 * Returns: %TRUE; %FALSE with an error if the peer is not open, or no more
 */
gboolean
mmp_peer_send (MmpPeer *self,
               guint channel,
               GBytes *message,
               GError **error)
{
  g_return_val_if_fail (self->open || (channel < self->n_channels && g_bytes_get_size (message) > 0), FALSE);

  return mmp_data_channels_send (mmp_peer_worker_get_channels (self->worker), channel, message, error);
}

/**
 * mmp_peer_get_buffered:
 *
 * I/O thread. When it falls to half of %MMP_PEER_BUFFERED_MAX, writable is called.
 *
 * Returns: bytes that wait in a channel, without what SCTP itself holds
 */
gsize
mmp_peer_get_buffered (MmpPeer *self,
                       guint channel)
{
  g_return_val_if_fail (self->open || channel < self->n_channels, 0);

  return mmp_data_channels_get_buffered (mmp_peer_worker_get_channels (self->worker), channel);
}

/**
 * mmp_peer_nudge:
 *
 * I/O thread, where channels come and go. To be called some time after the last message was sent, and once more later: see
 * mmp_data_channels_nudge().
 */
void
mmp_peer_nudge (MmpPeer *self,
                guint channel)
{
  mmp_data_channels_nudge (mmp_peer_worker_get_channels (self->worker), channel);
}

/**
 * mmp_peer_open_channel:
 * @label: what the other side knows the channel by
 *
 * I/O thread, at an offerer whose channels come and go, after it was verified. Later either channel_opened or channel_closed
 * is called for it; if neither is for some seconds, close it. At most about 500 can be open at a time.
 *
 * Returns: its number
 */
guint
mmp_peer_open_channel (MmpPeer *self,
                       const char *label)
{
  MmpPeerEvent *event;
  guint number;

  g_return_val_if_fail (self->open, 0);

  number = mmp_data_channels_get_next_number (mmp_peer_worker_get_channels (self->worker));
  event = mmp_peer_event_new_text (MMP_PEER_EVENT_OPEN_CHANNEL, label);
  event->channel = number;
  mmp_peer_worker_push (self->worker, event);

  return number;
}

/**
 * mmp_peer_close_channel:
 * @channel: a channel that is open
 *
 * I/O thread. What was sent on it goes out before. channel_closed follows, when the other side has closed its side as well.
 */
void
mmp_peer_close_channel (MmpPeer *self,
                        guint channel)
{
  g_return_if_fail (self->open);

  mmp_peer_worker_push (self->worker, mmp_peer_event_new_channel (MMP_PEER_EVENT_CLOSE_CHANNEL, channel));
}

/**
 * mmp_peer_wait_for_teardowns:
 *
 * Waits until every teardown that runs in the background is over, at most some seconds: for the end of the program and
 * for tests. Any thread.
 */
void
mmp_peer_wait_for_teardowns (void)
{
  mmp_peer_worker_wait_for_all ();
}

/**
 * mmp_candidate_pair_goes_over_turn:
 *
 * Any thread.
 *
 * Returns: whether a TURN server of either side has a part in it
 */
gboolean
mmp_candidate_pair_goes_over_turn (const MmpCandidatePair *self)
{
  return self->local_type == MMP_CANDIDATE_RELAYED || self->remote_type == MMP_CANDIDATE_RELAYED;
}
