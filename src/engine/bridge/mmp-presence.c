/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-bridge"

#include "bridge/mmp-presence.h"

#include "base/mmp-limits.h"
#include "bridge/mmp-echo-book.h"

/* Brokers that are slow to send what waited get this much more time for it. */
#define BACKLOG_EXTRA MMP_SECONDS (2)
#define COPIES_FOR MMP_SECONDS (24 * 3600)

struct _MmpPresence
{
  MmpClock *clock;
  gint64 patience;
  MmpPresenceFunc func;
  gpointer user_data;
  gboolean present;
  gboolean stays_away;
  guint away_timer;
  gboolean backlog; /* what waited at the far broker is coming */
  guint backlog_timer; /* its end */
  MmpEchoBook *copies; /* of what came by the other way */
  MmpEchoBook *ahead; /* of what waited, and did not come by the other way before */
};

static void
set_present (MmpPresence *self,
             gboolean present)
{
  if (self->present == present)
    return;

  self->present = present;
  self->func (present, self->user_data);
}

static void
on_patience_over (gpointer user_data)
{
  MmpPresence *self = user_data;

  self->away_timer = 0;
  set_present (self, FALSE);
}

static void
forget_copies (MmpPresence *self)
{
  g_clear_pointer (&self->copies, mmp_echo_book_free);
  self->copies = mmp_echo_book_new (self->clock, COPIES_FOR);
}

static void
on_backlog_over (gpointer user_data)
{
  MmpPresence *self = user_data;

  self->backlog_timer = 0;
  self->backlog = FALSE;
  forget_copies (self);
}

/**
 * mmp_presence_new:
 * @patience: how long it may be out of sight before it counts as away, in microseconds
 * @func: called when that changes
 *
 * Returns: (transfer full): it is there, unless it is not seen in time
 */
MmpPresence *
mmp_presence_new (MmpClock *clock,
                  gint64 patience,
                  MmpPresenceFunc func,
                  gpointer user_data)
{
  MmpPresence *self = g_new0 (MmpPresence, 1);

  self->clock = mmp_clock_ref (clock);
  self->patience = patience;
  self->func = func;
  self->user_data = user_data;
  self->present = TRUE;
  forget_copies (self);
  /* When the other device has not seen us for so long it says something new the other way, perhaps of the same text. */
  self->ahead = mmp_echo_book_new (clock, patience);
  mmp_presence_seen (self, FALSE);

  return self;
}

/**
 * mmp_presence_free:
 */
void
mmp_presence_free (MmpPresence *self)
{
  mmp_clock_remove (self->clock, &self->away_timer);
  mmp_clock_remove (self->clock, &self->backlog_timer);
  mmp_echo_book_free (self->copies);
  mmp_echo_book_free (self->ahead);
  mmp_clock_unref (self->clock);
  g_free (self);
}

/**
 * mmp_presence_stay_away:
 *
 * Once it is away, it does not come back.
 */
void
mmp_presence_stay_away (MmpPresence *self)
{
  self->stays_away = TRUE;
}

/**
 * mmp_presence_get:
 *
 * Returns: whether it is there
 */
gboolean
mmp_presence_get (MmpPresence *self)
{
  return self->present;
}

/**
 * mmp_presence_seen:
 * @seen: whether it is in sight now
 */
void
mmp_presence_seen (MmpPresence *self,
                   gboolean seen)
{
  if (seen && self->stays_away && !self->present)
    return;
  if (seen)
    {
      mmp_clock_remove (self->clock, &self->away_timer);
      set_present (self, TRUE);
    }
  else if (self->present && self->away_timer == 0)
    {
      self->away_timer = mmp_clock_add (self->clock, mmp_clock_now (self->clock) + self->patience, on_patience_over, self);
    }
}

/**
 * mmp_presence_begin:
 * @resumed: whether the far broker kept what came meanwhile
 *
 * The far broker is reached anew.
 */
void
mmp_presence_begin (MmpPresence *self,
                    gboolean resumed)
{
  mmp_clock_remove (self->clock, &self->backlog_timer);
  self->backlog = resumed;
  if (!resumed)
    forget_copies (self);
}

/**
 * mmp_presence_caught_up:
 *
 * The far broker has answered something that it was asked after it was reached, so that what waited there is here.
 */
void
mmp_presence_caught_up (MmpPresence *self)
{
  if (self->backlog && self->backlog_timer == 0)
    self->backlog_timer = mmp_clock_add (self->clock, mmp_clock_now (self->clock) + BACKLOG_EXTRA, on_backlog_over, self);
}

/**
 * mmp_presence_note:
 *
 * Notes what came by the other way. That may be before we know ourselves that the other device is away.
 *
 * Returns: whether it was among what waited, and is a copy of that
 */
gboolean
mmp_presence_note (MmpPresence *self,
                   const char *topic,
                   GBytes *payload)
{
  if (mmp_echo_book_take (self->ahead, topic, payload))
    return TRUE;

  mmp_echo_book_note (self->copies, topic, payload);

  return FALSE;
}

/**
 * mmp_presence_is_copy:
 *
 * Only among what waited at the far broker copies are looked for: later on, the same text again is a new message.
 *
 * Returns: whether this came by the other way already
 */
gboolean
mmp_presence_is_copy (MmpPresence *self,
                      const char *topic,
                      GBytes *payload)
{
  if (!self->backlog)
    return FALSE;
  if (mmp_echo_book_take (self->copies, topic, payload))
    return TRUE;

  mmp_echo_book_note (self->ahead, topic, payload);

  return FALSE;
}
