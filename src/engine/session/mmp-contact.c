/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-session"

#include "session/mmp-contact.h"

#include <string.h>

#include "base/mmp-error.h"
#include "base/mmp-limits.h"

/* After so much silence a hello is said, which a living listener answers, and again after the next so much. */
#define PROBE_AFTER MMP_SECONDS (10)
#define PROBE_EVERY MMP_SECONDS (2)

/* A session that comes back after the broker was away has to show soon that it is still one. */
#define REVIVE_WITHIN MMP_SECONDS (5)

/* Greeting anew begins so long before the session is too old that a few tries may fail. */
#define RENEW_AFTER (MMP_SESSION_AGE_MAX - MMP_SECONDS (1800))

static void
note_heard (MmpContact *self)
{
  gint64 now = mmp_clock_now (self->clock);

  self->probe_at = now + PROBE_AFTER;
  self->silent_at = now + MMP_SESSION_SILENCE_MAX;
  self->confirmed = TRUE;
}

static void
on_signal (MmpSession *session,
           const MmpSignal *signal,
           gpointer user_data)
{
  MmpContact *self = user_data;

  note_heard (self);
  switch (signal->type)
    {
    case MMP_SIGNAL_HELLO:
      if (!self->hello)
        {
          self->hello = TRUE;
          self->resumed = signal->resumed;
          g_set_str (&self->name, signal->name);
        }
      break;
    case MMP_SIGNAL_STATUS:
      self->has_status = TRUE;
      self->status = signal->status;
      self->retry = signal->retry;
      break;
    case MMP_SIGNAL_BYE:
      self->bye = TRUE;
      break;
    default:
      break;
    }
  self->changed (self->user_data);
}

static void
on_heard (MmpSession *session,
          gpointer user_data)
{
  MmpContact *self = user_data;

  note_heard (self);
  self->changed (self->user_data);
}

static void
on_worn (MmpSession *session,
         gpointer user_data)
{
  MmpContact *self = user_data;

  self->worn = TRUE;
  self->changed (self->user_data);
}

static const MmpSessionEvents events = {
  .signal = on_signal,
  .heard = on_heard,
  .worn = on_worn,
};

/**
 * mmp_contact_new:
 * @signaling: has to outlive the contact
 * @clock: for all times
 * @listener: the other side
 * @topic_in: where its messages come in; subscribed already
 * @topic_out: where its messages go
 * @transport: (transfer full): the keys
 * @changed: called when anything was heard
 * @user_data: for @changed
 *
 * Returns: (transfer full): a contact before its hello
 */
MmpContact *
mmp_contact_new (MmpSignaling *signaling,
                 MmpClock *clock,
                 const MmpPublicKey *listener,
                 const char *topic_in,
                 const char *topic_out,
                 MmpTransport *transport,
                 MmpContactFunc changed,
                 gpointer user_data)
{
  MmpContact *self = g_new0 (MmpContact, 1);

  self->signaling = signaling;
  self->clock = mmp_clock_ref (clock);
  self->topic_in = g_strdup (topic_in);
  self->changed = changed;
  self->user_data = user_data;
  self->since = mmp_clock_now (clock);
  note_heard (self);
  self->session = mmp_signaling_add_session (signaling, MMP_SESSION_INITIATOR, listener, topic_in, topic_out, transport);
  mmp_session_set_events (self->session, &events, self);

  return self;
}

/**
 * mmp_contact_free:
 * @self: (nullable): a contact
 *
 * Closes the session.
 */
void
mmp_contact_free (MmpContact *self)
{
  if (self == NULL)
    return;

  mmp_session_set_events (self->session, NULL, NULL);
  mmp_signaling_remove_session (self->signaling, self->topic_in);
  mmp_signaling_unsubscribe (self->signaling, self->topic_in);
  g_object_unref (self->session);
  mmp_clock_unref (self->clock);
  g_free (self->topic_in);
  g_free (self->name);
  g_free (self);
}

