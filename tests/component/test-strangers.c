/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <libdex.h>

#include "base/mmp-error.h"
#include "crypto/mmp-crypto.h"

#include "mmp-session-rig.h"

/* Whoever may not come gets nothing: not an HS2, not a byte. All at once, because each waits for as long as the protocol says. */
static void
test_who_may_not_come_learns_nothing (void)
{
  static const guint8 invitation[MMP_INVITATION_SIZE] = { 1 };
  static const guint8 other[MMP_INVITATION_SIZE] = { 2 };
  static const struct
  {
    const char *what;
    MmpTrustMode mode;
    MmpStanding standing;
    gboolean outstanding; /* an invitation is */
    gboolean brings_another;
  } table[] = {
    { "unknown", MMP_TRUST_ONLY_TRUSTED, MMP_STANDING_UNKNOWN, FALSE, FALSE },
    { "unknown, while somebody else is invited", MMP_TRUST_ONLY_TRUSTED, MMP_STANDING_UNKNOWN, TRUE, FALSE },
    { "unknown, with a wrong invitation", MMP_TRUST_ONLY_TRUSTED, MMP_STANDING_UNKNOWN, TRUE, TRUE },
    { "blocked, where anyone may come", MMP_TRUST_ANYONE, MMP_STANDING_BLOCKED, FALSE, FALSE },
    { "blocked, where strangers are asked about", MMP_TRUST_ASK, MMP_STANDING_BLOCKED, FALSE, FALSE },
  };
  MmpRig rig = { 0 };
  MmpRigListener listeners[G_N_ELEMENTS (table)] = { 0 };
  MmpRigCaller callers[G_N_ELEMENTS (table)] = { 0 };
  MmpRigSpy spy = { 0 };

  if (!mmp_rig_set_up (&rig))
    return;

  mmp_rig_spy_start (&rig, &spy);
  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    {
      mmp_rig_listener_start (&rig, &listeners[i], table[i].mode);
      mmp_rig_caller_init (&callers[i]);
      mmp_test_trust_set (listeners[i].trust, mmp_rig_caller_key (&callers[i]), table[i].standing);
      if (table[i].outstanding)
        mmp_test_trust_invite (listeners[i].trust, invitation);
      mmp_rig_listener_await_ready (&rig, &listeners[i]);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    mmp_rig_caller_start (&rig, &callers[i], mmp_key_pair_get_public (listeners[i].key_pair), table[i].brings_another ? other : NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    {
      g_test_message ("%s", table[i].what);
      mmp_rig_await (&rig, callers[i].state == MMP_DIALER_WAITING);
      g_assert_error (callers[i].cause, MMP_ERROR, MMP_ERROR_NO_ANSWER);
      g_assert_cmpuint (callers[i].retry, >=, 22);
      g_assert_cmpuint (listeners[i].sessions->len + listeners[i].n_requests + listeners[i].n_invited, ==, 0);
    }
  mmp_rig_await (&rig, spy.n_offers >= 4 * G_N_ELEMENTS (table));
  g_assert_cmpuint (spy.n_offers, ==, 4 * G_N_ELEMENTS (table));
  g_assert_cmpuint (spy.n_answers, ==, 0);

  mmp_rig_spy_stop (&spy);
  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    {
      mmp_rig_caller_clear (&callers[i]);
      mmp_rig_listener_clear (&listeners[i]);
    }
  mmp_rig_tear_down (&rig);
}

static void
test_anyone_may_come_if_anyone_may (void)
{
  MmpRig rig = { 0 };
  MmpRigListener listener = { 0 };
  MmpRigCaller caller = { 0 };

  if (!mmp_rig_set_up (&rig))
    return;

  mmp_rig_listener_start (&rig, &listener, MMP_TRUST_ANYONE);
  mmp_rig_listener_await_ready (&rig, &listener);
  mmp_rig_caller_init (&caller);
  mmp_rig_call (&rig, &caller, &listener);
  mmp_rig_await (&rig, caller.sessions->len == 1 && listener.sessions->len == 1);
  g_assert_cmpint (mmp_trust_get_standing (MMP_TRUST (listener.trust), mmp_rig_caller_key (&caller)), ==, MMP_STANDING_UNKNOWN);

  mmp_rig_caller_clear (&caller);
  mmp_rig_listener_clear (&listener);
  mmp_rig_tear_down (&rig);
}

static void
test_an_invitation_works_once (void)
{
  MmpRig rig = { 0 };
  MmpRigListener listener = { 0 };
  MmpRigCaller first = { 0 };
  MmpRigCaller second = { 0 };
  guint8 invitation[MMP_INVITATION_SIZE];

  if (!mmp_rig_set_up (&rig))
    return;

  mmp_crypto_random (invitation, sizeof invitation);
  mmp_rig_listener_start (&rig, &listener, MMP_TRUST_ONLY_TRUSTED);
  mmp_test_trust_invite (listener.trust, invitation);
  mmp_rig_listener_await_ready (&rig, &listener);
  mmp_rig_caller_init (&first);
  mmp_rig_caller_start (&rig, &first, mmp_key_pair_get_public (listener.key_pair), invitation);
  mmp_rig_await (&rig, first.sessions->len == 1 && listener.n_invited == 1);
  g_assert_true (mmp_public_key_equal (&listener.device, mmp_rig_caller_key (&first)));
  g_assert_cmpstr (listener.name, ==, "Bob's laptop");
  g_assert_cmpint (mmp_trust_get_standing (MMP_TRUST (listener.trust), mmp_rig_caller_key (&first)), ==, MMP_STANDING_TRUSTED);

  mmp_rig_caller_init (&second);
  mmp_rig_caller_start (&rig, &second, mmp_key_pair_get_public (listener.key_pair), invitation);
  mmp_rig_await (&rig, second.state == MMP_DIALER_WAITING);
  g_assert_error (second.cause, MMP_ERROR, MMP_ERROR_NO_ANSWER);
  g_assert_cmpuint (listener.n_invited, ==, 1);
  g_assert_cmpuint (listener.sessions->len, ==, 1);

  mmp_rig_caller_clear (&first);
  mmp_rig_caller_clear (&second);
  mmp_rig_listener_clear (&listener);
  mmp_rig_tear_down (&rig);
}

/* A stranger asks; what happens after is up to each test. */
static void
ask (MmpRig *rig,
     MmpRigListener *listener,
     MmpRigCaller *caller)
{
  mmp_rig_listener_start (rig, listener, MMP_TRUST_ASK);
  mmp_rig_listener_await_ready (rig, listener);
  mmp_rig_caller_init (caller);
  mmp_rig_call (rig, caller, listener);
  mmp_rig_await (rig, caller->state == MMP_DIALER_PENDING && listener->n_requests == 1);
  g_assert_error (caller->cause, MMP_ERROR, MMP_ERROR_PENDING);
  g_assert_true (mmp_public_key_equal (&listener->device, mmp_rig_caller_key (caller)));
  g_assert_cmpstr (listener->name, ==, "Bob's laptop");
  g_assert_cmpuint (listener->sessions->len, ==, 0);
}

static void
test_a_stranger_that_is_trusted_comes_in_at_once (void)
{
  MmpRig rig = { 0 };
  MmpRigListener listener = { 0 };
  MmpRigCaller caller = { 0 };
  gint64 since;

  if (!mmp_rig_set_up (&rig))
    return;

  ask (&rig, &listener, &caller);
  /* It may take longer than a silent session lives. */
  since = mmp_clock_now (rig.clock);
  mmp_rig_await (&rig, mmp_clock_now (rig.clock) - since >= MMP_SECONDS (25));
  g_assert_cmpint (caller.state, ==, MMP_DIALER_PENDING);
  g_assert_cmpuint (listener.n_requests, ==, 1);

  mmp_test_trust_set (listener.trust, mmp_rig_caller_key (&caller), MMP_STANDING_TRUSTED);
  mmp_acceptor_answer (listener.acceptor, mmp_rig_caller_key (&caller), MMP_ANSWER_TRUST);
  mmp_rig_await (&rig, caller.sessions->len == 1 && caller.state == MMP_DIALER_LINKED);
  g_assert_cmpuint (listener.sessions->len, ==, 1);
  g_assert_cmpuint (listener.n_requests_gone, ==, 0);

  mmp_rig_caller_clear (&caller);
  mmp_rig_listener_clear (&listener);
  mmp_rig_tear_down (&rig);
}

static void
test_a_stranger_is_told_not_now (void)
{
  MmpRig rig = { 0 };
  MmpRigListener listener = { 0 };
  MmpRigCaller caller = { 0 };
  MmpRigCaller again = { 0 };

  if (!mmp_rig_set_up (&rig))
    return;

  ask (&rig, &listener, &caller);
  mmp_acceptor_answer (listener.acceptor, mmp_rig_caller_key (&caller), MMP_ANSWER_NOT_NOW);
  mmp_rig_await (&rig, caller.state == MMP_DIALER_WAITING);
  g_assert_error (caller.cause, MMP_ERROR, MMP_ERROR_DENIED);
  g_assert_cmpuint (caller.retry, ==, 600);
  g_assert_cmpuint (listener.sessions->len, ==, 0);

  /* It is not shown again so soon, even if it does not keep to what it was told. */
  mmp_rig_caller_init (&again);
  mmp_key_pair_unref (again.key_pair);
  again.key_pair = mmp_key_pair_ref (caller.key_pair);
  mmp_rig_call (&rig, &again, &listener);
  mmp_rig_await (&rig, again.state == MMP_DIALER_WAITING);
  g_assert_error (again.cause, MMP_ERROR, MMP_ERROR_NO_ANSWER);
  g_assert_cmpuint (listener.n_requests, ==, 1);

  mmp_rig_caller_clear (&caller);
  mmp_rig_caller_clear (&again);
  mmp_rig_listener_clear (&listener);
  mmp_rig_tear_down (&rig);
}

static void
test_a_stranger_is_blocked (void)
{
  MmpRig rig = { 0 };
  MmpRigListener listener = { 0 };
  MmpRigCaller caller = { 0 };

  if (!mmp_rig_set_up (&rig))
    return;

  ask (&rig, &listener, &caller);
  mmp_test_trust_set (listener.trust, mmp_rig_caller_key (&caller), MMP_STANDING_BLOCKED);
  mmp_acceptor_answer (listener.acceptor, mmp_rig_caller_key (&caller), MMP_ANSWER_BLOCK);
  mmp_rig_await (&rig, caller.state == MMP_DIALER_WAITING);
  g_assert_error (caller.cause, MMP_ERROR, MMP_ERROR_DENIED);
  g_assert_cmpuint (caller.retry, ==, 3600);

  mmp_rig_caller_clear (&caller);
  mmp_rig_listener_clear (&listener);
  mmp_rig_tear_down (&rig);
}

/* The list of devices has the last word. */
static void
test_an_answer_that_was_not_stored_lets_nobody_in (void)
{
  MmpRig rig = { 0 };
  MmpRigListener listener = { 0 };
  MmpRigCaller caller = { 0 };

  if (!mmp_rig_set_up (&rig))
    return;

  ask (&rig, &listener, &caller);
  mmp_acceptor_answer (listener.acceptor, mmp_rig_caller_key (&caller), MMP_ANSWER_TRUST);
  mmp_rig_await (&rig, caller.state == MMP_DIALER_WAITING);
  g_assert_error (caller.cause, MMP_ERROR, MMP_ERROR_DENIED);
  g_assert_cmpuint (listener.sessions->len, ==, 0);

  mmp_rig_caller_clear (&caller);
  mmp_rig_listener_clear (&listener);
  mmp_rig_tear_down (&rig);
}

static void
test_a_request_goes_when_the_stranger_does (void)
{
  MmpRig rig = { 0 };
  MmpRigListener listener = { 0 };
  MmpRigCaller caller = { 0 };

  if (!mmp_rig_set_up (&rig))
    return;

  ask (&rig, &listener, &caller);
  mmp_rig_caller_clear (&caller);
  mmp_rig_await (&rig, listener.n_requests_gone == 1);

  mmp_rig_listener_clear (&listener);
  mmp_rig_tear_down (&rig);
}

static void
test_a_request_goes_when_nobody_decides (void)
{
  MmpRig rig = { 0 };
  MmpRigListener listener = { 0 };
  MmpRigCaller caller = { 0 };

  if (!mmp_rig_set_up (&rig))
    return;

  ask (&rig, &listener, &caller);
  mmp_rig_await (&rig, listener.n_requests_gone == 1 && caller.state == MMP_DIALER_WAITING);
  g_assert_error (caller.cause, MMP_ERROR, MMP_ERROR_PENDING);

  mmp_rig_caller_clear (&caller);
  mmp_rig_listener_clear (&listener);
  mmp_rig_tear_down (&rig);
}

static void
test_a_dropped_device_is_out (void)
{
  MmpRig rig = { 0 };
  MmpRigListener listener = { 0 };
  MmpRigCaller caller = { 0 };
  MmpRigUser *there;

  if (!mmp_rig_set_up (&rig))
    return;

  mmp_rig_link_up (&rig, &listener, &caller);
  there = mmp_rig_user_new (&rig, mmp_rig_listener_last (&listener));
  mmp_test_trust_set (listener.trust, mmp_rig_caller_key (&caller), MMP_STANDING_UNKNOWN);
  mmp_acceptor_drop (listener.acceptor, mmp_rig_caller_key (&caller));
  mmp_rig_await (&rig, there->closed && caller.state == MMP_DIALER_WAITING);
  g_assert_error (caller.cause, MMP_ERROR, MMP_ERROR_NO_ANSWER);

  mmp_rig_caller_clear (&caller);
  mmp_rig_listener_clear (&listener);
  mmp_rig_tear_down (&rig);
  mmp_rig_user_free (there);
}

/* Eight strangers may be there; they are alive, so the ninth has to wait. */
static void
test_only_so_many_strangers_come_in (void)
{
  MmpRig rig = { 0 };
  MmpRigListener listener = { 0 };
  MmpRigCaller callers[9] = { 0 };
  MmpRigCaller friend = { 0 };
  guint n_busy = 0;

  if (!mmp_rig_set_up (&rig))
    return;

  mmp_rig_listener_start (&rig, &listener, MMP_TRUST_ANYONE);
  mmp_rig_listener_await_ready (&rig, &listener);
  for (gsize i = 0; i < G_N_ELEMENTS (callers); i++)
    {
      mmp_rig_caller_init (&callers[i]);
      mmp_rig_call (&rig, &callers[i], &listener);
      mmp_rig_await (&rig, callers[i].state == MMP_DIALER_LINKED || callers[i].state == MMP_DIALER_WAITING);
      n_busy += callers[i].state == MMP_DIALER_WAITING && g_error_matches (callers[i].cause, MMP_ERROR, MMP_ERROR_BUSY) ? 1 : 0;
    }
  g_assert_cmpuint (listener.sessions->len, ==, 8);
  g_assert_cmpuint (n_busy, ==, 1);

  mmp_rig_caller_init (&friend);
  mmp_test_trust_set (listener.trust, mmp_rig_caller_key (&friend), MMP_STANDING_TRUSTED);
  mmp_rig_call (&rig, &friend, &listener);
  mmp_rig_await (&rig, friend.sessions->len == 1);

  for (gsize i = 0; i < G_N_ELEMENTS (callers); i++)
    mmp_rig_caller_clear (&callers[i]);
  mmp_rig_caller_clear (&friend);
  mmp_rig_listener_clear (&listener);
  mmp_rig_tear_down (&rig);
}

int
main (int argc,
      char *argv[])
{
  dex_init ();
  mmp_crypto_init ();
  g_test_init (&argc, &argv, NULL);

#define ADD(path, func) g_test_add_func ("/strangers/" path, func)
  ADD ("who-may-not-come-learns-nothing", test_who_may_not_come_learns_nothing);
  ADD ("anyone-may-come-if-anyone-may", test_anyone_may_come_if_anyone_may);
  ADD ("an-invitation-works-once", test_an_invitation_works_once);
  ADD ("a-stranger-that-is-trusted-comes-in-at-once", test_a_stranger_that_is_trusted_comes_in_at_once);
  ADD ("a-stranger-is-told-not-now", test_a_stranger_is_told_not_now);
  ADD ("a-stranger-is-blocked", test_a_stranger_is_blocked);
  ADD ("an-answer-that-was-not-stored-lets-nobody-in", test_an_answer_that_was_not_stored_lets_nobody_in);
  ADD ("a-request-goes-when-the-stranger-does", test_a_request_goes_when_the_stranger_does);
  ADD ("a-request-goes-when-nobody-decides", test_a_request_goes_when_nobody_decides);
  ADD ("a-dropped-device-is-out", test_a_dropped_device_is_out);
  ADD ("only-so-many-strangers-come-in", test_only_so_many_strangers_come_in);

  return g_test_run ();
}
