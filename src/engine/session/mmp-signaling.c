/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-session"

#include "session/mmp-signaling.h"

#include "base/mmp-context.h"
#include "base/mmp-error.h"
#include "base/mmp-limits.h"

/* Greetings that anybody can send, on their way to control; what is above is dropped on I/O. */
#define GREETINGS_WAITING_MAX 64

#define BROKER_TIMEOUT MMP_SECONDS (10)

/* Counted atomically, because events and commands on their way hold it. */
struct _MmpSignaling
{
  /* never change */
  GPtrArray *brokers; /* MmpMqttBroker */
  GMainContext *io;
  MmpRouter *router;

  /* control */
  MmpSignalingFuncs funcs;
  gpointer user_data;
  gboolean closed;
  guint broker; /* which one is used now, or next */
  guint attempt; /* number of the last connect */
  DexPromise *connecting; /* nullable: for whoever waits for it */
  gboolean online;
  gboolean cancelled; /* the last attempt was given up, so its broker is not to blame */

  /* both, atomic */
  int greetings_waiting;
};

/* A command to I/O or an event to control */
typedef struct
{
  MmpSignaling *self;
  guint attempt;
  char *topic; /* nullable, and all that follow */
  GBytes *message;
  GError *cause;
  MmpMqttBroker *broker;
  DexPromise *promise;
  MmpSession *session;
} Parcel;

static void
mmp_signaling_clear (gpointer data)
{
  MmpSignaling *self = data;

  g_ptr_array_unref (self->brokers);
  g_object_unref (self->router);
  g_main_context_unref (self->io);
}

static Parcel *
parcel_new (MmpSignaling *self)
{
  Parcel *parcel = g_new0 (Parcel, 1);

  parcel->self = g_atomic_rc_box_acquire (self);

  return parcel;
}

static void
parcel_free (gpointer data)
{
  Parcel *parcel = data;

  g_free (parcel->topic);
  g_clear_pointer (&parcel->message, g_bytes_unref);
  g_clear_error (&parcel->cause);
  g_clear_pointer (&parcel->broker, mmp_mqtt_broker_unref);
  g_clear_pointer (&parcel->promise, dex_unref);
  g_clear_object (&parcel->session);
  g_atomic_rc_box_release_full (parcel->self, mmp_signaling_clear);
  g_free (parcel);
}

/* Commands, on I/O */

static void
run_connect (gpointer data)
{
  Parcel *parcel = data;

  mmp_router_connect (parcel->self->router, parcel->broker, parcel->attempt);
}

static void
run_set_ready (gpointer data)
{
  mmp_router_set_ready (((Parcel *) data)->self->router);
}

static void
run_disconnect (gpointer data)
{
  mmp_router_disconnect (((Parcel *) data)->self->router);
}

static void
run_subscribe (gpointer data)
{
  Parcel *parcel = data;

  mmp_router_subscribe (parcel->self->router, parcel->topic, parcel->promise);
}

static void
run_unsubscribe (gpointer data)
{
  Parcel *parcel = data;

  mmp_router_unsubscribe (parcel->self->router, parcel->topic);
}

static void
run_publish (gpointer data)
{
  Parcel *parcel = data;

  mmp_router_publish (parcel->self->router, parcel->topic, parcel->message);
}

static void
run_add_session (gpointer data)
{
  Parcel *parcel = data;

  mmp_router_add (parcel->self->router, parcel->topic, parcel->session);
}

static void
run_remove_session (gpointer data)
{
  Parcel *parcel = data;

  mmp_router_remove (parcel->self->router, parcel->topic);
}

static void
run_close (gpointer data)
{
  mmp_router_close (((Parcel *) data)->self->router);
}

/* Events, on control */

static void
on_greeting (gpointer data)
{
  Parcel *parcel = data;
  MmpSignaling *self = parcel->self;

  g_atomic_int_add (&self->greetings_waiting, -1);
  if (!self->closed)
    self->funcs.greeting (parcel->topic, parcel->message, self->user_data);
}

