/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <libdex.h>
#include <string.h>

#include "base/mmp-context.h"
#include "base/mmp-error.h"
#include "base/mmp-limits.h"
#include "crypto/mmp-crypto.h"
#include "mqtt/mmp-mqtt-client.h"
#include "session/mmp-acceptor-private.h"
#include "session/mmp-dialer-private.h"

#include "mmp-mosquitto.h"
#include "mmp-test-trust.h"
#include "mmp-test.h"

/* Time passes five times as fast as it does; what is slow in the real world (the broker) must not seem dead. */
#define await(f, condition)                                            \
  G_STMT_START                                                         \
  {                                                                    \
    MmpTestDeadline deadline_ = mmp_test_deadline ();                  \
    while (!(condition))                                               \
      {                                                                \
        mmp_test_iterate (&deadline_, #condition, __FILE__, __LINE__); \
        pass_time ((f)->clock, MMP_MSEC (50));                         \
      }                                                                \
  }                                                                    \
  G_STMT_END

typedef struct
{
  MmpMosquitto *mosquitto;
  MmpIoThread *thread;
  GMainContext *io;
  MmpClock *clock;
  GPtrArray *brokers;
} Fixture;

/* A listener, and what it told */
typedef struct
{
  MmpAcceptor *acceptor;
  MmpKeyPair *key_pair;
  MmpTestTrust *trust;
  MmpAcceptorState state;
  GError *cause;
  gboolean knows_links;
  GPtrArray *sessions; /* MmpSession */
  gboolean resumed;
  guint n_requests;
  guint n_requests_gone;
  guint n_invited;
  MmpPublicKey device; /* of the last request or invitation */
  char *name;
} Listener;

/* An initiator, and what it told */
typedef struct
{
  MmpDialer *dialer;
  MmpKeyPair *key_pair;
  MmpDialerState state;
  GError *cause;
  guint retry;
  GPtrArray *sessions; /* MmpSession */
  gboolean resumed;
  guint n_linked;
} Caller;

static void
pass_time (MmpClock *clock,
           gint64 duration)
{
  gint64 until = mmp_clock_now (clock) + duration;

  while (mmp_clock_step (clock, until))
    ;
}

static MmpMqttBroker *
broker_at (guint port)
{
  g_autoptr (GError) error = NULL;
  MmpMqttBroker *broker = mmp_mqtt_broker_new ("127.0.0.1", port, FALSE, &error);

  g_assert_no_error (error);

  return broker;
}

static gboolean
set_up (Fixture *f)
{
  if (!mmp_mosquitto_is_here ())
    return FALSE;

  f->mosquitto = mmp_mosquitto_new (NULL);
  mmp_mosquitto_start (f->mosquitto);
  f->thread = mmp_io_thread_new ();
  f->io = mmp_io_thread_get_context (f->thread);
  f->clock = mmp_clock_new_virtual ();
  f->brokers = g_ptr_array_new_with_free_func ((GDestroyNotify) mmp_mqtt_broker_unref);
  g_ptr_array_add (f->brokers, broker_at (mmp_mosquitto_get_port (f->mosquitto)));

  return TRUE;
}

static void
tear_down (Fixture *f)
{
  g_ptr_array_unref (f->brokers);
  mmp_io_thread_free (f->thread);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  mmp_clock_unref (f->clock);
  mmp_mosquitto_free (f->mosquitto);
}

/* Listener */

static void
on_acceptor_state (MmpAcceptor *acceptor,
                   MmpAcceptorState state,
                   const GError *cause,
                   guint retry,
                   gpointer user_data)
{
  Listener *listener = user_data;

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
  return ((Listener *) user_data)->knows_links;
}

static void
on_acceptor_session (MmpAcceptor *acceptor,
                     MmpSession *session,
                     gboolean resumed,
                     gpointer user_data)
{
  Listener *listener = user_data;

  g_ptr_array_add (listener->sessions, g_object_ref (session));
  listener->resumed = resumed;
}

static void
on_acceptor_request (MmpAcceptor *acceptor,
                     const MmpPublicKey *device,
                     const char *name,
                     gpointer user_data)
{
  Listener *listener = user_data;

  listener->n_requests++;
  listener->device = *device;
  g_set_str (&listener->name, name);
}

static void
on_acceptor_request_gone (MmpAcceptor *acceptor,
                          const MmpPublicKey *device,
                          gpointer user_data)
{
  ((Listener *) user_data)->n_requests_gone++;
}

static void
on_acceptor_invited (MmpAcceptor *acceptor,
                     const MmpPublicKey *device,
                     const char *name,
                     gpointer user_data)
{
  Listener *listener = user_data;

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

static void
listener_start (Fixture *f,
                Listener *listener,
                MmpTrustMode mode)
{
  MmpAcceptorConfig config = {
    .brokers = f->brokers,
    .prefix = (char *) "sig",
    .mode = mode,
    .name = (char *) "Office",
  };

  if (listener->key_pair == NULL)
    {
      listener->key_pair = mmp_key_pair_generate ();
      listener->trust = mmp_test_trust_new ();
      listener->sessions = g_ptr_array_new_with_free_func (g_object_unref);
    }
  config.key_pair = listener->key_pair;
  config.trust = MMP_TRUST (listener->trust);
  listener->acceptor = mmp_acceptor_new_with_clock (&config, f->clock, f->io, &acceptor_funcs, listener);
  mmp_acceptor_start (listener->acceptor);
}

static void
listener_await_ready (Fixture *f,
                      Listener *listener)
{
  await (f, listener->state == MMP_ACCEPTOR_READY);
}

static void
listener_stop (Listener *listener)
{
  mmp_acceptor_stop (listener->acceptor);
  mmp_test_await_finalize (g_steal_pointer (&listener->acceptor));
  listener->state = MMP_ACCEPTOR_STOPPED;
}

static void
listener_clear (Listener *listener)
{
  if (listener->acceptor != NULL)
    listener_stop (listener);
  g_clear_error (&listener->cause);
  g_clear_pointer (&listener->key_pair, mmp_key_pair_unref);
  g_clear_pointer (&listener->sessions, g_ptr_array_unref);
  g_clear_pointer (&listener->name, g_free);
  g_clear_object (&listener->trust);
}

static MmpSession *
listener_last (Listener *listener)
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
  Caller *caller = user_data;

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
  Caller *caller = user_data;

  g_ptr_array_add (caller->sessions, g_object_ref (session));
  caller->resumed = resumed;
}

static const MmpDialerFuncs dialer_funcs = {
  .state = on_dialer_state,
  .session = on_dialer_session,
};

static void
caller_init (Caller *caller)
{
  caller->key_pair = mmp_key_pair_generate ();
  caller->sessions = g_ptr_array_new_with_free_func (g_object_unref);
}

static const MmpPublicKey *
caller_key (Caller *caller)
{
  return mmp_key_pair_get_public (caller->key_pair);
}

static void
caller_start (Fixture *f,
              Caller *caller,
              const MmpPublicKey *listener,
              const guint8 *invitation)
{
  MmpDialerConfig config = {
    .brokers = f->brokers,
    .prefix = (char *) "sig",
    .key_pair = caller->key_pair,
    .listener = *listener,
    .invitation = (guint8 *) invitation,
    .name = (char *) "Bob's laptop",
  };

  mmp_crypto_random (config.link_name, sizeof config.link_name);
  caller->dialer = mmp_dialer_new_with_clock (&config, f->clock, f->io, &dialer_funcs, caller);
  mmp_dialer_start (caller->dialer);
}

static void
caller_stop (Caller *caller)
{
  mmp_dialer_stop (caller->dialer);
  mmp_test_await_finalize (g_steal_pointer (&caller->dialer));
  caller->state = MMP_DIALER_STOPPED;
}

static void
caller_clear (Caller *caller)
{
  if (caller->dialer != NULL)
    caller_stop (caller);
  g_clear_error (&caller->cause);
  g_clear_pointer (&caller->key_pair, mmp_key_pair_unref);
  g_clear_pointer (&caller->sessions, g_ptr_array_unref);
}

static MmpSession *
caller_last (Caller *caller)
{
  return g_ptr_array_index (caller->sessions, caller->sessions->len - 1);
}

static void
call (Fixture *f,
      Caller *caller,
      Listener *listener)
{
  caller_start (f, caller, mmp_key_pair_get_public (listener->key_pair), NULL);
}

/* A listener that trusts the caller, both linked */
static void
link_up (Fixture *f,
         Listener *listener,
         Caller *caller)
{
  listener_start (f, listener, MMP_TRUST_ONLY_TRUSTED);
  caller_init (caller);
  mmp_test_trust_set (listener->trust, caller_key (caller), MMP_STANDING_TRUSTED);
  listener_await_ready (f, listener);
  call (f, caller, listener);
  await (f, caller->sessions->len == 1 && listener->sessions->len == 1);
}

/* Whoever uses a session on the I/O thread, and what it got, as seen on control */
typedef struct
{
  MmpSession *session;
  GPtrArray *received; /* char*, control */
  gboolean closed; /* control */
  char *text; /* to send */
} User;

typedef struct
{
  User *user;
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
  mmp_session_set_funcs (((User *) data)->session, &session_funcs, data);
}

static void
run_send (gpointer data)
{
  User *user = data;
  g_autoptr (GBytes) message = g_bytes_new_take (user->text, strlen (user->text));

  user->text = NULL;
  mmp_session_send (user->session, message);
}

static User *
user_new (Fixture *f,
          MmpSession *session)
{
  User *user = g_new0 (User, 1);

  user->session = g_object_ref (session);
  user->received = g_ptr_array_new_with_free_func (g_free);
  mmp_context_invoke (f->io, run_listen, user, NULL);

  return user;
}

static void
user_send (Fixture *f,
           User *user,
           const char *text)
{
  user->text = g_strdup (text);
  mmp_context_invoke (f->io, run_send, user, NULL);
}

static void
user_free (User *user)
{
  g_object_unref (user->session);
  g_ptr_array_unref (user->received);
  g_free (user);
}

/* Somebody who reads everything on the broker */
typedef struct
{
  MmpMqttClient *client;
  gboolean subscribed;
  guint n_offers;
  guint n_answers;
} Spy;

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
  Spy *spy = user_data;

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
  ((Spy *) user_data)->subscribed = TRUE;
}

