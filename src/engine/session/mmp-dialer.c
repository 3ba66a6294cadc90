/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-session"

#include "session/mmp-dialer-private.h"

#include <libdex.h>

#include "base/mmp-backoff.h"
#include "base/mmp-error.h"
#include "base/mmp-limits.h"
#include "base/mmp-waiter.h"
#include "crypto/mmp-noise.h"
#include "session/mmp-contact.h"
#include "session/mmp-greeting.h"
#include "session/mmp-signaling.h"

/* When the same HS1 is sent again, and the first hello: seconds since the first time */
static const gint64 greeting_times[] = { 0, 2, 4, 8 };
static const gint64 hello_times[] = { 0, 1, 3, 7 };
#define ANSWER_WITHIN MMP_SECONDS (15)

/* A link that did not last this long counts as one more failure. */
#define GOOD_AFTER MMP_SECONDS (10)

/* How long a listener can make us wait, in seconds */
#define RETRY_MIN 10
#define RETRY_MAX 3600
#define PENDING_RETRY 30

struct _MmpDialer
{
  GObject parent_instance;

  MmpDialerConfig *config;
  MmpDialerFuncs funcs; /* all NULL: stopped */
  gpointer user_data;
  MmpClock *clock;
  MmpWaiter *waiter;
  MmpSignaling *signaling;
  gboolean started;

  MmpDialerState state;
  MmpBackoff soon; /* the broker failed, or the other side went away */
  MmpBackoff late; /* the other side does not answer */
  guint brokers_silent; /* on how many of the list in a row */
  GError *trouble; /* nullable: the connection broke, or the broker does not take what we say */
  gboolean kicked;

  MmpGreeting *greeting; /* nullable: under way */
  MmpContact *fresh; /* nullable: the handshake is done, the hello not */
  MmpContact *current; /* nullable: the link's session */
  MmpContact *old; /* nullable: the one before, read for a while */
  guint old_timer;
};

G_DEFINE_FINAL_TYPE (MmpDialer, mmp_dialer, G_TYPE_OBJECT)

static void
set_state (MmpDialer *self,
           MmpDialerState state,
           const GError *cause,
           guint retry)
{
  if (self->state == state && cause == NULL)
    return;

  self->state = state;
  if (self->funcs.state != NULL)
    self->funcs.state (self, state, cause, retry, self->user_data);
}

static void
on_contact_changed (gpointer user_data)
{
  MmpDialer *self = user_data;

  mmp_waiter_wake (self->waiter);
}

static void
on_old_due (gpointer user_data)
{
  MmpDialer *self = user_data;

  self->old_timer = 0;
  g_clear_pointer (&self->old, mmp_contact_free);
}

static void
drop_old (MmpDialer *self)
{
  mmp_clock_remove (self->clock, &self->old_timer);
  g_clear_pointer (&self->old, mmp_contact_free);
}

/* What still arrives through the older session is read for a while. */
static void
take_over (MmpDialer *self)
{
  drop_old (self);
  self->old = g_steal_pointer (&self->current);
  if (self->old != NULL)
    self->old_timer = mmp_clock_add (self->clock, mmp_clock_now (self->clock) + MMP_OLD_RELAY_READ_FOR, on_old_due, self);
  self->current = g_steal_pointer (&self->fresh);
  mmp_session_introduce (self->current->session, self->config->link_name, self->current->name);
}

static void
drop_greeting (MmpDialer *self)
{
  if (self->greeting != NULL)
    mmp_signaling_unsubscribe (self->signaling, mmp_greeting_get_topic_in (self->greeting));
  g_clear_pointer (&self->greeting, mmp_greeting_free);
}

static void
on_greeting (const char *topic,
             GBytes *message,
             gpointer user_data)
{
  MmpDialer *self = user_data;
  g_autoptr (MmpGreeting) greeting = NULL;
  MmpTransport *transport = NULL;

  if (self->greeting != NULL)
    transport = mmp_greeting_try_answer (self->greeting, topic, message, mmp_clock_now (self->clock));
  if (transport == NULL)
    return;

  greeting = g_steal_pointer (&self->greeting);
  g_clear_pointer (&self->fresh, mmp_contact_free);
  self->fresh = mmp_contact_new (self->signaling, self->clock, &self->config->listener, topic,
                                 mmp_greeting_get_topic_out (greeting), transport, on_contact_changed, self);
  mmp_waiter_wake (self->waiter);
}

static void
on_trouble (const GError *cause,
            gpointer user_data)
{
  MmpDialer *self = user_data;

  g_clear_error (&self->trouble);
  self->trouble = g_error_copy (cause);
  mmp_waiter_wake (self->waiter);
}

static const MmpSignalingFuncs signaling_funcs = {
  .greeting = on_greeting,
  .lost = on_trouble,
  .refused = on_trouble,
};

