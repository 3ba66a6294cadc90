/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-hub"

#include "base/mmp-error.h"
#include "hub/mmp-account-private.h"
#include "profile/mmp-profile-kind.h"

typedef struct
{
  MmpSecrets *secrets;
  char *id;
  char *label;
  MmpSecret *secret;
  MmpKeyEntry *entry; /* nullable: to be saved once its secret is kept */
} Store;

static void
store_free (gpointer data)
{
  Store *store = data;

  g_object_unref (store->secrets);
  g_free (store->id);
  g_free (store->label);
  mmp_secret_unref (store->secret);
  g_clear_pointer (&store->entry, mmp_key_entry_free);
  g_free (store);
}

static void
store_thread (GTask *task,
              gpointer source,
              gpointer data,
              GCancellable *cancellable)
{
  Store *store = data;
  GError *error = NULL;

  if (mmp_secrets_store (store->secrets, store->id, store->label, store->secret, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

/* Takes @id and @secret. */
static void
store_async (MmpAccount *self,
             char *id,
             const char *label,
             MmpSecret *secret,
             MmpKeyEntry *entry,
             GAsyncReadyCallback callback,
             gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, user_data);
  Store *store = g_new0 (Store, 1);

  store->secrets = g_object_ref (self->secrets);
  store->id = id;
  store->label = g_strdup (label);
  store->secret = secret;
  store->entry = entry;
  g_task_set_task_data (task, store, store_free);
  g_task_run_in_thread (task, store_thread);
}

/**
 * mmp_account_store_secret_async:
 * @id: `broker/UUID`, `invitation/UUID` or `turn/UUID`
 * @label: what a person sees in a program for keyrings
 *
 * Keeps a secret; takes as long as a person needs to unlock the keyring.
 */
void
mmp_account_store_secret_async (MmpAccount *self,
                                const char *id,
                                const char *label,
                                MmpSecret *secret,
                                GAsyncReadyCallback callback,
                                gpointer user_data)
{
  store_async (self, g_strdup (id), label, mmp_secret_ref (secret), NULL, callback, user_data);
}

/**
 * mmp_account_store_secret_finish:
 * @error: SECRETS
 */
gboolean
mmp_account_store_secret_finish (MmpAccount *self,
                                 GAsyncResult *result,
                                 GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

/**
 * mmp_account_add_key_async:
 * @name: for people
 * @key_pair: the pair, fresh or from elsewhere
 *
 * Keeps a key pair: its private half first, so that there is none without.
 */
void
mmp_account_add_key_async (MmpAccount *self,
                           const char *name,
                           MmpKeyPair *key_pair,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  MmpKeyEntry *entry = mmp_key_entry_new (name, mmp_key_pair_get_public (key_pair));

  g_free (entry->id);
  entry->id = g_uuid_string_random ();
  store_async (self, mmp_key_entry_get_secret_id (entry->id), name, mmp_key_pair_to_secret (key_pair), entry, callback, user_data);
}

/**
 * mmp_account_add_key_finish:
 * @error: SECRETS; FILE_INVALID
 *
 * Returns: (transfer full): the id of the key pair
 */
char *
mmp_account_add_key_finish (MmpAccount *self,
                            GAsyncResult *result,
                            GError **error)
{
  Store *store = g_task_get_task_data (G_TASK (result));

  if (!g_task_propagate_boolean (G_TASK (result), error) || !mmp_entry_store_save (self->keys, store->entry, error))
    return NULL;

  return g_strdup (store->entry->id);
}

/* --- export and import ---------------------------------------------------------------------------------------------- */

static gboolean
add_secret (MmpAccount *self,
            MmpBundle *bundle,
            char *id,
            GError **error)
{
  g_autoptr (GError) cause = NULL;
  MmpSecret *secret = mmp_secrets_lookup (self->secrets, id, &cause);

  if (secret != NULL)
    g_hash_table_replace (bundle->secrets, id, secret);
  else
    g_free (id);
  if (cause != NULL)
    g_propagate_error (error, g_steal_pointer (&cause));

  return secret != NULL || error == NULL || *error == NULL;
}

static gboolean
has_entry (GPtrArray *entries,
           const char *id)
{
  for (guint i = 0; i < entries->len; i++)
    {
      if (g_str_equal (*(char *const *) g_ptr_array_index (entries, i), id))
        return TRUE;
    }

  return FALSE;
}

static gboolean
add_broker (MmpAccount *self,
            MmpBundle *bundle,
            const char *id,
            gboolean with_secrets,
            GError **error)
{
  const MmpBrokerEntry *broker = mmp_entry_store_find (self->brokers, id);

  if (broker == NULL || has_entry (bundle->brokers, broker->id))
    return TRUE;
  g_ptr_array_add (bundle->brokers, mmp_broker_entry_copy (broker));

  return !with_secrets || broker->user[0] == '\0' || add_secret (self, bundle, mmp_broker_entry_get_secret_id (broker->id), error);
}

static gboolean
add_bridge (MmpAccount *self,
            MmpBundle *bundle,
            const MmpProfileBridge *bridge,
            gboolean with_secrets,
            GError **error)
{
  char *id = with_secrets ? mmp_profile_bridge_get_secret_id (bridge) : NULL;

  if (id != NULL && !add_secret (self, bundle, id, error))
    return FALSE;

  return add_broker (self, bundle, bridge->local, with_secrets, error) && add_broker (self, bundle, bridge->via, with_secrets, error);
}

static gboolean
add_profile (MmpAccount *self,
             MmpBundle *bundle,
             const char *id,
             gboolean with_secrets,
             GError **error)
{
  const MmpProfile *profile = mmp_profile_store_get (self->profiles, id, NULL);
  const MmpKeyEntry *key = profile != NULL ? mmp_entry_store_find (self->keys, profile->key_pair) : NULL;

  /* A broken one stays where it is. */
  if (profile == NULL)
    return TRUE;

  g_ptr_array_add (bundle->profiles, mmp_profile_copy (profile));
  if (with_secrets && profile->turn[0] != NULL && !add_secret (self, bundle, mmp_profile_get_turn_secret_id (profile->id), error))
    return FALSE;
  if (!add_broker (self, bundle, profile->broker, with_secrets, error))
    return FALSE;
  if (mmp_profile_has_rules (profile) && !add_bridge (self, bundle, profile->bridge, with_secrets, error))
    return FALSE;
  if (key != NULL && !has_entry (bundle->keys, key->id))
    {
      g_ptr_array_add (bundle->keys, mmp_key_entry_copy (key));
      if (with_secrets && !add_secret (self, bundle, mmp_key_entry_get_secret_id (key->id), error))
        return FALSE;
    }

  return TRUE;
}

/**
 * mmp_account_make_bundle:
 * @profiles: (nullable) (array zero-terminated=1): ids of those to take; %NULL: all, and the device list
 * @with_secrets: whether to read private keys and passwords, which may block
 * @error: SECRETS
 *
 * Returns: (transfer full): what mmp_bundle_encode() makes a file of
 */
MmpBundle *
mmp_account_make_bundle (MmpAccount *self,
                         const char *const *profiles,
                         gboolean with_secrets,
                         GError **error)
{
  g_autoptr (MmpBundle) bundle = mmp_bundle_new ();
  g_auto (GStrv) all = mmp_profile_store_list (self->profiles);
  g_autoptr (GError) cause = NULL;

  if (profiles == NULL)
    {
      g_ptr_array_unref (bundle->devices);
      bundle->devices = mmp_device_store_list (mmp_hub_get_devices (self->hub));
      profiles = (const char *const *) all;
    }
  for (guint i = 0; profiles[i] != NULL; i++)
    {
      if (!add_profile (self, bundle, profiles[i], with_secrets, &cause))
        {
          g_propagate_error (error, g_steal_pointer (&cause));
          return NULL;
        }
    }

  return g_steal_pointer (&bundle);
}

static gboolean
take_secrets (MmpAccount *self,
              const MmpBundle *bundle,
              GError **error)
{
  GHashTableIter iter;
  gpointer id;
  gpointer secret;

  g_hash_table_iter_init (&iter, bundle->secrets);
  while (g_hash_table_iter_next (&iter, &id, &secret))
    {
      if (!mmp_secrets_store (self->secrets, id, "Message Portal", secret, error))
        return FALSE;
    }

  return TRUE;
}

static gboolean
take_entries (MmpEntryStore *store,
              GPtrArray *entries,
              GError **error)
{
  for (guint i = 0; i < entries->len; i++)
    {
      gpointer entry = g_ptr_array_index (entries, i);

      if (mmp_entry_store_find (store, *(char *const *) entry) == NULL && !mmp_entry_store_save (store, entry, error))
        return FALSE;
    }

  return TRUE;
}

static gboolean
take_devices (MmpDeviceStore *store,
              GPtrArray *devices,
              GError **error)
{
  for (guint i = 0; i < devices->len; i++)
    {
      const MmpDevice *device = g_ptr_array_index (devices, i);
      gboolean trusted = device->standing == MMP_STANDING_TRUSTED;

      if (mmp_device_store_get_standing (store, &device->key) != MMP_STANDING_UNKNOWN)
        continue;
      if (!(trusted ? mmp_device_store_trust : mmp_device_store_block) (store, &device->key, device->name, error))
        return FALSE;
    }

  return TRUE;
}

/**
 * mmp_account_take_bundle:
 * @bundle: what was decoded, and unlocked if there are secrets in it
 * @n_new: (out): how many profiles came in; those that are there already stay as they are
 * @error: SECRETS; FILE_INVALID; LIMIT
 *
 * Takes it over: secrets first, profiles last, so that an interrupted import is just incomplete. May block.
 */
gboolean
mmp_account_take_bundle (MmpAccount *self,
                         const MmpBundle *bundle,
                         guint *n_new,
                         GError **error)
{
  *n_new = 0;
  if (!take_secrets (self, bundle, error) || !take_entries (self->brokers, bundle->brokers, error) || !take_entries (self->keys, bundle->keys, error) || !take_devices (mmp_hub_get_devices (self->hub), bundle->devices, error))
    return FALSE;

  for (guint i = 0; i < bundle->profiles->len; i++)
    {
      MmpProfile *profile = g_ptr_array_index (bundle->profiles, i);
      const GError *broken;

      if (mmp_profile_store_get (self->profiles, profile->id, &broken) != NULL || broken != NULL)
        continue;
      if (!mmp_profile_store_save (self->profiles, profile, error))
        return FALSE;
      (*n_new)++;
    }

  return TRUE;
}

/**
 * mmp_account_make_invitation:
 * @profile: a listener's
 * @error: INCOMPLETE: what it refers to was removed
 *
 * Returns: (transfer full): how to reach it, without a secret; mmp_hub_invite() adds one
 */
MmpInvitation *
mmp_account_make_invitation (MmpAccount *self,
                             const MmpProfile *profile,
                             GError **error)
{
  const MmpBrokerEntry *broker = mmp_entry_store_find (self->brokers, profile->broker);
  const MmpKeyEntry *key = mmp_entry_store_find (self->keys, profile->key_pair);
  const MmpProfilePort *service = profile->services->len > 0 ? g_ptr_array_index (profile->services, 0) : NULL;
  g_autoptr (MmpInvitation) invitation = g_new0 (MmpInvitation, 1);

  if (broker == NULL || key == NULL)
    {
      g_set_error_literal (error, MMP_ERROR, MMP_ERROR_INCOMPLETE, "the broker or key pair of this profile was removed");
      return NULL;
    }
  invitation->broker = mmp_mqtt_broker_new (broker->host, broker->port, broker->tls, error);
  if (invitation->broker == NULL)
    return NULL;
  invitation->listener = key->public_key;
  invitation->prefix = g_strdup (profile->prefix);
  invitation->service = service != NULL ? g_strdup (service->service) : NULL;
  invitation->name = g_strdup (profile->name);

  return g_steal_pointer (&invitation);
}
