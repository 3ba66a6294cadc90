/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-profile"

#include "profile/mmp-profile-store.h"

#include <errno.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

#include "base/mmp-error.h"
#include "profile/mmp-profile-private.h"
#include "profile/mmp-shared-file.h"

#define DIRECTORY_NAME "profiles"
#define SUFFIX ".profile"
/* A removed profile waits under this name for somebody who wants it back. */
#define REMOVED_SUFFIX ".profile~"

typedef struct
{
  MmpProfile *profile; /* NULL if it is broken */
  GError *error; /* then why */
  char *text; /* what the file says, to see whether it changed */
} Entry;

struct _MmpProfileStore
{
  GObject parent_instance;

  char *directory;
  GHashTable *entries; /* id -> Entry */
  GFileMonitor *monitor;
  gulong monitor_handler;
};

enum
{
  ADDED,
  CHANGED,
  REMOVED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (MmpProfileStore, mmp_profile_store, G_TYPE_OBJECT)

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  g_clear_pointer (&entry->profile, mmp_profile_free);
  g_clear_error (&entry->error);
  g_free (entry->text);
  g_free (entry);
}

static char *
make_path (MmpProfileStore *self,
           const char *id,
           const char *suffix)
{
  g_autofree char *name = g_strconcat (id, suffix, NULL);

  return g_build_filename (self->directory, name, NULL);
}

static MmpSharedFile *
open_file (MmpProfileStore *self,
           const char *id,
           GError **error)
{
  g_autofree char *name = g_strconcat (id, SUFFIX, NULL);

  return mmp_shared_file_new (self->directory, name, MMP_PROFILE_GROUP, error);
}

/* What a file says; a broken one is an entry as well. */
static Entry *
read_entry (MmpProfileStore *self,
            const char *id)
{
  Entry *entry = g_new0 (Entry, 1);
  g_autoptr (MmpSharedFile) file = open_file (self, id, &entry->error);
  g_autoptr (GKeyFile) key_file = file != NULL ? mmp_shared_file_load (file, &entry->error) : NULL;

  if (key_file == NULL)
    {
      entry->text = g_strdup (entry->error->message);
      return entry;
    }

  entry->text = g_key_file_to_data (key_file, NULL, NULL);
  entry->profile = mmp_profile_from_key_file (key_file, id, &entry->error);
  if (entry->profile == NULL)
    mmp_shared_file_prefix_error (file, &entry->error);

  return entry;
}

/* Takes over what the disk says of one profile now. */
static void
reload (MmpProfileStore *self,
        const char *id)
{
  g_autofree char *path = make_path (self, id, SUFFIX);
  g_autofree char *kept = g_strdup (id); /* the caller's may be the table's */
  Entry *known = g_hash_table_lookup (self->entries, id);
  Entry *found;

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    {
      if (known != NULL)
        {
          g_hash_table_remove (self->entries, kept);
          g_signal_emit (self, signals[REMOVED], 0, kept);
        }
      return;
    }
  if (known == NULL && g_hash_table_size (self->entries) >= MMP_PROFILES_MAX)
    return;

  found = read_entry (self, kept);
  if (known != NULL && g_str_equal (known->text, found->text) && (known->profile == NULL) == (found->profile == NULL))
    {
      entry_free (found);
      return;
    }
  g_hash_table_replace (self->entries, g_strdup (kept), found);
  g_signal_emit (self, signals[known != NULL ? CHANGED : ADDED], 0, kept);
}

/* The id in a file name; NULL if it is no profile's */
static char *
parse_name (const char *name)
{
  g_autofree char *id = NULL;

  if (!g_str_has_suffix (name, SUFFIX))
    return NULL;
  id = g_strndup (name, strlen (name) - strlen (SUFFIX));

  return g_uuid_string_is_valid (id) ? g_steal_pointer (&id) : NULL;
}

static void
reload_all (MmpProfileStore *self)
{
  g_autoptr (GDir) directory = g_dir_open (self->directory, 0, NULL);
  const char *name;

  while (directory != NULL && (name = g_dir_read_name (directory)) != NULL)
    {
      g_autofree char *id = parse_name (name);

      if (id != NULL)
        reload (self, id);
    }
}

