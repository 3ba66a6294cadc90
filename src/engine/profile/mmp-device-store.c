/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-profile"

#include "profile/mmp-device-store.h"
#include "profile/mmp-device-store-private.h"

#include <gio/gio.h>
#include <string.h>

#include "base/mmp-error.h"
#include "base/mmp-limits.h"
#include "crypto/mmp-base32.h"
#include "profile/mmp-shared-file.h"

/* [Devices] Version=1, then a group for each device, named by its key of 52 characters */
#define FILE_NAME "devices.ini"
#define MAIN_GROUP "Devices"
#define STANDING_KEY "Standing"
#define NAME_KEY "Name"
#define ADDED_KEY "Added"

#define GROUP_LENGTH MMP_BASE32_BARE_LENGTH (MMP_PUBLIC_KEY_SIZE)
#define TRUSTED "trusted"
#define BLOCKED "blocked"

struct _MmpDeviceStore
{
  GObject parent_instance;

  MmpSharedFile *file;
  GHashTable *devices; /* MmpPublicKey (in the value) -> MmpDevice */
};

enum
{
  CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (MmpDeviceStore, mmp_device_store, G_TYPE_OBJECT)

/* What one call does to one device */
typedef struct
{
  const MmpPublicKey *key;
  MmpStanding standing; /* UNKNOWN: out of the list */
  const char *name;
} Edit;

/* Names were cleaned before they came here, but a file may have been written by anybody. */
static gboolean
is_name (const char *name)
{
  if (strlen (name) > MMP_DEVICE_NAME_MAX)
    return FALSE;
  for (const char *c = name; *c != '\0'; c = g_utf8_next_char (c))
    {
      if (g_unichar_iscntrl (g_utf8_get_char (c)))
        return FALSE;
    }

  return TRUE;
}

static MmpStanding
parse_standing (const char *text)
{
  if (g_strcmp0 (text, TRUSTED) == 0)
    return MMP_STANDING_TRUSTED;

  return g_strcmp0 (text, BLOCKED) == 0 ? MMP_STANDING_BLOCKED : MMP_STANDING_UNKNOWN;
}

static MmpDevice *
parse_device (GKeyFile *key_file,
              const char *group,
              GError **error)
{
  g_autoptr (MmpDevice) device = g_new0 (MmpDevice, 1);
  g_autofree char *standing = g_key_file_get_string (key_file, group, STANDING_KEY, NULL);
  g_autofree char *name = g_key_file_get_string (key_file, group, NAME_KEY, NULL);
  g_autofree char *added = g_key_file_get_string (key_file, group, ADDED_KEY, NULL);
  g_autoptr (GDateTime) time = added != NULL ? g_date_time_new_from_iso8601 (added, NULL) : NULL;

  device->standing = parse_standing (standing);
  /* The key has another text with padding; a device that stood there twice could not be taken out. */
  if (strlen (group) != GROUP_LENGTH || !mmp_public_key_from_text (group, &device->key, NULL) || device->standing == MMP_STANDING_UNKNOWN)
    {
      g_set_error (error, MMP_ERROR, MMP_ERROR_FILE_INVALID, "the group %.60s is not a device that is trusted or blocked", group);
      return NULL;
    }
  device->name = name != NULL && is_name (name) ? g_steal_pointer (&name) : g_strdup ("");
  device->added = time != NULL ? g_date_time_to_unix (time) : 0;

  return g_steal_pointer (&device);
}

static gboolean
device_equal (const MmpDevice *a,
              const MmpDevice *b)
{
  return b != NULL && a->standing == b->standing && a->added == b->added && strcmp (a->name, b->name) == 0;
}

static gboolean
devices_equal (GHashTable *a,
               GHashTable *b)
{
  GHashTableIter iter;
  gpointer key;
  gpointer device;

  if (g_hash_table_size (a) != g_hash_table_size (b))
    return FALSE;
  g_hash_table_iter_init (&iter, a);
  while (g_hash_table_iter_next (&iter, &key, &device))
    {
      if (!device_equal (device, g_hash_table_lookup (b, key)))
        return FALSE;
    }

  return TRUE;
}

/* Takes over what the file says now. A file that is broken changes nothing: it neither lets somebody in nor locks everybody
 * out. */
static gboolean
reload (MmpDeviceStore *self,
        GError **error)
{
  g_autoptr (GKeyFile) key_file = mmp_shared_file_load (self->file, error);
  g_autoptr (GHashTable) devices = NULL;

  if (key_file == NULL)
    return FALSE;
  devices = mmp_device_store_parse (key_file, error);
  if (devices == NULL)
    {
      mmp_shared_file_prefix_error (self->file, error);
      return FALSE;
    }
  if (self->devices == NULL)
    {
      self->devices = g_steal_pointer (&devices);
    }
  else if (!devices_equal (self->devices, devices))
    {
      g_hash_table_unref (self->devices);
      self->devices = g_steal_pointer (&devices);
      g_signal_emit (self, signals[CHANGED], 0);
    }

  return TRUE;
}

static void
on_file_changed (gpointer user_data)
{
  g_autoptr (MmpDeviceStore) self = g_object_ref (user_data);
  g_autoptr (GError) error = NULL;

  if (!reload (self, &error))
    g_debug ("the list of devices stays as it was: %s", error->message);
}

static gboolean
edit_device (GKeyFile *key_file,
             gpointer user_data,
             GError **error)
{
  const Edit *edit = user_data;
  g_autoptr (GHashTable) devices = mmp_device_store_parse (key_file, error);
  g_autofree char *group = mmp_public_key_to_short_text (edit->key);
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree char *added = g_date_time_format (now, "%Y-%m-%dT%H:%M:%SZ");

  if (devices == NULL)
    return FALSE;
  if (edit->standing == MMP_STANDING_UNKNOWN)
    return g_key_file_remove_group (key_file, group, NULL);

  if (!g_hash_table_contains (devices, edit->key))
    {
      if (g_hash_table_size (devices) >= MMP_DEVICES_MAX)
        {
          g_set_error (error, MMP_ERROR, MMP_ERROR_LIMIT, "the list of devices holds %d already", MMP_DEVICES_MAX);
          return FALSE;
        }
      g_key_file_set_string (key_file, group, ADDED_KEY, added);
    }
  g_key_file_set_string (key_file, group, STANDING_KEY, edit->standing == MMP_STANDING_TRUSTED ? TRUSTED : BLOCKED);
  if (edit->name != NULL && edit->name[0] != '\0')
    g_key_file_set_string (key_file, group, NAME_KEY, edit->name);

  return TRUE;
}

static gboolean
apply (MmpDeviceStore *self,
       const Edit *edit,
       GError **error)
{
  g_autoptr (GError) edit_error = NULL;

  if (edit->name != NULL && (!g_utf8_validate (edit->name, -1, NULL) || !is_name (edit->name)))
    {
      g_set_error (error, MMP_ERROR, MMP_ERROR_LIMIT, "a name is one line of at most %d bytes", MMP_DEVICE_NAME_MAX);
      return FALSE;
    }
  /* Without an error there was nothing to save. */
  if (!mmp_shared_file_edit (self->file, edit_device, (gpointer) edit, &edit_error) && edit_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&edit_error));
      return FALSE;
    }

  return reload (self, error);
}

