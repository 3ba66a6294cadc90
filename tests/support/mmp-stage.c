/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-stage.h"

#include "mmp-tcp-transfer.h"
#include "mmp-test.h"
#include "rtc/mmp-peer.h"

static void
on_status (gpointer endpoint,
           const MmpStatus *status,
           gpointer user_data)
{
  MmpTold *told = user_data;

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
  MmpTold *told = user_data;

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
  MmpTold *told = user_data;

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
  MmpTold *told = user_data;

  *(open ? &told->n_opened : &told->n_over) += 1;
}

static void
on_rtt (gpointer endpoint,
        const MmpPublicKey *device,
        double rtt,
        gpointer user_data)
{
  MmpTold *told = user_data;

  g_assert_cmpfloat (rtt, >=, 0);
  told->n_rtt++;
}

static void
on_request (gpointer endpoint,
            const MmpPublicKey *device,
            const char *name,
            gpointer user_data)
{
  MmpTold *told = user_data;

  told->n_requests++;
  told->asks = *device;
}

static const MmpEndpointFuncs funcs = {
  .status = on_status,
  .gone = on_gone,
  .listening = on_listening,
  .stream = on_stream,
  .rtt = on_rtt,
  .request = on_request,
};

static void
told_init (MmpTold *told)
{
  told->devices = g_hash_table_new_full (mmp_public_key_hash, mmp_public_key_equal, (GDestroyNotify) mmp_public_key_free,
                                         (GDestroyNotify) mmp_status_free);
}

static void
told_clear (MmpTold *told)
{
  g_hash_table_unref (told->devices);
  g_clear_pointer (&told->own, mmp_status_free);
}

static MmpEndpointConfig *
make_config (MmpStage *self,
             const char *name)
{
  MmpEndpointConfig *config = mmp_endpoint_config_new ();

  g_ptr_array_add (config->brokers, mmp_mqtt_broker_new ("127.0.0.1", mmp_mosquitto_get_port (self->broker), FALSE, NULL));
  g_set_str (&config->name, name);
  config->ice->loopback = TRUE;

  return config;
}

static MmpEndpointConfig *
make_listener_config (MmpStage *self)
{
  MmpEndpointConfig *config = make_config (self, "Office");

  config->key_pair = mmp_key_pair_ref (self->listener_key);
  config->trust = MMP_TRUST (g_object_ref (self->trust));
  config->mode = self->mode;
  g_assert_true (mmp_endpoint_config_add_service (config, "echo", "127.0.0.1", mmp_tcp_service_get_port (self->echo), NULL));

  return config;
}

/**
 * mmp_stage_start_listener:
 * @forward: a port that leads to the service "theirs" of the other side; 0: none
 *
 * Starts the listener again, with the same key.
 */
void
mmp_stage_start_listener (MmpStage *self,
                          guint forward)
{
  g_autoptr (MmpEndpointConfig) config = make_listener_config (self);

  if (forward != 0)
    g_assert_true (mmp_endpoint_config_add_forward (config, "127.0.0.1", forward, "theirs", NULL));
  self->listener = mmp_listener_new (config, mmp_io_thread_get_context (self->io), &funcs, &self->told);
  mmp_listener_start (self->listener);
}

/**
 * mmp_stage_set_up:
 *
 * Starts everything.
 */
void
mmp_stage_set_up (MmpStage *self)
{
  told_init (&self->told);
  self->broker = mmp_mosquitto_new (NULL);
  mmp_mosquitto_start (self->broker);
  self->io = mmp_io_thread_new ();
  self->echo = mmp_tcp_service_new (mmp_tcp_echo, NULL);
  self->trust = mmp_test_trust_new ();
  self->listener_key = mmp_key_pair_generate ();
  mmp_stage_start_listener (self, 0);
}

/**
 * mmp_stage_await_ready:
 *
 * Until the listener waits for devices.
 */
void
mmp_stage_await_ready (MmpStage *self)
{
  mmp_test_await (self->told.own != NULL && self->told.own->state == MMP_STATE_WAITING);
}

/**
 * mmp_stage_stop_listener:
 *
 * Stops it and proves that it dies.
 */