static void
spy_start (Fixture *f,
           Spy *spy)
{
  spy->client = mmp_mqtt_client_new (NULL, g_ptr_array_index (f->brokers, 0), &spy_funcs, spy);
  mmp_mqtt_client_subscribe (spy->client, "sig/#", 1, FALSE, on_spy_subscribed, spy);
  mmp_mqtt_client_start (spy->client);
  mmp_test_await (spy->subscribed);
}

static void
spy_stop (Spy *spy)
{
  mmp_mqtt_client_detach (spy->client);
  g_clear_object (&spy->client);
}

static void
test_a_trusted_device_is_let_in (void)
{
  Fixture f = { 0 };
  Listener listener = { 0 };
  Caller caller = { 0 };
  MmpSession *here;
  MmpSession *there;

  if (!set_up (&f))
    return;

  link_up (&f, &listener, &caller);
  here = caller_last (&caller);
  there = listener_last (&listener);
  g_assert_cmpint (caller.state, ==, MMP_DIALER_LINKED);
  g_assert_false (caller.resumed);
  g_assert_false (listener.resumed);
  g_assert_true (mmp_public_key_equal (mmp_session_get_device (there), caller_key (&caller)));
  g_assert_true (mmp_public_key_equal (mmp_session_get_device (here), mmp_key_pair_get_public (listener.key_pair)));
  g_assert_cmpstr (mmp_session_get_device_name (there), ==, "Bob's laptop");
  g_assert_cmpstr (mmp_session_get_device_name (here), ==, "Office");
  g_assert_cmpmem (mmp_session_get_link_name (here), MMP_LINK_NAME_SIZE, mmp_session_get_link_name (there), MMP_LINK_NAME_SIZE);

  caller_clear (&caller);
  listener_clear (&listener);
  tear_down (&f);
}

