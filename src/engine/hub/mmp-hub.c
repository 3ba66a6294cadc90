/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-hub"

#include "hub/mmp-hub.h"
#include "hub/mmp-hub-private.h"

#include <gio/gio.h>
#include <libdex.h>
#include <sys/resource.h>

#include "base/mmp-context.h"
#include "base/mmp-error.h"
#include "crypto/mmp-crypto.h"
#include "hub/mmp-hub-memory.h"

#define DIRECTORY_NAME "message-portal"
#define BRIDGES_NAME "bridges"
#define LISTENER_FILE "listener"
/* All listeners of the command line take the same invitations; which one is meant, its key in the invitation says. */
#define INVITATION_PROFILE "default"
#define LISTENER_FILE_MAX 4096
/* A direct path takes up to 19 descriptors, a stream one more. */
#define FILES_WANTED 65536
/* A changing network says so several times. */
#define NETWORK_SETTLES_MS 1000

/* What may be left to do on control when everything has stopped; no more, since a source of somebody else may never rest. */
#define COMMANDS_MAX 1000

struct _MmpHub
{
  char *directory;
  MmpIoThread *io;
  MmpDeviceStore *devices;
  MmpInvitationStore *invitations;
  MmpHubMemory *memory;
  MmpHubTrust *trust;
  GPtrArray *endpoints; /* Endpoint */
  GNetworkMonitor *network; /* the process's */
  gulong network_handler;
  gulong trust_handler;
  guint kick_source;
};

/* A listener, an initiator or a bridge */
typedef struct
{
  gpointer object;
  const MmpHubKind *kind;
} Endpoint;

static void
listener_stop (gpointer endpoint)
{
  mmp_listener_stop (endpoint);
}

static void
listener_kick (gpointer endpoint)
{
  mmp_listener_kick (endpoint);
}

static void
listener_trust_changed (gpointer endpoint)
{
  mmp_listener_trust_changed (endpoint);
}

static void
listener_set_direct (gpointer endpoint,
                     gboolean direct)
{
  mmp_listener_set_direct (endpoint, direct);
}

static void
initiator_stop (gpointer endpoint)
{
  mmp_initiator_stop (endpoint);
}

static void
initiator_kick (gpointer endpoint)
{
  mmp_initiator_kick (endpoint);
}

static void
initiator_set_direct (gpointer endpoint,
                      gboolean direct)
{
  mmp_initiator_set_direct (endpoint, direct);
}

static void
bridge_stop (gpointer endpoint)
{
  mmp_bridge_stop (endpoint);
}

static void
bridge_kick (gpointer endpoint)
{
  mmp_bridge_kick (endpoint);
}

static void
listener_disconnect (gpointer endpoint,
                     const MmpPublicKey *device)
{
  mmp_listener_disconnect (endpoint, device);
}

static const MmpHubKind listener_kind = { .stop = listener_stop, .kick = listener_kick, .trust_changed = listener_trust_changed, .set_direct = listener_set_direct, .disconnect = listener_disconnect };
static const MmpHubKind initiator_kind = { .stop = initiator_stop, .kick = initiator_kick, .set_direct = initiator_set_direct };
static const MmpHubKind bridge_kind = { .stop = bridge_stop, .kick = bridge_kick };

static void
endpoint_free (gpointer data)
{
  Endpoint *endpoint = data;

  endpoint->kind->stop (endpoint->object);
  g_object_unref (endpoint->object);
  g_free (endpoint);
}

/* Many peers need many descriptors; the soft limit is usually 1,024. */
static void
raise_file_limit (void)
{
  struct rlimit limit;

  if (getrlimit (RLIMIT_NOFILE, &limit) != 0)
    return;
  limit.rlim_cur = MAX (limit.rlim_cur, MIN (limit.rlim_max, FILES_WANTED));
  if (setrlimit (RLIMIT_NOFILE, &limit) != 0)
    g_debug ("the limit of open files cannot be raised");
}

static gboolean
on_network_settled (gpointer user_data)
{
  MmpHub *self = user_data;

  self->kick_source = 0;
  mmp_hub_kick (self);

  return G_SOURCE_REMOVE;
}

static void
on_network_changed (MmpHub *self)
{
  g_clear_handle_id (&self->kick_source, g_source_remove);
  self->kick_source = g_timeout_add (NETWORK_SETTLES_MS, on_network_settled, self);
}

static void
on_trust_changed (MmpHub *self)
{
  for (guint i = 0; i < self->endpoints->len; i++)
    {
      const Endpoint *endpoint = g_ptr_array_index (self->endpoints, i);

      if (endpoint->kind->trust_changed != NULL)
        endpoint->kind->trust_changed (endpoint->object);
    }
}

