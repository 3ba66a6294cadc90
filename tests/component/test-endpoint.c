/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mmp-context.h"
#include "base/mmp-error.h"
#include "base/mmp-limits.h"
#include "mmp-memory-trust.h"
#include "mmp-mosquitto.h"
#include "mmp-tcp-transfer.h"
#include "mmp-test.h"
#include "mqtt/mmp-mqtt-client.h"
#include "rtc/mmp-peer.h"
#include "tunnel/mmp-initiator.h"
#include "tunnel/mmp-listener.h"

/* A listener, initiators, a real broker and real peer connections in one process. */

#define KIB 1024

/* What an endpoint told */
typedef struct
{
  MmpStatus *own; /* of the endpoint itself: an initiator's only one */
  GHashTable *devices; /* listener: MmpPublicKey -> MmpStatus */
  guint port; /* of its forward */
  guint n_listening;
  guint n_gone;
  guint n_opened;
  guint n_over;
  guint n_rtt;
} Told;

typedef struct
{
  MmpMosquitto *broker;
  MmpIoThread *io;
  MmpTcpService *echo;
  MmpMemoryTrust *trust;
  MmpKeyPair *listener_key;
  MmpListener *listener;
  Told told;
} Fixture;

typedef struct
{
  MmpInitiator *initiator;
  MmpPublicKey key;
  Told told;
} Caller;

static void
on_status (gpointer endpoint,
           const MmpStatus *status,
           gpointer user_data)
{
  Told *told = user_data;

  if (MMP_IS_LISTENER (endpoint) && status->has_device)
    {
      g_hash_table_insert (told->devices, mmp_public_key_copy (&status->device), mmp_status_copy (status));
      return;
    }
  if (told->own != NULL)
    g_assert_true (mmp_state_may_follow (told->own->state, status->state));
  g_clear_pointer (&told->own, mmp_status_free);
  told->own = mmp_status_copy (status);
}

static void
on_gone (gpointer endpoint,
         const MmpPublicKey *device,
         gpointer user_data)
{
  Told *told = user_data;

  g_hash_table_remove (told->devices, device);
  told->n_gone++;
}

static void
on_listening (gpointer endpoint,
              const char *address,
              guint port,
              const char *service,
              gpointer user_data)
{
  Told *told = user_data;

  told->port = port;
  told->n_listening++;
}

static void
on_stream (gpointer endpoint,
           guint32 id,
           const char *service,
           gboolean open,
           guint64 sent,
           guint64 received,
           gpointer user_data)
{
  Told *told = user_data;

  *(open ? &told->n_opened : &told->n_over) += 1;
}

static void
on_rtt (gpointer endpoint,
        const MmpPublicKey *device,
        double rtt,
        gpointer user_data)
{
  Told *told = user_data;

  g_assert_cmpfloat (rtt, >=, 0);
  told->n_rtt++;
}

static const MmpEndpointFuncs funcs = {
  .status = on_status,
  .gone = on_gone,
  .listening = on_listening,
  .stream = on_stream,
  .rtt = on_rtt,
};

static void
told_init (Told *told)
{
  told->devices = g_hash_table_new_full (mmp_public_key_hash, mmp_public_key_equal, (GDestroyNotify) mmp_public_key_free,
                                         (GDestroyNotify) mmp_status_free);
}

static void
told_clear (Told *told)
{
  g_hash_table_unref (told->devices);
  g_clear_pointer (&told->own, mmp_status_free);
}

static MmpEndpointConfig *
make_config (Fixture *f,
             const char *name)
{
  MmpEndpointConfig *config = mmp_endpoint_config_new ();

  g_ptr_array_add (config->brokers, mmp_mqtt_broker_new ("127.0.0.1", mmp_mosquitto_get_port (f->broker), FALSE, NULL));
  g_set_str (&config->name, name);
  config->ice->loopback = TRUE;

  return config;
}

