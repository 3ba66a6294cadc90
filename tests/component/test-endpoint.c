/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mmp-error.h"
#include "mmp-stage.h"
#include "mmp-tcp-transfer.h"
#include "mmp-test.h"
#include "mqtt/mmp-mqtt-client.h"

/* A listener, initiators, a real broker and real peer connections in one process. */

#define KIB 1024

static void
test_connects_directly (void)
{
  MmpStage f = { 0 };
  MmpCaller caller = { 0 };
  const MmpStatus *status;

  mmp_stage_set_up (&f);
  mmp_stage_call (&f, &caller);
  mmp_stage_await_direct (&f, &caller);
  mmp_caller_check_echo (&caller, 2048 * KIB);

  mmp_test_await (caller.told.n_over == 1 && f.told.n_over == 1);
  mmp_test_await (caller.told.own->bytes_received == 2048 * KIB && caller.told.own->n_streams == 0);
  g_assert_cmpstr (caller.told.own->device_name, ==, "Office");
  g_assert_cmpuint (caller.told.own->generation, >, 0);
  g_assert_cmpstr (caller.told.own->local_candidate, ==, "host");
  g_assert_null (caller.told.own->cause);
  g_assert_cmpfloat (caller.told.own->rtt, >=, 0);
  g_assert_cmpfloat (caller.told.own->rtt_median, >=, 0);
  g_assert_cmpfloat (caller.told.own->rtt_p95, >=, caller.told.own->rtt_median);
  g_assert_cmpuint (caller.told.n_rtt, >, 0);
  status = mmp_stage_find_device (&f, &caller);
  g_assert_cmpstr (status->device_name, ==, "Bob's laptop");
  g_assert_cmpuint (status->generation, ==, caller.told.own->generation);
  mmp_caller_hang_up (&caller);
  mmp_stage_tear_down (&f);
}

static void
test_works_over_the_relay_alone (void)
{
  MmpStage f = { 0 };
  MmpCaller caller = { 0 };
  g_autoptr (MmpEndpointConfig) config = NULL;

  mmp_stage_set_up (&f);
  config = mmp_stage_make_caller_config (&f, &caller);
  config->allow_direct = FALSE;
  mmp_test_trust_set (f.trust, &caller.key, MMP_STANDING_TRUSTED);
  mmp_stage_start_caller (&f, &caller, config);
  mmp_test_await (mmp_told_is_connected (caller.told.own, MMP_PATH_RELAY));
  mmp_caller_check_echo (&caller, 100 * KIB);
  mmp_caller_hang_up (&caller);
  mmp_stage_tear_down (&f);
}

static void
test_works_without_streams_over_the_relay (void)
{
  MmpStage f = { 0 };
  MmpCaller caller = { 0 };
  g_autoptr (MmpEndpointConfig) config = NULL;

  mmp_stage_set_up (&f);
  config = mmp_stage_make_caller_config (&f, &caller);
  config->relay = MMP_RELAY_NEVER;
  mmp_test_trust_set (f.trust, &caller.key, MMP_STANDING_TRUSTED);
  mmp_stage_start_caller (&f, &caller, config);
  mmp_test_await (caller.told.n_listening > 0);
  g_assert_true (mmp_told_is_connected (caller.told.own, MMP_PATH_DIRECT_UDP));
  mmp_caller_check_echo (&caller, 100 * KIB);
  mmp_caller_hang_up (&caller);
  mmp_stage_tear_down (&f);
}

static void
test_an_invitation_makes_trusted (void)
{
  const guint8 invitation[MMP_INVITATION_SIZE] = "fifteen letters";
  MmpStage f = { 0 };
  MmpCaller caller = { 0 };
  g_autoptr (MmpEndpointConfig) config = NULL;

  mmp_stage_set_up (&f);
  mmp_test_trust_invite (f.trust, invitation);
  config = mmp_stage_make_caller_config (&f, &caller);
  config->invitation = g_memdup2 (invitation, sizeof invitation);
  mmp_stage_start_caller (&f, &caller, config);
  mmp_stage_await_direct (&f, &caller);
  g_assert_cmpint (mmp_trust_get_standing (MMP_TRUST (f.trust), &caller.key), ==, MMP_STANDING_TRUSTED);
  mmp_caller_hang_up (&caller);
  mmp_stage_tear_down (&f);
}