/* The fiber's steps. Each returns FALSE with the reason when the fiber has to rest or begin again; after a wait nothing but
 * what is in @self is trusted, since everything may have changed. */

static gboolean
keep_going (MmpDialer *self,
            GError **error)
{
  if (self->kicked || mmp_waiter_is_stopped (self->waiter))
    {
      g_set_error_literal (error, MMP_ERROR, MMP_ERROR_CANCELLED, "it begins again");
      return FALSE;
    }
  if (self->trouble != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&self->trouble));
      return FALSE;
    }

  return TRUE;
}

static gboolean
fail_no_answer (GError **error)
{
  g_set_error_literal (error, MMP_ERROR, MMP_ERROR_NO_ANSWER, "the other device does not answer");

  return FALSE;
}

static gboolean
go_online (MmpDialer *self,
           GError **error)
{
  g_autofree char *filter = NULL;

  if (mmp_signaling_is_online (self->signaling) && self->trouble == NULL)
    return TRUE;

  set_state (self, MMP_DIALER_CONNECTING, NULL, 0);
  g_clear_error (&self->trouble);
  filter = self->current != NULL ? g_strdup (self->current->topic_in) : NULL;
  if (!mmp_signaling_go_online (self->signaling, self->waiter, filter, error))
    return FALSE;
  if (self->current != NULL)
    mmp_contact_revive (self->current);

  return TRUE;
}

/* HS1, until HS2 made a fresh contact */
static gboolean
greet (MmpDialer *self,
       GError **error)
{
  g_autofree char *topic_in = NULL;
  gint64 start;

  if (!mmp_contact_is_heard (self->current))
    set_state (self, MMP_DIALER_GREETING, NULL, 0);
  drop_greeting (self);
  g_clear_pointer (&self->fresh, mmp_contact_free);
  if (!keep_going (self, error))
    return FALSE;
  self->greeting = mmp_greeting_new (self->config, error);
  if (self->greeting == NULL)
    return FALSE;
  topic_in = g_strdup (mmp_greeting_get_topic_in (self->greeting));
  if (!mmp_signaling_subscribe (self->signaling, self->waiter, topic_in, error))
    return FALSE;

  start = mmp_clock_now (self->clock);
  for (gsize i = 0;;)
    {
      gint64 now = mmp_clock_now (self->clock);

      if (!keep_going (self, error))
        return FALSE;
      if (self->fresh != NULL)
        return TRUE;
      if (now >= start + ANSWER_WITHIN)
        return fail_no_answer (error);

      if (i < G_N_ELEMENTS (greeting_times) && now >= start + MMP_SECONDS (greeting_times[i]))
        {
          mmp_signaling_publish (self->signaling, mmp_greeting_get_topic_out (self->greeting), mmp_greeting_get_hs1 (self->greeting));
          i++;
        }
      mmp_waiter_wait (self->waiter, start + (i < G_N_ELEMENTS (greeting_times) ? MMP_SECONDS (greeting_times[i]) : ANSWER_WITHIN));
    }
}

static void
say_hello (MmpDialer *self,
           MmpContact *contact)
{
  mmp_contact_say_hello (contact, self->config->link_name, self->config->name);
}

static void
show_pending (MmpDialer *self)
{
  g_autoptr (GError) cause = g_error_new_literal (MMP_ERROR, MMP_ERROR_PENDING, "a person at the other device has to decide");

  if (self->state != MMP_DIALER_PENDING)
    set_state (self, MMP_DIALER_PENDING, cause, 0);
}

/* Hello, until the other side says it too. A person may have to decide first; then hello is said now and then to see
 * whether the other side is still there. */
static gboolean
introduce (MmpDialer *self,
           GError **error)
{
  gint64 start = mmp_clock_now (self->clock);

  for (gsize i = 0;;)
    {
      gint64 now = mmp_clock_now (self->clock);
      MmpContact *fresh = self->fresh;
      gint64 next;

      if (!keep_going (self, error) || !mmp_contact_check (fresh, error))
        return FALSE;
      if (fresh->hello)
        return TRUE;
      if (now >= fresh->silent_at)
        return fail_no_answer (error);

      if (fresh->has_status ? now >= fresh->probe_at : i < G_N_ELEMENTS (hello_times) && now >= start + MMP_SECONDS (hello_times[i]))
        {
          say_hello (self, fresh);
          i++;
        }
      if (fresh->has_status)
        next = mmp_contact_get_next (fresh);
      else
        next = i < G_N_ELEMENTS (hello_times) ? start + MMP_SECONDS (hello_times[i]) : fresh->silent_at;
      if (fresh->has_status)
        show_pending (self);
      mmp_waiter_wait (self->waiter, next);
    }
}