/* What only running things need: a program that just changes a list does without. */
GMainContext *
mmp_hub_ensure_io (MmpHub *self)
{
  if (self->io == NULL)
    {
      dex_init ();
      raise_file_limit ();
      self->io = mmp_io_thread_new ();
      self->network = g_object_ref (g_network_monitor_get_default ());
      self->network_handler = g_signal_connect_swapped (self->network, "network-changed", G_CALLBACK (on_network_changed), self);
    }

  return mmp_io_thread_get_context (self->io);
}

/* @config, and what this account remembers of its devices */
MmpEndpointConfig *
mmp_hub_add_memory (MmpHub *self,
                    const MmpEndpointConfig *config)
{
  return mmp_hub_memory_add (self->memory, config);
}

/* Takes @endpoint, which was made and not yet started: it is stopped by mmp_hub_stop() or mmp_hub_free(). */
void
mmp_hub_add (MmpHub *self,
             gpointer endpoint,
             const MmpHubKind *kind)
{
  Endpoint *added = g_new0 (Endpoint, 1);

  added->object = endpoint;
  added->kind = kind;
  g_ptr_array_add (self->endpoints, added);
}

/**
 * mmp_hub_new:
 * @directory: (nullable): where this account's files are; %NULL for `$XDG_DATA_HOME/message-portal`. It is made if it is
 *   missing
 * @error: FILE_INVALID: a file there is broken or cannot be read
 *
 * Reads the lists of devices and invitations. What running things need of the process (fibers, the I/O thread, the limit
 * of open files) is set up with the first of them.
 *
 * Returns: (transfer full): nothing runs yet
 */
MmpHub *
mmp_hub_new (const char *directory,
             GError **error)
{
  g_autoptr (MmpHub) self = g_new0 (MmpHub, 1);

  mmp_crypto_init ();

  self->directory = directory != NULL ? g_strdup (directory) : g_build_filename (g_get_user_data_dir (), DIRECTORY_NAME, NULL);
  self->endpoints = g_ptr_array_new_with_free_func (endpoint_free);
  self->devices = mmp_device_store_new (self->directory, error);
  if (self->devices == NULL)
    return NULL;
  self->invitations = mmp_invitation_store_new (self->directory, INVITATION_PROFILE, error);
  if (self->invitations == NULL)
    return NULL;

  self->memory = mmp_hub_memory_new (self->directory, self->devices, error);
  if (self->memory == NULL)
    return NULL;

  self->trust = mmp_hub_trust_new (self->devices, self->invitations);
  self->trust_handler = g_signal_connect_swapped (self->trust, "changed", G_CALLBACK (on_trust_changed), self);

  return g_steal_pointer (&self);
}

/* The I/O thread has ended; peers that it let go of are closed on this one, so that TURN servers get their allocations back and
 * the other sides need not wait for a time-out. */
static void
finish_commands (void)
{
  for (guint i = 0; i < COMMANDS_MAX && g_main_context_iteration (NULL, FALSE); i++)
    ;
}

/**
 * mmp_hub_free:
 *
 * Stops what runs, tells the other sides, and waits for what is torn down in the background.
 */
void
mmp_hub_free (MmpHub *self)
{
  if (self->network != NULL)
    g_clear_signal_handler (&self->network_handler, self->network);
  if (self->trust != NULL)
    g_clear_signal_handler (&self->trust_handler, self->trust);
  g_clear_handle_id (&self->kick_source, g_source_remove);
  g_ptr_array_unref (self->endpoints);
  g_clear_pointer (&self->io, mmp_io_thread_free);
  finish_commands ();
  mmp_peer_wait_for_teardowns ();
  g_clear_object (&self->network);
  g_clear_object (&self->trust);
  g_clear_object (&self->invitations);
  g_clear_pointer (&self->memory, mmp_hub_memory_free);
  g_clear_object (&self->devices);
  g_free (self->directory);
  g_free (self);
}

/**
 * mmp_hub_get_devices:
 *
 * Returns: (transfer none): the list of trusted and blocked devices
 */
MmpDeviceStore *
mmp_hub_get_devices (MmpHub *self)
{
  return self->devices;
}

/**
 * mmp_hub_get_trust:
 *
 * Returns: (transfer none): whom listeners trust, for #MmpEndpointConfig
 */
MmpHubTrust *
mmp_hub_get_trust (MmpHub *self)
{
  return self->trust;
}

/**
 * mmp_hub_load_key_pair:
 * @error: KEY_FILE
 *
 * The key pair that this account uses where none is given. It is made when it is needed first.
 *
 * Returns: (transfer full): a key pair
 */
