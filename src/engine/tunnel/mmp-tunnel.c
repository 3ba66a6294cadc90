/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-tunnel"

#include "tunnel/mmp-tunnel.h"

#include "base/mmp-error.h"
#include "base/mmp-limits.h"
#include "tunnel/mmp-crossing.h"

/* How many events may wait for a control thread that does not come to them. More are dropped where that loses no more
 * than a figure or a line of a log; of signals, a peer that floods is the only one to lose any. */
#define EVENTS_WAITING_MAX 512

struct _MmpTunnel
{
  GObject parent_instance;

  MmpPeerRole role;
  MmpEndpointConfig *config;
  const MmpTunnelFuncs *funcs; /* NULL: stopped */
  gpointer user_data;
  GMainContext *io;
  MmpCrossing *crossing;
  MmpDirect *direct; /* NULL: not allowed, or the link is not there yet */
  gboolean relayed; /* a person wants no direct path now */

  MmpStatus *status;
  gboolean told; /* the status was, once at least */
  guint forget_timer; /* listener: nothing carries the link */

  /* the facts that the state is made from */
  gboolean again; /* it was connected once, or had to wait */
  gboolean session; /* the newest session is not closed */
  gboolean signalling; /* its broker connection stands too */
  GError *signalling_cause;
  guint retry;
  gboolean carrying;
  guint64 generation; /* of the direct carrier that is sent on; 0: none */
  MmpCandidatePair pair; /* likewise */
  MmpLinkStatus figures;
  GError *direct_cause; /* why the last direct attempt failed */
};

G_DEFINE_FINAL_TYPE (MmpTunnel, mmp_tunnel, G_TYPE_OBJECT)

/* As in the candidate attribute (RFC 8839) */
static const char *const candidate_names[] = {
  [MMP_CANDIDATE_HOST] = "host",
  [MMP_CANDIDATE_SERVER_REFLEXIVE] = "srflx",
  [MMP_CANDIDATE_PEER_REFLEXIVE] = "prflx",
  [MMP_CANDIDATE_RELAYED] = "relay",
};

static MmpPath
current_path (MmpTunnel *self)
{
  if (!self->carrying)
    return MMP_PATH_NONE;
  if (self->figures.path == MMP_CARRIER_RELAY)
    return MMP_PATH_RELAY;
  if (mmp_candidate_pair_goes_over_turn (&self->pair))
    return MMP_PATH_TURN;

  return self->pair.tcp ? MMP_PATH_DIRECT_TCP : MMP_PATH_DIRECT_UDP;
}

/* The cause of a state, and the state: from the facts, in the order of what matters most. */
static MmpState
judge (MmpTunnel *self,
       const GError **cause)
{
  const gboolean forged = g_error_matches (self->direct_cause, MMP_ERROR, MMP_ERROR_IDENTITY_MISMATCH);

  *cause = self->signalling ? self->direct_cause : self->signalling_cause;
  if (forged)
    {
      *cause = self->direct_cause;
      return MMP_STATE_ATTENTION;
    }
  if (self->carrying)
    {
      *cause = self->figures.path == MMP_CARRIER_RELAY ? self->direct_cause : NULL;
      return MMP_STATE_CONNECTED;
    }
  if (mmp_cause_needs_person (*cause))
    return MMP_STATE_ATTENTION;

  return self->again || self->retry > 0 ? MMP_STATE_RECONNECTING : MMP_STATE_CONNECTING;
}

static gboolean
same_cause (const GError *a,
            const GError *b)
{
  return a == NULL || b == NULL ? a == b : a->code == b->code && g_str_equal (a->message, b->message);
}

static double
get_milliseconds (MmpTunnel *self,
                  gint64 rtt)
{
  return self->carrying && rtt >= 0 ? (double) rtt / 1000 : -1;
}

