/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include <libdex.h>

#include "base/mmp-error.h"
#include "crypto/mmp-crypto.h"

#include "mmp-session-rig.h"

static void
test_a_trusted_device_is_let_in (void)
{
  MmpRig rig = { 0 };
  MmpRigListener listener = { 0 };
  MmpRigCaller caller = { 0 };
  MmpSession *here;
  MmpSession *there;

  if (!mmp_rig_set_up (&rig))
    return;

  mmp_rig_link_up (&rig, &listener, &caller);
  here = mmp_rig_caller_last (&caller);
  there = mmp_rig_listener_last (&listener);
  g_assert_cmpint (caller.state, ==, MMP_DIALER_LINKED);
  g_assert_false (caller.resumed);
  g_assert_false (listener.resumed);
  g_assert_true (mmp_public_key_equal (mmp_session_get_device (there), mmp_rig_caller_key (&caller)));
  g_assert_true (mmp_public_key_equal (mmp_session_get_device (here), mmp_key_pair_get_public (listener.key_pair)));
  g_assert_cmpstr (mmp_session_get_device_name (there), ==, "Bob's laptop");
  g_assert_cmpstr (mmp_session_get_device_name (here), ==, "Office");
  g_assert_cmpmem (mmp_session_get_link_name (here), MMP_LINK_NAME_SIZE, mmp_session_get_link_name (there), MMP_LINK_NAME_SIZE);

  mmp_rig_caller_clear (&caller);
  mmp_rig_listener_clear (&listener);
  mmp_rig_tear_down (&rig);
}

static void
test_link_messages_go_both_ways (void)
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
  mmp_rig_user_send (&rig, here, "one");
  mmp_rig_user_send (&rig, here, "two");
  /* What came before somebody listened is kept. */
  there = mmp_rig_user_new (&rig, mmp_rig_listener_last (&listener));
  mmp_rig_await (&rig, there->received->len == 2);
  g_assert_cmpstr (g_ptr_array_index (there->received, 0), ==, "one");
  g_assert_cmpstr (g_ptr_array_index (there->received, 1), ==, "two");

  mmp_rig_user_send (&rig, there, "three");
  mmp_rig_await (&rig, here->received->len == 1);
  g_assert_cmpstr (g_ptr_array_index (here->received, 0), ==, "three");

  mmp_rig_caller_clear (&caller);
  mmp_rig_await (&rig, here->closed && there->closed);
  mmp_rig_listener_clear (&listener);
  mmp_rig_tear_down (&rig);
  mmp_rig_user_free (here);
  mmp_rig_user_free (there);
}

/* On the I/O thread: as many small messages of a stream as there is space for */
static void
run_fill (gpointer data)
{
  MmpRigUser *user = data;
  g_autoptr (GBytes) message = g_bytes_new_static ("x", 1);

  for (guint n = 0; n < 1000 && mmp_session_get_space (user->session) > 0; n++)
    g_assert_true (mmp_session_send (user->session, message, MMP_SESSION_STREAM));
  /* What is no stream has room all the same. */
  g_assert_true (mmp_session_send (user->session, message, MMP_SESSION_SIGNAL));
}

/* A link that repeats hundreds of small messages must not lose those for which the broker connection has no room. */
static void
test_there_is_no_space_for_what_cannot_be_sent (void)
{
  MmpRig rig = { 0 };
  MmpRigListener listener = { 0 };
  MmpRigCaller caller = { 0 };
  MmpRigUser *here;
  MmpRigUser *there;

  if (!mmp_rig_set_up (&rig))
    return;

  rig.unlimited = TRUE;
  mmp_rig_link_up (&rig, &listener, &caller);
  here = mmp_rig_user_new (&rig, mmp_rig_caller_last (&caller));
  there = mmp_rig_user_new (&rig, mmp_rig_listener_last (&listener));
  mmp_context_invoke (rig.io, run_fill, here, NULL);
  mmp_rig_user_send (&rig, here, "last");
  mmp_rig_await (&rig, there->received->len > 100 && g_str_equal (g_ptr_array_index (there->received, there->received->len - 1), "last"));

  mmp_rig_caller_clear (&caller);
  mmp_rig_await (&rig, here->closed && there->closed);
  mmp_rig_listener_clear (&listener);
  mmp_rig_tear_down (&rig);
  mmp_rig_user_free (here);
  mmp_rig_user_free (there);
}

