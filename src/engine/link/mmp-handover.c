/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "link/mmp-handover.h"

#include "base/mmp-context.h"
#include "link/mmp-direct-carrier.h"

/* For how many seconds in a row the newest carrier has to carry before the older ones are ended. The two sides notice at
 * different times; a carrier that one side ended while the other still sends on it costs that side a repeat. */
#define SECONDS_TO_CARRY 10

/* However often it is renewed, no more are kept. */
#define CARRIERS_MAX 4

struct _MmpHandover
{
  GMainContext *io;

  /* I/O thread */
  MmpLink *link;
  GQueue carriers; /* MmpDirectCarrier, newest first */
  GSource *timer;
  guint seconds; /* that the newest has carried */
};

static void
stop_timer (MmpHandover *self)
{
  if (self->timer != NULL)
    g_source_destroy (self->timer);
  g_clear_pointer (&self->timer, g_source_unref);
}

/* Those that died by themselves were taken off the link already. */
static void
drop_dead (MmpHandover *self)
{
  GList *next;

  for (GList *l = self->carriers.head; l != NULL; l = next)
    {
      next = l->next;
      if (mmp_direct_carrier_is_closed (l->data))
        {
          g_object_unref (l->data);
          g_queue_delete_link (&self->carriers, l);
        }
    }
}

static void
end_older (MmpHandover *self,
           guint n_kept)
{
  while (self->carriers.length > n_kept)
    {
      g_autoptr (MmpCarrier) carrier = g_queue_pop_tail (&self->carriers);

      mmp_link_detach (self->link, carrier);
      mmp_carrier_close (carrier);
    }
}

static gboolean
on_second (gpointer user_data)
{
  MmpHandover *self = user_data;
  gboolean carries;

  drop_dead (self);
  carries = self->carriers.length > 0 && mmp_link_get_carrier (self->link) == self->carriers.head->data;
  self->seconds = carries ? self->seconds + 1 : 0;
  if (self->seconds >= SECONDS_TO_CARRY)
    end_older (self, 1);
  if (self->carriers.length > 1)
    return G_SOURCE_CONTINUE;

  stop_timer (self);

  return G_SOURCE_REMOVE;
}

/* What crosses to I/O */
typedef struct
{
  MmpHandover *handover;
  guint64 gen;
  MmpPeer *peer;
  MmpCandidatePair pair;
} Change;

static void
change_free (gpointer data)
{
  Change *change = data;

  g_clear_object (&change->peer);
  g_free (change);
}

static void
do_attach (gpointer user_data)
{
  const Change *change = user_data;
  MmpHandover *self = change->handover;
  MmpDirectCarrier *carrier = mmp_direct_carrier_new (change->peer, change->gen, &change->pair, NULL);

  drop_dead (self);
  g_queue_push_head (&self->carriers, carrier);
  self->seconds = 0;
  mmp_link_attach (self->link, MMP_CARRIER (carrier));
  end_older (self, CARRIERS_MAX);
  if (self->timer == NULL && self->carriers.length > 1)
    {
      self->timer = g_timeout_source_new_seconds (1);
      g_source_set_static_name (self->timer, "[mmp] handover");
      g_source_set_callback (self->timer, on_second, self, NULL);
      g_source_attach (self->timer, g_main_context_get_thread_default ());
    }
}

static void
do_end (gpointer user_data)
{
  const Change *change = user_data;
  MmpHandover *self = change->handover;
  guint n_newer = 0;

  for (GList *l = self->carriers.head; l != NULL; l = l->next)
    n_newer += mmp_carrier_get_generation (l->data) > change->gen ? 1 : 0;
  end_older (self, n_newer);
}

static void
do_free (gpointer user_data)
{
  MmpHandover *self = user_data;

  stop_timer (self);
  g_queue_clear_full (&self->carriers, g_object_unref);
  g_object_unref (self->link);
  g_main_context_unref (self->io);
  g_free (self);
}

/**
 * mmp_handover_new:
 * @link: lives on the thread of @io
 * @io: the context of the I/O thread
 *
 * Returns: (transfer full): no carriers yet
 */
MmpHandover *
mmp_handover_new (MmpLink *link,
                  GMainContext *io)
{
  MmpHandover *self = g_new0 (MmpHandover, 1);

  self->link = g_object_ref (link);
  self->io = g_main_context_ref (io);
  g_queue_init (&self->carriers);

  return self;
}

/**
 * mmp_handover_free:
 *
 * Carriers that are attached are the link's from now on.
 */
void
mmp_handover_free (MmpHandover *self)
{
  mmp_context_invoke (self->io, do_free, self, NULL);
}

/**
 * mmp_handover_end:
 * @gen: a number of an attempt
 *
 * Takes the carriers of this and of older attempts off the link and closes them.
 */
void
mmp_handover_end (MmpHandover *self,
                  guint64 gen)
{
  Change *change = g_new0 (Change, 1);

  change->handover = self;
  change->gen = gen;
  mmp_context_invoke (self->io, do_end, change, change_free);
}

/**
 * mmp_handover_attach:
 * @gen: the number of an attempt, higher than all before
 * @peer: its peer, which was verified; the carrier's from now on
 * @pair: the path
 *
 * Attaches a carrier to the link.
 */
void
mmp_handover_attach (MmpHandover *self,
                     guint64 gen,
                     MmpPeer *peer,
                     const MmpCandidatePair *pair)
{
  Change *change = g_new0 (Change, 1);

  change->handover = self;
  change->gen = gen;
  change->peer = g_object_ref (peer);
  change->pair = *pair;
  mmp_context_invoke (self->io, do_attach, change, change_free);
}
