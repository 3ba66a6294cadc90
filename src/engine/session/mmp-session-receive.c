/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-session"

#include "session/mmp-session-private.h"

#include "base/mmp-context.h"
#include "base/mmp-limits.h"

/* Signals on their way to control; more are dropped */
#define SIGNALS_WAITING_MAX 16

/* Link messages that came before somebody listens */
#define HELD_MAX 32

#define HEARD_EVERY MMP_SECONDS (1)

/* A signal on its way to control */
typedef struct
{
  MmpSession *session;
  MmpSignal *signal;
} Arrival;

static void
arrival_free (gpointer data)
{
  Arrival *arrival = data;

  mmp_signal_free (arrival->signal);
  g_object_unref (arrival->session);
  g_free (arrival);
}

static void
on_signal_came (gpointer data)
{
  Arrival *arrival = data;
  MmpSession *self = arrival->session;

  g_atomic_int_add (&self->signals_waiting, -1);
  if (self->events.signal != NULL)
    self->events.signal (self, arrival->signal, self->events_data);
}

static void
on_was_heard (gpointer data)
{
  MmpSession *self = data;

  if (self->events.heard != NULL)
    self->events.heard (self, self->events_data);
}

static void
receive_signal (MmpSession *self,
                GBytes *text,
                gint64 now)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MmpSignal) signal = NULL;
  Arrival *arrival;

  if (!mmp_token_bucket_take (&self->signals, now) || g_atomic_int_get (&self->signals_waiting) >= SIGNALS_WAITING_MAX)
    {
      g_debug ("session %" G_GUINT64_FORMAT ": too many signals", self->number);
      return;
    }

  signal = mmp_signal_decode (g_bytes_get_data (text, NULL), g_bytes_get_size (text), &error);
  if (signal == NULL)
    {
      g_debug ("session %" G_GUINT64_FORMAT ": %s", self->number, error->message);
      return;
    }
  if (signal->type != MMP_SIGNAL_HELLO && signal->type != MMP_SIGNAL_STATUS && signal->type != MMP_SIGNAL_BYE)
    return;

  /* The listener's hello ends the introduction, and its link messages may follow at once. */
  if (self->role == MMP_SESSION_INITIATOR && signal->type == MMP_SIGNAL_HELLO)
    self->admitted = TRUE;

  arrival = g_new0 (Arrival, 1);
  arrival->session = g_object_ref (self);
  arrival->signal = g_steal_pointer (&signal);
  g_atomic_int_inc (&self->signals_waiting);
  mmp_context_invoke (NULL, on_signal_came, arrival, arrival_free);
}

static void
receive_message (MmpSession *self,
                 GBytes *message)
{
  if (!self->admitted)
    return;

  if (self->had_funcs && self->held.length == 0)
    {
      if (self->funcs.message != NULL)
        self->funcs.message (self, message, self->user_data);
    }
  else if (self->held.length < HELD_MAX)
    {
      g_queue_push_tail (&self->held, g_bytes_ref (message));
    }
}

/**
 * mmp_session_receive:
 * @message: what came on the session's topic: anything
 *
 * On I/O. What is not genuine is dropped without any effect.
 */
void
mmp_session_receive (MmpSession *self,
                     GBytes *message)
{
  g_autoptr (MmpSession) held = g_object_ref (self);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) plain = NULL;
  gint64 now = g_get_monotonic_time ();
  MmpContent content;

  if (self->transport == NULL)
    return;

  plain = mmp_transport_open (self->transport, message, &content, &error);
  if (plain == NULL)
    {
      g_debug ("session %" G_GUINT64_FORMAT ": %s", self->number, error->message);
      return;
    }

  if (now >= self->heard + HEARD_EVERY)
    {
      self->heard = now;
      mmp_context_invoke (NULL, on_was_heard, g_object_ref (self), g_object_unref);
    }
  if (content == MMP_CONTENT_JSON)
    receive_signal (self, plain, now);
  else
    receive_message (self, plain);
}
