/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-session-rig.h"

#include <string.h>

#include "crypto/mmp-crypto.h"
#include "session/mmp-acceptor-private.h"
#include "session/mmp-dialer-private.h"

/**
 * mmp_rig_pass_time:
 *
 * Lets time pass.
 */
void
mmp_rig_pass_time (MmpClock *clock,
                   gint64 duration)
{
  gint64 until = mmp_clock_now (clock) + duration;

  while (mmp_clock_step (clock, until))
    ;
}

/**
 * mmp_rig_broker_at:
 *
 * Returns: (transfer full): a plain broker at a port of 127.0.0.1
 */
MmpMqttBroker *
mmp_rig_broker_at (guint port)
{
  g_autoptr (GError) error = NULL;
  MmpMqttBroker *broker = mmp_mqtt_broker_new ("127.0.0.1", port, FALSE, &error);

  g_assert_no_error (error);

  return broker;
}

/**
 * mmp_rig_set_up:
 *
 * Starts a broker, an I/O thread and a clock.
 *
 * Returns: FALSE if there is no mosquitto; the test is marked as skipped
 */
gboolean
mmp_rig_set_up (MmpRig *rig)
{
  if (!mmp_mosquitto_is_here ())
    return FALSE;

  rig->mosquitto = mmp_mosquitto_new (NULL);
  mmp_mosquitto_start (rig->mosquitto);
  rig->thread = mmp_io_thread_new ();
  rig->io = mmp_io_thread_get_context (rig->thread);
  rig->clock = mmp_clock_new_virtual ();
  rig->pace = MMP_MSEC (50);
  rig->brokers = g_ptr_array_new_with_free_func ((GDestroyNotify) mmp_mqtt_broker_unref);
  g_ptr_array_add (rig->brokers, mmp_rig_broker_at (mmp_mosquitto_get_port (rig->mosquitto)));

  return TRUE;
}

/**
 * mmp_rig_tear_down:
 *
 * Ends all of it. Listeners and callers are cleared before.
 */
void
mmp_rig_tear_down (MmpRig *rig)
{
  g_ptr_array_unref (rig->brokers);
  mmp_io_thread_free (rig->thread);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  mmp_clock_unref (rig->clock);
  mmp_mosquitto_free (rig->mosquitto);
}

/* Listener */

static void
on_acceptor_state (MmpAcceptor *acceptor,
                   MmpAcceptorState state,
                   const GError *cause,
                   guint retry,
                   gpointer user_data)
{
  MmpRigListener *listener = user_data;

  listener->state = state;
  g_clear_error (&listener->cause);
  listener->cause = cause != NULL ? g_error_copy (cause) : NULL;
}

static gboolean
on_acceptor_resume (MmpAcceptor *acceptor,
                    const MmpPublicKey *device,
                    const guint8 *link_name,
                    gpointer user_data)
{
  return ((MmpRigListener *) user_data)->knows_links;
}

static void
on_acceptor_session (MmpAcceptor *acceptor,
                     MmpSession *session,
                     gboolean resumed,
                     gpointer user_data)
{
  MmpRigListener *listener = user_data;

  g_ptr_array_add (listener->sessions, g_object_ref (session));
  listener->resumed = resumed;
}

static void
on_acceptor_request (MmpAcceptor *acceptor,
                     const MmpPublicKey *device,
                     const char *name,
                     gpointer user_data)
{
  MmpRigListener *listener = user_data;

  listener->n_requests++;
  listener->device = *device;
  g_set_str (&listener->name, name);
}

static void
on_acceptor_request_gone (MmpAcceptor *acceptor,
                          const MmpPublicKey *device,
                          gpointer user_data)
{
  ((MmpRigListener *) user_data)->n_requests_gone++;
}

static void
on_acceptor_invited (MmpAcceptor *acceptor,
                     const MmpPublicKey *device,
                     const char *name,
                     gpointer user_data)
{
  MmpRigListener *listener = user_data;

  listener->n_invited++;
  listener->device = *device;
  g_set_str (&listener->name, name);
}

