/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-saver.h"

#include <adwaita.h>

#include "mmp-text.h"

/**
 * mmp_saver_free:
 */
void
mmp_saver_free (MmpSaver *self)
{
  g_clear_pointer (&self->profile, mmp_profile_free);
  g_clear_pointer (&self->broker, mmp_broker_entry_free);
  g_clear_pointer (&self->password, mmp_secret_unref);
  g_clear_pointer (&self->local, mmp_broker_entry_free);
  g_clear_pointer (&self->local_password, mmp_secret_unref);
  g_clear_pointer (&self->turn_password, mmp_secret_unref);
  g_clear_pointer (&self->invitation, mmp_secret_unref);
  g_clear_pointer (&self->secret, mmp_secret_unref);
  g_free (self);
}

/* --- a key pair ----------------------------------------------------------------------------------------------------- */

static void
on_key_added (GObject *source,
              GAsyncResult *result,
              gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  char *id = mmp_account_add_key_finish (MMP_ACCOUNT (source), result, &error);

  if (id != NULL)
    g_task_return_pointer (task, id, g_free);
  else
    g_task_return_error (task, error);
}

/**
 * mmp_saver_ensure_key:
 * @classic: for the thesis's programs: always a new one
 *
 * Finds the oldest key pair of the account, or makes the first.
 */
void
mmp_saver_ensure_key (MmpAccount *account,
                      gboolean classic,
                      GAsyncReadyCallback callback,
                      gpointer user_data)
{
  GTask *task = g_task_new (account, NULL, callback, user_data);
  g_autoptr (GPtrArray) keys = mmp_entry_store_list (mmp_account_get_keys (account));
  g_autoptr (MmpKeyPair) pair = NULL;
  const MmpKeyEntry *oldest = NULL;

  for (guint i = 0; i < keys->len; i++)
    {
      const MmpKeyEntry *key = g_ptr_array_index (keys, i);

      if (!classic && key->use != MMP_KEY_USE_CLASSIC && (oldest == NULL || key->added < oldest->added))
        oldest = key;
    }
  if (oldest != NULL)
    {
      g_task_return_pointer (task, g_strdup (oldest->id), g_free);
      g_object_unref (task);
      return;
    }
  pair = mmp_key_pair_generate ();
  mmp_account_add_key_async (account, classic ? _ ("For applic-tunnel") : _ ("This Device"), pair, on_key_added, task);
}

/**
 * mmp_saver_ensure_key_finish:
 * @error: SECRETS
 *
 * Returns: (transfer full): the id of a key pair
 */
