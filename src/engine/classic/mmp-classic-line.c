/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-classic"

#include "classic/mmp-classic-line.h"

#include "base/mmp-error.h"
#include "classic/mmp-classic-call.h"
#include "classic/mmp-classic-topics.h"
#include "tunnel/mmp-crossing.h"

static const char *const candidate_names[] = {
  [MMP_CANDIDATE_HOST] = "host",
  [MMP_CANDIDATE_SERVER_REFLEXIVE] = "srflx",
  [MMP_CANDIDATE_PEER_REFLEXIVE] = "prflx",
  [MMP_CANDIDATE_RELAYED] = "relay",
};

struct _MmpClassicLine
{
  MmpPeerRole role;
  const MmpEndpointConfig *config;
  GMainContext *io;
  const MmpClassicLineFuncs *funcs;
  gpointer user_data;
  MmpCrossing *crossing;

  MmpClassicCall *current; /* nullable: the one that stands */
  MmpClassicCall *next; /* nullable: the one that is being made */
  guint64 generation; /* of the one that stands, or stood last */
  MmpCandidatePair pair;
  guint n_connections;
  guint64 sent;
  guint64 received;
};

/* The I/O side */
typedef struct
{
  MmpCrossing *crossing;
  MmpClassicTraffic *traffic;
  guint64 generation; /* of the peer that is attached */
} Side;

/* What crosses; only some of it is set */
typedef struct
{
  MmpPeerRole role;
  MmpEndpointConfig *config;
  GMainContext *io;
  MmpPeer *peer;
  guint64 generation;
  MmpClassicEvent *event;
} Parcel;

static void
parcel_free (gpointer data)
{
  Parcel *parcel = data;

  g_clear_object (&parcel->peer);
  g_clear_pointer (&parcel->config, mmp_endpoint_config_free);
  g_clear_pointer (&parcel->io, g_main_context_unref);
  g_clear_pointer (&parcel->event, mmp_classic_event_free);
  g_free (parcel);
}

/* Control */
static void
take_event (gpointer side,
            gpointer data)
{
  MmpClassicLine *self = side;
  const Parcel *parcel = data;
  const MmpClassicEvent *event = parcel->event;

  if (event->type == MMP_CLASSIC_FIGURES)
    {
      self->n_connections = event->n_connections;
      self->sent = event->sent;
      self->received = event->received;
      self->funcs->figures (self, self->user_data);
    }
  else if (event->type != MMP_CLASSIC_ENDED)
    {
      self->funcs->event (self, event, self->user_data);
    }
  else if (self->current != NULL && parcel->generation == self->generation)
    {
      mmp_classic_call_fail (self->current, g_error_new_literal (MMP_ERROR, MMP_ERROR_LINK_LOST, "the other device closed the connection"));
    }
}

/* I/O, as all down to end_side() */
static void
on_traffic_event (MmpClassicEvent *event,
                  gpointer user_data)
{
  Side *side = user_data;
  Parcel *parcel = g_new0 (Parcel, 1);

  parcel->event = event;
  parcel->generation = side->generation;
  mmp_crossing_to_control (side->crossing, take_event, parcel, parcel_free);
}

static gpointer
begin_side (MmpCrossing *crossing,
            gpointer data)
{
  const Parcel *parcel = data;
  Side *side = g_new0 (Side, 1);

  side->crossing = mmp_crossing_ref (crossing);
  side->traffic = mmp_classic_traffic_new (parcel->role, parcel->config, parcel->io, on_traffic_event, side);

  return side;
}

static void
attach (gpointer side,
        gpointer data)
{
  const Parcel *parcel = data;

  ((Side *) side)->generation = parcel->generation;
  mmp_classic_traffic_attach (((Side *) side)->traffic, parcel->peer);
}

static void
detach (gpointer side,
        gpointer data)
{
  mmp_classic_traffic_detach (((Side *) side)->traffic);
}

static void
end_side (gpointer data)
{
  Side *side = data;

  mmp_classic_traffic_free (side->traffic);
  mmp_crossing_unref (side->crossing);
  g_free (side);
}

