/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-hub"

#include "hub/mmp-hub-memory.h"

#include "profile/mmp-path-store.h"

struct _MmpHubMemory
{
  MmpPathStore *paths;
  MmpDeviceStore *devices;
};

static gint64
get_now (void)
{
  return g_get_real_time () / G_USEC_PER_SEC;
}

static gboolean
needs_turn (const MmpPublicKey *device,
            gpointer user_data)
{
  return mmp_path_store_needs_turn (((MmpHubMemory *) user_data)->paths, device, get_now ());
}

static void
set_turn (const MmpPublicKey *device,
          gboolean turn,
          gpointer user_data)
{
  mmp_path_store_set_turn (((MmpHubMemory *) user_data)->paths, device, turn, get_now ());
}

static void
see (const MmpPublicKey *device,
     gpointer user_data)
{
  mmp_device_store_see (((MmpHubMemory *) user_data)->devices, device, get_now ());
}

static const MmpPathMemory path_memory = { .needs_turn = needs_turn, .set_turn = set_turn, .seen = see };

/**
 * mmp_hub_memory_new:
 * @directory: where this account's files are
 * @devices: its list of devices
 * @error: return location
 *
 * Returns: (transfer full): a memory; %NULL with %MMP_ERROR_FILE_INVALID if there can be no such directory
 */
MmpHubMemory *
mmp_hub_memory_new (const char *directory,
                    MmpDeviceStore *devices,
                    GError **error)
{
  MmpPathStore *paths = mmp_path_store_new (directory, error);
  MmpHubMemory *self;

  if (paths == NULL)
    return NULL;
  self = g_new0 (MmpHubMemory, 1);
  self->paths = paths;
  self->devices = g_object_ref (devices);

  return self;
}

/**
 * mmp_hub_memory_free:
 * @self: (transfer full): a memory that no endpoint uses any more
 *
 * What is not on the disk yet goes there.
 */
void
mmp_hub_memory_free (MmpHubMemory *self)
{
  mmp_device_store_flush (self->devices);
  g_object_unref (self->devices);
  mmp_path_store_free (self->paths);
  g_free (self);
}

/**
 * mmp_hub_memory_add:
 * @self: outlives whoever uses the result
 * @config: an endpoint's
 *
 * Returns: (transfer full): @config with this memory
 */
MmpEndpointConfig *
mmp_hub_memory_add (MmpHubMemory *self,
                    const MmpEndpointConfig *config)
{
  MmpEndpointConfig *copy = mmp_endpoint_config_copy (config);

  copy->paths = &path_memory;
  copy->paths_data = self;

  return copy;
}