/**
 * mmp_contact_say_hello:
 * @link_name: the link
 * @name: (nullable): what this device calls itself
 *
 * The first time it introduces us; later it is a question that a living listener answers.
 */
void
mmp_contact_say_hello (MmpContact *self,
                       const guint8 link_name[MMP_LINK_NAME_SIZE],
                       const char *name)
{
  g_autoptr (MmpSignal) signal = mmp_signal_new (MMP_SIGNAL_HELLO);

  memcpy (signal->link_name, link_name, MMP_LINK_NAME_SIZE);
  signal->name = g_strdup (name);
  mmp_session_send_signal (self->session, signal);
  self->probe_at = mmp_clock_now (self->clock) + PROBE_EVERY;
}

/**
 * mmp_contact_say_bye:
 *
 * The other side need not wait for us.
 */
void
mmp_contact_say_bye (MmpContact *self)
{
  g_autoptr (MmpSignal) signal = mmp_signal_new (MMP_SIGNAL_BYE);

  mmp_session_send_signal (self->session, signal);
}

/**
 * mmp_contact_revive:
 *
 * The broker is back and @topic_in subscribed: the other side is asked at once and has to answer soon.
 */
void
mmp_contact_revive (MmpContact *self)
{
  self->probe_at = mmp_clock_now (self->clock);
  self->silent_at = self->probe_at + REVIVE_WITHIN;
  self->confirmed = FALSE;
}

/**
 * mmp_contact_is_heard:
 * @self: (nullable): a contact
 *
 * Returns: whether valid DATA came lately
 */
gboolean
mmp_contact_is_heard (const MmpContact *self)
{
  return self != NULL && !self->bye && mmp_clock_now (self->clock) < self->silent_at;
}

/**
 * mmp_contact_is_good:
 * @self: (nullable): a contact
 *
 * Returns: whether it is heard and neither old nor worn, so that there is no need of a new session
 */
gboolean
mmp_contact_is_good (const MmpContact *self)
{
  return mmp_contact_is_heard (self) && !self->worn && mmp_clock_now (self->clock) < self->since + RENEW_AFTER;
}

/**
 * mmp_contact_check:
 * @error: return location
 *
 * Returns: %FALSE if the other side does not want this session (any more): %MMP_ERROR_DENIED, %MMP_ERROR_BUSY,
 *   %MMP_ERROR_PENDING if nobody decided in time, or %MMP_ERROR_NO_ANSWER after a mere bye
 */
gboolean
mmp_contact_check (const MmpContact *self,
                   GError **error)
{
  if (self->has_status && self->status == MMP_SIGNAL_DENIED)
    g_set_error_literal (error, MMP_ERROR, MMP_ERROR_DENIED, "the other device said no");
  else if (self->has_status && self->status == MMP_SIGNAL_BUSY)
    g_set_error_literal (error, MMP_ERROR, MMP_ERROR_BUSY, "the other device has no room");
  else if (self->bye && self->has_status && !self->hello)
    g_set_error_literal (error, MMP_ERROR, MMP_ERROR_PENDING, "nobody at the other device decided");
  else if (self->bye)
    g_set_error_literal (error, MMP_ERROR, MMP_ERROR_NO_ANSWER, "the other device went away");
  else
    return TRUE;

  return FALSE;
}

/**
 * mmp_contact_is_over:
 *
 * Returns: whether it must not be used any longer, because the other side ended it or it is too old
 */
gboolean
mmp_contact_is_over (const MmpContact *self)
{
  return !mmp_contact_check (self, NULL) || mmp_clock_now (self->clock) >= self->since + MMP_SESSION_AGE_MAX;
}

/**
 * mmp_contact_get_next:
 *
 * Returns: when to look at the contact again, if nothing changes before
 */
gint64
mmp_contact_get_next (const MmpContact *self)
{
  return MIN (MIN (self->probe_at, self->silent_at), self->since + RENEW_AFTER);
}