static const MmpAcceptorFuncs acceptor_funcs = {
  .state = on_acceptor_state,
  .resume = on_acceptor_resume,
  .session = on_acceptor_session,
  .request = on_acceptor_request,
  .request_gone = on_acceptor_request_gone,
  .invited = on_acceptor_invited,
};

/**
 * mmp_rig_listener_start:
 *
 * Starts a listener, or the same one again after mmp_rig_listener_stop().
 */
void
mmp_rig_listener_start (MmpRig *rig,
                        MmpRigListener *listener,
                        MmpTrustMode mode)
{
  MmpAcceptorConfig config = {
    .brokers = rig->brokers,
    .prefix = (char *) "sig",
    .mode = mode,
    .name = (char *) "Office",
    .unlimited = rig->unlimited,
  };

  if (listener->key_pair == NULL)
    {
      listener->key_pair = mmp_key_pair_generate ();
      listener->trust = mmp_test_trust_new ();
      listener->sessions = g_ptr_array_new_with_free_func (g_object_unref);
    }
  config.key_pair = listener->key_pair;
  config.trust = MMP_TRUST (listener->trust);
  listener->acceptor = mmp_acceptor_new_with_clock (&config, rig->clock, rig->io, &acceptor_funcs, listener);
  mmp_acceptor_start (listener->acceptor);
}

/**
 * mmp_rig_listener_await_ready:
 *
 * Waits until devices can come.
 */
void
mmp_rig_listener_await_ready (MmpRig *rig,
                              MmpRigListener *listener)
{
  mmp_rig_await (rig, listener->state == MMP_ACCEPTOR_READY);
}

/**
 * mmp_rig_listener_stop:
 *
 * Stops it, and proves that it dies.
 */
void
mmp_rig_listener_stop (MmpRigListener *listener)
{
  mmp_acceptor_stop (listener->acceptor);
  mmp_test_await_finalize (g_steal_pointer (&listener->acceptor));
  listener->state = MMP_ACCEPTOR_STOPPED;
}

/**
 * mmp_rig_listener_clear:
 *
 * Stops it if needed, and frees what it told.
 */
void
mmp_rig_listener_clear (MmpRigListener *listener)
{
  if (listener->acceptor != NULL)
    mmp_rig_listener_stop (listener);
  g_clear_error (&listener->cause);
  g_clear_pointer (&listener->key_pair, mmp_key_pair_unref);
  g_clear_pointer (&listener->sessions, g_ptr_array_unref);
  g_clear_pointer (&listener->name, g_free);
  g_clear_object (&listener->trust);
}

/**
 * mmp_rig_listener_last:
 *
 * Returns: (transfer none): its newest session
 */
MmpSession *
mmp_rig_listener_last (MmpRigListener *listener)
{
  return g_ptr_array_index (listener->sessions, listener->sessions->len - 1);
}

/* Initiator */

static void
on_dialer_state (MmpDialer *dialer,
                 MmpDialerState state,
                 const GError *cause,
                 guint retry,
                 gpointer user_data)
{
  MmpRigCaller *caller = user_data;

  caller->state = state;
  caller->retry = retry;
  caller->n_linked += state == MMP_DIALER_LINKED ? 1 : 0;
  g_clear_error (&caller->cause);
  caller->cause = cause != NULL ? g_error_copy (cause) : NULL;
}

static void
on_dialer_session (MmpDialer *dialer,
                   MmpSession *session,
                   gboolean resumed,
                   gpointer user_data)
{
  MmpRigCaller *caller = user_data;

  g_ptr_array_add (caller->sessions, g_object_ref (session));
  caller->resumed = resumed;
}

static const MmpDialerFuncs dialer_funcs = {
  .state = on_dialer_state,
  .session = on_dialer_session,
};

/**
 * mmp_rig_caller_init:
 *
 * Makes a key pair; the caller does not run yet.
 */