static void
test_comes_back_when_the_listener_does (void)
{
  MmpStage f = { 0 };
  MmpCaller caller = { 0 };

  mmp_stage_set_up (&f);
  mmp_stage_call (&f, &caller);
  mmp_stage_await_direct (&f, &caller);
  mmp_caller_check_echo (&caller, 10 * KIB);

  mmp_stage_stop_listener (&f);
  g_hash_table_remove_all (f.told.devices);
  mmp_test_await (caller.told.own->state == MMP_STATE_RECONNECTING);
  g_assert_nonnull (caller.told.own->cause);
  mmp_stage_start_listener (&f, 0);
  mmp_stage_await_ready (&f);
  mmp_initiator_kick (caller.initiator);
  mmp_stage_await_direct (&f, &caller);
  mmp_caller_check_echo (&caller, 10 * KIB);
  mmp_caller_hang_up (&caller);
  mmp_stage_tear_down (&f);
}

static void
test_a_stranger_is_asked_about (void)
{
  MmpStage f = { .mode = MMP_TRUST_ASK };
  MmpCaller caller = { 0 };
  g_autoptr (MmpEndpointConfig) config = NULL;

  mmp_stage_set_up (&f);
  config = mmp_stage_make_caller_config (&f, &caller);
  mmp_stage_start_caller (&f, &caller, config);
  mmp_test_await (f.told.n_requests == 1);
  g_assert_true (mmp_public_key_equal (&f.told.asks, &caller.key));
  mmp_test_await (g_error_matches (caller.told.own->cause, MMP_ERROR, MMP_ERROR_PENDING));
  g_assert_cmpint (caller.told.own->state, ==, MMP_STATE_CONNECTING);

  mmp_test_trust_set (f.trust, &caller.key, MMP_STANDING_TRUSTED);
  mmp_listener_answer (f.listener, &caller.key, MMP_ANSWER_TRUST);
  mmp_stage_await_direct (&f, &caller);
  mmp_caller_hang_up (&caller);
  mmp_stage_tear_down (&f);
}

static void
test_one_who_is_refused_is_told_so (void)
{
  MmpStage f = { .mode = MMP_TRUST_ASK };
  MmpCaller caller = { 0 };
  g_autoptr (MmpEndpointConfig) config = NULL;

  mmp_stage_set_up (&f);
  config = mmp_stage_make_caller_config (&f, &caller);
  mmp_stage_start_caller (&f, &caller, config);
  mmp_test_await (f.told.n_requests == 1);
  mmp_listener_answer (f.listener, &caller.key, MMP_ANSWER_NOT_NOW);
  mmp_test_await (caller.told.own->state == MMP_STATE_ATTENTION);
  g_assert_error (caller.told.own->cause, MMP_ERROR, MMP_ERROR_DENIED);
  g_assert_cmpuint (g_hash_table_size (f.told.devices), ==, 0);
  mmp_caller_hang_up (&caller);
  mmp_stage_tear_down (&f);
}

