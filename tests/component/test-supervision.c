/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <libdex.h>

#include "base/mmp-error.h"
#include "crypto/mmp-crypto.h"

#include "mmp-session-rig.h"

/* The session outlives the connection to the broker. */
static void
test_the_broker_goes_and_comes_back (void)
{
  MmpRig rig = { 0 };
  MmpRigListener listener = { 0 };
  MmpRigCaller caller = { 0 };
  MmpRigUser *here;
  MmpRigUser *there;

  if (!mmp_rig_set_up (&rig))
    return;

  mmp_rig_link_up (&rig, &listener, &caller);
  here = mmp_rig_user_new (&rig, mmp_rig_caller_last (&caller));
  there = mmp_rig_user_new (&rig, mmp_rig_listener_last (&listener));
  mmp_mosquitto_stop (rig.mosquitto);
  mmp_rig_await (&rig, caller.state == MMP_DIALER_WAITING && listener.state == MMP_ACCEPTOR_WAITING);
  g_assert_nonnull (caller.cause);
  g_assert_nonnull (listener.cause);
  g_assert_true (g_str_has_prefix (mmp_error_get_name (caller.cause->code), "broker-"));
  mmp_mosquitto_start (rig.mosquitto);
  mmp_rig_await (&rig, caller.state == MMP_DIALER_LINKED && listener.state == MMP_ACCEPTOR_READY);

  /* Either the session is still the same, or there is a new one; in both cases messages pass. */
  if (caller.sessions->len == 1)
    {
      mmp_rig_user_send (&rig, here, "still here");
      mmp_rig_await (&rig, there->received->len == 1);
    }
  else
    {
      mmp_rig_await (&rig, listener.sessions->len == caller.sessions->len);
    }

  mmp_rig_caller_clear (&caller);
  mmp_rig_listener_clear (&listener);
  mmp_rig_await (&rig, here->closed && there->closed);
  mmp_rig_tear_down (&rig);
  mmp_rig_user_free (here);
  mmp_rig_user_free (there);
}

static void
test_the_listener_goes_and_comes_back (void)
{
  MmpRig rig = { 0 };
  MmpRigListener listener = { 0 };
  MmpRigCaller caller = { 0 };

  if (!mmp_rig_set_up (&rig))
    return;

  mmp_rig_link_up (&rig, &listener, &caller);
  mmp_rig_listener_stop (&listener);
  mmp_rig_await (&rig, caller.state == MMP_DIALER_WAITING);
  g_assert_error (caller.cause, MMP_ERROR, MMP_ERROR_NO_ANSWER);
  mmp_rig_listener_start (&rig, &listener, MMP_TRUST_ONLY_TRUSTED);
  mmp_rig_await (&rig, caller.sessions->len == 2 && listener.sessions->len == 2);
  g_assert_false (caller.resumed);

  mmp_rig_caller_clear (&caller);
  mmp_rig_listener_clear (&listener);
  mmp_rig_tear_down (&rig);
}

/* Nobody says bye: silence has to be noticed, and a hello that is not answered. */
static void
test_a_listener_that_dies_is_noticed (void)
{
  MmpRig rig = { 0 };
  MmpRigListener listener = { 0 };
  MmpRigListener twin = { 0 };
  MmpRigCaller caller = { 0 };
  guint n_linked;

  if (!mmp_rig_set_up (&rig))
    return;

  mmp_rig_link_up (&rig, &listener, &caller);
  n_linked = caller.n_linked;
  /* The same device starts elsewhere: it does not know the session, and the old one is not heard any more. */
  mmp_test_trust_set (listener.trust, mmp_rig_caller_key (&caller), MMP_STANDING_BLOCKED);
  twin.key_pair = mmp_key_pair_ref (listener.key_pair);
  twin.trust = mmp_test_trust_new ();
  twin.sessions = g_ptr_array_new_with_free_func (g_object_unref);
  mmp_test_trust_set (twin.trust, mmp_rig_caller_key (&caller), MMP_STANDING_TRUSTED);
  mmp_rig_listener_start (&rig, &twin, MMP_TRUST_ONLY_TRUSTED);
  mmp_rig_listener_await_ready (&rig, &twin);
  mmp_acceptor_stop (listener.acceptor);
  mmp_rig_await (&rig, caller.sessions->len == 2);
  g_assert_cmpuint (twin.sessions->len, ==, 1);
  g_assert_cmpuint (caller.n_linked, >, n_linked);

  mmp_rig_caller_clear (&caller);
  mmp_rig_listener_clear (&listener);
  mmp_rig_listener_clear (&twin);
  mmp_rig_tear_down (&rig);
}

static void
test_a_quiet_session_is_kept_by_its_hellos (void)
{
  MmpRig rig = { 0 };
  MmpRigListener listener = { 0 };
  MmpRigCaller caller = { 0 };
  MmpRigSpy spy = { 0 };
  gint64 since;
  guint n_answers;

  if (!mmp_rig_set_up (&rig))
    return;

  mmp_rig_spy_start (&rig, &spy);
  mmp_rig_link_up (&rig, &listener, &caller);
  n_answers = spy.n_answers;
  since = mmp_clock_now (rig.clock);
  mmp_rig_await (&rig, mmp_clock_now (rig.clock) - since >= MMP_SECONDS (35));
  g_assert_cmpint (caller.state, ==, MMP_DIALER_LINKED);
  g_assert_cmpuint (caller.sessions->len, ==, 1);
  g_assert_cmpuint (spy.n_answers, >=, n_answers + 3);

  mmp_rig_spy_stop (&spy);
  mmp_rig_caller_clear (&caller);
  mmp_rig_listener_clear (&listener);
  mmp_rig_tear_down (&rig);
}