void
mmp_rig_caller_init (MmpRigCaller *caller)
{
  caller->key_pair = mmp_key_pair_generate ();
  caller->sessions = g_ptr_array_new_with_free_func (g_object_unref);
}

/**
 * mmp_rig_caller_key:
 *
 * Returns: (transfer none): its public key
 */
const MmpPublicKey *
mmp_rig_caller_key (MmpRigCaller *caller)
{
  return mmp_key_pair_get_public (caller->key_pair);
}

/**
 * mmp_rig_caller_start:
 * @invitation: (nullable): what it brings
 *
 * Calls whoever has the key @listener, by a new link.
 */
void
mmp_rig_caller_start (MmpRig *rig,
                      MmpRigCaller *caller,
                      const MmpPublicKey *listener,
                      const guint8 *invitation)
{
  MmpDialerConfig config = {
    .brokers = rig->brokers,
    .prefix = (char *) "sig",
    .key_pair = caller->key_pair,
    .listener = *listener,
    .invitation = (guint8 *) invitation,
    .name = (char *) "Bob's laptop",
    .unlimited = rig->unlimited,
  };

  mmp_crypto_random (config.link_name, sizeof config.link_name);
  caller->dialer = mmp_dialer_new_with_clock (&config, rig->clock, rig->io, &dialer_funcs, caller);
  mmp_dialer_start (caller->dialer);
}

/**
 * mmp_rig_caller_stop:
 *
 * Stops it, and proves that it dies.
 */
void
mmp_rig_caller_stop (MmpRigCaller *caller)
{
  mmp_dialer_stop (caller->dialer);
  mmp_test_await_finalize (g_steal_pointer (&caller->dialer));
  caller->state = MMP_DIALER_STOPPED;
}

/**
 * mmp_rig_caller_clear:
 *
 * Stops it if needed, and frees what it told.
 */
void
mmp_rig_caller_clear (MmpRigCaller *caller)
{
  if (caller->dialer != NULL)
    mmp_rig_caller_stop (caller);
  g_clear_error (&caller->cause);
  g_clear_pointer (&caller->key_pair, mmp_key_pair_unref);
  g_clear_pointer (&caller->sessions, g_ptr_array_unref);
}

/**
 * mmp_rig_caller_last:
 *
 * Returns: (transfer none): its newest session
 */
MmpSession *
mmp_rig_caller_last (MmpRigCaller *caller)
{
  return g_ptr_array_index (caller->sessions, caller->sessions->len - 1);
}

/**
 * mmp_rig_call:
 *
 * Calls @listener without an invitation.
 */
void
mmp_rig_call (MmpRig *rig,
              MmpRigCaller *caller,
              MmpRigListener *listener)
{
  mmp_rig_caller_start (rig, caller, mmp_key_pair_get_public (listener->key_pair), NULL);
}

/**
 * mmp_rig_link_up:
 *
 * Starts a listener that trusts the caller, and the caller; returns when both are linked.
 */
void
mmp_rig_link_up (MmpRig *rig,
                 MmpRigListener *listener,
                 MmpRigCaller *caller)
{
  mmp_rig_listener_start (rig, listener, MMP_TRUST_ONLY_TRUSTED);
  mmp_rig_caller_init (caller);
  mmp_test_trust_set (listener->trust, mmp_rig_caller_key (caller), MMP_STANDING_TRUSTED);
  mmp_rig_listener_await_ready (rig, listener);
  mmp_rig_call (rig, caller, listener);
  mmp_rig_await (rig, caller->sessions->len == 1 && listener->sessions->len == 1);
}

/* User */

/* From I/O to control: what came; from control to I/O: what to send */
typedef struct
{
  MmpRigUser *user;
  char *text; /* NULL: closed */
} Report;

static void
run_report (gpointer data)
{
  Report *report = data;

  if (report->text != NULL)
    g_ptr_array_add (report->user->received, g_steal_pointer (&report->text));
  else
    report->user->closed = TRUE;
}