/* One TCP connection, over several peer connections one after the other */
static void
test_a_new_direct_path_takes_over (void)
{
  MmpStage f = { 0 };
  MmpCaller caller = { 0 };
  MmpTcpTransfer sending, receiving;
  g_autoptr (GBytes) data = mmp_test_make_data (24 * 1024 * KIB, 3);
  g_autoptr (GSocket) socket = NULL;

  mmp_stage_set_up (&f);
  mmp_stage_call (&f, &caller);
  mmp_stage_await_direct (&f, &caller);
  mmp_test_await (caller.told.port != 0);
  socket = mmp_tcp_connect (caller.told.port);
  mmp_tcp_transfer_begin_sending (&sending, socket, data);
  mmp_tcp_transfer_begin_receiving (&receiving, socket);
  for (guint i = 0; i < 3; i++)
    {
      guint64 generation = caller.told.own->generation;

      mmp_initiator_kick (caller.initiator);
      mmp_test_await (caller.told.own->generation > generation);
      g_assert_cmpint (caller.told.own->state, ==, MMP_STATE_CONNECTED);
    }
  mmp_tcp_transfer_finish_with (&receiving, data);
  mmp_tcp_transfer_finish (&sending);
  g_assert_cmpuint (caller.told.n_opened, ==, 1);
  mmp_caller_hang_up (&caller);
  mmp_stage_tear_down (&f);
}

static void
on_spied (MmpMqttClient *client,
          const MmpMqttMessage *message,
          gpointer user_data)
{
  guint *n = user_data;

  n[g_str_has_suffix (message->topic, "/a") ? 1 : 0]++;
}

static void
on_spy_state (MmpMqttClient *client,
              MmpMqttState state,
              const GError *cause,
              gpointer user_data)
{
}

static void
test_a_stranger_learns_nothing (void)
{
  const MmpMqttClientFuncs spy_funcs = { .state_changed = on_spy_state, .message = on_spied };
  MmpStage f = { 0 };
  MmpCaller stranger = { 0 };
  guint n_spied[2] = { 0 };
  g_autoptr (MmpEndpointConfig) config = NULL;
  g_autoptr (MmpMqttBroker) broker = NULL;
  g_autoptr (MmpMqttClient) spy = NULL;

  mmp_stage_set_up (&f);
  mmp_stage_await_ready (&f);
  broker = mmp_mqtt_broker_new ("127.0.0.1", mmp_mosquitto_get_port (f.broker), FALSE, NULL);
  spy = mmp_mqtt_client_new (NULL, broker, &spy_funcs, n_spied);
  mmp_mqtt_client_start (spy);
  mmp_mqtt_client_subscribe (spy, "sig/#", 1, FALSE, NULL, NULL);
  mmp_test_await (mmp_mqtt_client_get_state (spy) == MMP_MQTT_STATE_ONLINE);

  config = mmp_stage_make_caller_config (&f, &stranger);
  mmp_stage_start_caller (&f, &stranger, config);
  mmp_test_await (stranger.told.own != NULL && stranger.told.own->state == MMP_STATE_RECONNECTING);
  g_assert_error (stranger.told.own->cause, MMP_ERROR, MMP_ERROR_NO_ANSWER);
  g_assert_cmpuint (stranger.told.own->retry, >, 0);
  g_assert_cmpuint (n_spied[0], >=, 2);
  g_assert_cmpuint (n_spied[1], ==, 0);
  g_assert_cmpuint (g_hash_table_size (f.told.devices), ==, 0);
  g_assert_cmpuint (stranger.told.n_listening, ==, 0);

  mmp_mqtt_client_detach (spy);
  mmp_caller_hang_up (&stranger);
  mmp_stage_tear_down (&f);
}

static void
test_one_who_is_not_trusted_any_more_goes (void)
{
  MmpStage f = { 0 };
  MmpCaller caller = { 0 };

  mmp_stage_set_up (&f);
  mmp_stage_call (&f, &caller);
  mmp_stage_await_direct (&f, &caller);
  mmp_test_trust_set (f.trust, &caller.key, MMP_STANDING_BLOCKED);
  mmp_listener_trust_changed (f.listener);
  g_assert_cmpuint (f.told.n_gone, ==, 1);
  mmp_test_await (caller.told.own->state != MMP_STATE_CONNECTED);
  mmp_caller_hang_up (&caller);
  mmp_stage_tear_down (&f);
}

static void
set_up_with_two (MmpStage *f,
                 MmpCaller callers[2])
{
  mmp_stage_set_up (f);
  for (guint i = 0; i < 2; i++)
    {
      mmp_stage_call (f, &callers[i]);
      mmp_stage_await_direct (f, &callers[i]);
    }
}

