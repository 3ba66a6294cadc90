/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-bridge-saver.h"

#include "mmp-saver.h"

/**
 * mmp_bridge_saver_free:
 */
void
mmp_bridge_saver_free (MmpBridgeSaver *self)
{
  mmp_profile_free (self->profile);
  mmp_broker_entry_free (self->local);
  g_clear_pointer (&self->local_password, mmp_secret_unref);
  mmp_broker_entry_free (self->far);
  g_clear_pointer (&self->far_password, mmp_secret_unref);
  g_clear_pointer (&self->secret, mmp_secret_unref);
  g_free (self);
}

static void
fail (GTask *task,
      GError *error)
{
  g_task_return_error (task, error);
  g_object_unref (task);
}

static void store_next (GTask *task);

static void
on_stored (GObject *source,
           GAsyncResult *result,
           gpointer user_data)
{
  GTask *task = user_data;
  GError *error = NULL;

  if (mmp_account_store_secret_finish (MMP_ACCOUNT (source), result, &error))
    store_next (task);
  else
    fail (task, error);
}

/* One after the other: each may ask a person to unlock the keyring. */
static gboolean
store (GTask *task,
       MmpSecret **secret,
       char *id,
       const char *label)
{
  g_autofree char *own = id;
  g_autoptr (MmpSecret) taken = g_steal_pointer (secret);

  if (taken == NULL)
    return FALSE;
  mmp_account_store_secret_async (g_task_get_source_object (task), own, label, taken, on_stored, task);

  return TRUE;
}

static void
store_next (GTask *task)
{
  MmpBridgeSaver *self = g_task_get_task_data (task);
  MmpAccount *account = g_task_get_source_object (task);
  GError *error = NULL;

  if (store (task, &self->local_password, mmp_broker_entry_get_secret_id (self->local->id), self->local->host) || store (task, &self->far_password, mmp_broker_entry_get_secret_id (self->far->id), self->far->host) || store (task, &self->secret, mmp_profile_bridge_get_secret_id (self->profile->bridge), self->profile->name))
    return;
  if (!mmp_profile_store_save (mmp_account_get_profiles (account), self->profile, &error))
    {
      fail (task, error);
      return;
    }
  g_task_return_pointer (task, g_strdup (self->profile->id), g_free);
  g_object_unref (task);
}

static gboolean
is_same (const MmpBrokerEntry *a,
         const MmpBrokerEntry *b)
{
  return g_ascii_strcasecmp (a->host, b->host) == 0 && a->port == b->port && a->tls == b->tls && g_str_equal (a->user, b->user) && g_str_equal (a->ca_file, b->ca_file);
}

/* A new one that is there already is that one. */
static gboolean
save_broker (MmpAccount *account,
             MmpBrokerEntry *broker,
             char **id,
             GError **error)
{
  MmpEntryStore *entries = mmp_account_get_brokers (account);
  g_autoptr (GPtrArray) brokers = mmp_entry_store_list (entries);

  for (guint i = 0; broker->id[0] == '\0' && i < brokers->len; i++)
    {
      if (is_same (g_ptr_array_index (brokers, i), broker))
        g_set_str (&broker->id, ((MmpBrokerEntry *) g_ptr_array_index (brokers, i))->id);
    }
  if (!mmp_entry_store_save (entries, broker, error))
    return FALSE;
  g_set_str (id, broker->id);

  return TRUE;
}

static void
save_brokers (GTask *task)
{
  MmpBridgeSaver *self = g_task_get_task_data (task);
  MmpAccount *account = g_task_get_source_object (task);
  GError *error = NULL;

  if (save_broker (account, self->local, &self->profile->bridge->local, &error) && save_broker (account, self->far, &self->profile->broker, &error))
    store_next (task);
  else
    fail (task, error);
}

static void
on_key_there (GObject *source,
              GAsyncResult *result,
              gpointer user_data)
{
  GTask *task = user_data;
  MmpBridgeSaver *self = g_task_get_task_data (task);
  GError *error = NULL;
  g_autofree char *id = mmp_saver_ensure_key_finish (result, &error);

  if (id == NULL)
    {
      fail (task, error);
      return;
    }
  g_set_str (&self->profile->key_pair, id);
  save_brokers (task);
}

/**
 * mmp_bridge_saver_run:
 * @self: (transfer full): what to save
 */
void
mmp_bridge_saver_run (MmpBridgeSaver *self,
                      MmpAccount *account,
                      GAsyncReadyCallback callback,
                      gpointer user_data)
{
  GTask *task = g_task_new (account, NULL, callback, user_data);

  g_task_set_task_data (task, self, (GDestroyNotify) mmp_bridge_saver_free);
  if (!mmp_profile_has_tunnel (self->profile) || self->profile->key_pair[0] != '\0')
    save_brokers (task);
  else
    mmp_saver_ensure_key (account, FALSE, on_key_there, task);
}

/**
 * mmp_bridge_saver_finish:
 * @error: SECRETS; FILE_INVALID; LIMIT
 *
 * Returns: (transfer full): the profile's id
 */
char *
mmp_bridge_saver_finish (GAsyncResult *result,
                         GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}
