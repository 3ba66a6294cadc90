/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-link"

#include "link/mmp-direct-carrier.h"

#include "base/mmp-context.h"
#include "base/mmp-limits.h"

struct _MmpDirectCarrier
{
  MmpCarrier parent_instance;

  GMainContext *control;
  MmpPeer *peer; /* NULL once closed */
  MmpCandidatePair pair;
};

G_DEFINE_FINAL_TYPE (MmpDirectCarrier, mmp_direct_carrier, MMP_TYPE_CARRIER)

static void
close_peer (gpointer user_data)
{
  mmp_peer_close (user_data);
}

/* A peer has two owners by thread: its data is heard here, its end is asked for on control. */
static void
let_go (MmpDirectCarrier *self)
{
  if (self->peer == NULL)
    return;

  mmp_peer_set_data_funcs (self->peer, NULL, NULL);
  mmp_context_invoke (self->control, close_peer, g_steal_pointer (&self->peer), g_object_unref);
}

static void
on_data (MmpPeer *peer,
         guint channel,
         GBytes *message,
         gpointer user_data)
{
  g_autoptr (MmpCarrier) self = g_object_ref (user_data);

  mmp_carrier_emit_received (self, message);
}

static void
on_writable (MmpPeer *peer,
             guint channel,
             gpointer user_data)
{
  g_autoptr (MmpCarrier) self = g_object_ref (user_data);

  mmp_carrier_emit_writable (self);
}

static void
on_closed (MmpPeer *peer,
           gpointer user_data)
{
  g_autoptr (MmpDirectCarrier) self = g_object_ref (user_data);

  let_go (self);
  mmp_carrier_emit_closed (MMP_CARRIER (self));
}

static const MmpPeerDataFuncs data_funcs = {
  .data = on_data,
  .writable = on_writable,
  .closed = on_closed,
};

static void
mmp_direct_carrier_send (MmpCarrier *carrier,
                         guint lane,
                         GBytes *message)
{
  MmpDirectCarrier *self = MMP_DIRECT_CARRIER (carrier);
  g_autoptr (GError) error = NULL;

  if (self->peer != NULL && !mmp_peer_send (self->peer, lane, message, &error))
    g_debug ("A message is lost: %s", error->message);
}

static gsize
mmp_direct_carrier_get_space (MmpCarrier *carrier,
                              guint lane)
{
  MmpDirectCarrier *self = MMP_DIRECT_CARRIER (carrier);
  gsize buffered;

  if (self->peer == NULL)
    return 0;
  buffered = mmp_peer_get_buffered (self->peer, lane);

  return buffered < MMP_PEER_BUFFERED_MAX ? MMP_PEER_BUFFERED_MAX - buffered : 0;
}

static void
mmp_direct_carrier_close (MmpCarrier *carrier)
{
  let_go (MMP_DIRECT_CARRIER (carrier));
}

static void
mmp_direct_carrier_dispose (GObject *object)
{
  MmpDirectCarrier *self = MMP_DIRECT_CARRIER (object);

  let_go (self);
  g_clear_pointer (&self->control, g_main_context_unref);

  G_OBJECT_CLASS (mmp_direct_carrier_parent_class)->dispose (object);
}

static void
mmp_direct_carrier_class_init (MmpDirectCarrierClass *klass)
{
  MmpCarrierClass *carrier_class = MMP_CARRIER_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = mmp_direct_carrier_dispose;
  carrier_class->send = mmp_direct_carrier_send;
  carrier_class->get_space = mmp_direct_carrier_get_space;
  carrier_class->close = mmp_direct_carrier_close;
}

static void
mmp_direct_carrier_init (MmpDirectCarrier *self)
{
}

/**
 * mmp_direct_carrier_new:
 * @peer: a verified peer with one channel a lane; the carrier closes it in the end
 * @generation: the attempt's number, the same at both ends
 * @pair: what @peer goes over; copied
 * @control: (nullable): the context that @peer was made on
 *
 * I/O thread.
 *
 * Returns: (transfer full): a carrier of kind %MMP_CARRIER_DIRECT
 */
MmpDirectCarrier *
mmp_direct_carrier_new (MmpPeer *peer,
                        guint64 generation,
                        const MmpCandidatePair *pair,
                        GMainContext *control)
{
  MmpDirectCarrier *self = g_object_new (MMP_TYPE_DIRECT_CARRIER,
                                         "kind", MMP_CARRIER_DIRECT,
                                         "generation", generation,
                                         NULL);

  self->peer = g_object_ref (peer);
  self->pair = *pair;
  self->control = g_main_context_ref (control != NULL ? control : g_main_context_default ());
  mmp_peer_set_data_funcs (peer, &data_funcs, self);

  return self;
}

/**
 * mmp_direct_carrier_get_pair:
 *
 * Returns: (transfer none): the pair of candidates that it goes over
 */
const MmpCandidatePair *
mmp_direct_carrier_get_pair (MmpDirectCarrier *self)
{
  return &self->pair;
}

/**
 * mmp_direct_carrier_is_closed:
 *
 * Returns: whether it was closed or its peer is gone
 */
gboolean
mmp_direct_carrier_is_closed (MmpDirectCarrier *self)
{
  return self->peer == NULL;
}