/* Who stops says so: nothing is left that looks for it, and others do not notice. */
static void
test_one_who_says_goodbye_is_gone (void)
{
  MmpStage f = { 0 };
  MmpCaller callers[2] = { 0 };

  set_up_with_two (&f, callers);
  mmp_caller_hang_up (&callers[0]);
  mmp_test_await (f.told.n_gone == 1);
  g_assert_cmpint (f.told.own->state, ==, MMP_STATE_WAITING);
  g_assert_cmpint (callers[1].told.own->state, ==, MMP_STATE_CONNECTED);
  mmp_caller_hang_up (&callers[1]);
  mmp_test_await (f.told.n_gone == 2);
  mmp_stage_tear_down (&f);
}

/* Whom one sends away comes back by itself; nobody else is bothered. */
static void
test_one_who_is_disconnected_comes_back (void)
{
  MmpStage f = { 0 };
  MmpCaller callers[2] = { 0 };

  set_up_with_two (&f, callers);
  mmp_listener_disconnect (f.listener, &callers[0].key);
  g_assert_cmpuint (f.told.n_gone, ==, 1);
  mmp_test_await (callers[0].told.own->state != MMP_STATE_CONNECTED);
  g_assert_cmpint (callers[1].told.own->state, ==, MMP_STATE_CONNECTED);
  mmp_test_await (callers[0].told.own->state == MMP_STATE_CONNECTED);
  g_assert_cmpuint (f.told.n_gone, ==, 1);
  for (guint i = 0; i < 2; i++)
    mmp_caller_hang_up (&callers[i]);
  mmp_stage_tear_down (&f);
}

static void
test_serves_several_at_once (void)
{
  enum
  {
    N = 5
  };
  MmpStage f = { 0 };
  MmpCaller callers[N] = { 0 };

  mmp_stage_set_up (&f);
  for (guint i = 0; i < N; i++)
    mmp_stage_call (&f, &callers[i]);
  for (guint i = 0; i < N; i++)
    mmp_stage_await_direct (&f, &callers[i]);
  g_assert_cmpuint (g_hash_table_size (f.told.devices), ==, N);
  for (guint i = 0; i < N; i++)
    mmp_caller_check_echo (&callers[i], 100 * KIB);
  for (guint i = 0; i < N; i++)
    mmp_caller_hang_up (&callers[i]);
  mmp_stage_tear_down (&f);
}

static guint
count_connected (MmpCaller *callers,
                 guint n_callers)
{
  guint n = 0;

  for (guint i = 0; i < n_callers; i++)
    n += callers[i].told.own->state == MMP_STATE_CONNECTED ? 1 : 0;

  return n;
}

static void
test_a_device_has_four_links_at_most (void)
{
  enum
  {
    N = 5
  };
  MmpStage f = { 0 };
  MmpCaller callers[N] = { 0 };
  g_autoptr (MmpKeyPair) key_pair = mmp_key_pair_generate ();
  g_autoptr (GPtrArray) sockets = g_ptr_array_new_with_free_func (g_object_unref);

  mmp_stage_set_up (&f);
  mmp_test_trust_set (f.trust, mmp_key_pair_get_public (key_pair), MMP_STANDING_TRUSTED);
  for (guint i = 0; i < N; i++)
    {
      g_autoptr (MmpEndpointConfig) config = mmp_stage_make_caller_config (&f, &callers[i]);

      mmp_key_pair_unref (config->key_pair);
      config->key_pair = mmp_key_pair_ref (key_pair);
      mmp_stage_start_caller (&f, &callers[i], config);
      mmp_test_await (mmp_told_is_connected (callers[i].told.own, MMP_PATH_DIRECT_UDP) && callers[i].told.port != 0);
      /* With a stream, silence is noticed soon. */
      g_ptr_array_add (sockets, mmp_tcp_connect (callers[i].told.port));
      mmp_test_await (callers[i].told.n_opened == 1);
      if (i < N - 1)
        g_assert_cmpuint (count_connected (callers, i + 1), ==, i + 1);
    }
  mmp_test_await (count_connected (callers, N) < N);
  g_assert_cmpuint (f.told.n_gone, ==, 0);
  for (guint i = 0; i < N; i++)
    mmp_caller_hang_up (&callers[i]);
  mmp_stage_tear_down (&f);
}

