/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "link/mmp-relays.h"

#include "base/mmp-limits.h"
#include "link/mmp-relay-carrier.h"

struct _MmpRelays
{
  MmpLink *link;
  MmpClock *clock;
  gboolean streams;
  MmpCarrier *newest; /* NULL: no session stands */
  GQueue old; /* MmpCarrier */
  guint timer;
};

static void
on_timer (gpointer user_data)
{
  MmpRelays *self = user_data;

  self->timer = 0;
  mmp_relays_end_old (self);
}

/**
 * mmp_relays_new:
 * @link: what they are attached to
 * @clock: its clock
 *
 * Returns: (transfer full): none yet, and streams may not use those that come
 */
MmpRelays *
mmp_relays_new (MmpLink *link,
                MmpClock *clock)
{
  MmpRelays *self = g_new0 (MmpRelays, 1);

  self->link = g_object_ref (link);
  self->clock = mmp_clock_ref (clock);
  g_queue_init (&self->old);

  return self;
}

/**
 * mmp_relays_free:
 *
 * What is still attached is the link's from now on.
 */
void
mmp_relays_free (MmpRelays *self)
{
  mmp_relays_end_old (self);
  g_clear_object (&self->newest);
  mmp_clock_unref (self->clock);
  g_object_unref (self->link);
  g_free (self);
}

/**
 * mmp_relays_retire:
 *
 * A newer session comes: what still arrives through the one before is read for a while.
 */
void
mmp_relays_retire (MmpRelays *self)
{
  if (self->newest == NULL)
    return;

  g_queue_push_tail (&self->old, g_steal_pointer (&self->newest));
  mmp_clock_remove (self->clock, &self->timer);
  self->timer = mmp_clock_add (self->clock, mmp_clock_now (self->clock) + MMP_OLD_RELAY_READ_FOR, on_timer, self);
}

/**
 * mmp_relays_end_old:
 *
 * Takes the older ones off the link at once.
 */
void
mmp_relays_end_old (MmpRelays *self)
{
  MmpCarrier *carrier;

  mmp_clock_remove (self->clock, &self->timer);
  while ((carrier = g_queue_pop_head (&self->old)) != NULL)
    {
      mmp_link_detach (self->link, carrier);
      mmp_carrier_close (carrier);
      g_object_unref (carrier);
    }
}

/**
 * mmp_relays_add:
 * @session: the newest session; the one before was retired
 *
 * Attaches its relay to the link.
 */
void
mmp_relays_add (MmpRelays *self,
                MmpSession *session)
{
  self->newest = mmp_relay_carrier_new (session, self->streams);
  mmp_link_attach (self->link, self->newest);
}

/**
 * mmp_relays_set_streams:
 * @streams: whether the bytes of streams may go through the broker
 */
void
mmp_relays_set_streams (MmpRelays *self,
                        gboolean streams)
{
  self->streams = streams;
  if (self->newest != NULL)
    mmp_relay_carrier_set_streams (MMP_RELAY_CARRIER (self->newest), streams);
}

/**
 * mmp_relays_note_lost:
 * @carrier: what #MmpLinkFuncs.lost() is told of
 * @stalled: likewise
 *
 * Returns: whether it is one of the older ones, for which nobody waits
 */
gboolean
mmp_relays_note_lost (MmpRelays *self,
                      MmpCarrier *carrier,
                      gboolean stalled)
{
  GList *old = g_queue_find (&self->old, carrier);

  if (carrier == self->newest && !stalled)
    g_clear_object (&self->newest);
  if (old == NULL)
    return FALSE;

  if (!stalled)
    {
      g_queue_delete_link (&self->old, old);
      g_object_unref (carrier);
    }

  return TRUE;
}
