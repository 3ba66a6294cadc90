/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-stand.h"

#include "hub/mmp-connection-config.h"
#include "mmp-test.h"

#define PEER "RVC45WSASZAGKAJZT24NC3GTCEENN7FCZO3QC7Z5S2ZSQOL22UXQ"

static AdwApplication *application;

/**
 * mmp_stand_init:
 *
 * Prepares test program and application; warnings of GTK and libadwaita are failures.
 *
 * Returns: %FALSE: there is no display
 */
gboolean
mmp_stand_init (int *argc,
                char ***argv)
{
  g_test_init (argc, argv, NULL);
  if (!gtk_init_check ())
    return FALSE;
  adw_init ();
  application = g_object_new (ADW_TYPE_APPLICATION, "application-id", "io.github.messageportal.Test", "flags", G_APPLICATION_NON_UNIQUE, "resource-base-path", MMP_RESOURCE_BASE, NULL);
  g_assert_true (g_application_register (G_APPLICATION (application), NULL, NULL));
  g_object_set (gtk_settings_get_default (), "gtk-enable-animations", FALSE, NULL);

  return TRUE;
}

static void
played_free (gpointer data)
{
  MmpPlayed *played = data;

  mmp_endpoint_config_free (played->config);
  g_free (played);
}

static gpointer
start (gpointer data,
       MmpProfileKind kind,
       const MmpEndpointConfig *config,
       const MmpEndpointFuncs *funcs,
       gpointer user_data)
{
  MmpStand *self = data;
  MmpPlayed *played = g_new0 (MmpPlayed, 1);

  played->stand = self;
  played->kind = kind;
  played->config = mmp_endpoint_config_copy (config);
  played->funcs = funcs;
  played->user_data = user_data;
  g_ptr_array_add (self->running, played);

  return played;
}

static void
stop (gpointer data,
      gpointer endpoint)
{
  MmpStand *self = data;

  if (endpoint == self)
    g_clear_pointer (&self->bridge.config, mmp_bridge_config_free);
  else
    g_ptr_array_remove (self->running, endpoint);
}

static MmpBridgePlan *
plan (gpointer data,
      const MmpProfile *profile,
      GError **error)
{
  MmpEntryStore *brokers = mmp_account_get_brokers (((MmpStand *) data)->account);

  return mmp_bridge_plan_new (profile, mmp_entry_store_find (brokers, profile->bridge->local), mmp_entry_store_find (brokers, profile->broker), error);
}

/* There is one bridge at a time; the stand stands for it. */
static gpointer
start_bridge (gpointer data,
              const MmpBridgeConfig *config,
              MmpBridgeFunc func,
              gpointer user_data,
              GError **error)
{
  MmpStand *self = data;

  if (!mmp_bridge_config_check (config, error))
    return NULL;
  self->bridge.config = mmp_bridge_config_copy (config);
  self->bridge.func = func;
  self->bridge.user_data = user_data;
  self->bridge.n_starts++;

  return self;
}

static gboolean
set_rules (gpointer data,
           gpointer bridge,
           GPtrArray *rules,
           GError **error)
{
  MmpStand *self = data;

  g_ptr_array_unref (self->bridge.config->rules);
  self->bridge.config->rules = g_ptr_array_ref (rules);

  return TRUE;
}

static gboolean
answer (gpointer data,
        gpointer endpoint,
        const MmpPublicKey *device,
        const char *name,
        MmpAnswer given,
        GError **error)
{
  MmpStand *self = data;
  MmpPlayed *played = endpoint;

  played->answer = given;
  played->answered = TRUE;

  return given == MMP_ANSWER_TRUST ? mmp_device_store_trust (mmp_account_get_devices (self->account), device, name, error) : TRUE;
}

static void
disconnect (gpointer data,
            gpointer endpoint,
            const MmpPublicKey *device)
{
  MmpPlayed *played = endpoint;

  ((MmpStand *) data)->n_disconnected++;
  played->funcs->gone (played, device, played->user_data);
}