static void
test_link_messages_go_both_ways (void)
{
  Fixture f = { 0 };
  Listener listener = { 0 };
  Caller caller = { 0 };
  User *here;
  User *there;

  if (!set_up (&f))
    return;

  link_up (&f, &listener, &caller);
  here = user_new (&f, caller_last (&caller));
  user_send (&f, here, "one");
  await (&f, here->text == NULL);
  user_send (&f, here, "two");
  /* What came before somebody listened is kept. */
  there = user_new (&f, listener_last (&listener));
  await (&f, there->received->len == 2);
  g_assert_cmpstr (g_ptr_array_index (there->received, 0), ==, "one");
  g_assert_cmpstr (g_ptr_array_index (there->received, 1), ==, "two");

  user_send (&f, there, "three");
  await (&f, here->received->len == 1);
  g_assert_cmpstr (g_ptr_array_index (here->received, 0), ==, "three");

  caller_clear (&caller);
  await (&f, here->closed && there->closed);
  listener_clear (&listener);
  tear_down (&f);
  user_free (here);
  user_free (there);
}

static void
test_a_known_link_is_resumed (void)
{
  Fixture f = { 0 };
  Listener listener = { .knows_links = TRUE };
  Caller caller = { 0 };

  if (!set_up (&f))
    return;

  link_up (&f, &listener, &caller);
  g_assert_true (caller.resumed);
  g_assert_true (listener.resumed);

  caller_clear (&caller);
  listener_clear (&listener);
  tear_down (&f);
}