static void
on_user_message (MmpSession *session,
                 GBytes *message,
                 gpointer user_data)
{
  Report *report = g_new0 (Report, 1);

  report->user = user_data;
  report->text = g_strndup (g_bytes_get_data (message, NULL), g_bytes_get_size (message));
  mmp_context_invoke (NULL, run_report, report, g_free);
}

static void
on_user_closed (MmpSession *session,
                gpointer user_data)
{
  Report *report = g_new0 (Report, 1);

  report->user = user_data;
  mmp_context_invoke (NULL, run_report, report, g_free);
}

static const MmpSessionFuncs session_funcs = {
  .message = on_user_message,
  .closed = on_user_closed,
};

static void
run_listen (gpointer data)
{
  mmp_session_set_funcs (((MmpRigUser *) data)->session, &session_funcs, data);
}

static void
run_send (gpointer data)
{
  Report *order = data;
  g_autoptr (GBytes) message = g_bytes_new_take (order->text, strlen (order->text));

  mmp_session_send (order->user->session, message, MMP_SESSION_STREAM);
}

/**
 * mmp_rig_user_new:
 *
 * Returns: (transfer full): somebody who uses @session from now on
 */
MmpRigUser *
mmp_rig_user_new (MmpRig *rig,
                  MmpSession *session)
{
  MmpRigUser *user = g_new0 (MmpRigUser, 1);

  user->session = g_object_ref (session);
  user->received = g_ptr_array_new_with_free_func (g_free);
  mmp_context_invoke (rig->io, run_listen, user, NULL);

  return user;
}

/**
 * mmp_rig_user_send:
 *
 * Sends a link message.
 */
void
mmp_rig_user_send (MmpRig *rig,
                   MmpRigUser *user,
                   const char *text)
{
  Report *order = g_new0 (Report, 1);

  order->user = user;
  order->text = g_strdup (text);
  mmp_context_invoke (rig->io, run_send, order, g_free);
}

/**
 * mmp_rig_user_free:
 *
 * Frees the user, after the session is closed.
 */
void
mmp_rig_user_free (MmpRigUser *user)
{
  g_object_unref (user->session);
  g_ptr_array_unref (user->received);
  g_free (user);
}

static void
on_spy_state (MmpMqttClient *client,
              MmpMqttState state,
              const GError *cause,
              gpointer user_data)
{
}

static void
on_spy_message (MmpMqttClient *client,
                const MmpMqttMessage *message,
                gpointer user_data)
{
  MmpRigSpy *spy = user_data;

  g_assert_false (message->retained);
  spy->n_offers += g_str_has_suffix (message->topic, "/1/o") ? 1 : 0;
  spy->n_answers += g_str_has_suffix (message->topic, "/1/a") ? 1 : 0;
}

static const MmpMqttClientFuncs spy_funcs = {
  .state_changed = on_spy_state,
  .message = on_spy_message,
};

static void
on_spy_subscribed (MmpMqttClient *client,
                   const GError *error,
                   gpointer user_data)
{
  g_assert_no_error (error);
  ((MmpRigSpy *) user_data)->subscribed = TRUE;
}

/**
 * mmp_rig_spy_start:
 *
 * Begins to read what passes the broker.
 */
void
mmp_rig_spy_start (MmpRig *rig,
                   MmpRigSpy *spy)
{
  spy->client = mmp_mqtt_client_new (NULL, g_ptr_array_index (rig->brokers, 0), &spy_funcs, spy);
  mmp_mqtt_client_subscribe (spy->client, "sig/#", 1, FALSE, on_spy_subscribed, spy);
  mmp_mqtt_client_start (spy->client);
  mmp_test_await (spy->subscribed);
}

/**
 * mmp_rig_spy_stop:
 *
 * Ends that.
 */
void
mmp_rig_spy_stop (MmpRigSpy *spy)
{
  mmp_mqtt_client_detach (spy->client);
  g_clear_object (&spy->client);
}