char *
mmp_saver_ensure_key_finish (GAsyncResult *result,
                             GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- a profile ------------------------------------------------------------------------------------------------------ */

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

static void
on_invitation_stored (GObject *source,
                      GAsyncResult *result,
                      gpointer user_data)
{
  /* Without it the other side asks its owner: that is no reason to give up. */
  mmp_account_store_secret_finish (MMP_ACCOUNT (source), result, NULL);
  store_next (user_data);
}

/* One after the other: each may ask a person to unlock the keyring. FALSE: there is none, or it was its turn already. */
static gboolean
store (GTask *task,
       MmpSecret **secret,
       char *id,
       const char *label)
{
  MmpSaver *self = g_task_get_task_data (task);
  GAsyncReadyCallback next = secret == &self->invitation ? on_invitation_stored : on_stored;
  g_autofree char *own = id;
  g_autoptr (MmpSecret) taken = g_steal_pointer (secret);

  if (taken == NULL)
    return FALSE;
  mmp_account_store_secret_async (g_task_get_source_object (task), own, label, taken, next, task);

  return TRUE;
}

/* Secrets first, the profile last, so that it is never without. */
static void
store_next (GTask *task)
{
  MmpSaver *self = g_task_get_task_data (task);
  MmpProfile *profile = self->profile;
  GError *error = NULL;

  if (store (task, &self->password, mmp_broker_entry_get_secret_id (profile->broker), self->broker != NULL ? self->broker->host : profile->name))
    return;
  if (store (task, &self->local_password, mmp_broker_entry_get_secret_id (profile->bridge->local), self->local != NULL ? self->local->host : profile->name))
    return;
  if (store (task, &self->turn_password, mmp_profile_get_turn_secret_id (profile->id), profile->turn[0] != NULL ? profile->turn[0] : profile->name))
    return;
  if (store (task, &self->invitation, g_strconcat ("invitation/", profile->id, NULL), profile->name))
    return;
  if (store (task, &self->secret, mmp_profile_bridge_get_secret_id (profile->bridge), profile->name))
    return;

  if (!mmp_profile_store_save (mmp_account_get_profiles (g_task_get_source_object (task)), profile, &error))
    {
      fail (task, error);
      return;
    }
  g_task_return_pointer (task, g_strdup (profile->id), g_free);
  g_object_unref (task);
}

static gboolean
is_same_broker (const MmpBrokerEntry *a,
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
  MmpEntryStore *store = mmp_account_get_brokers (account);
  g_autoptr (GPtrArray) brokers = mmp_entry_store_list (store);

  if (broker == NULL)
    return TRUE;
  for (guint i = 0; broker->id[0] == '\0' && i < brokers->len; i++)
    {
      const MmpBrokerEntry *known = g_ptr_array_index (brokers, i);

      if (is_same_broker (known, broker))
        g_set_str (&broker->id, known->id);
    }
  if (!mmp_entry_store_save (store, broker, error))
    return FALSE;
  g_set_str (id, broker->id);

  return TRUE;
}

static void
save_rest (GTask *task)
{
  MmpSaver *self = g_task_get_task_data (task);
  MmpAccount *account = g_task_get_source_object (task);
  g_autofree char *id = g_uuid_string_random ();
  GError *error = NULL;

  if (!save_broker (account, self->local, &self->profile->bridge->local, &error) || !save_broker (account, self->broker, &self->profile->broker, &error))
    {
      fail (task, error);
      return;
    }
  /* Secrets are kept under it. */
  if (self->profile->id[0] == '\0' && (self->turn_password != NULL || self->invitation != NULL))
    g_set_str (&self->profile->id, id);
  store_next (task);
}

static void
on_key_there (GObject *source,
              GAsyncResult *result,
              gpointer user_data)
{
  GTask *task = user_data;
  MmpSaver *self = g_task_get_task_data (task);
  GError *error = NULL;
  g_autofree char *id = mmp_saver_ensure_key_finish (result, &error);

  if (id == NULL)
    {
      fail (task, error);
      return;
    }
  g_set_str (&self->profile->key_pair, id);
  save_rest (task);
}

/**
 * mmp_saver_run:
 * @self: (transfer full): what to save
 */
void
mmp_saver_run (MmpSaver *self,
               MmpAccount *account,
               GAsyncReadyCallback callback,
               gpointer user_data)
{
  GTask *task = g_task_new (account, NULL, callback, user_data);

  g_task_set_task_data (task, self, (GDestroyNotify) mmp_saver_free);
  if (!mmp_profile_has_tunnel (self->profile) || self->profile->key_pair[0] != '\0')
    save_rest (task);
  else
    mmp_saver_ensure_key (account, self->profile->classic, on_key_there, task);
}

/**
 * mmp_saver_finish:
 * @error: SECRETS; FILE_INVALID; LIMIT
 *
 * Returns: (transfer full): the profile's id
 */
char *
mmp_saver_finish (GAsyncResult *result,
                  GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

/* --- no keyring ----------------------------------------------------------------------------------------------------- */

typedef void (*Again) (gpointer user_data);

typedef struct
{
  MmpAccount *account;
  GCallback again;
  gpointer user_data;
} Offer;

static void
offer_free (gpointer data,
            GClosure *closure)
{
  Offer *offer = data;

  g_object_unref (offer->account);
  g_free (offer);
}

static void
on_response (AdwAlertDialog *dialog,
             const char *response,
             Offer *offer)
{
  if (g_str_equal (response, "files"))
    mmp_account_use_key_files (offer->account);
  if (!g_str_equal (response, "cancel"))
    ((Again) offer->again) (offer->user_data);
}

/**
 * mmp_saver_offer_key_files:
 * @error: why the keyring did not do; the words for it are translated with those of `mmp`
 * @again: (scope async): tries again what failed; called with @user_data if the person wants to go on
 *
 * Where keys cannot be kept in a keyring, a person may choose files, knowing what that means.
 */
void
mmp_saver_offer_key_files (GtkWidget *parent,
                           MmpAccount *account,
                           const GError *error,
                           GCallback again,
                           gpointer user_data)
{
  AdwDialog *dialog = adw_alert_dialog_new (_ ("Keys Cannot Be Stored"), NULL);
  Offer *offer = g_new0 (Offer, 1);

  offer->account = g_object_ref (account);
  offer->again = again;
  offer->user_data = user_data;
  adw_alert_dialog_format_body (ADW_ALERT_DIALOG (dialog), _ ("They cannot be put in a keyring: %s. Unlock or install one and try again, or keep keys and passwords in files that only your account can read."), _ (error->message));
  adw_alert_dialog_add_responses (ADW_ALERT_DIALOG (dialog), "cancel", _ ("_Cancel"), "files", _ ("Store in _Files"), "again", _ ("_Try Again"), NULL);
  adw_alert_dialog_set_default_response (ADW_ALERT_DIALOG (dialog), "again");
  adw_alert_dialog_set_close_response (ADW_ALERT_DIALOG (dialog), "cancel");
  g_signal_connect_data (dialog, "response", G_CALLBACK (on_response), offer, offer_free, 0);
  adw_dialog_present (dialog, parent);
}
