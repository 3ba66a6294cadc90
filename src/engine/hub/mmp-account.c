/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-hub"

#include "hub/mmp-account.h"
#include "hub/mmp-account-private.h"

#include "base/mmp-error.h"
#include "hub/mmp-connection-config.h"
#include "hub/mmp-examination.h"
#include "hub/mmp-hub-classic.h"
#include "profile/mmp-profile-kind.h"

#define DIRECTORY_NAME "message-portal"
/* If this folder is there, a person chose to keep secrets in files. */
#define SECRETS_NAME "secrets"

G_DEFINE_FINAL_TYPE (MmpAccount, mmp_account, G_TYPE_OBJECT)

/* --- running -------------------------------------------------------------------------------------------------------- */

/* Whoever reads what the thesis's programs say may keep a key's messages for later: no key is used for both. */
static gboolean
claim_key (MmpAccount *self,
           const MmpProfile *profile,
           GError **error)
{
  const MmpKeyEntry *key = mmp_entry_store_find (self->keys, profile->key_pair);
  MmpKeyUse use = profile->classic ? MMP_KEY_USE_CLASSIC : MMP_KEY_USE_V1;
  g_autoptr (MmpKeyEntry) claimed = NULL;

  if (key->use == use)
    return TRUE;
  if (key->use != MMP_KEY_USE_NONE)
    {
      g_set_error_literal (error, MMP_ERROR, MMP_ERROR_KEY_USE, profile->classic ? "the key pair of this profile is one of version 1" : "the key pair of this profile is one of the classic mode");
      return FALSE;
    }
  claimed = mmp_key_entry_copy (key);
  claimed->use = use;

  return mmp_entry_store_save (self->keys, claimed, error);
}

static MmpEndpointConfig *
configure (gpointer data,
           const MmpProfile *profile,
           GError **error)
{
  MmpAccount *self = data;
  const MmpBrokerEntry *broker = mmp_entry_store_find (self->brokers, profile->broker);
  g_autoptr (MmpProfile) complete = mmp_profile_copy (profile);

  if (broker == NULL || mmp_entry_store_find (self->keys, profile->key_pair) == NULL)
    {
      g_set_error_literal (error, MMP_ERROR, MMP_ERROR_INCOMPLETE, broker == NULL ? "the broker of this profile was removed" : "the key pair of this profile was removed");
      return NULL;
    }
  if (!claim_key (self, profile, error))
    return NULL;
  /* That there is a local broker, the plan has seen to. */
  if (profile->kind == MMP_PROFILE_PORTAL)
    mmp_bridge_plan_add_ports (complete, mmp_entry_store_find (self->brokers, profile->bridge->local));

  return mmp_connection_config_new (complete, broker, MMP_TRUST (mmp_hub_get_trust (self->hub)), error);
}

static MmpBridgePlan *
plan (gpointer data,
      const MmpProfile *profile,
      GError **error)
{
  MmpAccount *self = data;
  const char *far = profile->kind == MMP_PROFILE_PORTAL && profile->bridge->via[0] != '\0' ? profile->bridge->via : profile->broker;

  return mmp_bridge_plan_new (profile, mmp_entry_store_find (self->brokers, profile->bridge->local), mmp_entry_store_find (self->brokers, far), error);
}

static gpointer
start_bridge (gpointer data,
              const MmpBridgeConfig *config,
              MmpBridgeFunc func,
              gpointer user_data,
              GError **error)
{
  return mmp_hub_start_bridge (((MmpAccount *) data)->hub, config, func, user_data, error);
}

static gboolean
set_rules (gpointer data,
           gpointer bridge,
           GPtrArray *rules,
           GError **error)
{
  return mmp_bridge_set_rules (bridge, rules, error);
}

static gpointer
start (gpointer data,
       MmpProfileKind kind,
       const MmpEndpointConfig *config,
       const MmpEndpointFuncs *funcs,
       gpointer user_data)
{
  MmpAccount *self = data;

  if (config->classic)
    return kind == MMP_PROFILE_LISTENER ? mmp_hub_classic_start_listener (self->hub, config, funcs, user_data) : mmp_hub_classic_start_initiator (self->hub, config, funcs, user_data);
  if (kind == MMP_PROFILE_LISTENER)
    return mmp_hub_start_listener (self->hub, config, funcs, user_data);

  return mmp_hub_start_initiator (self->hub, config, funcs, user_data);
}

static void
stop (gpointer data,
      gpointer endpoint)
{
  mmp_hub_stop (((MmpAccount *) data)->hub, endpoint);
}

static gboolean
answer (gpointer data,
        gpointer endpoint,
        const MmpPublicKey *device,
        const char *name,
        MmpAnswer given,
        GError **error)
{
  return mmp_hub_answer (((MmpAccount *) data)->hub, endpoint, device, name, given, error);
}

static void
disconnect (gpointer data,
            gpointer endpoint,
            const MmpPublicKey *device)
{
  mmp_hub_disconnect (((MmpAccount *) data)->hub, endpoint, device);
}