static MmpEndpointConfig *
make_listener_config (Fixture *f)
{
  MmpEndpointConfig *config = make_config (f, "Office");

  config->key_pair = mmp_key_pair_ref (f->listener_key);
  config->trust = MMP_TRUST (g_object_ref (f->trust));
  g_assert_true (mmp_endpoint_config_add_service (config, "echo", "127.0.0.1", mmp_tcp_service_get_port (f->echo), NULL));

  return config;
}

/* @forward: a port that leads to the service "theirs" of the other side; 0: none */
static void
start_listener (Fixture *f,
                guint forward)
{
  g_autoptr (MmpEndpointConfig) config = make_listener_config (f);

  if (forward != 0)
    g_assert_true (mmp_endpoint_config_add_forward (config, "127.0.0.1", forward, "theirs", NULL));
  f->listener = mmp_listener_new (config, mmp_io_thread_get_context (f->io), &funcs, &f->told);
  mmp_listener_start (f->listener);
}

static void
set_up (Fixture *f)
{
  told_init (&f->told);
  f->broker = mmp_mosquitto_new (NULL);
  mmp_mosquitto_start (f->broker);
  f->io = mmp_io_thread_new ();
  f->echo = mmp_tcp_service_new (mmp_tcp_echo, NULL);
  f->trust = mmp_memory_trust_new ();
  f->listener_key = mmp_key_pair_generate ();
  start_listener (f, 0);
}

static void
await_ready (Fixture *f)
{
  mmp_test_await (f->told.own != NULL && f->told.own->state == MMP_STATE_WAITING);
}

static void
stop_listener (Fixture *f)
{
  if (f->listener == NULL)
    return;
  mmp_listener_stop (f->listener);
  mmp_test_await_finalize (g_steal_pointer (&f->listener));
  g_clear_pointer (&f->told.own, mmp_status_free);
}

static void
tear_down (Fixture *f)
{
  stop_listener (f);
  mmp_peer_wait_for_teardowns ();
  mmp_io_thread_free (f->io);
  mmp_test_await_finalize (f->trust);
  mmp_key_pair_unref (f->listener_key);
  mmp_tcp_service_free (f->echo);
  mmp_mosquitto_free (f->broker);
  told_clear (&f->told);
}

static MmpEndpointConfig *
make_caller_config (Fixture *f,
                    Caller *caller)
{
  MmpEndpointConfig *config = make_config (f, "Bob's laptop");

  config->key_pair = mmp_key_pair_generate ();
  config->listener = *mmp_key_pair_get_public (f->listener_key);
  caller->key = *mmp_key_pair_get_public (config->key_pair);
  g_assert_true (mmp_endpoint_config_add_forward (config, "127.0.0.1", 0, "echo", NULL));

  return config;
}

static void
start_caller (Fixture *f,
              Caller *caller,
              const MmpEndpointConfig *config)
{
  told_init (&caller->told);
  caller->initiator = mmp_initiator_new (config, mmp_io_thread_get_context (f->io), &funcs, &caller->told);
  mmp_initiator_start (caller->initiator);
}

static void
call (Fixture *f,
      Caller *caller)
{
  g_autoptr (MmpEndpointConfig) config = make_caller_config (f, caller);

  mmp_memory_trust_set (f->trust, &caller->key, MMP_STANDING_TRUSTED);
  start_caller (f, caller, config);
}

static void
hang_up (Caller *caller)
{
  mmp_initiator_stop (caller->initiator);
  mmp_test_await_finalize (g_steal_pointer (&caller->initiator));
  told_clear (&caller->told);
}

static gboolean
is_connected (const MmpStatus *status,
              MmpPath path)
{
  return status != NULL && status->state == MMP_STATE_CONNECTED && status->path == path;
}

static MmpStatus *
find_device (Fixture *f,
             Caller *caller)
{
  return g_hash_table_lookup (f->told.devices, &caller->key);
}