/* The one place where the state changes. */
static void
update_status (MmpTunnel *self,
               gboolean figures_moved)
{
  const GError *cause = NULL;
  MmpState state = judge (self, &cause);
  MmpPath path = current_path (self);
  guint retry = state == MMP_STATE_RECONNECTING || state == MMP_STATE_ATTENTION ? self->retry : 0;
  MmpStatus *status = self->status;
  g_autoptr (GError) lost = NULL;

  if (self->funcs == NULL)
    return;
  if (cause == NULL && state == MMP_STATE_RECONNECTING)
    cause = lost = g_error_new_literal (MMP_ERROR, MMP_ERROR_LINK_LOST, "the other device does not answer any more");
  if (self->told && state == status->state && path == status->path && retry == status->retry && !figures_moved
      && same_cause (cause, status->cause))
    return;
  g_return_if_fail (mmp_state_may_follow (status->state, state));

  if (state == MMP_STATE_CONNECTED && status->state != state)
    mmp_endpoint_config_note_seen (self->config, &status->device);
  self->told = TRUE;
  self->again |= state != MMP_STATE_CONNECTING;
  status->state = state;
  status->path = path;
  status->retry = retry;
  status->generation = self->generation;
  status->local_candidate = self->generation > 0 ? candidate_names[self->pair.local_type] : NULL;
  status->remote_candidate = self->generation > 0 ? candidate_names[self->pair.remote_type] : NULL;
  if (!same_cause (cause, status->cause))
    {
      g_clear_error (&status->cause);
      status->cause = cause != NULL ? g_error_copy (cause) : NULL;
    }
  status->rtt = get_milliseconds (self, self->figures.rtt);
  status->rtt_median = get_milliseconds (self, self->figures.rtt_median);
  status->rtt_p95 = get_milliseconds (self, self->figures.rtt_p95);
  status->n_streams = self->figures.n_streams;
  status->bytes_sent = self->figures.bytes_sent;
  status->bytes_received = self->figures.bytes_received;
  self->funcs->status (self, status, self->user_data);
}

static void
update_direct (MmpTunnel *self)
{
  if (self->direct != NULL)
    mmp_direct_set_enabled (self->direct, self->session && self->signalling);
}

static void
do_send_json (gpointer traffic,
              gpointer text)
{
  mmp_traffic_send_json (traffic, text);
}

static void
on_direct_send (MmpDirect *direct,
                const MmpSignal *signal,
                gpointer user_data)
{
  MmpTunnel *self = user_data;

  mmp_crossing_to_io (self->crossing, do_send_json, mmp_signal_encode (signal), g_free);
}

static void
on_direct_attached (MmpDirect *direct,
                    const MmpCandidatePair *pair,
                    gboolean direct_first,
                    gpointer user_data)
{
  MmpTunnel *self = user_data;
  const gboolean turn = mmp_candidate_pair_goes_over_turn (pair);

  g_clear_error (&self->direct_cause);
  /* That TURN was asked at once because of what is remembered is no reason to remember it for longer. */
  if (!turn || direct_first)
    mmp_endpoint_config_note_path (self->config, &self->status->device, turn);
  update_status (self, FALSE);
}

static void
on_direct_failed (MmpDirect *direct,
                  const GError *error,
                  gpointer user_data)
{
  MmpTunnel *self = user_data;

  g_clear_error (&self->direct_cause);
  self->direct_cause = g_error_copy (error);
  update_status (self, FALSE);
}

static const MmpDirectFuncs direct_funcs = {
  .send = on_direct_send,
  .attached = on_direct_attached,
  .failed = on_direct_failed,
};

static gboolean
on_forget (gpointer user_data)
{
  g_autoptr (MmpTunnel) self = g_object_ref (user_data);
  g_autoptr (GError) error = NULL;

  self->forget_timer = 0;
  error = g_error_new_literal (MMP_ERROR, MMP_ERROR_LINK_LOST, "the other device did not come back");
  self->funcs->closed (self, error, self->user_data);

  return G_SOURCE_REMOVE;
}

/* Only a listener forgets a link by itself. The initiator is told so in the next hello; if it forgot too, but not the
 * listener, the two would count their messages differently. */
static void
update_forget_timer (MmpTunnel *self)
{
  if (self->figures.alive || self->role == MMP_PEER_ROLE_OFFERER)
    g_clear_handle_id (&self->forget_timer, g_source_remove);
  else if (self->forget_timer == 0)
    self->forget_timer = g_timeout_add_seconds ((guint) (MMP_LINK_FORGET_AFTER / G_USEC_PER_SEC), on_forget, self);
}

static void
on_lost (MmpTunnel *self,
         const MmpTrafficEvent *event)
{
  if (event->kind == MMP_CARRIER_RELAY && !event->stalled)
    {
      self->session = FALSE;
      update_direct (self);
      return;
    }
  if (event->kind == MMP_CARRIER_DIRECT && self->direct != NULL)
    mmp_direct_renew (self->direct);
  if (event->broker_doubtful && self->funcs != NULL)
    self->funcs->stalled (self, self->user_data);
}

static void
on_event (MmpTunnel *self,
          const MmpTrafficEvent *event)
{
  switch (event->type)
    {
    case MMP_TRAFFIC_CARRIER:
    case MMP_TRAFFIC_FIGURES:
      self->carrying = event->carrying;
      self->generation = event->generation;
      self->pair = event->pair;
      self->figures = event->figures;
      update_forget_timer (self);
      update_status (self, TRUE);
      break;
    case MMP_TRAFFIC_LOST:
      on_lost (self, event);
      break;
    case MMP_TRAFFIC_SIGNAL:
      if (self->direct != NULL)
        mmp_direct_receive (self->direct, event->signal);
      break;
    case MMP_TRAFFIC_CLOSED:
      self->funcs->closed (self, event->error, self->user_data);
      break;
    case MMP_TRAFFIC_RTT:
      mmp_endpoint_config_note_seen (self->config, &self->status->device);
      self->funcs->event (self, event, self->user_data);
      break;
    case MMP_TRAFFIC_LISTENING:
    case MMP_TRAFFIC_FORWARD_FAILED:
    case MMP_TRAFFIC_STREAM:
    default:
      self->funcs->event (self, event, self->user_data);
      break;
    }
}

