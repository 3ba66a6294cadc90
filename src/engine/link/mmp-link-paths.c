/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-link"

#include "link/mmp-link-private.h"

#define PINGS_MISSED_MAX 3

/* Long enough that a carrier which is silent meanwhile has stalled */
#define PROBE_FOR ((PINGS_MISSED_MAX + 1) * MMP_LINK_PING_BUSY)

/* When a direct carrier that streams use has been silent for so long, the others are looked at too, so that it is known which
 * of them is alive when it stalls. Until then a relay has its rare pings only: it costs somebody else. */
#define DOUBT_AFTER (MMP_LINK_PING_BUSY * 3 / 2)
#define RELAY_PATIENCE (PINGS_MISSED_MAX * MMP_LINK_PING_BUSY - DOUBT_AFTER)

/* What a round trip is taken for until one was measured, and at least: a reader's own delays count too. */
#define RTT_DEFAULT MMP_MSEC (100)
#define RTT_MIN MMP_MSEC (10)

/* Two minutes of a path in use, ten of one at rest */
#define RTTS_KEPT 120

void
mmp_path_free (gpointer data)
{
  MmpPath *self = data;

  mmp_carrier_set_funcs (self->carrier, NULL, NULL);
  g_object_unref (self->carrier);
  mmp_series_free (self->rtts);
  g_free (self);
}

MmpPath *
mmp_link_find_path (MmpLink *self,
                    MmpCarrier *carrier)
{
  for (guint i = 0; i < self->paths->len; i++)
    {
      MmpPath *path = g_ptr_array_index (self->paths, i);

      if (path->carrier == carrier)
        return path;
    }

  return NULL;
}

static gboolean
has_streams (MmpLink *self)
{
  return g_hash_table_size (self->streams) > 0;
}

static gboolean
is_probed (MmpLink *self)
{
  return self->probed_at >= 0 && mmp_link_now (self) < self->probed_at + PROBE_FOR;
}

static gboolean
is_used_by_streams (MmpLink *self,
                    const MmpPath *path)
{
  return has_streams (self) && (path->kind == MMP_CARRIER_DIRECT || self->current == NULL || self->current->kind == MMP_CARRIER_RELAY);
}

static gint64
get_interval (MmpLink *self,
              const MmpPath *path)
{
  if (is_used_by_streams (self, path) || is_probed (self))
    return MMP_LINK_PING_BUSY;

  return path->kind == MMP_CARRIER_DIRECT ? MMP_LINK_PING_IDLE_DIRECT : MMP_LINK_PING_IDLE_RELAY;
}

/* Until the first contact there is a ping each second, since only a ping can bring it. */
static gint64
get_ping_due (MmpLink *self,
              const MmpPath *path)
{
  return path->pinged_at + (path->heard_at < 0 ? MMP_LINK_PING_BUSY : get_interval (self, path));
}

static gint64
get_stall_due (MmpLink *self,
               const MmpPath *path)
{
  gint64 since = path->heard_at < 0 ? path->attached_at : path->heard_at;

  /* Before the first stream came, or the doubt, pings were rare. A relay that did not answer from the doubt until the direct
   * carrier stalled is not waited for any longer: whoever connects to a port meanwhile would talk to nobody. */
  if (is_used_by_streams (self, path))
    {
      since = MAX (since, self->streams_since);
      if (path->kind == MMP_CARRIER_RELAY && self->relays_since > since)
        return self->relays_since + RELAY_PATIENCE;
    }
  else if (is_probed (self))
    since = MAX (since, self->probed_at);

  return since + PINGS_MISSED_MAX * get_interval (self, path);
}

static gboolean
is_alive (const MmpPath *path)
{
  return path->heard_at >= 0 && !path->stalled && !path->deaf;
}

static gboolean
is_better (const MmpPath *path,
           const MmpPath *than)
{
  if (than == NULL)
    return TRUE;
  if (path->kind != than->kind)
    return path->kind == MMP_CARRIER_DIRECT;

  return path->generation >= than->generation;
}

static void
set_current (MmpLink *self,
             MmpPath *path)
{
  /* Relays had rare pings until now, unless there was a doubt. */
  if (self->current != NULL && self->current->kind == MMP_CARRIER_DIRECT)
    self->relays_since = is_probed (self) ? self->probed_at : mmp_link_now (self);
  if (path == NULL)
    self->outage_since = mmp_link_now (self);
  self->current = path;
}

