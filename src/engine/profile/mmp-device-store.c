/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-profile"

#include "profile/mmp-device-store.h"
#include "profile/mmp-device-store-private.h"

#include <gio/gio.h>
#include <string.h>

#include "base/mmp-error.h"
#include "base/mmp-limits.h"
#include "profile/mmp-shared-file.h"

#define FILE_NAME "devices.ini"

struct _MmpDeviceStore
{
  GObject parent_instance;

  MmpSharedFile *file;
  GHashTable *devices; /* MmpPublicKey (in the value) -> MmpDevice */

  GHashTable *unsaved; /* MmpPublicKey: when they were seen is not in the file yet */
  MmpClock *clock;
  guint save_timer;
  gint64 next_save; /* not before, by the clock */
};

enum
{
  CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (MmpDeviceStore, mmp_device_store, G_TYPE_OBJECT)

typedef struct _Edit Edit;

/* What one call does to one device */
struct _Edit
{
  MmpDeviceStore *store;
  gboolean (*change) (const Edit *edit, GKeyFile *key_file, GHashTable *devices, GError **error); /* NULL: nothing */
  const MmpPublicKey *key;
  MmpStanding standing;
  const char *name;
  const MmpDevice *device;
};

static gboolean
device_equal (const MmpDevice *a,
              const MmpDevice *b)
{
  return b != NULL && a->standing == b->standing && a->added == b->added && a->trusted == b->trusted && a->seen == b->seen && strcmp (a->name, b->name) == 0;
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

/* The file does not know yet when some were last seen. */
static void
keep_seen (MmpDeviceStore *self,
           GHashTable *devices)
{
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, self->unsaved);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    {
      const MmpDevice *known = g_hash_table_lookup (self->devices, key);
      MmpDevice *device = g_hash_table_lookup (devices, key);

      if (known != NULL && device != NULL)
        device->seen = known->seen;
    }
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
      return TRUE;
    }
  keep_seen (self, devices);
  if (!devices_equal (self->devices, devices))
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
has_room (GHashTable *devices,
          GError **error)
{
  if (g_hash_table_size (devices) < MMP_DEVICES_MAX)
    return TRUE;
  g_set_error (error, MMP_ERROR, MMP_ERROR_LIMIT, "the list of devices holds %d already", MMP_DEVICES_MAX);

  return FALSE;
}

static gboolean
change_standing (const Edit *edit,
                 GKeyFile *key_file,
                 GHashTable *devices,
                 GError **error)
{
  const MmpDevice *known = g_hash_table_lookup (devices, edit->key);
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;
  const MmpDevice unknown = { .key = *edit->key, .name = (char *) "", .added = now };
  g_autoptr (MmpDevice) device = mmp_device_copy (known != NULL ? known : &unknown);

  if (known == NULL && !has_room (devices, error))
    return FALSE;
  /* Since when an old list trusts it, nobody knows. */
  if (device->trusted == 0 && device->standing != MMP_STANDING_TRUSTED && edit->standing == MMP_STANDING_TRUSTED)
    device->trusted = now;
  device->standing = edit->standing;
  if (edit->name != NULL && edit->name[0] != '\0')
    g_set_str (&device->name, edit->name);
  mmp_device_write (device, key_file);

  return TRUE;
}

/* Who was taken out or blocked meanwhile is not let in by a new name. */
static gboolean
change_name (const Edit *edit,
             GKeyFile *key_file,
             GHashTable *devices,
             GError **error)
{
  const MmpDevice *known = g_hash_table_lookup (devices, edit->key);
  g_autoptr (MmpDevice) device = known != NULL ? mmp_device_copy (known) : NULL;

  if (device == NULL)
    return FALSE;
  g_set_str (&device->name, edit->name);
  mmp_device_write (device, key_file);

  return TRUE;
}

static gboolean
take_out (const Edit *edit,
          GKeyFile *key_file,
          GHashTable *devices,
          GError **error)
{
  g_autofree char *group = mmp_public_key_to_short_text (edit->key);

  return g_key_file_remove_group (key_file, group, NULL);
}

static gboolean
put_back (const Edit *edit,
          GKeyFile *key_file,
          GHashTable *devices,
          GError **error)
{
  if (!g_hash_table_contains (devices, edit->key) && !has_room (devices, error))
    return FALSE;
  mmp_device_write (edit->device, key_file);

  return TRUE;
}

/* What another process saw later counts, unless its clock was wrong. */
static gboolean
write_seen (MmpDeviceStore *self,
            GKeyFile *key_file,
            GHashTable *devices)
{
  gint64 now = g_get_real_time () / G_USEC_PER_SEC;
  gboolean written = FALSE;
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, self->unsaved);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    {
      const MmpDevice *seen = g_hash_table_lookup (self->devices, key);
      const MmpDevice *known = g_hash_table_lookup (devices, key);

      if (seen == NULL || known == NULL || (known->seen >= seen->seen && known->seen <= now))
        continue;
      mmp_device_write_seen (seen, key_file);
      written = TRUE;
    }