void
mmp_stage_stop_listener (MmpStage *self)
{
  if (self->listener == NULL)
    return;
  mmp_listener_stop (self->listener);
  mmp_test_await_finalize (g_steal_pointer (&self->listener));
  g_clear_pointer (&self->told.own, mmp_status_free);
}

/**
 * mmp_stage_tear_down:
 *
 * Stops everything and proves that what can die does.
 */
void
mmp_stage_tear_down (MmpStage *self)
{
  mmp_stage_stop_listener (self);
  mmp_peer_wait_for_teardowns ();
  mmp_io_thread_free (self->io);
  mmp_test_await_finalize (self->trust);
  mmp_key_pair_unref (self->listener_key);
  mmp_tcp_service_free (self->echo);
  mmp_mosquitto_free (self->broker);
  told_clear (&self->told);
}

/**
 * mmp_stage_make_caller_config:
 *
 * Returns: (transfer full): what a caller with a new key needs to call the listener
 */
MmpEndpointConfig *
mmp_stage_make_caller_config (MmpStage *self,
                              MmpCaller *caller)
{
  MmpEndpointConfig *config = make_config (self, "Bob's laptop");

  config->key_pair = mmp_key_pair_generate ();
  config->listener = *mmp_key_pair_get_public (self->listener_key);
  caller->key = *mmp_key_pair_get_public (config->key_pair);
  g_assert_true (mmp_endpoint_config_add_forward (config, "127.0.0.1", 0, "echo", NULL));

  return config;
}

/**
 * mmp_stage_start_caller:
 *
 * Lets a caller call; whether it is trusted is up to the test.
 */
void
mmp_stage_start_caller (MmpStage *self,
                        MmpCaller *caller,
                        const MmpEndpointConfig *config)
{
  told_init (&caller->told);
  caller->initiator = mmp_initiator_new (config, mmp_io_thread_get_context (self->io), &funcs, &caller->told);
  mmp_initiator_start (caller->initiator);
}

/**
 * mmp_stage_call:
 *
 * Lets a new caller call that is trusted.
 */
void
mmp_stage_call (MmpStage *self,
                MmpCaller *caller)
{
  g_autoptr (MmpEndpointConfig) config = mmp_stage_make_caller_config (self, caller);

  mmp_test_trust_set (self->trust, &caller->key, MMP_STANDING_TRUSTED);
  mmp_stage_start_caller (self, caller, config);
}

/**
 * mmp_caller_hang_up:
 *
 * Stops it and proves that it dies.
 */
void
mmp_caller_hang_up (MmpCaller *caller)
{
  mmp_initiator_stop (caller->initiator);
  mmp_test_await_finalize (g_steal_pointer (&caller->initiator));
  told_clear (&caller->told);
}

/**
 * mmp_told_is_connected:
 * @status: (nullable): the last status
 */
gboolean
mmp_told_is_connected (const MmpStatus *status,
                       MmpPath path)
{
  return status != NULL && status->state == MMP_STATE_CONNECTED && status->path == path;
}

/**
 * mmp_stage_find_device:
 *
 * Returns: (transfer none) (nullable): the last status that the listener told of a caller
 */
MmpStatus *
mmp_stage_find_device (MmpStage *self,
                       MmpCaller *caller)
{
  return g_hash_table_lookup (self->told.devices, &caller->key);
}

/**
 * mmp_stage_await_direct:
 *
 * Until both sides say that they are connected directly.
 */
void
mmp_stage_await_direct (MmpStage *self,
                        MmpCaller *caller)
{
  mmp_test_await (mmp_told_is_connected (caller->told.own, MMP_PATH_DIRECT_UDP));
  mmp_test_await (mmp_told_is_connected (mmp_stage_find_device (self, caller), MMP_PATH_DIRECT_UDP));
}

/**
 * mmp_caller_check_echo:
 *
 * Sends @size bytes through the forward on a new connection, and expects them back.
 */
void
mmp_caller_check_echo (MmpCaller *caller,
                       gsize size)
{
  g_autoptr (GBytes) data = mmp_test_make_data (size, 1);
  g_autoptr (GSocket) socket = NULL;

  mmp_test_await (caller->told.port != 0);
  socket = mmp_tcp_connect (caller->told.port);
  g_assert_nonnull (socket);
  mmp_tcp_transfer_check_echo (socket, data);
}