/* --- following the disk --------------------------------------------------------------------------------------------- */

static guint
find_position (MmpAccount *self,
               const char *id)
{
  GListModel *model = G_LIST_MODEL (self->connections);
  guint n = g_list_model_get_n_items (model);

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (MmpConnection) connection = g_list_model_get_item (model, i);

      if (g_str_equal (mmp_connection_get_id (connection), id))
        return i;
    }

  return n;
}

static void
bring_up_to_date (MmpAccount *self,
                  MmpConnection *connection)
{
  const GError *broken;
  const MmpProfile *profile = mmp_profile_store_get (self->profiles, mmp_connection_get_id (connection), &broken);

  mmp_connection_set_profile (connection, profile, broken);
}

static void
on_added (MmpAccount *self,
          const char *id)
{
  g_autoptr (MmpConnection) connection = mmp_connection_new (id, &self->runner);

  bring_up_to_date (self, connection);
  g_list_store_append (self->connections, connection);
}

static void
on_changed (MmpAccount *self,
            const char *id)
{
  MmpConnection *connection = mmp_account_find_connection (self, id);

  if (connection != NULL)
    bring_up_to_date (self, connection);
}

static void
on_removed (MmpAccount *self,
            const char *id)
{
  guint position = find_position (self, id);
  g_autoptr (MmpConnection) connection = g_list_model_get_item (G_LIST_MODEL (self->connections), position);

  if (connection == NULL)
    return;
  mmp_connection_stop (connection);
  g_list_store_remove (self->connections, position);
}

/* --- the object ----------------------------------------------------------------------------------------------------- */

static void
mmp_account_dispose (GObject *object)
{
  MmpAccount *self = MMP_ACCOUNT (object);

  if (self->profiles != NULL)
    g_signal_handlers_disconnect_by_data (self->profiles, self);
  if (self->hub != NULL)
    mmp_account_stop (self);
  g_clear_object (&self->connections);
  g_clear_object (&self->profiles);
  g_clear_object (&self->brokers);
  g_clear_object (&self->keys);
  g_clear_object (&self->secrets);
  g_clear_pointer (&self->hub, mmp_hub_free);

  G_OBJECT_CLASS (mmp_account_parent_class)->dispose (object);
}

static void
mmp_account_finalize (GObject *object)
{
  g_free (MMP_ACCOUNT (object)->directory);

  G_OBJECT_CLASS (mmp_account_parent_class)->finalize (object);
}

static void
mmp_account_class_init (MmpAccountClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = mmp_account_dispose;
  G_OBJECT_CLASS (klass)->finalize = mmp_account_finalize;
}

static void
mmp_account_init (MmpAccount *self)
{
  self->connections = g_list_store_new (MMP_TYPE_CONNECTION);
}

static MmpSecrets *
choose_secrets (const char *directory)
{
  g_autofree char *path = g_build_filename (directory, SECRETS_NAME, NULL);

  return g_file_test (path, G_FILE_TEST_IS_DIR) ? mmp_file_secrets_new (path) : mmp_keyring_secrets_new ();
}

static gboolean
open_stores (MmpAccount *self,
             GError **error)
{
  self->hub = mmp_hub_new (self->directory, error);
  self->brokers = self->hub != NULL ? mmp_entry_store_new (self->directory, &mmp_broker_entry_kind, error) : NULL;
  self->keys = self->brokers != NULL ? mmp_entry_store_new (self->directory, &mmp_key_entry_kind, error) : NULL;
  self->profiles = self->keys != NULL ? mmp_profile_store_new (self->directory, error) : NULL;

  return self->profiles != NULL;
}

/**
 * mmp_account_new_with_runner:
 * @runner: (nullable): who runs endpoints, for tests; %NULL: the hub
 *
 * As mmp_account_new().
 */
MmpAccount *
mmp_account_new_with_runner (const char *directory,
                             MmpSecrets *secrets,
                             const MmpRunner *runner,
                             GError **error)
{
  g_autoptr (MmpAccount) self = g_object_new (MMP_TYPE_ACCOUNT, NULL);
  g_auto (GStrv) ids = NULL;

  self->directory = directory != NULL ? g_strdup (directory) : g_build_filename (g_get_user_data_dir (), DIRECTORY_NAME, NULL);
  if (!open_stores (self, error))
    return NULL;

  self->secrets = secrets != NULL ? g_object_ref (secrets) : choose_secrets (self->directory);
  if (runner != NULL)
    self->runner = *runner;
  else
    self->runner = (MmpRunner) { .start = start, .stop = stop, .answer = answer, .disconnect = disconnect, .plan = plan, .start_bridge = start_bridge, .set_rules = set_rules, .data = self };
  if (self->runner.configure == NULL)
    {
      self->runner.configure = configure;
    }
  self->runner.directory = self->directory;
  self->runner.secrets = self->secrets;
  g_signal_connect_swapped (self->profiles, "added", G_CALLBACK (on_added), self);
  g_signal_connect_swapped (self->profiles, "changed", G_CALLBACK (on_changed), self);
  g_signal_connect_swapped (self->profiles, "removed", G_CALLBACK (on_removed), self);
  ids = mmp_profile_store_list (self->profiles);
  for (guint i = 0; ids[i] != NULL; i++)
    on_added (self, ids[i]);

  return g_steal_pointer (&self);
}