  return written;
}

/* Since the file is written, what was not worth a write of its own goes with it. */
static gboolean
edit_file (GKeyFile *key_file,
           gpointer user_data,
           GError **error)
{
  const Edit *edit = user_data;
  g_autoptr (GHashTable) devices = mmp_device_store_parse (key_file, error);
  g_autoptr (GError) cause = NULL;
  gboolean changed;

  if (devices == NULL)
    return FALSE;
  changed = edit->change != NULL && edit->change (edit, key_file, devices, &cause);
  if (cause != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&cause));
      return FALSE;
    }

  return write_seen (edit->store, key_file, devices) || changed;
}

static gboolean
write_file (MmpDeviceStore *self,
            const Edit *edit,
            GError **error)
{
  g_autoptr (GError) cause = NULL;

  mmp_clock_remove (self->clock, &self->save_timer);
  if (g_hash_table_size (self->unsaved) > 0)
    self->next_save = mmp_clock_now (self->clock) + MMP_DEVICES_SAVE_EVERY;
  /* Without an error there was nothing to save. */
  if (!mmp_shared_file_edit (self->file, edit_file, (gpointer) edit, &cause) && cause != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&cause));
      return FALSE;
    }
  g_hash_table_remove_all (self->unsaved);

  return TRUE;
}

static gboolean
apply (const Edit *edit,
       GError **error)
{
  if (edit->name != NULL && (!g_utf8_validate (edit->name, -1, NULL) || !mmp_device_is_name (edit->name)))
    {
      g_set_error (error, MMP_ERROR, MMP_ERROR_LIMIT, "a name is one line of at most %d bytes", MMP_DEVICE_NAME_MAX);
      return FALSE;
    }

  return write_file (edit->store, edit, error) && reload (edit->store, error);
}

static gboolean
set_standing (MmpDeviceStore *self,
              const MmpPublicKey *key,
              MmpStanding standing,
              const char *name,
              GError **error)
{
  const Edit edit = { .store = self, .change = change_standing, .key = key, .standing = standing, .name = name };

  return apply (&edit, error);
}

static void
on_save_due (gpointer user_data)
{
  mmp_device_store_flush (user_data);
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

  mmp_device_store_flush (self);
  g_clear_pointer (&self->file, mmp_shared_file_free);
  g_clear_pointer (&self->devices, g_hash_table_unref);
  g_hash_table_unref (self->unsaved);
  mmp_clock_unref (self->clock);

  G_OBJECT_CLASS (mmp_device_store_parent_class)->finalize (object);
}