/* It gets nothing: not an HS2, not a byte. */
static void
test_a_stranger_learns_nothing (gconstpointer data)
{
  MmpStanding standing = (MmpStanding) GPOINTER_TO_INT (data);
  MmpTrustMode mode = standing == MMP_STANDING_BLOCKED ? MMP_TRUST_ANYONE : MMP_TRUST_ONLY_TRUSTED;
  static const guint8 invitation[MMP_INVITATION_SIZE] = { 1 };
  Fixture f = { 0 };
  Listener listener = { 0 };
  Caller caller = { 0 };
  Spy spy = { 0 };

  if (!set_up (&f))
    return;

  spy_start (&f, &spy);
  listener_start (&f, &listener, mode);
  caller_init (&caller);
  mmp_test_trust_set (listener.trust, caller_key (&caller), standing);
  /* Nor does it learn whether an invitation is outstanding. */
  mmp_test_trust_invite (listener.trust, invitation);
  listener_await_ready (&f, &listener);
  call (&f, &caller, &listener);
  await (&f, caller.state == MMP_DIALER_WAITING);
  g_assert_error (caller.cause, MMP_ERROR, MMP_ERROR_NO_ANSWER);
  g_assert_cmpuint (caller.retry, >=, 22);
  await (&f, spy.n_offers >= 4);
  g_assert_cmpuint (spy.n_offers, ==, 4);
  g_assert_cmpuint (spy.n_answers, ==, 0);
  g_assert_cmpuint (listener.sessions->len + listener.n_requests, ==, 0);

  spy_stop (&spy);
  caller_clear (&caller);
  listener_clear (&listener);
  tear_down (&f);
}

static void
test_the_wrong_key_is_not_answered (void)
{
  Fixture f = { 0 };
  Listener listener = { 0 };
  Caller caller = { 0 };
  g_autoptr (MmpKeyPair) other = mmp_key_pair_generate ();

  if (!set_up (&f))
    return;

  listener_start (&f, &listener, MMP_TRUST_ANYONE);
  listener_await_ready (&f, &listener);
  caller_init (&caller);
  caller_start (&f, &caller, mmp_key_pair_get_public (other), NULL);
  await (&f, caller.state == MMP_DIALER_WAITING);
  g_assert_error (caller.cause, MMP_ERROR, MMP_ERROR_NO_ANSWER);

  caller_clear (&caller);
  listener_clear (&listener);
  tear_down (&f);
}

static void
test_the_own_key_is_refused (void)
{
  Fixture f = { 0 };
  Caller caller = { 0 };

  if (!set_up (&f))
    return;

  caller_init (&caller);
  caller.state = MMP_DIALER_CONNECTING;
  caller_start (&f, &caller, caller_key (&caller), NULL);
  await (&f, caller.state == MMP_DIALER_STOPPED);
  g_assert_error (caller.cause, MMP_ERROR, MMP_ERROR_KEY_INVALID);

  caller_clear (&caller);
  tear_down (&f);
}

static void
test_anyone_may_come_if_anyone_may (void)
{
  Fixture f = { 0 };
  Listener listener = { 0 };
  Caller caller = { 0 };

  if (!set_up (&f))
    return;

  listener_start (&f, &listener, MMP_TRUST_ANYONE);
  listener_await_ready (&f, &listener);
  caller_init (&caller);
  call (&f, &caller, &listener);
  await (&f, caller.sessions->len == 1 && listener.sessions->len == 1);
  g_assert_cmpint (mmp_trust_get_standing (MMP_TRUST (listener.trust), caller_key (&caller)), ==, MMP_STANDING_UNKNOWN);

  caller_clear (&caller);
  listener_clear (&listener);
  tear_down (&f);
}

static void
test_an_invitation_works_once (void)
{
  Fixture f = { 0 };
  Listener listener = { 0 };
  Caller first = { 0 };
  Caller second = { 0 };
  guint8 invitation[MMP_INVITATION_SIZE];

  if (!set_up (&f))
    return;

  mmp_crypto_random (invitation, sizeof invitation);
  listener_start (&f, &listener, MMP_TRUST_ONLY_TRUSTED);
  mmp_test_trust_invite (listener.trust, invitation);
  listener_await_ready (&f, &listener);
  caller_init (&first);
  caller_start (&f, &first, mmp_key_pair_get_public (listener.key_pair), invitation);
  await (&f, first.sessions->len == 1 && listener.n_invited == 1);
  g_assert_true (mmp_public_key_equal (&listener.device, caller_key (&first)));
  g_assert_cmpstr (listener.name, ==, "Bob's laptop");
  g_assert_cmpint (mmp_trust_get_standing (MMP_TRUST (listener.trust), caller_key (&first)), ==, MMP_STANDING_TRUSTED);

  caller_init (&second);
  caller_start (&f, &second, mmp_key_pair_get_public (listener.key_pair), invitation);
  await (&f, second.state == MMP_DIALER_WAITING);
  g_assert_error (second.cause, MMP_ERROR, MMP_ERROR_NO_ANSWER);
  g_assert_cmpuint (listener.n_invited, ==, 1);
  g_assert_cmpuint (listener.sessions->len, ==, 1);

  caller_clear (&first);
  caller_clear (&second);
  listener_clear (&listener);
  tear_down (&f);
}