/* The newest direct carrier that is alive, else the newest relay that is */
static void
choose (MmpLink *self)
{
  MmpPath *best = NULL;
  guint serial;

  for (guint i = 0; i < self->paths->len; i++)
    {
      MmpPath *path = g_ptr_array_index (self->paths, i);

      if (is_alive (path) && is_better (path, best))
        best = path;
    }

  if (best != self->current)
    set_current (self, best);
  serial = best != NULL ? best->serial : 0;
  if (serial == self->told)
    return;

  self->told = serial;
  if (best != NULL)
    {
      mmp_link_restart_lanes (self);
      mmp_allowance_restart (self->allowance, best->kind, mmp_link_now (self));
      /* At once a ping that says what is sent on now, and whose pong tells this carrier's round trip */
      best->pinged_at -= MMP_LINK_PING_IDLE_RELAY;
      mmp_link_wake (self, mmp_link_now (self));
      g_debug ("link: sends on a %s carrier", best->kind == MMP_CARRIER_DIRECT ? "direct" : "relay");
    }
  if (self->funcs.carrier != NULL)
    self->funcs.carrier (self, best != NULL ? best->carrier : NULL, self->user_data);
}

static void
ping (MmpLink *self)
{
  gint64 now = mmp_link_now (self);

  for (guint i = 0; i < self->paths->len; i++)
    {
      MmpPath *path = g_ptr_array_index (self->paths, i);

      if (path->deaf || get_ping_due (self, path) > now)
        continue;
      path->pinged_at = now;
      mmp_link_send_probe (self, path, MMP_FRAME_PING, (guint64) (now - path->attached_at));
    }
}

/* Returns: when the carrier that is sent on becomes doubtful; never if it is already, or if that does not matter */
static gint64
get_doubt_due (MmpLink *self)
{
  if (self->current == NULL || self->current->kind != MMP_CARRIER_DIRECT || !has_streams (self) || is_probed (self))
    return MMP_NEVER;

  return MAX (self->current->heard_at, self->streams_since) + DOUBT_AFTER;
}

static void
find_stalled (MmpLink *self)
{
  for (guint i = 0; i < self->paths->len; i++)
    {
      MmpPath *path = g_ptr_array_index (self->paths, i);

      if (path->stalled || path->deaf || get_stall_due (self, path) > mmp_link_now (self))
        continue;
      path->stalled = TRUE;
      path->report = TRUE;
    }
}

/* One at a time, since the owner may attach and detach inside. */
static gboolean
report_one (MmpLink *self)
{
  for (guint i = 0; i < self->paths->len; i++)
    {
      MmpPath *path = g_ptr_array_index (self->paths, i);
      g_autoptr (MmpCarrier) carrier = NULL;

      if (!path->report)
        continue;
      path->report = FALSE;
      carrier = g_object_ref (path->carrier);
      if (self->funcs.lost != NULL)
        self->funcs.lost (self, carrier, TRUE, self->user_data);
      return TRUE;
    }

  return FALSE;
}

static void
on_received (MmpCarrier *carrier,
             GBytes *message,
             gpointer user_data)
{
  g_autoptr (MmpLink) self = g_object_ref (user_data);

  mmp_link_receive (self, mmp_link_find_path (self, carrier), message);
}

static void
on_writable (MmpCarrier *carrier,
             gpointer user_data)
{
  MmpLink *self = user_data;

  if (self->current != NULL && self->current->carrier == carrier)
    mmp_link_wake (self, mmp_link_now (self));
}

/* What was on the way is lost: it is sent again at once and not after a time-out. */
static void
on_renewed (MmpCarrier *carrier,
            gpointer user_data)
{
  MmpLink *self = user_data;
  MmpPath *path = mmp_link_find_path (self, carrier);

  path->pinged_at -= MMP_LINK_PING_IDLE_RELAY;
  if (path == self->current)
    mmp_link_restart_lanes (self);
  mmp_link_wake (self, mmp_link_now (self));
}

static void
on_closed (MmpCarrier *carrier,
           gpointer user_data)
{
  g_autoptr (MmpLink) self = g_object_ref (user_data);
  g_autoptr (MmpCarrier) alive = g_object_ref (carrier);

  mmp_link_detach (self, carrier);
  if (self->funcs.lost != NULL)
    self->funcs.lost (self, carrier, FALSE, self->user_data);
}

static const MmpCarrierFuncs carrier_funcs = {
  .received = on_received,
  .writable = on_writable,
  .renewed = on_renewed,
  .closed = on_closed,
};

/* Something came on a path: from the first time on it may be sent on. */
void
mmp_link_note_contact (MmpLink *self,
                       MmpPath *path)
{
  if (path->heard_at >= 0)
    return;

  path->heard_at = mmp_link_now (self);
  path->stalled = FALSE;
  path->report = FALSE;
  mmp_link_wake (self, path->heard_at);
}

/* A PONG came; @sent_at is what the PING said: microseconds since the path was attached. */
void
mmp_link_note_pong (MmpLink *self,
                    MmpPath *path,
                    guint64 sent_at)
{
  gint64 now = mmp_link_now (self);

  if (sent_at > (guint64) (now - path->attached_at))
    return;

  path->heard_at = now;
  path->rtt = now - path->attached_at - (gint64) sent_at;
  mmp_series_add (path->rtts, (double) path->rtt);
  if (path->stalled)
    {
      path->stalled = FALSE;
      path->report = FALSE;
      mmp_link_wake (self, now);
    }
  if (path != self->current)
    return;

  mmp_allowance_ping (self->allowance, now, path->rtt);
  if (self->funcs.rtt != NULL)
    self->funcs.rtt (self, path->carrier, path->rtt, self->user_data);
}