static void
test_a_known_link_is_resumed (void)
{
  MmpRig rig = { 0 };
  MmpRigListener listener = { .knows_links = TRUE };
  MmpRigCaller caller = { 0 };

  if (!mmp_rig_set_up (&rig))
    return;

  mmp_rig_link_up (&rig, &listener, &caller);
  g_assert_true (caller.resumed);
  g_assert_true (listener.resumed);

  mmp_rig_caller_clear (&caller);
  mmp_rig_listener_clear (&listener);
  mmp_rig_tear_down (&rig);
}

static void
test_the_wrong_key_is_not_answered (void)
{
  MmpRig rig = { 0 };
  MmpRigListener listener = { 0 };
  MmpRigCaller caller = { 0 };
  g_autoptr (MmpKeyPair) other = mmp_key_pair_generate ();

  if (!mmp_rig_set_up (&rig))
    return;

  mmp_rig_listener_start (&rig, &listener, MMP_TRUST_ANYONE);
  mmp_rig_listener_await_ready (&rig, &listener);
  mmp_rig_caller_init (&caller);
  mmp_rig_caller_start (&rig, &caller, mmp_key_pair_get_public (other), NULL);
  mmp_rig_await (&rig, caller.state == MMP_DIALER_WAITING);
  g_assert_error (caller.cause, MMP_ERROR, MMP_ERROR_NO_ANSWER);

  mmp_rig_caller_clear (&caller);
  mmp_rig_listener_clear (&listener);
  mmp_rig_tear_down (&rig);
}

static void
test_the_own_key_is_refused (void)
{
  MmpRig rig = { 0 };
  MmpRigCaller caller = { 0 };

  if (!mmp_rig_set_up (&rig))
    return;

  mmp_rig_caller_init (&caller);
  caller.state = MMP_DIALER_CONNECTING;
  mmp_rig_caller_start (&rig, &caller, mmp_rig_caller_key (&caller), NULL);
  mmp_rig_await (&rig, caller.state == MMP_DIALER_STOPPED);
  g_assert_error (caller.cause, MMP_ERROR, MMP_ERROR_KEY_INVALID);

  mmp_rig_caller_clear (&caller);
  mmp_rig_tear_down (&rig);
}

static void
test_many_come_at_once (void)
{
  MmpRig rig = { 0 };
  MmpRigListener listener = { 0 };
  MmpRigCaller callers[20] = { 0 };
  g_autoptr (GHashTable) devices = g_hash_table_new (mmp_public_key_hash, mmp_public_key_equal);

  if (!mmp_rig_set_up (&rig))
    return;

  mmp_rig_listener_start (&rig, &listener, MMP_TRUST_ONLY_TRUSTED);
  mmp_rig_listener_await_ready (&rig, &listener);
  for (gsize i = 0; i < G_N_ELEMENTS (callers); i++)
    {
      mmp_rig_caller_init (&callers[i]);
      mmp_test_trust_set (listener.trust, mmp_rig_caller_key (&callers[i]), MMP_STANDING_TRUSTED);
      mmp_rig_call (&rig, &callers[i], &listener);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (callers); i++)
    mmp_rig_await (&rig, callers[i].sessions->len == 1);
  mmp_rig_await (&rig, listener.sessions->len == G_N_ELEMENTS (callers));
  for (guint i = 0; i < listener.sessions->len; i++)
    g_hash_table_add (devices, (gpointer) mmp_session_get_device (g_ptr_array_index (listener.sessions, i)));
  g_assert_cmpuint (g_hash_table_size (devices), ==, G_N_ELEMENTS (callers));

  for (gsize i = 0; i < G_N_ELEMENTS (callers); i++)
    mmp_rig_caller_clear (&callers[i]);
  g_hash_table_remove_all (devices);
  mmp_rig_listener_clear (&listener);
  mmp_rig_tear_down (&rig);
}

static void
test_stopping_at_any_time_leaves_nothing_behind (void)
{
  MmpRig rig = { 0 };

  if (!mmp_rig_set_up (&rig))
    return;

  for (guint turns = 0; turns < 40; turns++)
    {
      MmpTestDeadline deadline = mmp_test_deadline ();
      MmpRigListener listener = { 0 };
      MmpRigCaller caller = { 0 };

      mmp_rig_listener_start (&rig, &listener, MMP_TRUST_ANYONE);
      mmp_rig_caller_init (&caller);
      mmp_rig_call (&rig, &caller, &listener);
      for (guint i = 0; i < turns; i++)
        mmp_test_iterate (&deadline, "the moment to stop", __FILE__, __LINE__);
      mmp_rig_caller_clear (&caller);
      mmp_rig_listener_clear (&listener);
    }

  mmp_rig_tear_down (&rig);
}