static void
look_at (MmpProfileStore *self,
         GFile *file)
{
  g_autofree char *name = file != NULL ? g_file_get_basename (file) : NULL;
  g_autofree char *id = name != NULL ? parse_name (name) : NULL;

  if (id != NULL)
    reload (self, id);
}

static void
on_monitor_changed (MmpProfileStore *self,
                    GFile *file,
                    GFile *other,
                    GFileMonitorEvent event,
                    GFileMonitor *monitor)
{
  g_object_ref (self);
  look_at (self, file);
  look_at (self, other);
  g_object_unref (self);
}

static void
mmp_profile_store_dispose (GObject *object)
{
  MmpProfileStore *self = MMP_PROFILE_STORE (object);

  if (self->monitor != NULL)
    {
      g_clear_signal_handler (&self->monitor_handler, self->monitor);
      g_file_monitor_cancel (self->monitor);
      g_clear_object (&self->monitor);
    }

  G_OBJECT_CLASS (mmp_profile_store_parent_class)->dispose (object);
}

static void
mmp_profile_store_finalize (GObject *object)
{
  MmpProfileStore *self = MMP_PROFILE_STORE (object);

  g_hash_table_unref (self->entries);
  g_free (self->directory);

  G_OBJECT_CLASS (mmp_profile_store_parent_class)->finalize (object);
}

static void
mmp_profile_store_class_init (MmpProfileStoreClass *klass)
{
  static const char *const names[N_SIGNALS] = { "added", "changed", "removed" };

  G_OBJECT_CLASS (klass)->dispose = mmp_profile_store_dispose;
  G_OBJECT_CLASS (klass)->finalize = mmp_profile_store_finalize;
  for (guint i = 0; i < N_SIGNALS; i++)
    signals[i] = g_signal_new (names[i], MMP_TYPE_PROFILE_STORE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
mmp_profile_store_init (MmpProfileStore *self)
{
  self->entries = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, entry_free);
}

/**
 * mmp_profile_store_new:
 * @directory: the account's folder; profiles are in a folder in it, which is made (mode 0700) if it is missing
 * @error: NOT_WRITABLE, DISK_FULL: the folder cannot be made
 *
 * Reads all profiles and watches them from now on. Blocks for as long as the disk needs.
 *
 * Returns: (transfer full): the profiles
 */
MmpProfileStore *
mmp_profile_store_new (const char *directory,
                       GError **error)
{
  g_autoptr (MmpProfileStore) self = g_object_new (MMP_TYPE_PROFILE_STORE, NULL);
  g_autoptr (GFile) folder = NULL;

  self->directory = g_build_filename (directory, DIRECTORY_NAME, NULL);
  if (g_mkdir_with_parents (self->directory, 0700) != 0)
    {
      g_set_error (error, MMP_ERROR, mmp_error_from_write (errno), "%s cannot be made: %s", self->directory, g_strerror (errno));
      return NULL;
    }

  folder = g_file_new_for_path (self->directory);
  /* Where nothing can be watched, changes by others are seen at the next start. */
  self->monitor = g_file_monitor_directory (folder, G_FILE_MONITOR_WATCH_MOVES, NULL, NULL);
  if (self->monitor != NULL)
    self->monitor_handler = g_signal_connect_swapped (self->monitor, "changed", G_CALLBACK (on_monitor_changed), self);
  reload_all (self);

  return g_steal_pointer (&self);
}

/**
 * mmp_profile_store_list:
 *
 * Returns: (transfer full): the ids of all profiles, also of those that are broken, in no order
 */
GStrv
mmp_profile_store_list (MmpProfileStore *self)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  GHashTableIter iter;
  gpointer id;

  g_hash_table_iter_init (&iter, self->entries);
  while (g_hash_table_iter_next (&iter, &id, NULL))
    g_strv_builder_add (builder, id);

  return g_strv_builder_end (builder);
}

/**
 * mmp_profile_store_get:
 * @id: a UUID
 * @broken: (out) (optional) (nullable): why it is broken, if it is there and broken
 *
 * Returns: (transfer none) (nullable): the profile, until the store changes
 */