static void
await_direct (Fixture *f,
              Caller *caller)
{
  mmp_test_await (is_connected (caller->told.own, MMP_PATH_DIRECT_UDP));
  mmp_test_await (is_connected (find_device (f, caller), MMP_PATH_DIRECT_UDP));
}

static void
check_echo (Caller *caller,
            gsize size)
{
  g_autoptr (GBytes) data = mmp_test_make_data (size, 1);
  g_autoptr (GSocket) socket = NULL;

  mmp_test_await (caller->told.port != 0);
  socket = mmp_tcp_connect (caller->told.port);
  g_assert_nonnull (socket);
  mmp_tcp_transfer_check_echo (socket, data);
}

static void
test_connects_directly (void)
{
  Fixture f = { 0 };
  Caller caller = { 0 };
  const MmpStatus *status;

  set_up (&f);
  call (&f, &caller);
  await_direct (&f, &caller);
  check_echo (&caller, 2048 * KIB);

  mmp_test_await (caller.told.n_over == 1 && f.told.n_over == 1);
  mmp_test_await (caller.told.own->bytes_received == 2048 * KIB && caller.told.own->n_streams == 0);
  g_assert_cmpstr (caller.told.own->device_name, ==, "Office");
  g_assert_cmpuint (caller.told.own->generation, >, 0);
  g_assert_cmpstr (caller.told.own->local_candidate, ==, "host");
  g_assert_null (caller.told.own->cause);
  g_assert_cmpfloat (caller.told.own->rtt, >=, 0);
  g_assert_cmpuint (caller.told.n_rtt, >, 0);
  status = find_device (&f, &caller);
  g_assert_cmpstr (status->device_name, ==, "Bob's laptop");
  g_assert_cmpuint (status->generation, ==, caller.told.own->generation);
  hang_up (&caller);
  tear_down (&f);
}

static void
test_works_over_the_relay_alone (void)
{
  Fixture f = { 0 };
  Caller caller = { 0 };
  g_autoptr (MmpEndpointConfig) config = NULL;

  set_up (&f);
  config = make_caller_config (&f, &caller);
  config->allow_direct = FALSE;
  mmp_memory_trust_set (f.trust, &caller.key, MMP_STANDING_TRUSTED);
  start_caller (&f, &caller, config);
  mmp_test_await (is_connected (caller.told.own, MMP_PATH_RELAY));
  check_echo (&caller, 100 * KIB);
  hang_up (&caller);
  tear_down (&f);
}

static void
test_works_without_streams_over_the_relay (void)
{
  Fixture f = { 0 };
  Caller caller = { 0 };
  g_autoptr (MmpEndpointConfig) config = NULL;

  set_up (&f);
  config = make_caller_config (&f, &caller);
  config->allow_relay = FALSE;
  mmp_memory_trust_set (f.trust, &caller.key, MMP_STANDING_TRUSTED);
  start_caller (&f, &caller, config);
  mmp_test_await (caller.told.n_listening > 0);
  g_assert_true (is_connected (caller.told.own, MMP_PATH_DIRECT_UDP));
  check_echo (&caller, 100 * KIB);
  hang_up (&caller);
  tear_down (&f);
}

static void
test_an_invitation_makes_trusted (void)
{
  const guint8 invitation[MMP_INVITATION_SIZE] = "fifteen letters";
  Fixture f = { 0 };
  Caller caller = { 0 };
  g_autoptr (MmpEndpointConfig) config = NULL;

  set_up (&f);
  mmp_memory_trust_invite (f.trust, invitation);
  config = make_caller_config (&f, &caller);
  config->invitation = g_memdup2 (invitation, sizeof invitation);
  start_caller (&f, &caller, config);
  await_direct (&f, &caller);
  g_assert_cmpint (mmp_trust_get_standing (MMP_TRUST (f.trust), &caller.key), ==, MMP_STANDING_TRUSTED);
  hang_up (&caller);
  tear_down (&f);
}