static void
on_online (gpointer data)
{
  Parcel *parcel = data;
  MmpSignaling *self = parcel->self;
  g_autoptr (DexPromise) connecting = NULL;

  if (self->closed || parcel->attempt != self->attempt)
    return;

  self->online = TRUE;
  connecting = g_steal_pointer (&self->connecting);
  dex_promise_resolve_boolean (connecting, TRUE);
}

static void
on_offline (gpointer data)
{
  Parcel *parcel = data;
  MmpSignaling *self = parcel->self;
  g_autoptr (DexPromise) connecting = NULL;

  if (self->closed || parcel->attempt != self->attempt)
    return;

  self->online = FALSE;
  connecting = g_steal_pointer (&self->connecting);
  if (connecting == NULL)
    {
      self->funcs.lost (parcel->cause, self->user_data);
      return;
    }
  dex_promise_reject (connecting, g_steal_pointer (&parcel->cause));
}

static void
on_refused (gpointer data)
{
  Parcel *parcel = data;
  MmpSignaling *self = parcel->self;

  if (!self->closed)
    self->funcs.refused (parcel->cause, self->user_data);
}

/* What the router says, on I/O */

static void
send_greeting (const char *topic,
               GBytes *message,
               gpointer user_data)
{
  MmpSignaling *self = user_data;
  Parcel *parcel;

  if (g_atomic_int_get (&self->greetings_waiting) >= GREETINGS_WAITING_MAX)
    return;

  parcel = parcel_new (self);
  parcel->topic = g_strdup (topic);
  parcel->message = g_bytes_ref (message);
  g_atomic_int_inc (&self->greetings_waiting);
  mmp_context_invoke (NULL, on_greeting, parcel, parcel_free);
}

static void
send_online (guint attempt,
             gpointer user_data)
{
  Parcel *parcel = parcel_new (user_data);

  parcel->attempt = attempt;
  mmp_context_invoke (NULL, on_online, parcel, parcel_free);
}

static void
send_offline (guint attempt,
              const GError *cause,
              gpointer user_data)
{
  Parcel *parcel = parcel_new (user_data);

  parcel->attempt = attempt;
  parcel->cause = g_error_copy (cause);
  mmp_context_invoke (NULL, on_offline, parcel, parcel_free);
}

static void
send_refused (const GError *cause,
              gpointer user_data)
{
  Parcel *parcel = parcel_new (user_data);

  parcel->cause = g_error_copy (cause);
  mmp_context_invoke (NULL, on_refused, parcel, parcel_free);
}

static const MmpRouterFuncs router_funcs = {
  .greeting = send_greeting,
  .online = send_online,
  .offline = send_offline,
  .refused = send_refused,
};

static void
cancel_connecting (MmpSignaling *self)
{
  g_autoptr (DexPromise) connecting = g_steal_pointer (&self->connecting);

  self->online = FALSE;
  if (connecting != NULL)
    dex_promise_reject (connecting, g_error_new_literal (MMP_ERROR, MMP_ERROR_CANCELLED, "the connection to the broker is made anew"));
}

/**
 * mmp_signaling_new:
 * @brokers: (element-type MmpMqttBroker): at least one; copied
 * @greeting: which messages from outside of sessions are wanted
 * @limited: as for mmp_router_new()
 * @io: (nullable): the context of the I/O thread
 * @funcs: what to call
 * @user_data: for @funcs
 *
 * Returns: (transfer full): without a connection
 */
