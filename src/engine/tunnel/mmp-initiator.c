/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-tunnel"

#include "tunnel/mmp-initiator.h"

#include <sys/random.h>

#include "base/mmp-error.h"
#include "base/mmp-limits.h"
#include "tunnel/mmp-tunnel.h"

/* A link that the other side broke, or that nothing carried for too long, is given up for a new one after this. */
#define NEW_LINK_AFTER 5 /* seconds */

/* A path that stalls again and again must not make the broker's connection new each time; and a session that is newer
 * than this shows that the connection is alive. */
#define KICK_AT_MOST_EVERY MMP_SECONDS (10)

struct _MmpInitiator
{
  GObject parent_instance;

  MmpEndpointConfig *config;
  GMainContext *io;
  const MmpEndpointFuncs *funcs;
  gpointer user_data;

  MmpDialer *dialer; /* NULL: stopped, or waiting for a new link */
  MmpTunnel *tunnel; /* NULL: stopped */
  guint restart_timer;
  gboolean relayed; /* no direct path is wanted now */
  gint64 refreshed; /* when the last session came, or the dialer was kicked for a stall */
};

G_DEFINE_FINAL_TYPE (MmpInitiator, mmp_initiator, G_TYPE_OBJECT)

static void
on_dialer_state (MmpDialer *dialer,
                 MmpDialerState state,
                 const GError *cause,
                 guint retry,
                 gpointer user_data)
{
  MmpInitiator *self = user_data;
  g_autoptr (GError) pending = NULL;

  if (state == MMP_DIALER_PENDING && cause == NULL)
    cause = pending = g_error_new_literal (MMP_ERROR, MMP_ERROR_PENDING, "a person at the other device has to decide");
  mmp_tunnel_set_signalling (self->tunnel, state == MMP_DIALER_LINKED, cause, retry);
}

static void
on_dialer_session (MmpDialer *dialer,
                   MmpSession *session,
                   gboolean resumed,
                   gpointer user_data)
{
  MmpInitiator *self = user_data;

  self->refreshed = g_get_monotonic_time ();
  mmp_tunnel_add_session (self->tunnel, session, resumed);
}

static const MmpDialerFuncs dialer_funcs = {
  .state = on_dialer_state,
  .session = on_dialer_session,
};

static void
on_tunnel_status (MmpTunnel *tunnel,
                  const MmpStatus *status,
                  gpointer user_data)
{
  MmpInitiator *self = user_data;

  self->funcs->status (self, status, self->user_data);
}

static void
on_tunnel_event (MmpTunnel *tunnel,
                 const MmpTrafficEvent *event,
                 gpointer user_data)
{
  MmpInitiator *self = user_data;

  mmp_traffic_event_tell (event, self->config, mmp_tunnel_get_device (tunnel), self->funcs, self, self->user_data);
}

static void
on_tunnel_stalled (MmpTunnel *tunnel,
                   gpointer user_data)
{
  MmpInitiator *self = user_data;
  gint64 now = g_get_monotonic_time ();

  if (self->dialer == NULL || now - self->refreshed < KICK_AT_MOST_EVERY)
    return;
  self->refreshed = now;
  mmp_dialer_kick (self->dialer);
}

static void
start_dialer (MmpInitiator *self)
{
  MmpDialerConfig config = {
    .brokers = self->config->brokers,
    .prefix = self->config->prefix,
    .key_pair = self->config->key_pair,
    .listener = self->config->listener,
    .invitation = self->config->invitation,
    .name = self->config->name,
    .unlimited = self->config->relay == MMP_RELAY_UNLIMITED,
  };

  /* Blocks at most in the first seconds after the machine was switched on. */
  if (getrandom (config.link_name, sizeof config.link_name, 0) != sizeof config.link_name)
    g_error ("the system gives no random numbers");
  self->dialer = mmp_dialer_new (&config, self->io, &dialer_funcs, self);
  mmp_dialer_start (self->dialer);
}

static void
stop_dialer (MmpInitiator *self)
{
  g_clear_handle_id (&self->restart_timer, g_source_remove);
  if (self->dialer != NULL)
    mmp_dialer_stop (self->dialer);
  g_clear_object (&self->dialer);
}

static void
stop_tunnel (MmpInitiator *self)
{
  if (self->tunnel != NULL)
    mmp_tunnel_stop (self->tunnel);
  g_clear_object (&self->tunnel);
}