static void
do_event (gpointer tunnel,
          gpointer event)
{
  g_autoptr (MmpTunnel) self = g_object_ref (tunnel);

  on_event (self, event);
}

static void
on_traffic (MmpTraffic *traffic,
            MmpTrafficEvent *event,
            gpointer user_data)
{
  MmpCrossing *crossing = user_data;

  if (mmp_traffic_event_may_be_lost (event) && mmp_crossing_count_waiting (crossing) >= EVENTS_WAITING_MAX)
    mmp_traffic_event_free (event);
  else
    mmp_crossing_to_control (crossing, do_event, event, (GDestroyNotify) mmp_traffic_event_free);
}

/* The traffic and its link are there until this thread asks for their end. */
static void
do_begun (gpointer tunnel,
          gpointer link)
{
  MmpTunnel *self = tunnel;

  if (!self->config->allow_direct)
    return;
  mmp_endpoint_config_recall_path (self->config, &self->status->device);
  self->direct = mmp_direct_new (self->role, self->config->ice, link, self->io, &direct_funcs, self);
  mmp_direct_set_paused (self->direct, self->relayed);
  update_direct (self);
}

static gpointer
begin_traffic (MmpCrossing *crossing,
               gpointer config)
{
  MmpTraffic *traffic = mmp_traffic_new (config, g_main_context_get_thread_default (), on_traffic, crossing);

  mmp_crossing_to_control (crossing, do_begun, mmp_traffic_get_link (traffic), NULL);

  return traffic;
}

static void
end_traffic (gpointer traffic)
{
  mmp_traffic_free (traffic);
}

static void
do_resume (gpointer traffic,
           gpointer session)
{
  mmp_traffic_add_session (traffic, session, TRUE);
}

static void
do_begin_anew (gpointer traffic,
               gpointer session)
{
  mmp_traffic_add_session (traffic, session, FALSE);
}

static void
do_probe (gpointer traffic,
          gpointer data)
{
  mmp_traffic_probe (traffic);
}

static void
do_set_forwarding (gpointer traffic,
                   gpointer forwarding)
{
  mmp_traffic_set_forwarding (traffic, GPOINTER_TO_INT (forwarding));
}

static void
traffic_config_free (gpointer data)
{
  MmpTrafficConfig *config = data;

  g_ptr_array_unref (config->services);
  g_ptr_array_unref (config->forwards);
  g_free (config);
}

static void
mmp_tunnel_dispose (GObject *object)
{
  mmp_tunnel_stop (MMP_TUNNEL (object));

  G_OBJECT_CLASS (mmp_tunnel_parent_class)->dispose (object);
}

static void
mmp_tunnel_finalize (GObject *object)
{
  MmpTunnel *self = MMP_TUNNEL (object);

  mmp_crossing_unref (self->crossing);
  g_main_context_unref (self->io);
  mmp_endpoint_config_free (self->config);
  mmp_status_free (self->status);
  g_clear_error (&self->signalling_cause);
  g_clear_error (&self->direct_cause);

  G_OBJECT_CLASS (mmp_tunnel_parent_class)->finalize (object);
}

static void
mmp_tunnel_class_init (MmpTunnelClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = mmp_tunnel_dispose;
  object_class->finalize = mmp_tunnel_finalize;
}

static void
mmp_tunnel_init (MmpTunnel *self)
{
  self->status = mmp_status_new (MMP_STATE_CONNECTING);
}

/**
 * mmp_tunnel_new:
 * @role: %MMP_PEER_ROLE_OFFERER at the initiator
 * @config: copied
 * @io: the context of the I/O thread
 * @device: the other side
 *
 * Returns: (transfer full): a tunnel that waits for a session
 */