/* A stranger asks; what happens after is up to each test. */
static void
ask (Fixture *f,
     Listener *listener,
     Caller *caller)
{
  listener_start (f, listener, MMP_TRUST_ASK);
  listener_await_ready (f, listener);
  caller_init (caller);
  call (f, caller, listener);
  await (f, caller->state == MMP_DIALER_PENDING && listener->n_requests == 1);
  g_assert_error (caller->cause, MMP_ERROR, MMP_ERROR_PENDING);
  g_assert_true (mmp_public_key_equal (&listener->device, caller_key (caller)));
  g_assert_cmpstr (listener->name, ==, "Bob's laptop");
  g_assert_cmpuint (listener->sessions->len, ==, 0);
}

static void
test_a_stranger_that_is_trusted_comes_in_at_once (void)
{
  Fixture f = { 0 };
  Listener listener = { 0 };
  Caller caller = { 0 };
  gint64 since;

  if (!set_up (&f))
    return;

  ask (&f, &listener, &caller);
  /* It may take longer than a silent session lives. */
  since = mmp_clock_now (f.clock);
  await (&f, mmp_clock_now (f.clock) - since >= MMP_SECONDS (25));
  g_assert_cmpint (caller.state, ==, MMP_DIALER_PENDING);
  g_assert_cmpuint (listener.n_requests, ==, 1);

  mmp_test_trust_set (listener.trust, caller_key (&caller), MMP_STANDING_TRUSTED);
  mmp_acceptor_answer (listener.acceptor, caller_key (&caller), MMP_ANSWER_TRUST);
  await (&f, caller.sessions->len == 1 && caller.state == MMP_DIALER_LINKED);
  g_assert_cmpuint (listener.sessions->len, ==, 1);
  g_assert_cmpuint (listener.n_requests_gone, ==, 0);

  caller_clear (&caller);
  listener_clear (&listener);
  tear_down (&f);
}

static void
test_a_stranger_is_told_not_now (void)
{
  Fixture f = { 0 };
  Listener listener = { 0 };
  Caller caller = { 0 };
  Caller again = { 0 };

  if (!set_up (&f))
    return;

  ask (&f, &listener, &caller);
  mmp_acceptor_answer (listener.acceptor, caller_key (&caller), MMP_ANSWER_NOT_NOW);
  await (&f, caller.state == MMP_DIALER_WAITING);
  g_assert_error (caller.cause, MMP_ERROR, MMP_ERROR_DENIED);
  g_assert_cmpuint (caller.retry, ==, 600);
  g_assert_cmpuint (listener.sessions->len, ==, 0);

  /* It is not shown again so soon, even if it does not keep to what it was told. */
  caller_init (&again);
  mmp_key_pair_unref (again.key_pair);
  again.key_pair = mmp_key_pair_ref (caller.key_pair);
  call (&f, &again, &listener);
  await (&f, again.state == MMP_DIALER_WAITING);
  g_assert_error (again.cause, MMP_ERROR, MMP_ERROR_NO_ANSWER);
  g_assert_cmpuint (listener.n_requests, ==, 1);

  caller_clear (&caller);
  caller_clear (&again);
  listener_clear (&listener);
  tear_down (&f);
}

static void
test_a_request_goes_when_the_stranger_does (void)
{
  Fixture f = { 0 };
  Listener listener = { 0 };
  Caller caller = { 0 };

  if (!set_up (&f))
    return;

  ask (&f, &listener, &caller);
  caller_clear (&caller);
  await (&f, listener.n_requests_gone == 1);

  listener_clear (&listener);
  tear_down (&f);
}

static void
test_a_request_goes_when_nobody_decides (void)
{
  Fixture f = { 0 };
  Listener listener = { 0 };
  Caller caller = { 0 };

  if (!set_up (&f))
    return;

  ask (&f, &listener, &caller);
  await (&f, listener.n_requests_gone == 1 && caller.state == MMP_DIALER_WAITING);
  g_assert_error (caller.cause, MMP_ERROR, MMP_ERROR_PENDING);

  caller_clear (&caller);
  listener_clear (&listener);
  tear_down (&f);
}

static void
test_a_dropped_device_is_out (void)
{
  Fixture f = { 0 };
  Listener listener = { 0 };
  Caller caller = { 0 };
  User *there;

  if (!set_up (&f))
    return;

  link_up (&f, &listener, &caller);
  there = user_new (&f, listener_last (&listener));
  mmp_test_trust_set (listener.trust, caller_key (&caller), MMP_STANDING_UNKNOWN);
  mmp_acceptor_drop (listener.acceptor, caller_key (&caller));
  await (&f, there->closed && caller.state == MMP_DIALER_WAITING);
  g_assert_error (caller.cause, MMP_ERROR, MMP_ERROR_NO_ANSWER);

  caller_clear (&caller);
  listener_clear (&listener);
  tear_down (&f);
  user_free (there);
}