/* What is still on its way through the older one arrives. */
static void
test_a_new_session_takes_over_from_the_old (void)
{
  MmpRig rig = { 0 };
  MmpRigListener listener = { .knows_links = TRUE };
  MmpRigCaller caller = { 0 };
  MmpRigUser *here;
  MmpRigUser *there;
  MmpRigUser *here_now;
  MmpRigUser *there_now;

  if (!mmp_rig_set_up (&rig))
    return;

  mmp_rig_link_up (&rig, &listener, &caller);
  here = mmp_rig_user_new (&rig, mmp_rig_caller_last (&caller));
  there = mmp_rig_user_new (&rig, mmp_rig_listener_last (&listener));
  /* At once, so that nobody can say hello meanwhile. */
  mmp_rig_pass_time (rig.clock, MMP_SECONDS (16));
  mmp_rig_await (&rig, caller.sessions->len == 2 && listener.sessions->len == 2);
  g_assert_true (caller.resumed && listener.resumed);
  g_assert_cmpmem (mmp_session_get_link_name (mmp_rig_caller_last (&caller)), MMP_LINK_NAME_SIZE, mmp_session_get_link_name (here->session), MMP_LINK_NAME_SIZE);
  g_assert_cmpuint (mmp_session_get_number (mmp_rig_caller_last (&caller)), >, mmp_session_get_number (here->session));

  g_assert_false (here->closed || there->closed);
  mmp_rig_user_send (&rig, here, "late");
  mmp_rig_await (&rig, there->received->len == 1);
  mmp_rig_await (&rig, here->closed && there->closed);

  here_now = mmp_rig_user_new (&rig, mmp_rig_caller_last (&caller));
  there_now = mmp_rig_user_new (&rig, mmp_rig_listener_last (&listener));
  mmp_rig_user_send (&rig, there_now, "new");
  mmp_rig_await (&rig, here_now->received->len == 1);

  mmp_rig_caller_clear (&caller);
  mmp_rig_listener_clear (&listener);
  mmp_rig_await (&rig, here_now->closed && there_now->closed);
  mmp_rig_tear_down (&rig);
  mmp_rig_user_free (here);
  mmp_rig_user_free (there);
  mmp_rig_user_free (here_now);
  mmp_rig_user_free (there_now);
}

static void
test_a_session_that_is_not_heard_is_forgotten (void)
{
  MmpRig rig = { 0 };
  MmpRigListener listener = { 0 };
  MmpRigCaller caller = { 0 };
  MmpRigUser *there;

  if (!mmp_rig_set_up (&rig))
    return;

  mmp_rig_link_up (&rig, &listener, &caller);
  there = mmp_rig_user_new (&rig, mmp_rig_listener_last (&listener));
  mmp_mosquitto_stop (rig.mosquitto);
  mmp_rig_await (&rig, caller.state == MMP_DIALER_WAITING && listener.state == MMP_ACCEPTOR_WAITING);
  mmp_rig_pass_time (rig.clock, MMP_SECONDS (550));
  g_assert_false (there->closed);
  mmp_rig_pass_time (rig.clock, MMP_SECONDS (50));
  mmp_rig_await (&rig, there->closed);

  mmp_rig_caller_clear (&caller);
  mmp_rig_listener_clear (&listener);
  mmp_rig_tear_down (&rig);
  mmp_rig_user_free (there);
}

static void
test_a_kick_keeps_the_session (void)
{
  MmpRig rig = { 0 };
  MmpRigListener listener = { 0 };
  MmpRigCaller caller = { 0 };
  MmpRigUser *here;
  MmpRigUser *there;
  guint n_linked;

  if (!mmp_rig_set_up (&rig))
    return;

  rig.pace = MMP_MSEC (10);
  mmp_rig_link_up (&rig, &listener, &caller);
  here = mmp_rig_user_new (&rig, mmp_rig_caller_last (&caller));
  there = mmp_rig_user_new (&rig, mmp_rig_listener_last (&listener));
  n_linked = caller.n_linked;
  mmp_dialer_kick (caller.dialer);
  mmp_rig_await (&rig, caller.n_linked > n_linked);
  mmp_acceptor_kick (listener.acceptor);
  mmp_rig_await (&rig, listener.state == MMP_ACCEPTOR_CONNECTING);
  mmp_rig_await (&rig, listener.state == MMP_ACCEPTOR_READY);
  mmp_rig_user_send (&rig, here, "after the kick");
  mmp_rig_await (&rig, there->received->len == 1);
  g_assert_cmpuint (caller.sessions->len, ==, 1);

  mmp_rig_caller_clear (&caller);
  mmp_rig_listener_clear (&listener);
  mmp_rig_await (&rig, here->closed && there->closed);
  mmp_rig_tear_down (&rig);
  mmp_rig_user_free (here);
  mmp_rig_user_free (there);
}

int
main (int argc,
      char *argv[])
{
  dex_init ();
  mmp_crypto_init ();
  g_test_init (&argc, &argv, NULL);

#define ADD(path, func) g_test_add_func ("/supervision/" path, func)
  ADD ("the-broker-goes-and-comes-back", test_the_broker_goes_and_comes_back);
  ADD ("the-listener-goes-and-comes-back", test_the_listener_goes_and_comes_back);
  ADD ("a-listener-that-dies-is-noticed", test_a_listener_that_dies_is_noticed);
  ADD ("a-quiet-session-is-kept-by-its-hellos", test_a_quiet_session_is_kept_by_its_hellos);
  ADD ("a-new-session-takes-over-from-the-old", test_a_new_session_takes_over_from_the_old);
  ADD ("a-session-that-is-not-heard-is-forgotten", test_a_session_that_is_not_heard_is_forgotten);
  ADD ("a-kick-keeps-the-session", test_a_kick_keeps_the_session);

  return g_test_run ();
}