static gboolean
on_restart (gpointer user_data)
{
  MmpInitiator *self = user_data;

  self->restart_timer = 0;
  start_dialer (self);

  return G_SOURCE_REMOVE;
}

static void on_tunnel_closed (MmpTunnel *tunnel,
                              const GError *error,
                              gpointer user_data);

static const MmpTunnelFuncs tunnel_funcs = {
  .status = on_tunnel_status,
  .event = on_tunnel_event,
  .stalled = on_tunnel_stalled,
  .closed = on_tunnel_closed,
};

static void
start_tunnel (MmpInitiator *self)
{
  self->tunnel = mmp_tunnel_new (MMP_PEER_ROLE_OFFERER, self->config, self->io, &self->config->listener, &tunnel_funcs, self);
  mmp_tunnel_set_direct (self->tunnel, !self->relayed);
}

/* The name of a link stands for its numbers. So a link that begins anew by our own decision gets a new name, and with it
 * a new dialer. */
static void
on_tunnel_closed (MmpTunnel *tunnel,
                  const GError *error,
                  gpointer user_data)
{
  MmpInitiator *self = user_data;

  stop_dialer (self);
  stop_tunnel (self);
  start_tunnel (self);
  self->restart_timer = g_timeout_add_seconds (NEW_LINK_AFTER, on_restart, self);
  mmp_tunnel_set_signalling (self->tunnel, FALSE, error, NEW_LINK_AFTER);
}

static void
mmp_initiator_dispose (GObject *object)
{
  mmp_initiator_stop (MMP_INITIATOR (object));

  G_OBJECT_CLASS (mmp_initiator_parent_class)->dispose (object);
}

static void
mmp_initiator_finalize (GObject *object)
{
  MmpInitiator *self = MMP_INITIATOR (object);

  mmp_endpoint_config_free (self->config);
  g_main_context_unref (self->io);

  G_OBJECT_CLASS (mmp_initiator_parent_class)->finalize (object);
}

static void
mmp_initiator_class_init (MmpInitiatorClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = mmp_initiator_dispose;
  object_class->finalize = mmp_initiator_finalize;
}

static void
mmp_initiator_init (MmpInitiator *self)
{
}

/**
 * mmp_initiator_new:
 * @config: whom to call, through which brokers, with which services and forwards; copied
 * @io: the context of the I/O thread
 * @funcs: told what happens; each may be %NULL but @status
 *
 * Returns: (transfer full): an initiator that is stopped
 */
MmpInitiator *
mmp_initiator_new (const MmpEndpointConfig *config,
                   GMainContext *io,
                   const MmpEndpointFuncs *funcs,
                   gpointer user_data)
{
  MmpInitiator *self = g_object_new (MMP_TYPE_INITIATOR, NULL);

  self->config = mmp_endpoint_config_copy (config);
  self->io = g_main_context_ref (io);
  self->funcs = funcs;
  self->user_data = user_data;

  return self;
}

/**
 * mmp_initiator_start:
 *
 * Begins to call the listener, and keeps at it until mmp_initiator_stop(). Nothing happens if it was started already.
 */
void
mmp_initiator_start (MmpInitiator *self)
{
  if (self->tunnel != NULL)
    return;

  start_tunnel (self);
  start_dialer (self);
}

/**
 * mmp_initiator_stop:
 *
 * Says bye and closes everything; streams are reset. No callback is called after this. It may be started again.
 */
void
mmp_initiator_stop (MmpInitiator *self)
{
  stop_dialer (self);
  stop_tunnel (self);
}

/**
 * mmp_initiator_kick:
 *
 * The network changed, or a person wants it tried again now: connects to the broker anew, and makes a new direct path.
 */
void
mmp_initiator_kick (MmpInitiator *self)
{
  if (self->tunnel == NULL)
    return;

  if (self->restart_timer != 0)
    {
      g_clear_handle_id (&self->restart_timer, g_source_remove);
      start_dialer (self);
    }
  else
    {
      mmp_dialer_kick (self->dialer);
    }
  if (self->tunnel != NULL)
    mmp_tunnel_kick (self->tunnel);
}

/**
 * mmp_initiator_set_direct:
 * @direct: %FALSE gives direct paths up and uses the broker, if streams may go there, until %TRUE
 */
void
mmp_initiator_set_direct (MmpInitiator *self,
                          gboolean direct)
{
  self->relayed = !direct;
  if (self->tunnel != NULL)
    mmp_tunnel_set_direct (self->tunnel, direct);
}