/* Linked, until there has to be a new session (then there is no error) or something failed */
static void
watch (MmpDialer *self,
       GError **error)
{
  gint64 start = mmp_clock_now (self->clock);

  while (keep_going (self, error) && mmp_contact_check (self->current, error) && mmp_contact_is_good (self->current))
    {
      gint64 next;

      if (mmp_clock_now (self->clock) >= self->current->probe_at)
        say_hello (self, self->current);
      next = mmp_contact_get_next (self->current);
      if (self->current->confirmed)
        set_state (self, MMP_DIALER_LINKED, NULL, 0);
      mmp_waiter_wait (self->waiter, next);
    }
  if (mmp_clock_now (self->clock) - start >= GOOD_AFTER)
    mmp_backoff_reset (&self->soon);
}

/* How long to leave alone whoever failed. @contact is what failed, if it came so far. */
static gint64
get_rest (MmpDialer *self,
          const GError *cause,
          MmpContact *contact)
{
  guint retry = contact != NULL && contact->has_status ? contact->retry : 0;

  switch (cause->code)
    {
    case MMP_ERROR_NO_ANSWER:
      if (contact != NULL && contact->bye)
        return mmp_backoff_next (&self->soon);
      if (++self->brokers_silent < mmp_signaling_get_n_brokers (self->signaling))
        return mmp_backoff_next (&self->soon);
      self->brokers_silent = 0;
      return mmp_backoff_next (&self->late);
    case MMP_ERROR_DENIED:
    case MMP_ERROR_BUSY:
      return MMP_SECONDS (CLAMP (retry, RETRY_MIN, RETRY_MAX));
    case MMP_ERROR_PENDING:
      return MMP_SECONDS (PENDING_RETRY);
    default:
      return mmp_backoff_next (&self->soon);
    }
}

/* Only the broker's own failures and silence on one of several brokers are a reason to leave it. */
static void
leave_broker (MmpDialer *self,
              const GError *cause)
{
  switch (cause->code)
    {
    case MMP_ERROR_DENIED:
    case MMP_ERROR_BUSY:
    case MMP_ERROR_PENDING:
      return;
    case MMP_ERROR_NO_ANSWER:
      if (mmp_signaling_get_n_brokers (self->signaling) == 1)
        return;
      mmp_signaling_next_broker (self->signaling);
      break;
    default:
      break;
    }
  mmp_signaling_disconnect (self->signaling);
}

static void
rest (MmpDialer *self,
      const GError *cause)
{
  MmpContact *failed = self->fresh != NULL ? self->fresh : self->current;
  gint64 wait = get_rest (self, cause, failed);
  gint64 until = mmp_clock_now (self->clock) + wait;

  drop_greeting (self);
  g_clear_pointer (&self->fresh, mmp_contact_free);
  if (self->current != NULL && mmp_contact_is_over (self->current))
    g_clear_pointer (&self->current, mmp_contact_free);
  leave_broker (self, cause);

  if (!mmp_signaling_is_online (self->signaling) || !mmp_contact_is_heard (self->current))
    set_state (self, MMP_DIALER_WAITING, cause, (guint) ((wait + G_USEC_PER_SEC - 1) / G_USEC_PER_SEC));
  while (mmp_clock_now (self->clock) < until && !self->kicked && !(mmp_signaling_is_online (self->signaling) && mmp_contact_is_good (self->current)))
    if (!mmp_waiter_wait (self->waiter, until))
      return;
}

static void
present_session (MmpDialer *self)
{
  g_autoptr (MmpSession) session = NULL;
  gboolean resumed = self->fresh->resumed;

  take_over (self);
  session = g_object_ref (self->current->session);
  self->brokers_silent = 0;
  mmp_backoff_reset (&self->late);
  set_state (self, MMP_DIALER_LINKED, NULL, 0);
  if (self->funcs.session != NULL)
    self->funcs.session (self, session, resumed, self->user_data);
}

/* A key that cannot be dialed will never answer. */
static gboolean
is_hopeless (const GError *error)
{
  return g_error_matches (error, MMP_ERROR, MMP_ERROR_KEY_INVALID);
}

static DexFuture *
supervise_fiber (gpointer user_data)
{
  MmpDialer *self = user_data;

  while (!mmp_waiter_is_stopped (self->waiter))
    {
      g_autoptr (GError) error = NULL;

      self->kicked = FALSE;
      if (go_online (self, &error))
        {
          if (mmp_contact_is_good (self->current))
            watch (self, &error);
          else if (greet (self, &error) && introduce (self, &error))
            present_session (self);
        }

      if (mmp_waiter_is_stopped (self->waiter))
        break;
      if (is_hopeless (error))
        {
          set_state (self, MMP_DIALER_STOPPED, error, 0);
          mmp_dialer_stop (self);
        }
      else if (error != NULL && !self->kicked)
        {
          rest (self, error);
        }
    }

  return dex_future_new_for_boolean (TRUE);
}

