/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-loopback-carrier.h"

#include "base/mmp-limits.h"

#define BUFFER_DEFAULT 131072
#define REORDER_MAX G_USEC_PER_SEC
#define DUPLICATE_MAX (30 * G_USEC_PER_SEC)

/* A message on its way */
typedef struct
{
  MmpLoopbackCarrier *from; /* owns it */
  GList node;
  guint lane;
  GBytes *bytes;
  guint timer;
} Parcel;

struct _MmpLoopbackCarrier
{
  MmpCarrier parent_instance;

  MmpClock *clock;
  MmpLoopbackConfig config;
  GRand *random;
  MmpLoopbackCarrier *peer; /* weak */

  gboolean cut;
  gboolean frozen;
  gboolean closed;
  guint closing; /* timer: the other end closed */
  GQueue parcels; /* on the line */
  GQueue held; /* without timer, while frozen */

  Parcel *leaving; /* takes up the line; it is the first of its lane's queue */
  GQueue waiting[MMP_LINK_LANES]; /* for the rate */
  guint last_lane; /* that had its turn */
  gsize waiting_size[MMP_LINK_LANES];
  gint64 last_arrival[MMP_LINK_LANES];
  gboolean full[MMP_LINK_LANES]; /* somebody was told that there is no space */

  guint n_sent;
  guint64 bytes_sent;
};

G_DEFINE_FINAL_TYPE (MmpLoopbackCarrier, mmp_loopback_carrier, MMP_TYPE_CARRIER)

static void
parcel_free (Parcel *parcel)
{
  mmp_clock_remove (parcel->from->clock, &parcel->timer);
  g_bytes_unref (parcel->bytes);
  g_free (parcel);
}

static void
drop_queue (GQueue *queue)
{
  while (queue->length > 0)
    parcel_free (g_queue_pop_head_link (queue)->data);
}

static void
drop_all (MmpLoopbackCarrier *self)
{
  drop_queue (&self->parcels);
  drop_queue (&self->held);
  for (guint i = 0; i < MMP_LINK_LANES; i++)
    drop_queue (&self->waiting[i]);
  self->leaving = NULL;
}

static gsize
get_buffer (MmpLoopbackCarrier *self)
{
  return self->config.buffer != 0 ? self->config.buffer : BUFFER_DEFAULT;
}

static gboolean
happens (MmpLoopbackCarrier *self,
         double likely)
{
  return likely > 0 && g_rand_double (self->random) < likely;
}

static void
on_arrived (gpointer user_data)
{
  Parcel *parcel = user_data;
  g_autoptr (MmpLoopbackCarrier) self = g_object_ref (parcel->from);
  g_autoptr (MmpLoopbackCarrier) peer = self->peer != NULL ? g_object_ref (self->peer) : NULL;

  parcel->timer = 0;
  g_queue_unlink (&self->parcels, &parcel->node);
  if (self->frozen)
    {
      g_queue_push_tail_link (&self->held, &parcel->node);
      return;
    }
  if (!self->cut && peer != NULL && !peer->closed)
    mmp_carrier_emit_received (MMP_CARRIER (peer), parcel->bytes);
  parcel_free (parcel);
}

/* Puts a parcel on the line; it comes after what is before it in its lane. */
static void
put_on_line (MmpLoopbackCarrier *self,
             Parcel *parcel)
{
  gint64 due = mmp_clock_now (self->clock) + self->config.delay;

  if (self->config.jitter > 0)
    due += (gint64) (g_rand_double (self->random) * (double) self->config.jitter);
  if (happens (self, self->config.reorder))
    {
      due += (gint64) (g_rand_double (self->random) * REORDER_MAX);
    }
  else
    {
      due = MAX (due, self->last_arrival[parcel->lane]);
      self->last_arrival[parcel->lane] = due;
    }

  g_queue_push_tail_link (&self->parcels, &parcel->node);
  parcel->timer = mmp_clock_add (self->clock, due, on_arrived, parcel);
}

/* The channels of a direct carrier take turns; a relay has one queue. */
static guint
get_queue (MmpLoopbackCarrier *self,
           guint lane)
{
  return self->config.kind == MMP_CARRIER_DIRECT ? lane : 0;
}

static void on_left (gpointer user_data);

static void
take_next (MmpLoopbackCarrier *self)
{
  for (guint i = 1; i <= MMP_LINK_LANES && self->leaving == NULL; i++)
    {
      guint lane = (self->last_lane + i) % MMP_LINK_LANES;
      gint64 now = mmp_clock_now (self->clock);

      if (self->waiting[lane].length == 0)
        continue;
      self->last_lane = lane;
      self->leaving = g_queue_peek_head (&self->waiting[lane]);
      self->leaving->timer = mmp_clock_add (self->clock,
                                            now + (gint64) (g_bytes_get_size (self->leaving->bytes) * G_USEC_PER_SEC / self->config.rate),
                                            on_left, self->leaving);
    }
}