static void
drop_current (MmpClassicLine *self)
{
  if (self->current == NULL)
    return;

  mmp_crossing_to_io (self->crossing, detach, NULL, NULL);
  g_clear_pointer (&self->current, mmp_classic_call_free);
}

static void
on_call_described (MmpClassicCall *call,
                   const char *sdp,
                   gpointer user_data)
{
  MmpClassicLine *self = user_data;

  self->funcs->described (self, sdp, self->user_data);
}

static void
on_call_up (MmpClassicCall *call,
            const MmpCandidatePair *pair,
            gpointer user_data)
{
  MmpClassicLine *self = user_data;
  Parcel *parcel = g_new0 (Parcel, 1);

  drop_current (self);
  self->current = g_steal_pointer (&self->next);
  self->pair = *pair;
  parcel->generation = ++self->generation;
  parcel->peer = g_object_ref (mmp_classic_call_get_peer (call));
  mmp_crossing_to_io (self->crossing, attach, parcel, parcel_free);
  self->funcs->up (self, self->user_data);
}

static void
on_call_over (MmpClassicCall *call,
              const GError *error,
              gpointer user_data)
{
  MmpClassicLine *self = user_data;
  g_autoptr (GError) cause = g_error_copy (error);

  if (call == self->next)
    g_clear_pointer (&self->next, mmp_classic_call_free);
  else
    drop_current (self);
  g_debug ("a connection is over: %s", cause->message);
  if (self->next == NULL && self->current == NULL)
    self->funcs->down (self, cause, self->user_data);
}

static const MmpClassicCallFuncs call_funcs = {
  .described = on_call_described,
  .up = on_call_up,
  .over = on_call_over,
};

/**
 * mmp_classic_line_new:
 * @config: must stay
 * @io: the context of the I/O thread
 *
 * Returns: (transfer full): without a connection
 */
MmpClassicLine *
mmp_classic_line_new (MmpPeerRole role,
                      const MmpEndpointConfig *config,
                      GMainContext *io,
                      const MmpClassicLineFuncs *funcs,
                      gpointer user_data)
{
  MmpClassicLine *self = g_new0 (MmpClassicLine, 1);
  Parcel *parcel = g_new0 (Parcel, 1);

  self->role = role;
  self->config = config;
  self->io = g_main_context_ref (io);
  self->funcs = funcs;
  self->user_data = user_data;
  self->crossing = mmp_crossing_new (self, io);
  parcel->role = role;
  /* Only what traffic needs goes to the other thread. */
  parcel->config = mmp_endpoint_config_copy (config);
  g_clear_object (&parcel->config->trust);
  parcel->io = g_main_context_ref (io);
  mmp_crossing_begin (self->crossing, begin_side, parcel, parcel_free);

  return self;
}

/**
 * mmp_classic_line_free:
 *
 * Closes everything. Nothing is called any more.
 */
void
mmp_classic_line_free (MmpClassicLine *self)
{
  mmp_crossing_end (self->crossing, end_side);
  g_clear_pointer (&self->next, mmp_classic_call_free);
  g_clear_pointer (&self->current, mmp_classic_call_free);
  mmp_crossing_unref (self->crossing);
  g_main_context_unref (self->io);
  g_free (self);
}

/* Returns: whether there is one now */
static gboolean
begin_call (MmpClassicLine *self)
{
  g_autoptr (GError) error = NULL;
  gboolean begun;

  g_clear_pointer (&self->next, mmp_classic_call_free);
  self->next = mmp_classic_call_new (self->role, self->config->ice, self->io, &call_funcs, self, &error);
  begun = self->next != NULL;
  if (!begun && self->current == NULL)
    self->funcs->down (self, error, self->user_data);

  return begun;
}

/**
 * mmp_classic_line_offer:
 *
 * Begins to make a connection: `described` follows, then mmp_classic_line_answered() is needed.
 */
void
mmp_classic_line_offer (MmpClassicLine *self)
{
  begin_call (self);
}

/**
 * mmp_classic_line_answered:
 * @sdp: an answer of the other side. It is ignored if none is waited for
 */