/**
 * mmp_account_new:
 * @directory: (nullable): where this account's files are; %NULL for `$XDG_DATA_HOME/message-portal`. It is made if it is
 *   missing
 * @secrets: (nullable): where secrets are kept; %NULL: in files if the folder `secrets` is there, else in the keyring
 * @error: FILE_INVALID: a list is broken or cannot be read; NOT_WRITABLE, DISK_FULL: its folder cannot be made; a broken
 *   profile is no error
 *
 * Returns: (transfer full): the account; nothing runs yet
 */
MmpAccount *
mmp_account_new (const char *directory,
                 MmpSecrets *secrets,
                 GError **error)
{
  return mmp_account_new_with_runner (directory, secrets, NULL, error);
}

/**
 * mmp_account_stop:
 *
 * Stops everything that runs in this process.
 */
void
mmp_account_stop (MmpAccount *self)
{
  GListModel *model = G_LIST_MODEL (self->connections);

  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (MmpConnection) connection = g_list_model_get_item (model, i);

      if (connection->examination != NULL)
        mmp_examination_cancel (connection->examination);
      mmp_connection_stop (connection);
    }
}

/**
 * mmp_account_get_directory:
 *
 * Returns: (transfer none): where its files are
 */
const char *
mmp_account_get_directory (MmpAccount *self)
{
  return self->directory;
}

/**
 * mmp_account_get_hub:
 *
 * Returns: (transfer none): what runs
 */
MmpHub *
mmp_account_get_hub (MmpAccount *self)
{
  return self->hub;
}

/**
 * mmp_account_get_connections:
 *
 * Returns: (transfer none): a list of #MmpConnection, one for each profile, in no order
 */
GListModel *
mmp_account_get_connections (MmpAccount *self)
{
  return G_LIST_MODEL (self->connections);
}

/**
 * mmp_account_find_connection:
 * @id: a profile's
 *
 * Returns: (transfer none) (nullable): its connection
 */
MmpConnection *
mmp_account_find_connection (MmpAccount *self,
                             const char *id)
{
  g_autoptr (MmpConnection) connection = g_list_model_get_item (G_LIST_MODEL (self->connections), find_position (self, id));

  return connection; /* the list holds it */
}

/**
 * mmp_account_get_profiles:
 *
 * Returns: (transfer none): the profiles on the disk
 */
MmpProfileStore *
mmp_account_get_profiles (MmpAccount *self)
{
  return self->profiles;
}

/**
 * mmp_account_get_brokers:
 *
 * Returns: (transfer none): a store of #MmpBrokerEntry
 */
MmpEntryStore *
mmp_account_get_brokers (MmpAccount *self)
{
  return self->brokers;
}

/**
 * mmp_account_get_keys:
 *
 * Returns: (transfer none): a store of #MmpKeyEntry
 */
MmpEntryStore *
mmp_account_get_keys (MmpAccount *self)
{
  return self->keys;
}

/**
 * mmp_account_has_key:
 * @key: of some device
 *
 * Returns: whether it is one of the account's own
 */
gboolean
mmp_account_has_key (MmpAccount *self,
                     const MmpPublicKey *key)
{
  g_autoptr (GPtrArray) keys = mmp_entry_store_list (self->keys);

  for (guint i = 0; i < keys->len; i++)
    {
      const MmpKeyEntry *entry = g_ptr_array_index (keys, i);

      if (mmp_public_key_equal (&entry->public_key, key))
        return TRUE;
    }

  return FALSE;
}

/**
 * mmp_account_get_devices:
 *
 * Returns: (transfer none): the list of trusted and blocked devices
 */
MmpDeviceStore *
mmp_account_get_devices (MmpAccount *self)
{
  return mmp_hub_get_devices (self->hub);
}

/**
 * mmp_account_get_secrets:
 *
 * Returns: (transfer none): where private keys and passwords are
 */
MmpSecrets *
mmp_account_get_secrets (MmpAccount *self)
{
  return self->secrets;
}

/**
 * mmp_account_use_key_files:
 *
 * A person's choice where there is no keyring: from now on secrets are kept in files of mode 0600.
 */
void
mmp_account_use_key_files (MmpAccount *self)
{
  g_autofree char *path = g_build_filename (self->directory, SECRETS_NAME, NULL);

  g_mkdir_with_parents (path, 0700);
  g_object_unref (self->secrets);
  self->secrets = mmp_file_secrets_new (path);
  self->runner.secrets = self->secrets;
}
