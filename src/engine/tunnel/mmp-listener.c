/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-tunnel"

#include "tunnel/mmp-listener.h"

#include <string.h>

#include "base/mmp-error.h"
#include "base/mmp-limits.h"
#include "tunnel/mmp-tunnel.h"

/* The broker's connection serves all devices: one that is there no more must not make it new each time. */
#define KICK_AT_MOST_EVERY MMP_SECONDS (10)

/* A device that was heard through the broker so lately shows that its connection is alive. */
#define BROKER_FRESH_FOR MMP_SECONDS (3)

#define LINKS_OF_DEVICE_MAX 4
#define LINKS_MAX 128 /* a link outlives its session for a while, so there may be more of them than sessions */

/* One link of one device */
typedef struct
{
  MmpListener *listener;
  MmpTunnel *tunnel;
  guint8 name[MMP_LINK_NAME_SIZE];
  gint64 heard; /* when it was last heard of */
  gint64 relay_heard; /* the same, through the broker */
  gboolean forwarding; /* it has the local ports */
} Member;

struct _MmpListener
{
  GObject parent_instance;

  MmpEndpointConfig *config;
  GMainContext *io;
  const MmpEndpointFuncs *funcs;
  gpointer user_data;

  MmpAcceptor *acceptor; /* NULL: stopped */
  GPtrArray *members; /* Member */
  MmpStatus *status; /* of the listener itself; its devices have their own */
  gboolean ready;
  GError *cause;
  guint retry;
  gboolean relayed; /* no direct path is wanted now */
  gint64 kicked; /* when the broker's connection was last made anew for a stall */
};

G_DEFINE_FINAL_TYPE (MmpListener, mmp_listener, G_TYPE_OBJECT)

static void
member_free (gpointer data)
{
  Member *member = data;

  mmp_tunnel_stop (member->tunnel);
  g_object_unref (member->tunnel);
  g_free (member);
}

static Member *
find_member (MmpListener *self,
             const MmpPublicKey *device,
             const guint8 *name)
{
  for (guint i = 0; i < self->members->len; i++)
    {
      Member *member = g_ptr_array_index (self->members, i);

      if (mmp_public_key_equal (mmp_tunnel_get_device (member->tunnel), device)
          && memcmp (member->name, name, MMP_LINK_NAME_SIZE) == 0)
        return member;
    }

  return NULL;
}

static guint
count_members (MmpListener *self,
               const MmpPublicKey *device)
{
  guint n = 0;

  for (guint i = 0; i < self->members->len; i++)
    {
      Member *member = g_ptr_array_index (self->members, i);

      n += mmp_public_key_equal (mmp_tunnel_get_device (member->tunnel), device) ? 1 : 0;
    }

  return n;
}

static gboolean
is_trusted (MmpListener *self,
            const MmpPublicKey *device)
{
  return mmp_trust_get_standing (self->config->trust, device) == MMP_STANDING_TRUSTED;
}

/* Several devices may be there, but a local port leads to one of them: the first that came, and when it is gone, the
 * next. */
static void
elect_forwarding (MmpListener *self)
{
  Member *elected = NULL;

  if (self->config->forwards->len == 0)
    return;
  for (guint i = 0; i < self->members->len; i++)
    {
      Member *member = g_ptr_array_index (self->members, i);

      if (mmp_tunnel_get_state (member->tunnel) == MMP_STATE_CONNECTED && (elected == NULL || member->forwarding))
        elected = member;
    }
  for (guint i = 0; i < self->members->len && elected != NULL; i++)
    {
      Member *member = g_ptr_array_index (self->members, i);

      if (member->forwarding != (member == elected))
        {
          member->forwarding = member == elected;
          mmp_tunnel_set_forwarding (member->tunnel, member->forwarding);
        }
    }
}

static void
remove_member (MmpListener *self,
               Member *member)
{
  const MmpPublicKey device = *mmp_tunnel_get_device (member->tunnel);

  g_ptr_array_remove (self->members, member);
  elect_forwarding (self);
  if (count_members (self, &device) == 0 && self->funcs->gone != NULL)
    self->funcs->gone (self, &device, self->user_data);
}

static void
on_tunnel_status (MmpTunnel *tunnel,
                  const MmpStatus *status,
                  gpointer user_data)
{
  Member *member = user_data;
  MmpListener *self = member->listener;

  if (status->state == MMP_STATE_CONNECTED)
    member->heard = g_get_monotonic_time ();
  elect_forwarding (self);
  self->funcs->status (self, status, self->user_data);
}