/* The round trip that stream windows are measured against */
gint64
mmp_link_get_rtt (MmpLink *self)
{
  if (self->current == NULL || self->current->rtt < 0)
    return RTT_DEFAULT;

  return MAX (self->current->rtt, RTT_MIN);
}

/* Pings, finds out who is alive, and chooses. */
void
mmp_link_turn_paths (MmpLink *self)
{
  guint epoch = self->epoch;

  if (get_doubt_due (self) <= mmp_link_now (self))
    self->probed_at = mmp_link_now (self);
  ping (self);
  find_stalled (self);
  choose (self);
  while (self->epoch == epoch && report_one (self))
    ;
}

/* When to look again even if nothing comes */
gint64
mmp_link_get_paths_due (MmpLink *self)
{
  gint64 due = get_doubt_due (self);

  for (guint i = 0; i < self->paths->len; i++)
    {
      MmpPath *path = g_ptr_array_index (self->paths, i);

      if (path->deaf)
        continue;
      due = MIN (due, get_ping_due (self, path));
      if (!path->stalled)
        due = MIN (due, get_stall_due (self, path));
    }

  return due;
}

/**
 * mmp_link_attach:
 * @carrier: a carrier that is ready to send; the link refs it and sets its funcs
 *
 * Lets the link use a carrier. It is sent on by the rules: only after something came on it, and if it is the best that is
 * alive. May be called while streams run.
 */
void
mmp_link_attach (MmpLink *self,
                 MmpCarrier *carrier)
{
  MmpPath *path;

  g_return_if_fail (MMP_IS_LINK (self));
  g_return_if_fail (MMP_IS_CARRIER (carrier));
  g_return_if_fail (mmp_link_find_path (self, carrier) == NULL);

  if (self->closed)
    return;

  path = g_new0 (MmpPath, 1);
  path->carrier = g_object_ref (carrier);
  path->serial = ++self->last_serial;
  path->kind = mmp_carrier_get_kind (carrier);
  path->generation = mmp_carrier_get_generation (carrier);
  path->attached_at = mmp_link_now (self);
  path->pinged_at = path->attached_at - MMP_LINK_PING_IDLE_RELAY;
  path->heard_at = -1;
  path->rtt = -1;
  path->rtts = mmp_series_new (RTTS_KEPT);
  g_ptr_array_add (self->paths, path);
  mmp_carrier_set_funcs (carrier, &carrier_funcs, self);

  /* The other side learns what has arrived, and that this carrier works in this direction. */
  for (guint i = 0; i < MMP_LINK_LANES; i++)
    mmp_link_send_bare (self, path, i);
  mmp_link_wake (self, path->attached_at);
}

/**
 * mmp_link_probe:
 *
 * Something makes it doubtful whether the other side is still there: pings come each second for a while, as if there
 * were streams, so that a carrier that is dead stalls within 3 s and not only by its rare idle pings.
 */
void
mmp_link_probe (MmpLink *self)
{
  g_return_if_fail (MMP_IS_LINK (self));

  self->probed_at = mmp_link_now (self);
  mmp_link_wake (self, self->probed_at);
}

/**
 * mmp_link_is_relay_doubtful:
 *
 * Returns: whether nothing was heard on the newest relay since the last time that it was doubtful what is still alive; if
 *   there is none the session ended, which says nothing about the broker
 */
gboolean
mmp_link_is_relay_doubtful (MmpLink *self)
{
  const MmpPath *newest = NULL;

  g_return_val_if_fail (MMP_IS_LINK (self), FALSE);

  for (guint i = 0; i < self->paths->len; i++)
    {
      const MmpPath *path = g_ptr_array_index (self->paths, i);

      if (path->kind == MMP_CARRIER_RELAY && !path->deaf && (newest == NULL || path->generation > newest->generation))
        newest = path;
    }

  return newest != NULL && newest->heard_at < self->probed_at;
}

/**
 * mmp_link_detach:
 * @carrier: a carrier; one that is not attached is ignored
 *
 * Takes a carrier away. It is not closed, and `lost` is not called.
 */
void
mmp_link_detach (MmpLink *self,
                 MmpCarrier *carrier)
{
  MmpPath *path;

  g_return_if_fail (MMP_IS_LINK (self));

  path = mmp_link_find_path (self, carrier);
  if (path == NULL)
    return;

  if (path == self->current)
    set_current (self, NULL);
  g_ptr_array_remove (self->paths, path);
  mmp_link_wake (self, mmp_link_now (self));
}
