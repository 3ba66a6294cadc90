/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-demo.h"

#include <glib/gi18n.h>
#include <glib/gstdio.h>

#define BROKER_PROGRAM "mosquitto"
#define TRY_EVERY_MS 50
#define TRIES 200

struct _MmpDemo
{
  GObject parent_instance;

  char *directory;
  MmpSecrets *secrets;
  MmpAccount *account;
  GSubprocess *broker;
  guint broker_port; /* where both sides meet */
  guint service_port; /* the private broker, which is shared */
  guint tries;
  guint try_source;
  GCancellable *cancellable;
  char *listener_key;
};

enum
{
  READY,
  FAILED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (MmpDemo, mmp_demo, G_TYPE_OBJECT)

static void
fail (MmpDemo *self,
      const char *message)
{
  g_signal_emit (self, signals[FAILED], 0, message);
}

/* --- the broker ----------------------------------------------------------------------------------------------------- */

static guint
find_port (void)
{
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();

  return g_socket_listener_add_any_inet_port (listener, NULL, NULL);
}

/* The Flatpak has one of its own; Debian has it where only the administrator's path leads. */
static char *
find_program (void)
{
  const char *const others[] = { MMP_LIBEXECDIR "/" BROKER_PROGRAM, "/usr/sbin/" BROKER_PROGRAM };
  char *path = g_find_program_in_path (BROKER_PROGRAM);

  for (guint i = 0; path == NULL && i < G_N_ELEMENTS (others); i++)
    if (g_file_test (others[i], G_FILE_TEST_IS_EXECUTABLE))
      path = g_strdup (others[i]);

  return path;
}

static gboolean
start_broker (MmpDemo *self,
              GError **error)
{
  g_autofree char *program = find_program ();
  g_autofree char *path = g_build_filename (self->directory, "mosquitto.conf", NULL);
  g_autoptr (GSubprocessLauncher) launcher = mmp_helper_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_SILENCE | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  g_autofree char *text = NULL;

  if (program == NULL)
    {
      g_set_error_literal (error, MMP_ERROR, MMP_ERROR_FAILED, _ ("The demo needs the broker “mosquitto”. Install it and try again."));
      return FALSE;
    }
  self->broker_port = find_port ();
  self->service_port = find_port ();
  text = g_strdup_printf ("listener %u 127.0.0.1\nallow_anonymous true\nlistener %u 127.0.0.1\nallow_anonymous true\npersistence false\nlog_type none\n", self->broker_port, self->service_port);
  if (!g_file_set_contents (path, text, -1, error))
    return FALSE;
  self->broker = g_subprocess_launcher_spawn (launcher, error, program, "-c", path, NULL);

  return self->broker != NULL;
}

/* --- the two sides -------------------------------------------------------------------------------------------------- */

static MmpProfile *
make_profile (MmpDemo *self,
              MmpProfileKind kind,
              const char *name,
              const char *key,
              const char *broker)
{
  MmpProfile *profile = mmp_profile_new (kind);

  g_set_str (&profile->name, name);
  g_set_str (&profile->key_pair, key);
  g_set_str (&profile->broker, broker);
  g_set_str (&profile->stun, "");
  profile->relay = MMP_PROFILE_RELAY_UNLIMITED;
  profile->access = MMP_PROFILE_ACCESS_TRUSTED;

  return profile;
}

static gboolean
save_and_start (MmpDemo *self,
                MmpProfile *profile,
                GError **error)
{
  if (!mmp_profile_store_save (mmp_account_get_profiles (self->account), profile, error))
    return FALSE;
  mmp_connection_start (mmp_account_find_connection (self->account, profile->id));

  return TRUE;
}

static gboolean
set_up (MmpDemo *self,
        const char *initiator_key,
        GError **error)
{
  g_autoptr (MmpBrokerEntry) broker = mmp_broker_entry_new ("127.0.0.1", self->broker_port, FALSE);
  const MmpKeyEntry *listener = mmp_entry_store_find (mmp_account_get_keys (self->account), self->listener_key);
  const MmpKeyEntry *initiator = mmp_entry_store_find (mmp_account_get_keys (self->account), initiator_key);
  g_autoptr (MmpProfile) shared = NULL;
  g_autoptr (MmpProfile) reached = NULL;

  if (!mmp_entry_store_save (mmp_account_get_brokers (self->account), broker, error) || !mmp_device_store_trust (mmp_account_get_devices (self->account), &initiator->public_key, _ ("Laptop on the road"), error))
    return FALSE;
  shared = make_profile (self, MMP_PROFILE_LISTENER, _ ("Broker at Home"), self->listener_key, broker->id);
  mmp_profile_add_service (shared, "default", "127.0.0.1", self->service_port);
  reached = make_profile (self, MMP_PROFILE_INITIATOR, _ ("Reach the Broker at Home"), initiator_key, broker->id);
  reached->has_device = TRUE;
  reached->device = listener->public_key;
  mmp_profile_add_forward (reached, "127.0.0.1", 0, "default");

  return save_and_start (self, shared, error) && save_and_start (self, reached, error);
}

static void
on_second_key (GObject *source,
               GAsyncResult *result,
               gpointer user_data)
{
  g_autoptr (MmpDemo) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *key = mmp_account_add_key_finish (MMP_ACCOUNT (source), result, &error);

  if (key != NULL && set_up (self, key, &error))
    g_signal_emit (self, signals[READY], 0);
  else
    fail (self, error->message);
}

static void
on_first_key (GObject *source,
              GAsyncResult *result,
              gpointer user_data)
{
  g_autoptr (MmpDemo) self = user_data;
  g_autoptr (MmpKeyPair) pair = mmp_key_pair_generate ();
  g_autoptr (GError) error = NULL;

  self->listener_key = mmp_account_add_key_finish (MMP_ACCOUNT (source), result, &error);
  if (self->listener_key != NULL)
    mmp_account_add_key_async (self->account, _ ("On the Road"), pair, on_second_key, g_object_ref (self));
  else
    fail (self, error->message);
}

static void try_broker (MmpDemo *self);

static gboolean
on_try_again (gpointer user_data)
{
  MmpDemo *self = user_data;

  self->try_source = 0;
  try_broker (self);

  return G_SOURCE_REMOVE;
}

static void
on_broker_answered (GObject *source,
                    GAsyncResult *result,
                    gpointer user_data)
{
  g_autoptr (MmpDemo) self = user_data;
  g_autoptr (GSocketConnection) connection = g_socket_client_connect_to_host_finish (G_SOCKET_CLIENT (source), result, NULL);
  g_autoptr (MmpKeyPair) pair = NULL;

  if (g_cancellable_is_cancelled (self->cancellable))
    return;
  if (connection != NULL)
    {
      pair = mmp_key_pair_generate ();
      mmp_account_add_key_async (self->account, _ ("At Home"), pair, on_first_key, g_object_ref (self));
    }
  else if (++self->tries < TRIES)
    {
      self->try_source = g_timeout_add (TRY_EVERY_MS, on_try_again, self);
    }
  else
    {
      fail (self, _ ("The demo’s broker does not start. Close other programs and try again."));
    }
}

static void
try_broker (MmpDemo *self)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();

