/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-session"

#include "session/mmp-acceptor-private.h"

#include <libdex.h>

#include "base/mmp-backoff.h"
#include "base/mmp-limits.h"
#include "base/mmp-waiter.h"
#include "crypto/mmp-noise.h"
#include "session/mmp-reception.h"
#include "session/mmp-signaling.h"

/* A connection that did not last this long counts as one more failure. */
#define GOOD_AFTER MMP_SECONDS (10)

struct _MmpAcceptor
{
  GObject parent_instance;

  MmpAcceptorConfig config;
  MmpAcceptorFuncs funcs; /* all NULL: stopped */
  gpointer user_data;
  MmpClock *clock;
  MmpWaiter *waiter;
  MmpSignaling *signaling;
  MmpReception *reception;
  gboolean started;

  MmpAcceptorState state;
  MmpBackoff backoff;
  GError *lost; /* nullable: why the connection broke */
  gboolean kicked;
};

G_DEFINE_FINAL_TYPE (MmpAcceptor, mmp_acceptor, G_TYPE_OBJECT)

static void
set_state (MmpAcceptor *self,
           MmpAcceptorState state,
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
on_greeting (const char *topic,
             GBytes *message,
             gpointer user_data)
{
  MmpAcceptor *self = user_data;

  mmp_reception_greet (self->reception, topic, message);
}

static void
on_lost (const GError *cause,
         gpointer user_data)
{
  MmpAcceptor *self = user_data;

  g_clear_error (&self->lost);
  self->lost = g_error_copy (cause);
  mmp_waiter_wake (self->waiter);
}

/* It may be for one device only, so it is told and the connection stays. */
static void
on_refused (const GError *cause,
            gpointer user_data)
{
  MmpAcceptor *self = user_data;

  if (self->state == MMP_ACCEPTOR_READY)
    set_state (self, MMP_ACCEPTOR_READY, cause, 0);
}

static const MmpSignalingFuncs signaling_funcs = {
  .greeting = on_greeting,
  .lost = on_lost,
  .refused = on_refused,
};

static gboolean
go_online (MmpAcceptor *self,
           GError **error)
{
  g_autofree char *filter = mmp_reception_get_filter (self->reception);

  set_state (self, MMP_ACCEPTOR_CONNECTING, NULL, 0);
  g_clear_error (&self->lost);
  if (!mmp_signaling_go_online (self->signaling, self->waiter, filter, error))
    return FALSE;

  set_state (self, MMP_ACCEPTOR_READY, NULL, 0);

  return TRUE;
}

/* Until the connection breaks, or is to be made anew */
static void
stay_online (MmpAcceptor *self,
             GError **error)
{
  gint64 since = mmp_clock_now (self->clock);

  while (self->lost == NULL && !self->kicked && mmp_waiter_wait (self->waiter, G_MAXINT64))
    ;
  if (mmp_clock_now (self->clock) - since >= GOOD_AFTER)
    mmp_backoff_reset (&self->backoff);
  if (self->lost != NULL)
    g_propagate_error (error, g_steal_pointer (&self->lost));
}

static void
rest (MmpAcceptor *self,
      const GError *cause)
{
  gint64 wait = mmp_backoff_next (&self->backoff);
  gint64 until = mmp_clock_now (self->clock) + wait;

  mmp_signaling_disconnect (self->signaling);
  set_state (self, MMP_ACCEPTOR_WAITING, cause, (guint) ((wait + G_USEC_PER_SEC - 1) / G_USEC_PER_SEC));
  while (!self->kicked && mmp_clock_now (self->clock) < until && mmp_waiter_wait (self->waiter, until))
    ;
}

static DexFuture *
attend_fiber (gpointer user_data)
{
  MmpAcceptor *self = user_data;

  while (!mmp_waiter_is_stopped (self->waiter))
    {
      g_autoptr (GError) error = NULL;

      self->kicked = FALSE;
      if (go_online (self, &error))
        stay_online (self, &error);
      if (error != NULL && !self->kicked && !mmp_waiter_is_stopped (self->waiter))
        rest (self, error);
    }

  return dex_future_new_for_boolean (TRUE);
}

static void
mmp_acceptor_finalize (GObject *object)
{
  MmpAcceptor *self = MMP_ACCEPTOR (object);

  g_clear_error (&self->lost);
  g_clear_pointer (&self->reception, mmp_reception_free);
  g_clear_pointer (&self->signaling, mmp_signaling_free);
  g_clear_pointer (&self->waiter, mmp_waiter_free);
  g_clear_pointer (&self->clock, mmp_clock_unref);
  g_clear_pointer (&self->config.brokers, g_ptr_array_unref);
  g_clear_pointer (&self->config.prefix, g_free);
  g_clear_pointer (&self->config.key_pair, mmp_key_pair_unref);
  g_clear_object (&self->config.trust);
  g_clear_pointer (&self->config.name, g_free);

  G_OBJECT_CLASS (mmp_acceptor_parent_class)->finalize (object);
}

static void
mmp_acceptor_class_init (MmpAcceptorClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = mmp_acceptor_finalize;
}

static void
mmp_acceptor_init (MmpAcceptor *self)
{
  self->backoff = (MmpBackoff) { .first = MMP_SECONDS (1), .factor = 2, .max = MMP_SECONDS (60) };
}

static gpointer
copy_broker (gconstpointer broker,
             gpointer user_data)
{
  return mmp_mqtt_broker_ref ((MmpMqttBroker *) broker);
}

/**
 * mmp_acceptor_new_with_clock:
 * @clock: for all waits, limits and deadlines on control
 *
 * As mmp_acceptor_new(), for tests that let time pass.
 *
 * Returns: (transfer full): an acceptor
 */
MmpAcceptor *
mmp_acceptor_new_with_clock (const MmpAcceptorConfig *config,
                             MmpClock *clock,
                             GMainContext *io,
                             const MmpAcceptorFuncs *funcs,
                             gpointer user_data)
{
  MmpAcceptor *self = g_object_new (MMP_TYPE_ACCEPTOR, NULL);
  const MmpRouterGreeting greeting = { .type = 0x01, .size = MMP_NOISE_HS1_SIZE };

  self->config = *config;
  self->config.brokers = g_ptr_array_copy (config->brokers, copy_broker, NULL);
  self->config.prefix = g_strdup (config->prefix);
  self->config.key_pair = mmp_key_pair_ref (config->key_pair);
  self->config.trust = g_object_ref (config->trust);
  self->config.name = g_strdup (config->name);
  self->funcs = *funcs;
  self->user_data = user_data;
  self->clock = mmp_clock_ref (clock);
  self->waiter = mmp_waiter_new (clock);
  self->signaling = mmp_signaling_new (self->config.brokers, greeting, !config->unlimited, io, &signaling_funcs, self);
  self->reception = mmp_reception_new (self, &self->config, self->signaling, clock, funcs, user_data);

  return self;
}

/**
 * mmp_acceptor_new:
 * @config: copied; the trust list is referenced
 * @io: (nullable): the context of the I/O thread
 * @funcs: copied
 * @user_data: for @funcs
 *
 * Returns: (transfer full): an acceptor that does nothing yet
 */
MmpAcceptor *
mmp_acceptor_new (const MmpAcceptorConfig *config,
                  GMainContext *io,
                  const MmpAcceptorFuncs *funcs,
                  gpointer user_data)
{
  g_autoptr (MmpClock) clock = mmp_clock_new (NULL);

  return mmp_acceptor_new_with_clock (config, clock, io, funcs, user_data);
}

/**
 * mmp_acceptor_start:
 *
 * Connects to a broker and lets devices in. To be called once; from then on the acceptor holds itself until
 * mmp_acceptor_stop().
 */
void
mmp_acceptor_start (MmpAcceptor *self)
{
  g_return_if_fail (MMP_IS_ACCEPTOR (self));
  g_return_if_fail (!self->started && !mmp_waiter_is_stopped (self->waiter));

  self->started = TRUE;
  dex_future_disown (dex_scheduler_spawn (NULL, 0, attend_fiber, g_object_ref (self), g_object_unref));
}

/**
 * mmp_acceptor_stop:
 *
 * Says bye to every device and ends for good. None of the #MmpAcceptorFuncs is called any more.
 */
void
mmp_acceptor_stop (MmpAcceptor *self)
{
  g_return_if_fail (MMP_IS_ACCEPTOR (self));

  self->funcs = (MmpAcceptorFuncs) { NULL };
  self->state = MMP_ACCEPTOR_STOPPED;
  mmp_reception_close (self->reception);
  mmp_signaling_close (self->signaling);
  mmp_waiter_stop (self->waiter);
}

/**
 * mmp_acceptor_kick:
 *
 * The network changed: connects to the broker anew at once. Sessions stay.
 */
void
mmp_acceptor_kick (MmpAcceptor *self)
{
  g_return_if_fail (MMP_IS_ACCEPTOR (self));

  self->kicked = TRUE;
  mmp_backoff_reset (&self->backoff);
  mmp_signaling_disconnect (self->signaling);
  mmp_waiter_wake (self->waiter);
}

/**
 * mmp_acceptor_answer:
 * @device: who asked by @request
 * @answer: what the person said. For %MMP_ANSWER_TRUST and %MMP_ANSWER_BLOCK the list of devices says so already
 *
 * A device that does not wait any more is taken notice of all the same: after %MMP_ANSWER_NOT_NOW it may not ask for
 * 10 minutes.
 */
void
mmp_acceptor_answer (MmpAcceptor *self,
                     const MmpPublicKey *device,
                     MmpAnswer answer)
{
  g_return_if_fail (MMP_IS_ACCEPTOR (self));

  mmp_reception_answer (self->reception, device, answer);
}

/**
 * mmp_acceptor_drop:
 * @device: who is not trusted any more
 *
 * Says bye to all its sessions and closes them.
 */
void
mmp_acceptor_drop (MmpAcceptor *self,
                   const MmpPublicKey *device)
{
  g_return_if_fail (MMP_IS_ACCEPTOR (self));

  mmp_reception_drop (self->reception, device);
}