static void
on_tunnel_event (MmpTunnel *tunnel,
                 const MmpTrafficEvent *event,
                 gpointer user_data)
{
  Member *member = user_data;
  MmpListener *self = member->listener;

  if (event->type == MMP_TRAFFIC_RTT)
    {
      member->heard = g_get_monotonic_time ();
      if (mmp_tunnel_get_path (tunnel) == MMP_PATH_RELAY)
        member->relay_heard = member->heard;
    }
  mmp_traffic_event_tell (event, self->config, mmp_tunnel_get_device (tunnel), self->funcs, self, self->user_data);
}

static void
on_tunnel_stalled (MmpTunnel *tunnel,
                   gpointer user_data)
{
  MmpListener *self = ((Member *) user_data)->listener;
  gint64 now = g_get_monotonic_time ();

  if (now - self->kicked < KICK_AT_MOST_EVERY)
    return;
  for (guint i = 0; i < self->members->len; i++)
    if (now - ((Member *) g_ptr_array_index (self->members, i))->relay_heard < BROKER_FRESH_FOR)
      return;

  /* Our end of the way over the broker may be as dead as the path that stalled; that is quickly mended, but slowly noticed. */
  self->kicked = now;
  mmp_acceptor_kick (self->acceptor);
}

static void
on_tunnel_closed (MmpTunnel *tunnel,
                  const GError *error,
                  gpointer user_data)
{
  Member *member = user_data;
  MmpListener *self = member->listener;
  const MmpPublicKey device = *mmp_tunnel_get_device (tunnel);

  g_debug ("a link is forgotten: %s", error->message);
  /* A session whose link is gone would keep the other side waiting. Its next one begins a link of its own. */
  if (error->code != MMP_ERROR_LINK_LOST)
    mmp_acceptor_drop (self->acceptor, &device);
  remove_member (self, member);
}

static const MmpTunnelFuncs tunnel_funcs = {
  .status = on_tunnel_status,
  .event = on_tunnel_event,
  .stalled = on_tunnel_stalled,
  .closed = on_tunnel_closed,
};

/* Strangers go before trusted devices, then who is not connected, then who was not heard for longest. */
static gboolean
goes_before (MmpListener *self,
             Member *a,
             Member *b)
{
  gboolean trusted_a = is_trusted (self, mmp_tunnel_get_device (a->tunnel));
  gboolean trusted_b = is_trusted (self, mmp_tunnel_get_device (b->tunnel));
  gboolean there_a = mmp_tunnel_get_state (a->tunnel) == MMP_STATE_CONNECTED;
  gboolean there_b = mmp_tunnel_get_state (b->tunnel) == MMP_STATE_CONNECTED;

  if (trusted_a != trusted_b)
    return trusted_b;
  if (there_a != there_b)
    return there_b;

  return a->heard < b->heard;
}

/* @device: (nullable): only its links */
static void
make_room (MmpListener *self,
           const MmpPublicKey *device)
{
  Member *victim = NULL;

  for (guint i = 0; i < self->members->len; i++)
    {
      Member *member = g_ptr_array_index (self->members, i);

      if (device != NULL && !mmp_public_key_equal (mmp_tunnel_get_device (member->tunnel), device))
        continue;
      if (victim == NULL || goes_before (self, member, victim))
        victim = member;
    }
  if (victim != NULL)
    remove_member (self, victim);
}

static Member *
add_member (MmpListener *self,
            const MmpPublicKey *device,
            const guint8 *name)
{
  Member *member;

  if (count_members (self, device) >= LINKS_OF_DEVICE_MAX)
    make_room (self, device);
  else if (self->members->len >= LINKS_MAX)
    make_room (self, NULL);

  member = g_new0 (Member, 1);
  member->listener = self;
  memcpy (member->name, name, MMP_LINK_NAME_SIZE);
  member->tunnel = mmp_tunnel_new (MMP_PEER_ROLE_ANSWERER, self->config, self->io, device, &tunnel_funcs, member);
  mmp_tunnel_set_forwarding (member->tunnel, FALSE);
  mmp_tunnel_set_direct (member->tunnel, !self->relayed);
  g_ptr_array_add (self->members, member);

  return member;
}

static void
update_status (MmpListener *self)
{
  MmpState state = MMP_STATE_CONNECTING;

  if (self->ready)
    state = MMP_STATE_WAITING;
  else if (mmp_cause_needs_person (self->cause))
    state = MMP_STATE_ATTENTION;
  else if (self->retry > 0 || self->status->state != MMP_STATE_CONNECTING)
    state = MMP_STATE_RECONNECTING;
  g_return_if_fail (mmp_state_may_follow (self->status->state, state));

  self->status->state = state;
  self->status->retry = self->retry;
  g_clear_error (&self->status->cause);
  self->status->cause = self->cause != NULL ? g_error_copy (self->cause) : NULL;
  self->funcs->status (self, self->status, self->user_data);
}