/* The session outlives the connection to the broker. */
static void
test_the_broker_goes_and_comes_back (void)
{
  Fixture f = { 0 };
  Listener listener = { 0 };
  Caller caller = { 0 };
  User *here;
  User *there;

  if (!set_up (&f))
    return;

  link_up (&f, &listener, &caller);
  here = user_new (&f, caller_last (&caller));
  there = user_new (&f, listener_last (&listener));
  mmp_mosquitto_stop (f.mosquitto);
  await (&f, caller.state == MMP_DIALER_WAITING && listener.state == MMP_ACCEPTOR_WAITING);
  g_assert_nonnull (caller.cause);
  g_assert_nonnull (listener.cause);
  g_assert_true (g_str_has_prefix (mmp_error_get_name (caller.cause->code), "broker-"));
  mmp_mosquitto_start (f.mosquitto);
  await (&f, caller.state == MMP_DIALER_LINKED && listener.state == MMP_ACCEPTOR_READY);

  /* Either the session is still the same, or there is a new one; in both cases messages pass. */
  if (caller.sessions->len == 1)
    {
      user_send (&f, here, "still here");
      await (&f, there->received->len == 1);
    }
  else
    {
      await (&f, listener.sessions->len == caller.sessions->len);
    }

  caller_clear (&caller);
  listener_clear (&listener);
  await (&f, here->closed && there->closed);
  tear_down (&f);
  user_free (here);
  user_free (there);
}

static void
test_the_listener_goes_and_comes_back (void)
{
  Fixture f = { 0 };
  Listener listener = { 0 };
  Caller caller = { 0 };

  if (!set_up (&f))
    return;

  link_up (&f, &listener, &caller);
  listener_stop (&listener);
  await (&f, caller.state == MMP_DIALER_WAITING);
  g_assert_error (caller.cause, MMP_ERROR, MMP_ERROR_NO_ANSWER);
  listener_start (&f, &listener, MMP_TRUST_ONLY_TRUSTED);
  await (&f, caller.sessions->len == 2 && listener.sessions->len == 2);
  g_assert_false (caller.resumed);

  caller_clear (&caller);
  listener_clear (&listener);
  tear_down (&f);
}

/* Nobody says bye: silence has to be noticed, and a hello that is not answered. */
static void
test_a_listener_that_dies_is_noticed (void)
{
  Fixture f = { 0 };
  Listener listener = { 0 };
  Listener twin = { 0 };
  Caller caller = { 0 };
  guint n_linked;

  if (!set_up (&f))
    return;

  link_up (&f, &listener, &caller);
  n_linked = caller.n_linked;
  /* The same device starts elsewhere: it does not know the session, and the old one is not heard any more. */
  mmp_test_trust_set (listener.trust, caller_key (&caller), MMP_STANDING_BLOCKED);
  twin.key_pair = mmp_key_pair_ref (listener.key_pair);
  twin.trust = mmp_test_trust_new ();
  twin.sessions = g_ptr_array_new_with_free_func (g_object_unref);
  mmp_test_trust_set (twin.trust, caller_key (&caller), MMP_STANDING_TRUSTED);
  listener_start (&f, &twin, MMP_TRUST_ONLY_TRUSTED);
  listener_await_ready (&f, &twin);
  mmp_acceptor_stop (listener.acceptor);
  await (&f, caller.sessions->len == 2);
  g_assert_cmpuint (twin.sessions->len, ==, 1);
  g_assert_cmpuint (caller.n_linked, >, n_linked);

  caller_clear (&caller);
  listener_clear (&listener);
  listener_clear (&twin);
  tear_down (&f);
}

static void
test_a_quiet_session_is_kept_by_its_hellos (void)
{
  Fixture f = { 0 };
  Listener listener = { 0 };
  Caller caller = { 0 };
  Spy spy = { 0 };
  gint64 since;
  guint n_answers;

  if (!set_up (&f))
    return;

  spy_start (&f, &spy);
  link_up (&f, &listener, &caller);
  n_answers = spy.n_answers;
  since = mmp_clock_now (f.clock);
  await (&f, mmp_clock_now (f.clock) - since >= MMP_SECONDS (35));
  g_assert_cmpint (caller.state, ==, MMP_DIALER_LINKED);
  g_assert_cmpuint (caller.sessions->len, ==, 1);
  g_assert_cmpuint (spy.n_answers, >=, n_answers + 3);

  spy_stop (&spy);
  caller_clear (&caller);
  listener_clear (&listener);
  tear_down (&f);
}