static gpointer
examine (gpointer data,
         MmpDiagnosisConfig *config,
         const MmpDiagnosisFuncs *funcs,
         gpointer user_data)
{
  MmpStand *self = data;

  g_assert_false (self->examining);
  self->examining = TRUE;
  self->diagnosis = *funcs;
  self->diagnosis_data = user_data;

  return self;
}

static void
examine_end (gpointer data,
             gpointer diagnosis)
{
  MmpStand *self = data;

  g_assert_true (self->examining && diagnosis == self);
  self->examining = FALSE;
}

static MmpEndpointConfig *
configure (gpointer data,
           const MmpProfile *profile,
           GError **error)
{
  MmpStand *self = data;
  const MmpBrokerEntry *broker = mmp_entry_store_find (mmp_account_get_brokers (self->account), profile->broker);
  g_autoptr (MmpProfile) complete = mmp_profile_copy (profile);

  if (broker == NULL)
    {
      g_set_error_literal (error, MMP_ERROR, MMP_ERROR_INCOMPLETE, "the broker of this profile was removed");
      return NULL;
    }
  if (profile->kind == MMP_PROFILE_PORTAL)
    mmp_bridge_plan_add_ports (complete, mmp_entry_store_find (mmp_account_get_brokers (self->account), profile->bridge->local));

  return mmp_connection_config_new (complete, broker, MMP_TRUST (mmp_hub_get_trust (mmp_account_get_hub (self->account))), error);
}

/**
 * mmp_stand_new_in:
 * @directory: (transfer full): what mmp_test_directory() made and somebody may have filled
 *
 * Returns: (transfer full): the account that is there; it has no window yet
 */
MmpStand *
mmp_stand_new_in (char *directory)
{
  MmpStand *self = g_new0 (MmpStand, 1);
  const MmpRunner runner = { .data = self, .configure = configure, .start = start, .stop = stop, .answer = answer, .plan = plan, .start_bridge = start_bridge, .set_rules = set_rules, .disconnect = disconnect, .examine = examine, .examine_end = examine_end };
  g_autoptr (GError) error = NULL;

  self->directory = directory;
  self->secrets = mmp_memory_secrets_new ();
  self->running = g_ptr_array_new_with_free_func (played_free);
  self->account = mmp_account_new_with_runner (self->directory, self->secrets, &runner, &error);
  g_assert_no_error (error);

  return self;
}

/**
 * mmp_stand_open:
 *
 * Opens the window.
 */
void
mmp_stand_open (MmpStand *self)
{
  self->window = mmp_window_new (GTK_APPLICATION (application), self->account);
  gtk_window_present (GTK_WINDOW (self->window));
}

/**
 * mmp_stand_new:
 *
 * Returns: (transfer full): an empty account in a window
 */
MmpStand *
mmp_stand_new (void)
{
  MmpStand *self = mmp_stand_new_in (mmp_test_directory ());

  mmp_stand_open (self);
  mmp_settle ();

  return self;
}

/**
 * mmp_stand_free:
 *
 * Closes the window; it and the account die.
 */
void
mmp_stand_free (MmpStand *self)
{
  gtk_window_destroy (GTK_WINDOW (self->window));
  mmp_settle ();
  mmp_test_await_finalize (self->account);
  g_ptr_array_unref (self->running);
  g_object_unref (self->secrets);
  mmp_test_directory_free (self->directory);
  g_free (self);
}

static void
on_key_added (GObject *source,
              GAsyncResult *result,
              gpointer user_data)
{
  *(char **) user_data = mmp_account_add_key_finish (MMP_ACCOUNT (source), result, NULL);
}

/**
 * mmp_stand_add_key:
 *
 * Returns: (transfer full): the id of a new key pair
 */
char *
mmp_stand_add_key (MmpStand *self,
                   const char *name)
{
  g_autoptr (MmpKeyPair) pair = mmp_key_pair_generate ();
  char *id = NULL;

  mmp_account_add_key_async (self->account, name, pair, on_key_added, &id);
  mmp_test_await (id != NULL);

  return id;
}

static void
take_first (GPtrArray *entries,
            char **id)
{
  if (entries->len > 0)
    g_set_str (id, *(char *const *) g_ptr_array_index (entries, 0));
}