static int
compare_devices (gconstpointer a,
                 gconstpointer b)
{
  const MmpDevice *first = *(MmpDevice *const *) a;
  const MmpDevice *second = *(MmpDevice *const *) b;
  int order = strcmp (first->name, second->name);

  return order != 0 ? order : memcmp (first->key.bytes, second->key.bytes, MMP_PUBLIC_KEY_SIZE);
}

static void
mmp_device_store_finalize (GObject *object)
{
  MmpDeviceStore *self = MMP_DEVICE_STORE (object);

  g_clear_pointer (&self->file, mmp_shared_file_free);
  g_clear_pointer (&self->devices, g_hash_table_unref);

  G_OBJECT_CLASS (mmp_device_store_parent_class)->finalize (object);
}

static void
mmp_device_store_class_init (MmpDeviceStoreClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = mmp_device_store_finalize;

  /**
   * MmpDeviceStore::changed:
   *
   * The list is not what it was, through this object or another process.
   */
  signals[CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
mmp_device_store_init (MmpDeviceStore *self)
{
}

/**
 * mmp_device_free:
 * @self: (nullable) (transfer full): a device
 */
void
mmp_device_free (MmpDevice *self)
{
  if (self == NULL)
    return;

  g_free (self->name);
  g_free (self);
}

/**
 * mmp_device_store_parse:
 * @key_file: what the file says
 * @error: return location
 *
 * One wrong group makes the whole file invalid, since whoever wrote it believes that it counts.
 *
 * Returns: (transfer full): the devices by their keys; %NULL with %MMP_ERROR_FILE_INVALID
 */
GHashTable *
mmp_device_store_parse (GKeyFile *key_file,
                        GError **error)
{
  g_autoptr (GHashTable) devices = g_hash_table_new_full (mmp_public_key_hash, mmp_public_key_equal, NULL, (GDestroyNotify) mmp_device_free);
  gsize n_groups;
  g_auto (GStrv) groups = g_key_file_get_groups (key_file, &n_groups);

  if (n_groups > MMP_DEVICES_MAX + 1)
    {
      g_set_error (error, MMP_ERROR, MMP_ERROR_FILE_INVALID, "the list of devices holds more than %d", MMP_DEVICES_MAX);
      return NULL;
    }
  for (gsize i = 0; i < n_groups; i++)
    {
      MmpDevice *device;

      if (strcmp (groups[i], MAIN_GROUP) == 0)
        continue;
      device = parse_device (key_file, groups[i], error);
      if (device == NULL)
        return NULL;
      g_hash_table_replace (devices, &device->key, device);
    }

  return g_steal_pointer (&devices);
}

/**
 * mmp_device_store_new:
 * @directory: where `devices.ini` is; made if it is missing
 * @error: return location
 *
 * Returns: (transfer full): the list, followed from now on; %NULL with %MMP_ERROR_FILE_INVALID if it is broken. A broken
 *   file is never overwritten
 */
MmpDeviceStore *
mmp_device_store_new (const char *directory,
                      GError **error)
{
  g_autoptr (MmpDeviceStore) self = g_object_new (MMP_TYPE_DEVICE_STORE, NULL);

  self->file = mmp_shared_file_new (directory, FILE_NAME, MAIN_GROUP, error);
  if (self->file == NULL)
    return NULL;
  /* First watched, then read: a change in between is seen twice rather than not at all. */
  mmp_shared_file_watch (self->file, on_file_changed, self);
  if (!reload (self, error))
    return NULL;

  return g_steal_pointer (&self);
}

/**
 * mmp_device_store_get_standing:
 * @self: the list
 * @key: a device
 *
 * Returns: what the list says of it; does not touch the disk
 */
MmpStanding
mmp_device_store_get_standing (MmpDeviceStore *self,
                               const MmpPublicKey *key)
{
  const MmpDevice *device = g_hash_table_lookup (self->devices, key);

  return device != NULL ? device->standing : MMP_STANDING_UNKNOWN;
}

/**
 * mmp_device_store_list:
 * @self: the list
 *
 * Returns: (transfer full) (element-type MmpDevice): copies of all devices, by name
 */
GPtrArray *
mmp_device_store_list (MmpDeviceStore *self)
{
  GPtrArray *list = g_ptr_array_new_with_free_func ((GDestroyNotify) mmp_device_free);
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, self->devices);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    {
      const MmpDevice *device = value;
      MmpDevice *copy = g_memdup2 (device, sizeof *device);

      copy->name = g_strdup (device->name);
      g_ptr_array_add (list, copy);
    }
  g_ptr_array_sort (list, compare_devices);

  return list;
}

/**
 * mmp_device_store_trust:
 * @self: the list
 * @key: a device
 * @name: (nullable): what it is called, cleaned; %NULL or "" keeps the name that it has
 * @error: return location
 *
 * From now on the device is trusted, also if it was blocked. Blocks until that is on the disk.
 *
 * Returns: FALSE with %MMP_ERROR_FILE_INVALID or %MMP_ERROR_LIMIT
 */
gboolean
mmp_device_store_trust (MmpDeviceStore *self,
                        const MmpPublicKey *key,
                        const char *name,
                        GError **error)
{
  const Edit edit = { .key = key, .standing = MMP_STANDING_TRUSTED, .name = name };

  return apply (self, &edit, error);
}

/**
 * mmp_device_store_block:
 * @self: the list
 * @key: a device
 * @name: (nullable): what it is called, cleaned; %NULL or "" keeps the name that it has
 * @error: return location
 *
 * From now on the device is blocked, also if it was trusted. Blocks until that is on the disk.
 *
 * Returns: FALSE with %MMP_ERROR_FILE_INVALID or %MMP_ERROR_LIMIT
 */
gboolean
mmp_device_store_block (MmpDeviceStore *self,
                        const MmpPublicKey *key,
                        const char *name,
                        GError **error)
{
  const Edit edit = { .key = key, .standing = MMP_STANDING_BLOCKED, .name = name };

  return apply (self, &edit, error);
}

/**
 * mmp_device_store_remove:
 * @self: the list
 * @key: a device
 * @error: return location
 *
 * From now on the list does not know the device, whether or not it did. Blocks until that is on the disk.
 *
 * Returns: FALSE with %MMP_ERROR_FILE_INVALID
 */
gboolean
mmp_device_store_remove (MmpDeviceStore *self,
                         const MmpPublicKey *key,
                         GError **error)
{
  const Edit edit = { .key = key, .standing = MMP_STANDING_UNKNOWN };

  return apply (self, &edit, error);
}