static void
mmp_device_store_class_init (MmpDeviceStoreClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = mmp_device_store_finalize;

  /**
   * MmpDeviceStore::changed:
   *
   * The list is not what it was, through this object or another process. That a device was seen by this one is not told.
   */
  signals[CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
mmp_device_store_init (MmpDeviceStore *self)
{
  self->unsaved = g_hash_table_new_full (mmp_public_key_hash, mmp_public_key_equal, (GDestroyNotify) mmp_public_key_free, NULL);
  self->clock = mmp_clock_new (g_main_context_get_thread_default ());
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

  self->file = mmp_shared_file_new (directory, FILE_NAME, MMP_DEVICES_GROUP, error);
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
 * mmp_device_store_find:
 * @self: the list
 * @key: a device
 *
 * Returns: (transfer full) (nullable): what the list says of it; does not touch the disk
 */
MmpDevice *
mmp_device_store_find (MmpDeviceStore *self,
                       const MmpPublicKey *key)
{
  const MmpDevice *device = g_hash_table_lookup (self->devices, key);

  return device != NULL ? mmp_device_copy (device) : NULL;
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
    g_ptr_array_add (list, mmp_device_copy (value));
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
  return set_standing (self, key, MMP_STANDING_TRUSTED, name, error);
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
  return set_standing (self, key, MMP_STANDING_BLOCKED, name, error);
}

/**
 * mmp_device_store_rename:
 * @self: the list
 * @key: a device
 * @name: what it is called from now on, cleaned
 * @error: return location
 *
 * A device that is not in the list stays out of it. Blocks until that is on the disk.
 *
 * Returns: FALSE with %MMP_ERROR_FILE_INVALID or %MMP_ERROR_LIMIT
 */
gboolean
mmp_device_store_rename (MmpDeviceStore *self,
                         const MmpPublicKey *key,
                         const char *name,
                         GError **error)
{
  const Edit edit = { .store = self, .change = change_name, .key = key, .name = name };

  return apply (&edit, error);
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
  const Edit edit = { .store = self, .change = take_out, .key = key };

  return apply (&edit, error);
}

/**
 * mmp_device_store_restore:
 * @self: the list
 * @device: a device as it was
 * @error: return location
 *
 * Takes back that it was removed, blocked or trusted. Blocks until that is on the disk.
 *
 * Returns: FALSE with %MMP_ERROR_FILE_INVALID or %MMP_ERROR_LIMIT
 */
gboolean
mmp_device_store_restore (MmpDeviceStore *self,
                          const MmpDevice *device,
                          GError **error)
{
  const Edit edit = { .store = self, .change = put_back, .key = &device->key, .name = device->name, .device = device };

  return apply (&edit, error);
}

/**
 * mmp_device_store_see:
 * @self: the list
 * @key: a device that showed just now that it is there
 * @now: seconds since 1970
 *
 * Strangers are not kept. When a trusted device was last seen goes to the disk %MMP_DEVICES_SETTLE after the first of them,
 * but for that once in %MMP_DEVICES_SAVE_EVERY, with every other change, and by mmp_device_store_flush(). May be called often.
 */
void
mmp_device_store_see (MmpDeviceStore *self,
                      const MmpPublicKey *key,
                      gint64 now)
{
  MmpDevice *device = g_hash_table_lookup (self->devices, key);

  if (device == NULL)
    return;
  device->seen = now;
  if (!g_hash_table_contains (self->unsaved, key))
    g_hash_table_add (self->unsaved, mmp_public_key_copy (key));
  if (self->save_timer == 0)
    self->save_timer = mmp_clock_add (self->clock, MAX (mmp_clock_now (self->clock) + MMP_DEVICES_SETTLE, self->next_save), on_save_due, self);
}

/**
 * mmp_device_store_set_clock:
 * @self: the list
 * @clock: whose time decides when something is written
 *
 * For tests, before anything was seen.
 */
void
mmp_device_store_set_clock (MmpDeviceStore *self,
                            MmpClock *clock)
{
  mmp_clock_unref (self->clock);
  self->clock = mmp_clock_ref (clock);
}

/**
 * mmp_device_store_flush:
 * @self: the list
 *
 * Writes when devices were last seen, if the file does not say so yet. What cannot be written is tried again when one is
 * seen.
 */
void
mmp_device_store_flush (MmpDeviceStore *self)
{
  const Edit edit = { .store = self };
  g_autoptr (GError) error = NULL;

  if (g_hash_table_size (self->unsaved) > 0 && !write_file (self, &edit, &error))
    g_debug ("when devices were seen is not written: %s", error->message);
}