/**
 * mmp_stand_add:
 *
 * Returns: (transfer none): a stopped connection that a person could have set up
 */
MmpConnection *
mmp_stand_add (MmpStand *self,
               MmpProfileKind kind,
               const char *name)
{
  g_autoptr (MmpProfile) profile = mmp_profile_new (kind);
  g_autoptr (GPtrArray) keys = mmp_entry_store_list (mmp_account_get_keys (self->account));
  g_autoptr (GPtrArray) brokers = mmp_entry_store_list (mmp_account_get_brokers (self->account));
  g_autoptr (MmpBrokerEntry) broker = mmp_broker_entry_new ("broker.example.org", 8883, TRUE);
  g_autoptr (GError) error = NULL;

  g_set_str (&profile->name, name);
  take_first (keys, &profile->key_pair);
  if (keys->len == 0)
    {
      g_free (profile->key_pair);
      profile->key_pair = mmp_stand_add_key (self, "This Device");
    }
  take_first (brokers, &profile->broker);
  if (brokers->len == 0)
    {
      mmp_entry_store_save (mmp_account_get_brokers (self->account), broker, &error);
      g_assert_no_error (error);
      g_set_str (&profile->broker, broker->id);
    }
  if (kind == MMP_PROFILE_LISTENER)
    mmp_profile_add_service (profile, "default", "localhost", 1883);
  else
    mmp_profile_add_forward (profile, "127.0.0.1", 1884, "default");
  profile->has_device = kind == MMP_PROFILE_INITIATOR;
  profile->device = *mmp_stand_get_peer ();
  mmp_profile_store_save (mmp_account_get_profiles (self->account), profile, &error);
  g_assert_no_error (error);
  mmp_settle ();

  return mmp_account_find_connection (self->account, profile->id);
}

/**
 * mmp_stand_add_rules:
 * @kind: a bridge or a portal; that connects to the other end and falls back
 *
 * Returns: (transfer none): a stopped connection with two rules and a key
 */
MmpConnection *
mmp_stand_add_rules (MmpStand *self,
                     MmpProfileKind kind,
                     const char *name)
{
  g_autoptr (MmpProfile) profile = mmp_profile_new (kind);
  g_autoptr (MmpBrokerEntry) local = mmp_broker_entry_new ("localhost", 1883, FALSE);
  g_autoptr (MmpBrokerEntry) far = mmp_broker_entry_new ("broker.example.org", 8883, TRUE);
  g_autoptr (MmpBridgeKey) key = mmp_bridge_key_generate ();
  g_autoptr (MmpSecret) secret = mmp_bridge_key_to_secret (key);
  g_autofree char *secret_id = NULL;

  g_assert_true (mmp_entry_store_save (mmp_account_get_brokers (self->account), local, NULL));
  g_assert_true (mmp_entry_store_save (mmp_account_get_brokers (self->account), far, NULL));
  g_set_str (&profile->name, name);
  g_set_str (&profile->broker, far->id);
  g_set_str (&profile->bridge->local, local->id);
  g_set_str (&profile->bridge->bridge_id, "AAAQEAYEAUDAOCAJBIFQYDIOB4");
  g_set_str (&profile->bridge->secret_id, local->id);
  profile->bridge->secret = MMP_PROFILE_SECRET_KEY;
  secret_id = mmp_profile_bridge_get_secret_id (profile->bridge);
  g_assert_true (mmp_secrets_store (self->secrets, secret_id, name, secret, NULL));
  g_ptr_array_add (profile->bridge->rules, mmp_profile_rule_new ("fields/#", MMP_PROFILE_FLOW_BOTH));
  g_ptr_array_add (profile->bridge->rules, mmp_profile_rule_new ("weather/+/today", MMP_PROFILE_FLOW_IN));
  if (kind == MMP_PROFILE_PORTAL)
    {
      g_free (profile->key_pair);
      profile->key_pair = mmp_stand_add_key (self, "This Device");
      profile->has_device = TRUE;
      profile->device = *mmp_stand_get_peer ();
      profile->bridge->fall_back = TRUE;
    }
  g_assert_true (mmp_profile_store_save (mmp_account_get_profiles (self->account), profile, NULL));
  mmp_settle ();

  return mmp_account_find_connection (self->account, profile->id);
}