static void
test_a_broker_that_lets_nobody_publish_is_named (void)
{
  MmpRig rig = { 0 };
  MmpRigCaller caller = { 0 };
  g_autoptr (MmpKeyPair) listener = mmp_key_pair_generate ();

  if (!mmp_rig_set_up (&rig))
    return;

  mmp_mosquitto_stop (rig.mosquitto);
  mmp_mosquitto_free (rig.mosquitto);
  rig.mosquitto = mmp_mosquitto_new ("allow_anonymous true\nacl_file @/acl\n");
  mmp_mosquitto_write (rig.mosquitto, "acl", "topic read sig/#\n");
  mmp_mosquitto_start (rig.mosquitto);
  g_ptr_array_set_size (rig.brokers, 0);
  g_ptr_array_add (rig.brokers, mmp_rig_broker_at (mmp_mosquitto_get_port (rig.mosquitto)));

  mmp_rig_caller_init (&caller);
  mmp_rig_caller_start (&rig, &caller, mmp_key_pair_get_public (listener), NULL);
  mmp_rig_await (&rig, caller.state == MMP_DIALER_WAITING);
  g_assert_error (caller.cause, MMP_ERROR, MMP_ERROR_BROKER_PUBLISH);

  mmp_rig_caller_clear (&caller);
  mmp_rig_tear_down (&rig);
}

static void
test_the_next_broker_is_tried (void)
{
  MmpRig rig = { 0 };
  MmpRigListener listener = { 0 };
  MmpRigCaller caller = { 0 };

  if (!mmp_rig_set_up (&rig))
    return;

  /* Nobody listens at the first. */
  g_ptr_array_insert (rig.brokers, 0, mmp_rig_broker_at (mmp_test_free_port ()));
  mmp_rig_link_up (&rig, &listener, &caller);

  mmp_rig_caller_clear (&caller);
  mmp_rig_listener_clear (&listener);
  mmp_rig_tear_down (&rig);
}

/* Both work, but the listener is at one and the initiator begins at the other. */
static void
test_silence_on_one_broker_leads_to_the_next (void)
{
  MmpRig rig = { 0 };
  MmpRigListener listener = { 0 };
  MmpRigCaller caller = { 0 };
  MmpMosquitto *other;

  if (!mmp_rig_set_up (&rig))
    return;

  other = mmp_mosquitto_new (NULL);
  mmp_mosquitto_start (other);
  mmp_rig_listener_start (&rig, &listener, MMP_TRUST_ANYONE);
  mmp_rig_listener_await_ready (&rig, &listener);
  g_ptr_array_insert (rig.brokers, 0, mmp_rig_broker_at (mmp_mosquitto_get_port (other)));
  mmp_rig_caller_init (&caller);
  mmp_rig_call (&rig, &caller, &listener);
  mmp_rig_await (&rig, caller.sessions->len == 1);
  g_assert_cmpint (mmp_clock_now (rig.clock), <, MMP_SECONDS (40));

  mmp_rig_caller_clear (&caller);
  mmp_rig_listener_clear (&listener);
  mmp_rig_tear_down (&rig);
  mmp_mosquitto_free (other);
}

int
main (int argc,
      char *argv[])
{
  dex_init ();
  mmp_crypto_init ();
  g_test_init (&argc, &argv, NULL);

#define ADD(path, func) g_test_add_func ("/rendezvous/" path, func)
  ADD ("a-trusted-device-is-let-in", test_a_trusted_device_is_let_in);
  ADD ("link-messages-go-both-ways", test_link_messages_go_both_ways);
  ADD ("a-known-link-is-resumed", test_a_known_link_is_resumed);
  ADD ("the-wrong-key-is-not-answered", test_the_wrong_key_is_not_answered);
  ADD ("the-own-key-is-refused", test_the_own_key_is_refused);
  ADD ("many-come-at-once", test_many_come_at_once);
  ADD ("there-is-no-space-for-what-cannot-be-sent", test_there_is_no_space_for_what_cannot_be_sent);
  ADD ("stopping-at-any-time-leaves-nothing-behind", test_stopping_at_any_time_leaves_nothing_behind);
  ADD ("a-broker-that-lets-nobody-publish-is-named", test_a_broker_that_lets_nobody_publish_is_named);
  ADD ("the-next-broker-is-tried", test_the_next_broker_is_tried);
  ADD ("silence-on-one-broker-leads-to-the-next", test_silence_on_one_broker_leads_to_the_next);

  return g_test_run ();
}