const MmpProfile *
mmp_profile_store_get (MmpProfileStore *self,
                       const char *id,
                       const GError **broken)
{
  const Entry *entry = g_hash_table_lookup (self->entries, id);

  if (broken != NULL)
    *broken = entry != NULL ? entry->error : NULL;

  return entry != NULL ? entry->profile : NULL;
}

/**
 * mmp_profile_store_get_path:
 *
 * Returns: (transfer full): where the profile @id is
 */
char *
mmp_profile_store_get_path (MmpProfileStore *self,
                            const char *id)
{
  return make_path (self, id, SUFFIX);
}

static gboolean
edit_profile (GKeyFile *key_file,
              gpointer user_data,
              GError **error)
{
  const MmpProfile *profile = user_data;
  gboolean is_new = !g_key_file_has_key (key_file, MMP_PROFILE_GROUP, "Kind", NULL);

  /* What is there was understood, or is not ours to change. */
  if (!is_new)
    {
      g_autoptr (MmpProfile) there = mmp_profile_from_key_file (key_file, profile->id, error);

      if (there == NULL)
        return FALSE;
    }
  mmp_profile_to_key_file (profile, key_file);

  return TRUE;
}

/**
 * mmp_profile_store_save:
 * @profile: (inout): what to save; one without an id gets one
 * @error: FILE_INVALID: it is incomplete, or what is there is broken; NOT_WRITABLE, DISK_FULL; LIMIT: there are
 *   %MMP_PROFILES_MAX
 *
 * Blocks until it is on the disk. What this program does not know in the file stays there.
 */
gboolean
mmp_profile_store_save (MmpProfileStore *self,
                        MmpProfile *profile,
                        GError **error)
{
  g_autoptr (MmpSharedFile) file = NULL;

  if (!mmp_profile_check (profile, error))
    return FALSE;
  if (profile->id[0] == '\0')
    {
      if (g_hash_table_size (self->entries) >= MMP_PROFILES_MAX)
        {
          g_set_error (error, MMP_ERROR, MMP_ERROR_LIMIT, "there can be at most %d profiles", MMP_PROFILES_MAX);
          return FALSE;
        }
      g_free (profile->id);
      profile->id = g_uuid_string_random ();
    }

  file = open_file (self, profile->id, error);
  if (file == NULL || !mmp_shared_file_edit (file, edit_profile, profile, error))
    return FALSE;
  reload (self, profile->id);

  return TRUE;
}

static gboolean
move (MmpProfileStore *self,
      const char *id,
      const char *from,
      const char *to,
      GError **error)
{
  g_autofree char *source = make_path (self, id, from);
  g_autofree char *target = make_path (self, id, to);

  if (g_rename (source, target) != 0)
    {
      g_set_error (error, MMP_ERROR, mmp_error_from_write (errno), "%s cannot be moved: %s", source, g_strerror (errno));
      return FALSE;
    }
  reload (self, id);

  return TRUE;
}

/**
 * mmp_profile_store_remove:
 * @error: NOT_WRITABLE, DISK_FULL
 *
 * Takes it out of the list. It is kept aside for mmp_profile_store_restore() until mmp_profile_store_purge().
 */
gboolean
mmp_profile_store_remove (MmpProfileStore *self,
                          const char *id,
                          GError **error)
{
  return move (self, id, SUFFIX, REMOVED_SUFFIX, error);
}

/**
 * mmp_profile_store_restore:
 * @error: NOT_WRITABLE, DISK_FULL
 *
 * Brings back what mmp_profile_store_remove() took, as it was.
 */
gboolean
mmp_profile_store_restore (MmpProfileStore *self,
                           const char *id,
                           GError **error)
{
  return move (self, id, REMOVED_SUFFIX, SUFFIX, error);
}

/**
 * mmp_profile_store_purge:
 *
 * Forgets a removed profile for good.
 */
void
mmp_profile_store_purge (MmpProfileStore *self,
                         const char *id)
{
  g_autofree char *path = make_path (self, id, REMOVED_SUFFIX);
  g_autofree char *profile = make_path (self, id, SUFFIX);
  g_autofree char *lock = g_strconcat (profile, ".lock", NULL);

  g_unlink (path);
  g_unlink (lock);
}