static void
on_acceptor_state (MmpAcceptor *acceptor,
                   MmpAcceptorState state,
                   const GError *cause,
                   guint retry,
                   gpointer user_data)
{
  g_autoptr (MmpListener) self = g_object_ref (user_data);

  self->ready = state == MMP_ACCEPTOR_READY;
  self->retry = retry;
  /* While it is tried again the cause of the last failure stays. */
  if (self->ready || cause != NULL)
    g_clear_error (&self->cause);
  if (cause != NULL)
    self->cause = g_error_copy (cause);
  update_status (self);
  for (guint i = 0; i < self->members->len; i++)
    mmp_tunnel_set_signalling (((Member *) g_ptr_array_index (self->members, i))->tunnel, self->ready, self->cause, retry);
}

static gboolean
on_acceptor_resume (MmpAcceptor *acceptor,
                    const MmpPublicKey *device,
                    const guint8 link_name[MMP_LINK_NAME_SIZE],
                    gpointer user_data)
{
  return find_member (user_data, device, link_name) != NULL;
}

static void
on_acceptor_session (MmpAcceptor *acceptor,
                     MmpSession *session,
                     gboolean resumed,
                     gpointer user_data)
{
  MmpListener *self = user_data;
  Member *member = find_member (self, mmp_session_get_device (session), mmp_session_get_link_name (session));

  if (member == NULL)
    {
      member = add_member (self, mmp_session_get_device (session), mmp_session_get_link_name (session));
      resumed = FALSE;
    }
  member->heard = g_get_monotonic_time ();
  mmp_tunnel_add_session (member->tunnel, session, resumed);
  mmp_tunnel_set_signalling (member->tunnel, self->ready, self->cause, self->retry);
}

static void
on_acceptor_left (MmpAcceptor *acceptor,
                  const MmpPublicKey *device,
                  const guint8 link_name[MMP_LINK_NAME_SIZE],
                  gpointer user_data)
{
  Member *member = find_member (user_data, device, link_name);

  if (member != NULL)
    remove_member (user_data, member);
}

static void
on_acceptor_request (MmpAcceptor *acceptor,
                     const MmpPublicKey *device,
                     const char *name,
                     gpointer user_data)
{
  MmpListener *self = user_data;

  if (self->funcs->request != NULL)
    self->funcs->request (self, device, name, self->user_data);
}

static void
on_acceptor_request_gone (MmpAcceptor *acceptor,
                          const MmpPublicKey *device,
                          gpointer user_data)
{
  MmpListener *self = user_data;

  if (self->funcs->request_gone != NULL)
    self->funcs->request_gone (self, device, self->user_data);
}

static void
on_acceptor_invited (MmpAcceptor *acceptor,
                     const MmpPublicKey *device,
                     const char *name,
                     gpointer user_data)
{
  MmpListener *self = user_data;

  if (self->funcs->invited != NULL)
    self->funcs->invited (self, device, name, self->user_data);
}

static const MmpAcceptorFuncs acceptor_funcs = {
  .state = on_acceptor_state,
  .resume = on_acceptor_resume,
  .session = on_acceptor_session,
  .left = on_acceptor_left,
  .request = on_acceptor_request,
  .request_gone = on_acceptor_request_gone,
  .invited = on_acceptor_invited,
};

static void
mmp_listener_dispose (GObject *object)
{
  mmp_listener_stop (MMP_LISTENER (object));

  G_OBJECT_CLASS (mmp_listener_parent_class)->dispose (object);
}

static void
mmp_listener_finalize (GObject *object)
{
  MmpListener *self = MMP_LISTENER (object);

  g_ptr_array_unref (self->members);
  mmp_endpoint_config_free (self->config);
  g_main_context_unref (self->io);
  g_clear_pointer (&self->status, mmp_status_free);
  g_clear_error (&self->cause);

  G_OBJECT_CLASS (mmp_listener_parent_class)->finalize (object);
}

static void
mmp_listener_class_init (MmpListenerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = mmp_listener_dispose;
  object_class->finalize = mmp_listener_finalize;
}

static void
mmp_listener_init (MmpListener *self)
{
  self->members = g_ptr_array_new_with_free_func (member_free);
}

/**
 * mmp_listener_new:
 * @config: whom to trust, through which brokers, with which services and forwards; copied
 * @io: the context of the I/O thread
 * @funcs: told what happens; each may be %NULL but @status
 *
 * Returns: (transfer full): a listener that is stopped
 */