static void
on_left (gpointer user_data)
{
  Parcel *parcel = user_data;
  g_autoptr (MmpLoopbackCarrier) self = g_object_ref (parcel->from);
  guint lane = parcel->lane;

  parcel->timer = 0;
  self->leaving = NULL;
  self->waiting_size[lane] -= g_bytes_get_size (parcel->bytes);
  g_queue_unlink (&self->waiting[get_queue (self, lane)], &parcel->node);
  put_on_line (self, parcel);
  take_next (self);

  if (self->full[lane] && self->waiting_size[lane] <= get_buffer (self) / 2)
    {
      self->full[lane] = FALSE;
      mmp_carrier_emit_writable (MMP_CARRIER (self));
    }
}

static Parcel *
parcel_new (MmpLoopbackCarrier *self,
            guint lane,
            GBytes *bytes)
{
  Parcel *parcel = g_new0 (Parcel, 1);

  parcel->from = self;
  parcel->node.data = parcel;
  parcel->lane = lane;
  parcel->bytes = g_bytes_ref (bytes);

  return parcel;
}

/* It comes again, long after. */
static void
send_again (MmpLoopbackCarrier *self,
            guint lane,
            GBytes *message)
{
  Parcel *parcel = parcel_new (self, lane, message);
  gint64 due = mmp_clock_now (self->clock) + self->config.delay + (gint64) (g_rand_double (self->random) * DUPLICATE_MAX);

  g_queue_push_tail_link (&self->parcels, &parcel->node);
  parcel->timer = mmp_clock_add (self->clock, due, on_arrived, parcel);
}

static void
mmp_loopback_carrier_send (MmpCarrier *carrier,
                           guint lane,
                           GBytes *message)
{
  MmpLoopbackCarrier *self = MMP_LOOPBACK_CARRIER (carrier);
  gsize size = g_bytes_get_size (message);

  g_assert (size <= MMP_LINK_MESSAGE_MAX);

  self->n_sent++;
  self->bytes_sent += size;
  if (self->closed || self->cut || happens (self, self->config.loss))
    return;

  if (self->config.rate == 0)
    {
      put_on_line (self, parcel_new (self, lane, message));
    }
  else
    {
      self->waiting_size[lane] += size;
      g_queue_push_tail_link (&self->waiting[get_queue (self, lane)], &parcel_new (self, lane, message)->node);
      take_next (self);
    }
  if (happens (self, self->config.duplicate))
    send_again (self, lane, message);
}

static gsize
mmp_loopback_carrier_get_space (MmpCarrier *carrier,
                                guint lane)
{
  MmpLoopbackCarrier *self = MMP_LOOPBACK_CARRIER (carrier);

  if (self->waiting_size[lane] < get_buffer (self))
    return get_buffer (self) - self->waiting_size[lane];
  self->full[lane] = TRUE;

  return 0;
}

static void
on_peer_closed (gpointer user_data)
{
  MmpLoopbackCarrier *self = user_data;

  self->closing = 0;
  mmp_loopback_carrier_fail (MMP_CARRIER (self));
}

static void
mmp_loopback_carrier_close (MmpCarrier *carrier)
{
  MmpLoopbackCarrier *self = MMP_LOOPBACK_CARRIER (carrier);
  MmpLoopbackCarrier *peer = self->peer;

  if (self->closed)
    return;

  self->closed = TRUE;
  mmp_clock_remove (self->clock, &self->closing);
  drop_all (self);
  if (peer != NULL && !peer->closed && peer->closing == 0 && !self->cut && !self->frozen)
    peer->closing = mmp_clock_add (self->clock, mmp_clock_now (self->clock) + self->config.delay, on_peer_closed, peer);
}

static void
mmp_loopback_carrier_dispose (GObject *object)
{
  MmpLoopbackCarrier *self = MMP_LOOPBACK_CARRIER (object);

  mmp_loopback_carrier_close (MMP_CARRIER (self));
  g_clear_weak_pointer (&self->peer);

  G_OBJECT_CLASS (mmp_loopback_carrier_parent_class)->dispose (object);
}

static void
mmp_loopback_carrier_finalize (GObject *object)
{
  MmpLoopbackCarrier *self = MMP_LOOPBACK_CARRIER (object);

  g_clear_pointer (&self->random, g_rand_free);
  g_clear_pointer (&self->clock, mmp_clock_unref);

  G_OBJECT_CLASS (mmp_loopback_carrier_parent_class)->finalize (object);
}