static void
test_a_kick_keeps_the_session (void)
{
  Fixture f = { 0 };
  Listener listener = { 0 };
  Caller caller = { 0 };
  User *here;
  User *there;
  guint n_linked;

  if (!set_up (&f))
    return;

  link_up (&f, &listener, &caller);
  here = user_new (&f, caller_last (&caller));
  there = user_new (&f, listener_last (&listener));
  n_linked = caller.n_linked;
  mmp_dialer_kick (caller.dialer);
  await (&f, caller.n_linked > n_linked);
  mmp_acceptor_kick (listener.acceptor);
  await (&f, listener.state == MMP_ACCEPTOR_CONNECTING);
  await (&f, listener.state == MMP_ACCEPTOR_READY);
  user_send (&f, here, "after the kick");
  await (&f, there->received->len == 1);
  g_assert_cmpuint (caller.sessions->len, ==, 1);

  caller_clear (&caller);
  listener_clear (&listener);
  await (&f, here->closed && there->closed);
  tear_down (&f);
  user_free (here);
  user_free (there);
}

static void
test_the_next_broker_is_tried (void)
{
  Fixture f = { 0 };
  Listener listener = { 0 };
  Caller caller = { 0 };

  if (!set_up (&f))
    return;

  /* Nobody listens at the first. */
  g_ptr_array_insert (f.brokers, 0, broker_at (mmp_test_free_port ()));
  link_up (&f, &listener, &caller);

  caller_clear (&caller);
  listener_clear (&listener);
  tear_down (&f);
}

/* Both work, but the listener is at one and the initiator begins at the other. */
static void
test_silence_on_one_broker_leads_to_the_next (void)
{
  Fixture f = { 0 };
  Listener listener = { 0 };
  Caller caller = { 0 };
  MmpMosquitto *other;

  if (!set_up (&f))
    return;

  other = mmp_mosquitto_new (NULL);
  mmp_mosquitto_start (other);
  listener_start (&f, &listener, MMP_TRUST_ANYONE);
  listener_await_ready (&f, &listener);
  g_ptr_array_insert (f.brokers, 0, broker_at (mmp_mosquitto_get_port (other)));
  caller_init (&caller);
  call (&f, &caller, &listener);
  await (&f, caller.sessions->len == 1);
  g_assert_cmpint (mmp_clock_now (f.clock), <, MMP_SECONDS (40));

  caller_clear (&caller);
  listener_clear (&listener);
  tear_down (&f);
  mmp_mosquitto_free (other);
}

static void
test_many_come_at_once (void)
{
  Fixture f = { 0 };
  Listener listener = { 0 };
  Caller callers[20] = { 0 };
  g_autoptr (GHashTable) devices = g_hash_table_new (mmp_public_key_hash, mmp_public_key_equal);

  if (!set_up (&f))
    return;

  listener_start (&f, &listener, MMP_TRUST_ONLY_TRUSTED);
  listener_await_ready (&f, &listener);
  for (gsize i = 0; i < G_N_ELEMENTS (callers); i++)
    {
      caller_init (&callers[i]);
      mmp_test_trust_set (listener.trust, caller_key (&callers[i]), MMP_STANDING_TRUSTED);
      call (&f, &callers[i], &listener);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (callers); i++)
    await (&f, callers[i].sessions->len == 1);
  await (&f, listener.sessions->len == G_N_ELEMENTS (callers));
  for (guint i = 0; i < listener.sessions->len; i++)
    g_hash_table_add (devices, (gpointer) mmp_session_get_device (g_ptr_array_index (listener.sessions, i)));
  g_assert_cmpuint (g_hash_table_size (devices), ==, G_N_ELEMENTS (callers));

  for (gsize i = 0; i < G_N_ELEMENTS (callers); i++)
    caller_clear (&callers[i]);
  g_hash_table_remove_all (devices);
  listener_clear (&listener);
  tear_down (&f);
}

/* Eight strangers may be there; they are alive, so the ninth has to wait. */
static void
test_only_so_many_strangers_come_in (void)
{
  Fixture f = { 0 };
  Listener listener = { 0 };
  Caller callers[9] = { 0 };
  Caller friend = { 0 };
  guint n_busy = 0;

  if (!set_up (&f))
    return;

  listener_start (&f, &listener, MMP_TRUST_ANYONE);
  listener_await_ready (&f, &listener);
  for (gsize i = 0; i < G_N_ELEMENTS (callers); i++)
    {
      caller_init (&callers[i]);
      call (&f, &callers[i], &listener);
      await (&f, callers[i].state == MMP_DIALER_LINKED || callers[i].state == MMP_DIALER_WAITING);
      n_busy += callers[i].state == MMP_DIALER_WAITING && g_error_matches (callers[i].cause, MMP_ERROR, MMP_ERROR_BUSY) ? 1 : 0;
    }
  g_assert_cmpuint (listener.sessions->len, ==, 8);
  g_assert_cmpuint (n_busy, ==, 1);

  caller_init (&friend);
  mmp_test_trust_set (listener.trust, caller_key (&friend), MMP_STANDING_TRUSTED);
  call (&f, &friend, &listener);
  await (&f, friend.sessions->len == 1);

  for (gsize i = 0; i < G_N_ELEMENTS (callers); i++)
    caller_clear (&callers[i]);
  caller_clear (&friend);
  listener_clear (&listener);
  tear_down (&f);
}