void
mmp_classic_line_answered (MmpClassicLine *self,
                           const char *sdp)
{
  if (self->next != NULL)
    mmp_classic_call_set_remote (self->next, sdp);
}

/**
 * mmp_classic_line_offered:
 * @sdp: an offer of the other side; a newer one takes the place of one that is not verified yet
 */
void
mmp_classic_line_offered (MmpClassicLine *self,
                          const char *sdp)
{
  if (begin_call (self))
    mmp_classic_call_set_remote (self->next, sdp);
}

/**
 * mmp_classic_line_said_bye:
 *
 * The other side goes, or begins anew.
 */
void
mmp_classic_line_said_bye (MmpClassicLine *self)
{
  g_autoptr (GError) error = NULL;

  if (self->current == NULL && self->next == NULL)
    return;

  error = g_error_new_literal (MMP_ERROR, MMP_ERROR_LINK_LOST, "the other device said goodbye");
  mmp_classic_line_hang_up (self);
  self->funcs->down (self, error, self->user_data);
}

/**
 * mmp_classic_line_hang_up:
 *
 * Closes what stands and what is being made, without a word.
 */
void
mmp_classic_line_hang_up (MmpClassicLine *self)
{
  g_clear_pointer (&self->next, mmp_classic_call_free);
  drop_current (self);
}

/**
 * mmp_classic_line_is_calling:
 *
 * Returns: whether a connection is being made
 */
gboolean
mmp_classic_line_is_calling (MmpClassicLine *self)
{
  return self->next != NULL;
}

/**
 * mmp_classic_line_is_up:
 *
 * Returns: whether a connection stands
 */
gboolean
mmp_classic_line_is_up (MmpClassicLine *self)
{
  return self->current != NULL;
}

/**
 * mmp_classic_line_describe:
 *
 * Puts path and figures into @status.
 */
void
mmp_classic_line_describe (MmpClassicLine *self,
                           MmpStatus *status)
{
  gboolean up = self->current != NULL;
  gboolean relayed = mmp_candidate_pair_goes_over_turn (&self->pair);

  status->path = MMP_PATH_NONE;
  if (up)
    status->path = relayed ? MMP_PATH_TURN : self->pair.tcp ? MMP_PATH_DIRECT_TCP
                                                            : MMP_PATH_DIRECT_UDP;
  status->generation = up ? self->generation : 0;
  status->local_candidate = up ? candidate_names[self->pair.local_type] : NULL;
  status->remote_candidate = up ? candidate_names[self->pair.remote_type] : NULL;
  status->n_streams = up ? self->n_connections : 0;
  status->bytes_sent = self->sent;
  status->bytes_received = self->received;
}

/**
 * mmp_classic_line_get_channel:
 *
 * Returns: what the tunnel of a configuration is called
 */
const char *
mmp_classic_line_get_channel (const MmpEndpointConfig *config)
{
  if (config->forwards->len > 0)
    return ((const MmpForward *) g_ptr_array_index (config->forwards, 0))->service;
  if (config->services->len > 0)
    return ((const MmpService *) g_ptr_array_index (config->services, 0))->name;

  return MMP_CLASSIC_CHANNEL;
}

/**
 * mmp_classic_line_tell:
 * @event: listening, trouble or connection
 *
 * Says it in the words of an endpoint.
 */
void
mmp_classic_line_tell (const MmpClassicEvent *event,
                       const MmpEndpointConfig *config,
                       const MmpEndpointFuncs *funcs,
                       gpointer endpoint,
                       gpointer user_data)
{
  if (event->type == MMP_CLASSIC_LISTENING && funcs->listening != NULL)
    {
      const MmpForward *forward = g_ptr_array_index (config->forwards, event->forward);

      funcs->listening (endpoint, forward->address, event->port, forward->service, user_data);
    }
  else if (event->type == MMP_CLASSIC_TROUBLE && funcs->forward_failed != NULL)
    {
      funcs->forward_failed (endpoint, event->error, user_data);
    }
  else if (event->type == MMP_CLASSIC_CONNECTION && funcs->stream != NULL)
    {
      funcs->stream (endpoint, event->id, mmp_classic_line_get_channel (config), event->open, event->sent, event->received, user_data);
    }
}