MmpSignaling *
mmp_signaling_new (GPtrArray *brokers,
                   MmpRouterGreeting greeting,
                   gboolean limited,
                   GMainContext *io,
                   const MmpSignalingFuncs *funcs,
                   gpointer user_data)
{
  MmpSignaling *self = g_atomic_rc_box_new0 (MmpSignaling);

  g_return_val_if_fail (brokers->len > 0, NULL);

  self->brokers = g_ptr_array_new_with_free_func ((GDestroyNotify) mmp_mqtt_broker_unref);
  for (guint i = 0; i < brokers->len; i++)
    g_ptr_array_add (self->brokers, mmp_mqtt_broker_ref (g_ptr_array_index (brokers, i)));
  self->io = g_main_context_ref (io != NULL ? io : g_main_context_default ());
  self->funcs = *funcs;
  self->user_data = user_data;
  self->router = mmp_router_new (io, greeting, limited, &router_funcs, self);

  return self;
}

/**
 * mmp_signaling_close:
 *
 * Closes all sessions and the connection, after every command that was given before. Nothing is called any more, and no
 * command does anything.
 */
void
mmp_signaling_close (MmpSignaling *self)
{
  if (self->closed)
    return;

  self->closed = TRUE;
  cancel_connecting (self);
  mmp_context_invoke (self->io, run_close, parcel_new (self), parcel_free);
}

/**
 * mmp_signaling_free:
 * @self: (nullable): what is not used any more
 */
void
mmp_signaling_free (MmpSignaling *self)
{
  if (self == NULL)
    return;

  mmp_signaling_close (self);
  g_atomic_rc_box_release_full (self, mmp_signaling_clear);
}

/**
 * mmp_signaling_get_n_brokers:
 *
 * Returns: how many brokers there are to try
 */
guint
mmp_signaling_get_n_brokers (MmpSignaling *self)
{
  return self->brokers->len;
}

/**
 * mmp_signaling_is_online:
 *
 * Returns: whether there is a connection to a broker
 */
gboolean
mmp_signaling_is_online (MmpSignaling *self)
{
  return self->online;
}

static DexFuture *
start_connecting (MmpSignaling *self)
{
  Parcel *parcel = parcel_new (self);

  cancel_connecting (self);
  self->cancelled = FALSE;
  self->connecting = dex_promise_new ();
  parcel->attempt = ++self->attempt;
  parcel->broker = mmp_mqtt_broker_ref (g_ptr_array_index (self->brokers, self->broker));
  mmp_context_invoke (self->io, run_connect, parcel, parcel_free);

  return dex_ref (DEX_FUTURE (self->connecting));
}

static DexFuture *
start_subscribing (MmpSignaling *self,
                   const char *filter)
{
  Parcel *parcel = parcel_new (self);
  DexPromise *promise = dex_promise_new ();

  parcel->topic = g_strdup (filter);
  parcel->promise = dex_ref (promise);
  mmp_context_invoke (self->io, run_subscribe, parcel, parcel_free);

  return DEX_FUTURE (promise);
}

static void
explain (GError **error,
         const char *clause)
{
  if (error != NULL && g_error_matches (*error, MMP_ERROR, MMP_ERROR_TIMED_OUT))
    {
      g_clear_error (error);
      g_set_error_literal (error, MMP_ERROR, MMP_ERROR_BROKER_UNREACHABLE, clause);
    }
}

/**
 * mmp_signaling_go_online:
 * @waiter: of the fiber
 * @filter: (nullable): what to subscribe to
 * @error: return location
 *
 * In a fiber. Gives the present connection up and makes a new one to the broker whose turn it is. If that fails, it is the
 * next broker's turn. Sessions stay; subscriptions do not. What sessions sent lately may be lost, and they are told so.
 *
 * Returns: whether there is a connection, and the broker granted @filter; else the cause, of the broker or the @waiter
 */
gboolean
mmp_signaling_go_online (MmpSignaling *self,
                         MmpWaiter *waiter,
                         const char *filter,
                         GError **error)
{
  gboolean online = mmp_waiter_await (waiter, start_connecting (self), BROKER_TIMEOUT, error);

  if (!online)
    explain (error, "the broker does not answer");
  if (online && (filter == NULL || mmp_signaling_subscribe (self, waiter, filter, error)))
    {
      mmp_context_invoke (self->io, run_set_ready, parcel_new (self), parcel_free);
      return TRUE;
    }

  if (!self->cancelled)
    mmp_signaling_next_broker (self);

  return FALSE;
}