/* A local port of the listener leads to the device that came first, and to the next when that one is gone. */
static void
test_a_listener_forwards_to_one_device (void)
{
  MmpStage f = { 0 };
  MmpCaller callers[2] = { 0 };
  MmpTold *told = &f.told;
  guint n;

  mmp_stage_set_up (&f);
  mmp_stage_stop_listener (&f);
  mmp_stage_start_listener (&f, mmp_test_free_port ());
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (MmpEndpointConfig) theirs = mmp_stage_make_caller_config (&f, &callers[i]);

      mmp_test_trust_set (f.trust, &callers[i].key, MMP_STANDING_TRUSTED);
      g_assert_true (mmp_endpoint_config_add_service (theirs, "theirs", "127.0.0.1", mmp_tcp_service_get_port (f.echo), NULL));
      mmp_stage_start_caller (&f, &callers[i], theirs);
      mmp_stage_await_direct (&f, &callers[i]);
    }
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (GSocket) socket = NULL;
      g_autoptr (GBytes) data = mmp_test_make_data (10 * KIB, 2);

      n = callers[i].told.n_opened;
      mmp_test_await ((socket = mmp_tcp_connect (told->port)) != NULL);
      mmp_tcp_transfer_check_echo (socket, data);
      mmp_test_await (callers[i].told.n_opened == n + 1);
      n = told->n_listening;
      mmp_caller_hang_up (&callers[i]);
      if (i == 0)
        mmp_test_await (told->n_listening > n);
    }
  mmp_stage_tear_down (&f);
}

static void
test_a_direct_path_outlives_the_broker (void)
{
  MmpStage f = { 0 };
  MmpCaller caller = { 0 };

  mmp_stage_set_up (&f);
  mmp_stage_call (&f, &caller);
  mmp_stage_await_direct (&f, &caller);
  mmp_mosquitto_stop (f.broker);
  mmp_test_await (f.told.own->state == MMP_STATE_RECONNECTING);
  g_assert_nonnull (f.told.own->cause);
  mmp_caller_check_echo (&caller, 100 * KIB);
  g_assert_true (mmp_told_is_connected (caller.told.own, MMP_PATH_DIRECT_UDP));

  mmp_mosquitto_start (f.broker);
  mmp_stage_await_ready (&f);
  mmp_caller_check_echo (&caller, 100 * KIB);
  mmp_caller_hang_up (&caller);
  mmp_stage_tear_down (&f);
}

static void
test_says_that_there_is_no_broker (void)
{
  MmpStage f = { 0 };
  MmpCaller caller = { 0 };

  mmp_stage_set_up (&f);
  mmp_mosquitto_stop (f.broker);
  mmp_stage_call (&f, &caller);
  mmp_test_await (caller.told.own != NULL && caller.told.own->state == MMP_STATE_RECONNECTING);
  g_assert_error (caller.told.own->cause, MMP_ERROR, MMP_ERROR_BROKER_UNREACHABLE);
  mmp_mosquitto_start (f.broker);
  mmp_stage_await_direct (&f, &caller);
  mmp_caller_hang_up (&caller);
  mmp_stage_tear_down (&f);
}

static guint
count_threads (void)
{
  g_autoptr (GDir) directory = g_dir_open ("/proc/self/task", 0, NULL);
  guint n = 0;

  while (g_dir_read_name (directory) != NULL)
    n++;

  return n;
}