  g_socket_client_connect_to_host_async (client, "127.0.0.1", (guint16) self->broker_port, self->cancellable, on_broker_answered, g_object_ref (self));
}

/* --- the object ----------------------------------------------------------------------------------------------------- */

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) directory = g_dir_open (path, 0, NULL);
  const char *name;

  while (directory != NULL && (name = g_dir_read_name (directory)) != NULL)
    {
      g_autofree char *file = g_build_filename (path, name, NULL);

      if (g_file_test (file, G_FILE_TEST_IS_DIR) && !g_file_test (file, G_FILE_TEST_IS_SYMLINK))
        remove_tree (file);
      else
        g_unlink (file);
    }
  g_rmdir (path);
}

static void
mmp_demo_dispose (GObject *object)
{
  MmpDemo *self = MMP_DEMO (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->try_source, g_source_remove);
  g_clear_object (&self->account);
  if (self->broker != NULL)
    g_subprocess_force_exit (self->broker);
  g_clear_object (&self->broker);
  if (self->directory != NULL)
    remove_tree (self->directory);
  g_clear_pointer (&self->directory, g_free);

  G_OBJECT_CLASS (mmp_demo_parent_class)->dispose (object);
}

static void
mmp_demo_finalize (GObject *object)
{
  MmpDemo *self = MMP_DEMO (object);

  g_object_unref (self->cancellable);
  g_clear_object (&self->secrets);
  g_free (self->listener_key);

  G_OBJECT_CLASS (mmp_demo_parent_class)->finalize (object);
}

static void
mmp_demo_class_init (MmpDemoClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = mmp_demo_dispose;
  G_OBJECT_CLASS (klass)->finalize = mmp_demo_finalize;
  signals[READY] = g_signal_new ("ready", MMP_TYPE_DEMO, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[FAILED] = g_signal_new ("failed", MMP_TYPE_DEMO, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
mmp_demo_init (MmpDemo *self)
{
  self->cancellable = g_cancellable_new ();
}

/**
 * mmp_demo_new:
 * @error: there is no broker to start, or no room for files
 *
 * Returns: (transfer full): a demo on its way
 */
MmpDemo *
mmp_demo_new (GError **error)
{
  g_autoptr (MmpDemo) self = g_object_new (MMP_TYPE_DEMO, NULL);

  self->directory = g_dir_make_tmp ("message-portal-demo-XXXXXX", error);
  if (self->directory == NULL || !start_broker (self, error))
    return NULL;
  self->secrets = mmp_memory_secrets_new ();
  self->account = mmp_account_new (self->directory, self->secrets, error);
  if (self->account == NULL)
    return NULL;
  try_broker (self);

  return g_steal_pointer (&self);
}

/**
 * mmp_demo_get_account:
 *
 * Returns: (transfer none): its account
 */
MmpAccount *
mmp_demo_get_account (MmpDemo *self)
{
  return self->account;
}