static void
test_a_broker_that_lets_nobody_publish_is_named (void)
{
  Fixture f = { 0 };
  Caller caller = { 0 };
  g_autoptr (MmpKeyPair) listener = mmp_key_pair_generate ();

  if (!set_up (&f))
    return;

  mmp_mosquitto_stop (f.mosquitto);
  mmp_mosquitto_free (f.mosquitto);
  f.mosquitto = mmp_mosquitto_new ("allow_anonymous true\nacl_file @/acl\n");
  mmp_mosquitto_write (f.mosquitto, "acl", "topic read sig/#\n");
  mmp_mosquitto_start (f.mosquitto);
  g_ptr_array_set_size (f.brokers, 0);
  g_ptr_array_add (f.brokers, broker_at (mmp_mosquitto_get_port (f.mosquitto)));

  caller_init (&caller);
  caller_start (&f, &caller, mmp_key_pair_get_public (listener), NULL);
  await (&f, caller.state == MMP_DIALER_WAITING);
  g_assert_error (caller.cause, MMP_ERROR, MMP_ERROR_BROKER_PUBLISH);

  caller_clear (&caller);
  tear_down (&f);
}

static void
test_stopping_at_any_time_leaves_nothing_behind (void)
{
  Fixture f = { 0 };

  if (!set_up (&f))
    return;

  for (guint turns = 0; turns < 40; turns++)
    {
      MmpTestDeadline deadline = mmp_test_deadline ();
      Listener listener = { 0 };
      Caller caller = { 0 };

      listener_start (&f, &listener, MMP_TRUST_ANYONE);
      caller_init (&caller);
      call (&f, &caller, &listener);
      for (guint i = 0; i < turns; i++)
        mmp_test_iterate (&deadline, "the moment to stop", __FILE__, __LINE__);
      caller_clear (&caller);
      listener_clear (&listener);
    }

  tear_down (&f);
}

int
main (int argc,
      char *argv[])
{
  dex_init ();
  mmp_crypto_init ();
  g_test_init (&argc, &argv, NULL);

#define ADD(path, func) g_test_add_func ("/session/" path, func)
  ADD ("a-trusted-device-is-let-in", test_a_trusted_device_is_let_in);
  ADD ("link-messages-go-both-ways", test_link_messages_go_both_ways);
  ADD ("a-known-link-is-resumed", test_a_known_link_is_resumed);
  g_test_add_data_func ("/session/a-stranger-learns-nothing", GINT_TO_POINTER (MMP_STANDING_UNKNOWN), test_a_stranger_learns_nothing);
  g_test_add_data_func ("/session/a-blocked-device-learns-nothing", GINT_TO_POINTER (MMP_STANDING_BLOCKED), test_a_stranger_learns_nothing);
  ADD ("the-wrong-key-is-not-answered", test_the_wrong_key_is_not_answered);
  ADD ("the-own-key-is-refused", test_the_own_key_is_refused);
  ADD ("anyone-may-come-if-anyone-may", test_anyone_may_come_if_anyone_may);
  ADD ("an-invitation-works-once", test_an_invitation_works_once);
  ADD ("a-stranger-that-is-trusted-comes-in-at-once", test_a_stranger_that_is_trusted_comes_in_at_once);
  ADD ("a-stranger-is-told-not-now", test_a_stranger_is_told_not_now);
  ADD ("a-request-goes-when-the-stranger-does", test_a_request_goes_when_the_stranger_does);
  ADD ("a-request-goes-when-nobody-decides", test_a_request_goes_when_nobody_decides);
  ADD ("a-dropped-device-is-out", test_a_dropped_device_is_out);
  ADD ("the-broker-goes-and-comes-back", test_the_broker_goes_and_comes_back);
  ADD ("the-listener-goes-and-comes-back", test_the_listener_goes_and_comes_back);
  ADD ("a-listener-that-dies-is-noticed", test_a_listener_that_dies_is_noticed);
  ADD ("a-quiet-session-is-kept-by-its-hellos", test_a_quiet_session_is_kept_by_its_hellos);
  ADD ("a-kick-keeps-the-session", test_a_kick_keeps_the_session);
  ADD ("the-next-broker-is-tried", test_the_next_broker_is_tried);
  ADD ("silence-on-one-broker-leads-to-the-next", test_silence_on_one_broker_leads_to_the_next);
  ADD ("many-come-at-once", test_many_come_at_once);
  ADD ("only-so-many-strangers-come-in", test_only_so_many_strangers_come_in);
  ADD ("a-broker-that-lets-nobody-publish-is-named", test_a_broker_that_lets_nobody_publish_is_named);
  ADD ("stopping-at-any-time-leaves-nothing-behind", test_stopping_at_any_time_leaves_nothing_behind);

  return g_test_run ();
}