static void
mmp_loopback_carrier_class_init (MmpLoopbackCarrierClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  MmpCarrierClass *carrier_class = MMP_CARRIER_CLASS (klass);

  object_class->dispose = mmp_loopback_carrier_dispose;
  object_class->finalize = mmp_loopback_carrier_finalize;
  carrier_class->send = mmp_loopback_carrier_send;
  carrier_class->get_space = mmp_loopback_carrier_get_space;
  carrier_class->close = mmp_loopback_carrier_close;
}

static void
mmp_loopback_carrier_init (MmpLoopbackCarrier *self)
{
}

static MmpLoopbackCarrier *
make_end (MmpClock *clock,
          const MmpLoopbackConfig *config,
          guint side)
{
  MmpLoopbackCarrier *self = g_object_new (MMP_TYPE_LOOPBACK_CARRIER,
                                           "kind", config->kind,
                                           "generation", config->generation,
                                           NULL);

  self->clock = mmp_clock_ref (clock);
  self->config = *config;
  self->random = g_rand_new_with_seed (config->seed * 2 + side);

  return self;
}

/**
 * mmp_loopback_carrier_new_pair:
 * @config: copied
 * @first: (out) (transfer full): one end
 * @second: (out) (transfer full): the other
 */
void
mmp_loopback_carrier_new_pair (MmpClock *clock,
                               const MmpLoopbackConfig *config,
                               MmpCarrier **first,
                               MmpCarrier **second)
{
  MmpLoopbackCarrier *a = make_end (clock, config, 0);
  MmpLoopbackCarrier *b = make_end (clock, config, 1);

  g_set_weak_pointer (&a->peer, b);
  g_set_weak_pointer (&b->peer, a);
  *first = MMP_CARRIER (a);
  *second = MMP_CARRIER (b);
}

/**
 * mmp_loopback_carrier_cut:
 *
 * From now on nothing that this end sends arrives, and nothing that it sent and that is on the way. Nobody is told.
 */
void
mmp_loopback_carrier_cut (MmpCarrier *carrier)
{
  MMP_LOOPBACK_CARRIER (carrier)->cut = TRUE;
}

/**
 * mmp_loopback_carrier_freeze:
 *
 * What this end sends is held up until mmp_loopback_carrier_thaw().
 */
void
mmp_loopback_carrier_freeze (MmpCarrier *carrier)
{
  MMP_LOOPBACK_CARRIER (carrier)->frozen = TRUE;
}

/**
 * mmp_loopback_carrier_thaw:
 *
 * What was held up arrives, in order.
 */
void
mmp_loopback_carrier_thaw (MmpCarrier *carrier)
{
  MmpLoopbackCarrier *self = MMP_LOOPBACK_CARRIER (carrier);

  self->frozen = FALSE;
  while (self->held.length > 0)
    {
      GList *node = g_queue_pop_head_link (&self->held);

      put_on_line (self, node->data);
    }
}

/**
 * mmp_loopback_carrier_fail:
 *
 * This end is told that the carrier is dead for good. The other end is told nothing.
 */
void
mmp_loopback_carrier_fail (MmpCarrier *carrier)
{
  MmpLoopbackCarrier *self = MMP_LOOPBACK_CARRIER (carrier);

  if (self->closed)
    return;

  self->closed = TRUE;
  drop_all (self);
  mmp_carrier_emit_closed (carrier);
}

/**
 * mmp_loopback_carrier_set_noise:
 *
 * Changes how unreliable this end is; see #MmpLoopbackConfig.
 */
void
mmp_loopback_carrier_set_noise (MmpCarrier *carrier,
                                double loss,
                                double reorder,
                                double duplicate)
{
  MmpLoopbackCarrier *self = MMP_LOOPBACK_CARRIER (carrier);

  self->config.loss = loss;
  self->config.reorder = reorder;
  self->config.duplicate = duplicate;
}

/**
 * mmp_loopback_carrier_get_n_sent:
 *
 * Returns: how many messages this end was given
 */
guint
mmp_loopback_carrier_get_n_sent (MmpCarrier *carrier)
{
  return MMP_LOOPBACK_CARRIER (carrier)->n_sent;
}

/**
 * mmp_loopback_carrier_get_bytes_sent:
 *
 * Returns: how many bytes this end was given
 */
guint64
mmp_loopback_carrier_get_bytes_sent (MmpCarrier *carrier)
{
  return MMP_LOOPBACK_CARRIER (carrier)->bytes_sent;
}