static void
mmp_dialer_finalize (GObject *object)
{
  MmpDialer *self = MMP_DIALER (object);

  g_clear_error (&self->trouble);
  g_clear_pointer (&self->signaling, mmp_signaling_free);
  g_clear_pointer (&self->waiter, mmp_waiter_free);
  g_clear_pointer (&self->clock, mmp_clock_unref);
  g_clear_pointer (&self->config, mmp_dialer_config_free);

  G_OBJECT_CLASS (mmp_dialer_parent_class)->finalize (object);
}

static void
mmp_dialer_class_init (MmpDialerClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = mmp_dialer_finalize;
}

static void
mmp_dialer_init (MmpDialer *self)
{
  self->soon = (MmpBackoff) { .first = MMP_SECONDS (1), .factor = 2, .max = MMP_SECONDS (60) };
  self->late = (MmpBackoff) { .first = MMP_SECONDS (30), .factor = 2, .max = MMP_SECONDS (300) };
}

/**
 * mmp_dialer_new_with_clock:
 * @clock: for all waits and deadlines on control
 *
 * As mmp_dialer_new(), for tests that let time pass.
 *
 * Returns: (transfer full): a dialer
 */
MmpDialer *
mmp_dialer_new_with_clock (const MmpDialerConfig *config,
                           MmpClock *clock,
                           GMainContext *io,
                           const MmpDialerFuncs *funcs,
                           gpointer user_data)
{
  MmpDialer *self = g_object_new (MMP_TYPE_DIALER, NULL);
  const MmpRouterGreeting greeting = { .type = 0x02, .size = MMP_NOISE_HS2_SIZE };

  self->config = mmp_dialer_config_copy (config);
  self->funcs = *funcs;
  self->user_data = user_data;
  self->clock = mmp_clock_ref (clock);
  self->waiter = mmp_waiter_new (clock);
  self->signaling = mmp_signaling_new (config->brokers, greeting, !config->unlimited, io, &signaling_funcs, self);

  return self;
}

/**
 * mmp_dialer_new:
 * @config: copied
 * @io: (nullable): the context of the I/O thread
 * @funcs: copied
 * @user_data: for @funcs
 *
 * Returns: (transfer full): a dialer that does nothing yet
 */
MmpDialer *
mmp_dialer_new (const MmpDialerConfig *config,
                GMainContext *io,
                const MmpDialerFuncs *funcs,
                gpointer user_data)
{
  g_autoptr (MmpClock) clock = mmp_clock_new (NULL);

  return mmp_dialer_new_with_clock (config, clock, io, funcs, user_data);
}

/**
 * mmp_dialer_start:
 *
 * Calls the listener, and again whenever that is needed. To be called once; from then on the dialer holds itself until
 * mmp_dialer_stop(). If it can never work, because the key is this device's own (%MMP_ERROR_KEY_INVALID), the last state is
 * %MMP_DIALER_STOPPED with that cause.
 */
void
mmp_dialer_start (MmpDialer *self)
{
  g_return_if_fail (MMP_IS_DIALER (self));
  g_return_if_fail (!self->started && !mmp_waiter_is_stopped (self->waiter));

  self->started = TRUE;
  dex_future_disown (dex_scheduler_spawn (NULL, 0, supervise_fiber, g_object_ref (self), g_object_unref));
}

/**
 * mmp_dialer_stop:
 *
 * Says bye and ends for good. None of the #MmpDialerFuncs is called any more.
 */
void
mmp_dialer_stop (MmpDialer *self)
{
  g_return_if_fail (MMP_IS_DIALER (self));

  self->funcs = (MmpDialerFuncs) { NULL };
  self->state = MMP_DIALER_STOPPED;
  if (self->fresh != NULL)
    mmp_contact_say_bye (self->fresh);
  if (self->current != NULL)
    mmp_contact_say_bye (self->current);
  g_clear_pointer (&self->fresh, mmp_contact_free);
  g_clear_pointer (&self->current, mmp_contact_free);
  drop_old (self);
  drop_greeting (self);
  mmp_signaling_close (self->signaling);
  mmp_waiter_stop (self->waiter);
}

/**
 * mmp_dialer_kick:
 *
 * The network changed, or a path died: connects to the broker anew and looks at once whether the other side is there.
 */
void
mmp_dialer_kick (MmpDialer *self)
{
  g_return_if_fail (MMP_IS_DIALER (self));

  self->kicked = TRUE;
  mmp_backoff_reset (&self->soon);
  mmp_backoff_reset (&self->late);
  mmp_signaling_disconnect (self->signaling);
  mmp_waiter_wake (self->waiter);
}