MmpKeyPair *
mmp_hub_load_key_pair (MmpHub *self,
                       GError **error)
{
  g_autofree char *path = g_build_filename (self->directory, "key.private", NULL);
  g_autoptr (MmpKeyPair) key_pair = NULL;

  if (g_file_test (path, G_FILE_TEST_EXISTS))
    return mmp_key_pair_load (path, error);

  key_pair = mmp_key_pair_generate ();
  if (!mmp_key_pair_save (key_pair, self->directory, FALSE, error))
    return NULL;

  return g_steal_pointer (&key_pair);
}

/**
 * mmp_hub_start_listener:
 * @config: what it shares and whom it trusts; copied
 * @funcs: hears what happens, on control, until mmp_hub_stop() or mmp_hub_free() returned; must stay until then
 *
 * Returns: (transfer none): a listener that runs until mmp_hub_stop()
 */
MmpListener *
mmp_hub_start_listener (MmpHub *self,
                        const MmpEndpointConfig *config,
                        const MmpEndpointFuncs *funcs,
                        gpointer user_data)
{
  g_autoptr (MmpEndpointConfig) own = mmp_hub_add_memory (self, config);
  MmpListener *listener = mmp_listener_new (own, mmp_hub_ensure_io (self), funcs, user_data);

  mmp_hub_add (self, listener, &listener_kind);
  mmp_listener_start (listener);

  return listener;
}

/**
 * mmp_hub_start_initiator:
 * @config: whom it calls and what it opens; copied
 * @funcs: as in mmp_hub_start_listener()
 *
 * Returns: (transfer none): an initiator that runs until mmp_hub_stop()
 */
MmpInitiator *
mmp_hub_start_initiator (MmpHub *self,
                         const MmpEndpointConfig *config,
                         const MmpEndpointFuncs *funcs,
                         gpointer user_data)
{
  g_autoptr (MmpEndpointConfig) own = mmp_hub_add_memory (self, config);
  MmpInitiator *initiator = mmp_initiator_new (own, mmp_hub_ensure_io (self), funcs, user_data);

  mmp_hub_add (self, initiator, &initiator_kind);
  mmp_initiator_start (initiator);

  return initiator;
}

/**
 * mmp_hub_start_bridge:
 * @config: what it does; its directory is this hub's unless it has one
 * @func: hears how it is, on control, until mmp_hub_stop() or mmp_hub_free() returned
 * @error: as mmp_bridge_new()
 *
 * Returns: (transfer none) (nullable): a bridge that runs until mmp_hub_stop()
 */
MmpBridge *
mmp_hub_start_bridge (MmpHub *self,
                      const MmpBridgeConfig *config,
                      MmpBridgeFunc func,
                      gpointer user_data,
                      GError **error)
{
  g_autoptr (MmpBridgeConfig) own = mmp_bridge_config_copy (config);
  MmpBridge *bridge;

  if (own->directory == NULL)
    own->directory = g_build_filename (self->directory, BRIDGES_NAME, NULL);
  bridge = mmp_bridge_new (mmp_hub_ensure_io (self), own, func, user_data, error);
  if (bridge != NULL)
    mmp_hub_add (self, bridge, &bridge_kind);

  return bridge;
}

/**
 * mmp_hub_stop:
 * @endpoint: what mmp_hub_start_listener(), mmp_hub_start_initiator() or mmp_hub_start_bridge() gave
 *
 * Ends it: the other side is told, connections are closed, and its callbacks are not called any more.
 */
void
mmp_hub_stop (MmpHub *self,
              gpointer endpoint)
{
  for (guint i = 0; i < self->endpoints->len; i++)
    if (((const Endpoint *) g_ptr_array_index (self->endpoints, i))->object == endpoint)
      {
        g_ptr_array_remove_index (self->endpoints, i);
        return;
      }
}

/**
 * mmp_hub_disconnect:
 * @endpoint: a listener
 *
 * Says bye to one device; others stay. It is trusted as before, so it may come back.
 */
void
mmp_hub_disconnect (MmpHub *self,
                    gpointer endpoint,
                    const MmpPublicKey *device)
{
  for (guint i = 0; i < self->endpoints->len; i++)
    {
      const Endpoint *known = g_ptr_array_index (self->endpoints, i);

      if (known->object == endpoint && known->kind->disconnect != NULL)
        {
          known->kind->disconnect (endpoint, device);
          return;
        }
    }
}

/**
 * mmp_hub_kick:
 *
 * The network changed: everything that runs connects to its broker anew and looks for a new direct path; what is open
 * stays open. Happens by itself when the system says so.
 */