static void
test_comes_back_when_the_listener_does (void)
{
  Fixture f = { 0 };
  Caller caller = { 0 };

  set_up (&f);
  call (&f, &caller);
  await_direct (&f, &caller);
  check_echo (&caller, 10 * KIB);

  stop_listener (&f);
  g_hash_table_remove_all (f.told.devices);
  mmp_test_await (caller.told.own->state == MMP_STATE_RECONNECTING);
  g_assert_nonnull (caller.told.own->cause);
  start_listener (&f, 0);
  await_ready (&f);
  mmp_initiator_kick (caller.initiator);
  await_direct (&f, &caller);
  check_echo (&caller, 10 * KIB);
  hang_up (&caller);
  tear_down (&f);
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
  Fixture f = { 0 };
  Caller stranger = { 0 };
  guint n_spied[2] = { 0 };
  g_autoptr (MmpEndpointConfig) config = NULL;
  g_autoptr (MmpMqttBroker) broker = NULL;
  g_autoptr (MmpMqttClient) spy = NULL;

  set_up (&f);
  await_ready (&f);
  broker = mmp_mqtt_broker_new ("127.0.0.1", mmp_mosquitto_get_port (f.broker), FALSE, NULL);
  spy = mmp_mqtt_client_new (NULL, broker, &spy_funcs, n_spied);
  mmp_mqtt_client_start (spy);
  mmp_mqtt_client_subscribe (spy, "sig/#", 1, FALSE, NULL, NULL);
  mmp_test_await (mmp_mqtt_client_get_state (spy) == MMP_MQTT_STATE_ONLINE);

  config = make_caller_config (&f, &stranger);
  start_caller (&f, &stranger, config);
  mmp_test_await (stranger.told.own != NULL && stranger.told.own->state == MMP_STATE_RECONNECTING);
  g_assert_error (stranger.told.own->cause, MMP_ERROR, MMP_ERROR_NO_ANSWER);
  g_assert_cmpuint (stranger.told.own->retry, >, 0);
  g_assert_cmpuint (n_spied[0], >=, 2);
  g_assert_cmpuint (n_spied[1], ==, 0);
  g_assert_cmpuint (g_hash_table_size (f.told.devices), ==, 0);
  g_assert_cmpuint (stranger.told.n_listening, ==, 0);

  mmp_mqtt_client_detach (spy);
  hang_up (&stranger);
  tear_down (&f);
}

static void
test_one_who_is_not_trusted_any_more_goes (void)
{
  Fixture f = { 0 };
  Caller caller = { 0 };

  set_up (&f);
  call (&f, &caller);
  await_direct (&f, &caller);
  mmp_memory_trust_set (f.trust, &caller.key, MMP_STANDING_BLOCKED);
  mmp_listener_trust_changed (f.listener);
  g_assert_cmpuint (f.told.n_gone, ==, 1);
  mmp_test_await (caller.told.own->state != MMP_STATE_CONNECTED);
  hang_up (&caller);
  tear_down (&f);
}

static void
test_serves_several_at_once (void)
{
  enum
  {
    N = 5
  };
  Fixture f = { 0 };
  Caller callers[N] = { 0 };

  set_up (&f);
  for (guint i = 0; i < N; i++)
    call (&f, &callers[i]);
  for (guint i = 0; i < N; i++)
    await_direct (&f, &callers[i]);
  g_assert_cmpuint (g_hash_table_size (f.told.devices), ==, N);
  for (guint i = 0; i < N; i++)
    check_echo (&callers[i], 100 * KIB);
  for (guint i = 0; i < N; i++)
    hang_up (&callers[i]);
  tear_down (&f);
}