static void
test_stops_at_any_time_and_leaves_nothing (void)
{
  MmpStage f = { 0 };
  guint descriptors = 0;
  guint threads = 0;

  mmp_stage_set_up (&f);
  mmp_stage_await_ready (&f);
  for (guint i = 0; i < 20; i++)
    {
      MmpCaller caller = { 0 };

      mmp_stage_call (&f, &caller);
      if (i % 4 == 1)
        mmp_test_await (caller.told.own != NULL);
      else if (i % 4 == 2)
        mmp_test_await (mmp_stage_find_device (&f, &caller) != NULL);
      else if (i % 4 == 3)
        mmp_stage_await_direct (&f, &caller);
      mmp_caller_hang_up (&caller);
      mmp_test_trust_set (f.trust, &caller.key, MMP_STANDING_BLOCKED);
      mmp_listener_trust_changed (f.listener);
      mmp_test_await (g_hash_table_size (f.told.devices) == 0);
      if (i == 7)
        {
          mmp_peer_wait_for_teardowns ();
          descriptors = mmp_test_count_descriptors ();
          threads = count_threads ();
        }
    }
  mmp_peer_wait_for_teardowns ();
  mmp_test_await (mmp_test_count_descriptors () <= descriptors && count_threads () <= threads);
  mmp_stage_tear_down (&f);
}

static void
test_a_listener_starts_and_stops (void)
{
  MmpStage f = { 0 };

  mmp_stage_set_up (&f);
  for (guint i = 0; i < 20; i++)
    {
      if (i % 2 == 0)
        mmp_stage_await_ready (&f);
      mmp_listener_stop (f.listener);
      g_clear_pointer (&f.told.own, mmp_status_free);
      mmp_listener_start (f.listener);
    }
  mmp_stage_await_ready (&f);
  mmp_stage_tear_down (&f);
}

static void
add (const char *path,
     GTestFunc func)
{
  if (mmp_mosquitto_is_here ())
    g_test_add_func (path, func);
}

static void
test_skipped (void)
{
  g_test_skip ("there is no mosquitto");
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  if (!mmp_mosquitto_is_here ())
    g_test_add_func ("/endpoint/needs-mosquitto", test_skipped);
  add ("/endpoint/connects-directly", test_connects_directly);
  add ("/endpoint/works-over-the-relay-alone", test_works_over_the_relay_alone);
  add ("/endpoint/works-without-streams-over-the-relay", test_works_without_streams_over_the_relay);
  add ("/endpoint/an-invitation-makes-trusted", test_an_invitation_makes_trusted);
  add ("/endpoint/a-stranger-is-asked-about", test_a_stranger_is_asked_about);
  add ("/endpoint/one-who-is-refused-is-told-so", test_one_who_is_refused_is_told_so);
  add ("/endpoint/a-new-direct-path-takes-over", test_a_new_direct_path_takes_over);
  add ("/endpoint/comes-back-when-the-listener-does", test_comes_back_when_the_listener_does);
  add ("/endpoint/a-stranger-learns-nothing", test_a_stranger_learns_nothing);
  add ("/endpoint/one-who-is-not-trusted-any-more-goes", test_one_who_is_not_trusted_any_more_goes);
  add ("/endpoint/one-who-is-disconnected-comes-back", test_one_who_is_disconnected_comes_back);
  add ("/endpoint/serves-several-at-once", test_serves_several_at_once);
  add ("/endpoint/a-device-has-four-links-at-most", test_a_device_has_four_links_at_most);
  add ("/endpoint/a-listener-forwards-to-one-device", test_a_listener_forwards_to_one_device);
  add ("/endpoint/a-direct-path-outlives-the-broker", test_a_direct_path_outlives_the_broker);
  add ("/endpoint/says-that-there-is-no-broker", test_says_that_there_is_no_broker);
  add ("/endpoint/one-who-says-goodbye-is-gone", test_one_who_says_goodbye_is_gone);
  add ("/endpoint/stops-at-any-time-and-leaves-nothing", test_stops_at_any_time_and_leaves_nothing);
  add ("/endpoint/a-listener-starts-and-stops", test_a_listener_starts_and_stops);

  return g_test_run ();
}