MmpTunnel *
mmp_tunnel_new (MmpPeerRole role,
                const MmpEndpointConfig *config,
                GMainContext *io,
                const MmpPublicKey *device,
                const MmpTunnelFuncs *funcs,
                gpointer user_data)
{
  MmpTunnel *self = g_object_new (MMP_TYPE_TUNNEL, NULL);
  MmpTrafficConfig *traffic = g_new0 (MmpTrafficConfig, 1);

  self->role = role;
  self->config = mmp_endpoint_config_copy (config);
  self->funcs = funcs;
  self->user_data = user_data;
  self->status->has_device = TRUE;
  self->status->device = *device;
  self->figures.rtt = self->figures.rtt_median = self->figures.rtt_p95 = -1;
  self->io = g_main_context_ref (io);
  self->crossing = mmp_crossing_new (self, io);

  traffic->role = role == MMP_PEER_ROLE_OFFERER ? MMP_LINK_ROLE_INITIATOR : MMP_LINK_ROLE_LISTENER;
  traffic->services = g_ptr_array_ref (self->config->services);
  traffic->forwards = g_ptr_array_ref (self->config->forwards);
  traffic->relay_streams = self->config->relay != MMP_RELAY_NEVER;
  traffic->hold = self->config->hold;
  mmp_crossing_begin (self->crossing, begin_traffic, traffic, traffic_config_free);

  return self;
}

/**
 * mmp_tunnel_stop:
 *
 * Closes ports, streams and carriers. No callback is called after this.
 */
void
mmp_tunnel_stop (MmpTunnel *self)
{
  if (self->funcs == NULL)
    return;

  self->funcs = NULL;
  self->status->state = MMP_STATE_STOPPED;
  g_clear_handle_id (&self->forget_timer, g_source_remove);
  /* The link lives until the crossing ends, so that this thread's hold on it may go first. */
  if (self->direct != NULL)
    mmp_direct_stop (self->direct);
  g_clear_object (&self->direct);
  mmp_crossing_end (self->crossing, end_traffic);
}

/**
 * mmp_tunnel_kick:
 *
 * The network changed, or a person wants a new attempt: finds out what is still alive and makes a new direct path, at
 * once. Also ends the pause after an identity mismatch.
 */
void
mmp_tunnel_kick (MmpTunnel *self)
{
  g_clear_error (&self->direct_cause);
  mmp_crossing_to_io (self->crossing, do_probe, NULL, NULL);
  if (self->direct != NULL)
    mmp_direct_renew (self->direct);
  update_status (self, FALSE);
}

/**
 * mmp_tunnel_set_direct:
 * @direct: %FALSE gives the direct path up, until %TRUE
 */
void
mmp_tunnel_set_direct (MmpTunnel *self,
                       gboolean direct)
{
  self->relayed = !direct;
  if (self->direct != NULL)
    mmp_direct_set_paused (self->direct, self->relayed);
}

/**
 * mmp_tunnel_add_session:
 * @session: an established session that names this link
 * @resumed: %FALSE if the other side does not know the link (any more)
 */
void
mmp_tunnel_add_session (MmpTunnel *self,
                        MmpSession *session,
                        gboolean resumed)
{
  const char *name = mmp_session_get_device_name (session);

  g_free (self->status->device_name);
  self->status->device_name = name != NULL && *name != '\0' ? g_strdup (name) : NULL;
  self->session = TRUE;
  mmp_crossing_to_io (self->crossing, resumed ? do_resume : do_begin_anew, g_object_ref (session), g_object_unref);
  update_direct (self);
  if (!resumed && self->again && self->direct != NULL)
    mmp_direct_renew (self->direct);
}

/**
 * mmp_tunnel_set_signalling:
 * @standing: whether the way over the broker stands, as far as the own side can tell
 * @cause: (nullable): if not, why; %NULL: as before, while it is tried again
 * @retry: if not, seconds until it is tried again; 0: it is being tried
 */
void
mmp_tunnel_set_signalling (MmpTunnel *self,
                           gboolean standing,
                           const GError *cause,
                           guint retry)
{
  self->signalling = standing;
  self->retry = retry;
  if (standing || cause != NULL)
    g_clear_error (&self->signalling_cause);
  if (!standing && cause != NULL)
    self->signalling_cause = g_error_copy (cause);
  update_direct (self);
  update_status (self, FALSE);
}

/**
 * mmp_tunnel_set_forwarding:
 *
 * See mmp_traffic_set_forwarding(); %TRUE in the beginning.
 */
void
mmp_tunnel_set_forwarding (MmpTunnel *self,
                           gboolean forwarding)
{
  mmp_crossing_to_io (self->crossing, do_set_forwarding, GINT_TO_POINTER (forwarding), NULL);
}

/**
 * mmp_tunnel_get_state:
 *
 * Returns: the state, as it was told last
 */
MmpState
mmp_tunnel_get_state (MmpTunnel *self)
{
  return self->status->state;
}

/**
 * mmp_tunnel_get_path:
 *
 * Returns: the path, as it was told last
 */
MmpPath
mmp_tunnel_get_path (MmpTunnel *self)
{
  return self->status->path;
}

/**
 * mmp_tunnel_get_device:
 *
 * Returns: (transfer none): the other side
 */
const MmpPublicKey *
mmp_tunnel_get_device (MmpTunnel *self)
{
  return &self->status->device;
}