/* A local port of the listener leads to the device that came first, and to the next when that one is gone. */
static void
test_a_listener_forwards_to_one_device (void)
{
  Fixture f = { 0 };
  Caller callers[2] = { 0 };
  Told *told = &f.told;
  guint n;

  set_up (&f);
  stop_listener (&f);
  start_listener (&f, mmp_test_free_port ());
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (MmpEndpointConfig) theirs = make_caller_config (&f, &callers[i]);

      mmp_memory_trust_set (f.trust, &callers[i].key, MMP_STANDING_TRUSTED);
      g_assert_true (mmp_endpoint_config_add_service (theirs, "theirs", "127.0.0.1", mmp_tcp_service_get_port (f.echo), NULL));
      start_caller (&f, &callers[i], theirs);
      await_direct (&f, &callers[i]);
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
      hang_up (&callers[i]);
      if (i == 0)
        mmp_test_await (told->n_listening > n);
    }
  tear_down (&f);
}

static void
test_a_direct_path_outlives_the_broker (void)
{
  Fixture f = { 0 };
  Caller caller = { 0 };

  set_up (&f);
  call (&f, &caller);
  await_direct (&f, &caller);
  mmp_mosquitto_stop (f.broker);
  mmp_test_await (f.told.own->state == MMP_STATE_RECONNECTING);
  g_assert_nonnull (f.told.own->cause);
  check_echo (&caller, 100 * KIB);
  g_assert_true (is_connected (caller.told.own, MMP_PATH_DIRECT_UDP));

  mmp_mosquitto_start (f.broker);
  await_ready (&f);
  check_echo (&caller, 100 * KIB);
  hang_up (&caller);
  tear_down (&f);
}

static void
test_says_that_there_is_no_broker (void)
{
  Fixture f = { 0 };
  Caller caller = { 0 };

  set_up (&f);
  mmp_mosquitto_stop (f.broker);
  call (&f, &caller);
  mmp_test_await (caller.told.own != NULL && caller.told.own->state == MMP_STATE_RECONNECTING);
  g_assert_error (caller.told.own->cause, MMP_ERROR, MMP_ERROR_BROKER_UNREACHABLE);
  mmp_mosquitto_start (f.broker);
  await_direct (&f, &caller);
  hang_up (&caller);
  tear_down (&f);
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
  Fixture f = { 0 };
  guint descriptors = 0;
  guint threads = 0;

  set_up (&f);
  await_ready (&f);
  for (guint i = 0; i < 20; i++)
    {
      Caller caller = { 0 };

      call (&f, &caller);
      if (i % 4 == 1)
        mmp_test_await (caller.told.own != NULL);
      else if (i % 4 == 2)
        mmp_test_await (find_device (&f, &caller) != NULL);
      else if (i % 4 == 3)
        await_direct (&f, &caller);
      hang_up (&caller);
      mmp_memory_trust_set (f.trust, &caller.key, MMP_STANDING_BLOCKED);
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
  tear_down (&f);
}

static void
test_a_listener_starts_and_stops (void)
{
  Fixture f = { 0 };

  set_up (&f);
  for (guint i = 0; i < 20; i++)
    {
      if (i % 2 == 0)
        await_ready (&f);
      mmp_listener_stop (f.listener);
      g_clear_pointer (&f.told.own, mmp_status_free);
      mmp_listener_start (f.listener);
    }
  await_ready (&f);
  tear_down (&f);
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
  add ("/endpoint/comes-back-when-the-listener-does", test_comes_back_when_the_listener_does);
  add ("/endpoint/a-stranger-learns-nothing", test_a_stranger_learns_nothing);
  add ("/endpoint/one-who-is-not-trusted-any-more-goes", test_one_who_is_not_trusted_any_more_goes);
  add ("/endpoint/serves-several-at-once", test_serves_several_at_once);
  add ("/endpoint/a-listener-forwards-to-one-device", test_a_listener_forwards_to_one_device);
  add ("/endpoint/a-direct-path-outlives-the-broker", test_a_direct_path_outlives_the_broker);
  add ("/endpoint/says-that-there-is-no-broker", test_says_that_there_is_no_broker);
  add ("/endpoint/stops-at-any-time-and-leaves-nothing", test_stops_at_any_time_and_leaves_nothing);
  add ("/endpoint/a-listener-starts-and-stops", test_a_listener_starts_and_stops);

  return g_test_run ();
}