MmpListener *
mmp_listener_new (const MmpEndpointConfig *config,
                  GMainContext *io,
                  const MmpEndpointFuncs *funcs,
                  gpointer user_data)
{
  MmpListener *self = g_object_new (MMP_TYPE_LISTENER, NULL);

  self->config = mmp_endpoint_config_copy (config);
  self->io = g_main_context_ref (io);
  self->funcs = funcs;
  self->user_data = user_data;

  return self;
}

/**
 * mmp_listener_start:
 *
 * Begins to wait for devices. Nothing happens if it was started already.
 */
void
mmp_listener_start (MmpListener *self)
{
  const MmpAcceptorConfig config = {
    .brokers = self->config->brokers,
    .prefix = self->config->prefix,
    .key_pair = self->config->key_pair,
    .trust = self->config->trust,
    .mode = self->config->mode,
    .name = self->config->name,
    .sessions_max = self->config->sessions_max,
    .unlimited = self->config->relay == MMP_RELAY_UNLIMITED,
  };

  if (self->acceptor != NULL)
    return;

  g_clear_pointer (&self->status, mmp_status_free);
  self->status = mmp_status_new (MMP_STATE_CONNECTING);
  self->acceptor = mmp_acceptor_new (&config, self->io, &acceptor_funcs, self);
  mmp_acceptor_start (self->acceptor);
}

/**
 * mmp_listener_stop:
 *
 * Says bye to all devices and closes everything; streams are reset. No callback is called after this. It may be started
 * again.
 */
void
mmp_listener_stop (MmpListener *self)
{
  if (self->acceptor == NULL)
    return;

  mmp_acceptor_stop (self->acceptor);
  g_clear_object (&self->acceptor);
  g_ptr_array_set_size (self->members, 0);
  self->ready = FALSE;
  self->retry = 0;
  g_clear_error (&self->cause);
}

/**
 * mmp_listener_kick:
 *
 * The network changed, or a person wants it tried again now: connects to the broker anew, and makes new direct paths.
 */
void
mmp_listener_kick (MmpListener *self)
{
  if (self->acceptor == NULL)
    return;

  for (guint i = 0; i < self->members->len; i++)
    mmp_tunnel_kick (((Member *) g_ptr_array_index (self->members, i))->tunnel);
  if (self->acceptor != NULL)
    mmp_acceptor_kick (self->acceptor);
}

/**
 * mmp_listener_set_direct:
 * @direct: %FALSE gives direct paths up and uses the broker, if streams may go there, until %TRUE
 */
void
mmp_listener_set_direct (MmpListener *self,
                         gboolean direct)
{
  self->relayed = !direct;
  for (guint i = 0; i < self->members->len; i++)
    mmp_tunnel_set_direct (((Member *) g_ptr_array_index (self->members, i))->tunnel, direct);
}

/**
 * mmp_listener_answer:
 * @device: a device that asked (#MmpEndpointFuncs.request())
 * @answer: what a person decided; the caller has put it into the trust list already
 */
void
mmp_listener_answer (MmpListener *self,
                     const MmpPublicKey *device,
                     MmpAnswer answer)
{
  if (self->acceptor != NULL)
    mmp_acceptor_answer (self->acceptor, device, answer);
}

/**
 * mmp_listener_disconnect:
 * @device: one that is connected, or was a while ago
 *
 * Says bye to it and resets its streams. It is trusted as before, so it may come back.
 */
void
mmp_listener_disconnect (MmpListener *self,
                         const MmpPublicKey *device)
{
  const MmpPublicKey copy = *device; /* it may be the link's */

  if (self->acceptor == NULL)
    return;

  mmp_acceptor_drop (self->acceptor, &copy);
  for (guint i = self->members->len; i > 0; i--)
    {
      Member *member = i <= self->members->len ? g_ptr_array_index (self->members, i - 1) : NULL;

      if (member != NULL && mmp_public_key_equal (mmp_tunnel_get_device (member->tunnel), &copy))
        remove_member (self, member);
    }
}

/**
 * mmp_listener_trust_changed:
 *
 * The trust list changed: devices that are blocked, or not trusted any more where that is needed, are sent away.
 */
void
mmp_listener_trust_changed (MmpListener *self)
{
  for (guint i = self->members->len; i > 0; i--)
    {
      const Member *member = i <= self->members->len ? g_ptr_array_index (self->members, i - 1) : NULL;
      MmpStanding standing = member != NULL ? mmp_trust_get_standing (self->config->trust, mmp_tunnel_get_device (member->tunnel)) : MMP_STANDING_TRUSTED;

      if (standing == MMP_STANDING_BLOCKED || (standing == MMP_STANDING_UNKNOWN && self->config->mode != MMP_TRUST_ANYONE))
        mmp_listener_disconnect (self, mmp_tunnel_get_device (member->tunnel));
    }
}