void
mmp_hub_kick (MmpHub *self)
{
  for (guint i = 0; i < self->endpoints->len; i++)
    {
      const Endpoint *endpoint = g_ptr_array_index (self->endpoints, i);

      endpoint->kind->kick (endpoint->object);
    }
}

/**
 * mmp_hub_set_direct:
 * @direct: %FALSE gives the direct paths of all that runs up, until %TRUE looks for them again
 */
void
mmp_hub_set_direct (MmpHub *self,
                    gboolean direct)
{
  for (guint i = 0; i < self->endpoints->len; i++)
    {
      const Endpoint *endpoint = g_ptr_array_index (self->endpoints, i);

      if (endpoint->kind->set_direct != NULL)
        endpoint->kind->set_direct (endpoint->object, direct);
    }
}

/**
 * mmp_hub_answer:
 * @listener: who asked, by its `request` callback
 * @name: what the device calls itself
 * @error: FILE_INVALID
 *
 * Answers a stranger's request; trusting and blocking are written to the device list.
 *
 * Returns: %FALSE if that was not possible; then nothing is answered
 */
gboolean
mmp_hub_answer (MmpHub *self,
                MmpListener *listener,
                const MmpPublicKey *device,
                const char *name,
                MmpAnswer answer,
                GError **error)
{
  if (answer == MMP_ANSWER_TRUST && !mmp_device_store_trust (self->devices, device, name, error))
    return FALSE;
  if (answer == MMP_ANSWER_BLOCK && !mmp_device_store_block (self->devices, device, name, error))
    return FALSE;
  mmp_listener_answer (listener, device, answer);

  return TRUE;
}

/**
 * mmp_hub_remember_listener:
 * @config: a listener's
 * @error: FILE_INVALID
 *
 * Writes down how to reach a listener of this account (nothing secret: an invitation without its secret), so that
 * mmp_hub_recall_listener() in another process can invite to it.
 */
gboolean
mmp_hub_remember_listener (MmpHub *self,
                           const MmpEndpointConfig *config,
                           GError **error)
{
  const MmpService *service = config->services->len > 0 ? g_ptr_array_index (config->services, 0) : NULL;
  const MmpInvitation invitation = {
    .listener = *mmp_key_pair_get_public (config->key_pair),
    .broker = g_ptr_array_index (config->brokers, 0),
    .prefix = config->prefix,
    .service = service != NULL ? service->name : NULL,
    .name = config->name,
  };
  g_autofree char *path = g_build_filename (self->directory, LISTENER_FILE, NULL);
  g_autofree char *uri = mmp_invitation_to_uri (&invitation);
  g_autoptr (GError) cause = NULL;

  if (g_mkdir_with_parents (self->directory, 0700) != 0 || !g_file_set_contents_full (path, uri, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, &cause))
    {
      g_set_error (error, MMP_ERROR, MMP_ERROR_FILE_INVALID, "%s cannot be written: %s", path, cause != NULL ? cause->message : g_strerror (errno));
      return FALSE;
    }

  return TRUE;
}

/**
 * mmp_hub_recall_listener:
 * @error: FILE_INVALID: there is none, or what is written about it is broken
 *
 * Returns: (transfer full): how to reach this account's last listener, without a secret
 */
MmpInvitation *
mmp_hub_recall_listener (MmpHub *self,
                         GError **error)
{
  g_autofree char *path = g_build_filename (self->directory, LISTENER_FILE, NULL);
  g_autofree char *uri = NULL;
  MmpInvitation *invitation = NULL;
  gsize size;

  if (!g_file_get_contents (path, &uri, &size, NULL))
    g_set_error_literal (error, MMP_ERROR, MMP_ERROR_FILE_INVALID, "no listener of this account ran yet");
  else if (size > LISTENER_FILE_MAX || (invitation = mmp_invitation_parse (uri, NULL)) == NULL)
    g_set_error (error, MMP_ERROR, MMP_ERROR_FILE_INVALID, "%s is broken", path);

  return invitation;
}

/**
 * mmp_hub_invite:
 * @invitation: (inout): how to reach a listener; gets a fresh secret
 * @minutes: how long it is valid, at least 1
 * @error: FILE_INVALID
 *
 * Makes a single-use invitation that every listener of this account takes. An earlier one that was not used ends.
 */
gboolean
mmp_hub_invite (MmpHub *self,
                MmpInvitation *invitation,
                guint minutes,
                GError **error)
{
  invitation->has_secret = mmp_invitation_store_make (self->invitations, minutes * 60, invitation->secret, error);

  return invitation->has_secret;
}