/**
 * mmp_stand_say_bridge:
 * @present: whether the other device of a portal is there
 * @unknown_key: how many messages could not be opened
 *
 * The rules that run say how they are: all brokers are reached.
 */
void
mmp_stand_say_bridge (MmpStand *self,
                      gboolean present,
                      guint unknown_key)
{
  const MmpBridgeStatus status = {
    .local = MMP_MQTT_STATE_ONLINE,
    .remote = MMP_MQTT_STATE_ONLINE,
    .via = self->bridge.config->via != NULL ? MMP_MQTT_STATE_ONLINE : MMP_MQTT_STATE_STOPPED,
    .present = present,
    .ready = TRUE,
    .counts = { [MMP_BRIDGE_FORWARDED] = 1204, [MMP_BRIDGE_OPENED] = 37, [MMP_BRIDGE_UNKNOWN_KEY] = unknown_key },
  };

  self->bridge.func (NULL, &status, self->bridge.user_data);
}

/**
 * mmp_stand_start:
 *
 * Returns: (transfer none): what was started for @connection
 */
MmpPlayed *
mmp_stand_start (MmpStand *self,
                 MmpConnection *connection)
{
  guint before = self->running->len;

  mmp_connection_start (connection);
  mmp_test_await (self->running->len > before);

  return g_ptr_array_index (self->running, before);
}

/**
 * mmp_stand_get_peer:
 *
 * Returns: (transfer none): the key of the other device
 */
const MmpPublicKey *
mmp_stand_get_peer (void)
{
  static MmpPublicKey peer;

  g_assert_true (mmp_public_key_from_text (PEER, &peer, NULL));

  return &peer;
}

/**
 * mmp_played_say:
 * @code: an #MmpError as the cause; -1: none
 *
 * The endpoint changes its state.
 */
void
mmp_played_say (MmpPlayed *self,
                MmpState state,
                MmpPath path,
                int code)
{
  g_autoptr (MmpStatus) status = mmp_status_new (state);

  status->path = path;
  status->has_device = state == MMP_STATE_CONNECTED;
  status->device = *mmp_stand_get_peer ();
  status->device_name = status->has_device ? g_strdup ("workshop") : NULL;
  status->rtt = state == MMP_STATE_CONNECTED ? 12.3 : -1;
  status->bytes_sent = state == MMP_STATE_CONNECTED ? 1234567 : 0;
  status->bytes_received = state == MMP_STATE_CONNECTED ? 7654321 : 0;
  status->local_candidate = path == MMP_PATH_DIRECT_UDP ? "host" : NULL;
  status->remote_candidate = path == MMP_PATH_DIRECT_UDP ? "srflx" : NULL;
  status->retry = state == MMP_STATE_RECONNECTING ? 12 : 0;
  if (code >= 0)
    status->cause = g_error_new_literal (MMP_ERROR, code, "because");
  self->funcs->status (self, status, self->user_data);
}

/**
 * mmp_played_measure:
 * @n: how many seconds of round trips there were until now
 */
void
mmp_played_measure (MmpPlayed *self,
                    guint n)
{
  MmpHistory *history = mmp_connection_get_history (MMP_CONNECTION (self->user_data));
  gint64 now = g_get_monotonic_time ();

  for (guint i = 0; i < n; i++)
    {
      gboolean lost = i % 23 == 22;
      double rtt = 12 + (double) ((i * 7919) % 11) / 2 + (i % 17 == 3 ? 14 : 0) + (i > n * 2 / 3 ? 20 : 0);

      mmp_history_add (history, now - (gint64) (n - i) * G_USEC_PER_SEC, lost ? -1 : rtt, i > n * 2 / 3 ? MMP_PATH_RELAY : MMP_PATH_DIRECT_UDP);
    }
  self->funcs->rtt (self, mmp_stand_get_peer (), 12.3, self->user_data);
}