/**
 * mmp_signaling_disconnect:
 *
 * Gives the connection up, or the attempt at one: then its future rejects with %MMP_ERROR_CANCELLED.
 */
void
mmp_signaling_disconnect (MmpSignaling *self)
{
  self->attempt++;
  self->cancelled = TRUE;
  cancel_connecting (self);
  mmp_context_invoke (self->io, run_disconnect, parcel_new (self), parcel_free);
}

/**
 * mmp_signaling_next_broker:
 *
 * The next connection goes to the next broker of the list.
 */
void
mmp_signaling_next_broker (MmpSignaling *self)
{
  self->broker = (self->broker + 1) % self->brokers->len;
}

/**
 * mmp_signaling_subscribe:
 * @waiter: of the fiber
 * @filter: a topic filter
 * @error: return location
 *
 * In a fiber. The subscription holds for this connection.
 *
 * Returns: whether the broker granted it; else the cause, of the broker or the @waiter
 */
gboolean
mmp_signaling_subscribe (MmpSignaling *self,
                         MmpWaiter *waiter,
                         const char *filter,
                         GError **error)
{
  if (mmp_waiter_await (waiter, start_subscribing (self, filter), BROKER_TIMEOUT, error))
    return TRUE;
  explain (error, "the broker does not answer a subscription");

  return FALSE;
}

/**
 * mmp_signaling_unsubscribe:
 * @filter: a topic filter
 */
void
mmp_signaling_unsubscribe (MmpSignaling *self,
                           const char *filter)
{
  Parcel *parcel = parcel_new (self);

  parcel->topic = g_strdup (filter);
  mmp_context_invoke (self->io, run_unsubscribe, parcel, parcel_free);
}

/**
 * mmp_signaling_publish:
 * @topic: where to
 * @message: a handshake message
 *
 * It is lost if there is no connection.
 */
void
mmp_signaling_publish (MmpSignaling *self,
                       const char *topic,
                       GBytes *message)
{
  Parcel *parcel = parcel_new (self);

  parcel->topic = g_strdup (topic);
  parcel->message = g_bytes_ref (message);
  mmp_context_invoke (self->io, run_publish, parcel, parcel_free);
}

/**
 * mmp_signaling_add_session:
 * @role: our role in the handshake
 * @device: the other side
 * @topic_in: where its messages come in
 * @topic_out: where its messages go
 * @transport: (transfer full): the keys
 *
 * Returns: (transfer full): a session that gets the DATA of @topic_in until mmp_signaling_remove_session()
 */
MmpSession *
mmp_signaling_add_session (MmpSignaling *self,
                           MmpSessionRole role,
                           const MmpPublicKey *device,
                           const char *topic_in,
                           const char *topic_out,
                           MmpTransport *transport)
{
  MmpSession *session = mmp_session_new (role, device, topic_out, transport, self->io, &mmp_router_outlet, G_OBJECT (self->router));
  Parcel *parcel = parcel_new (self);

  parcel->topic = g_strdup (topic_in);
  parcel->session = g_object_ref (session);
  mmp_context_invoke (self->io, run_add_session, parcel, parcel_free);

  return session;
}

/**
 * mmp_signaling_remove_session:
 * @topic_in: of mmp_signaling_add_session()
 *
 * Closes the session, after what was sent before.
 */
void
mmp_signaling_remove_session (MmpSignaling *self,
                              const char *topic_in)
{
  Parcel *parcel = parcel_new (self);

  parcel->topic = g_strdup (topic_in);
  mmp_context_invoke (self->io, run_remove_session, parcel, parcel_free);
}
