/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-profile"

#include "profile/mmp-entry-store.h"

#include <gio/gio.h>

#include "base/mmp-error.h"
#include "profile/mmp-shared-file.h"

struct _MmpEntryStore
{
  GObject parent_instance;

  const MmpEntryKind *kind;
  MmpSharedFile *file;
  GHashTable *entries; /* id (in the value) -> entry */
  char *text; /* what the file says, to see whether it changed */
};

enum
{
  CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (MmpEntryStore, mmp_entry_store, G_TYPE_OBJECT)

typedef struct
{
  const MmpEntryKind *kind;
  const char *id;
  gconstpointer entry; /* NULL: out of the list */
} Edit;

static const char *
get_id (gconstpointer entry)
{
  return *(char *const *) entry;
}

/**
 * mmp_entry_store_parse:
 * @key_file: the content of a file
 * @error: FILE_INVALID
 *
 * Returns: (transfer full): id -> entry
 */
GHashTable *
mmp_entry_store_parse (GKeyFile *key_file,
                       const MmpEntryKind *kind,
                       GError **error)
{
  g_autoptr (GHashTable) entries = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, kind->free);
  g_auto (GStrv) groups = g_key_file_get_groups (key_file, NULL);

  for (guint i = 0; groups[i] != NULL; i++)
    {
      gpointer entry;

      if (g_str_equal (groups[i], kind->main_group))
        continue;
      if (!g_uuid_string_is_valid (groups[i]) || g_hash_table_size (entries) >= MMP_ENTRIES_MAX)
        {
          g_set_error (error, MMP_ERROR, MMP_ERROR_FILE_INVALID, "the group %.60s is one too many or none of ours", groups[i]);
          return NULL;
        }
      entry = kind->parse (key_file, groups[i], error);
      if (entry == NULL)
        return NULL;
      g_hash_table_replace (entries, (gpointer) get_id (entry), entry);
    }

  return g_steal_pointer (&entries);
}

/* A file that is broken changes nothing. */
static gboolean
reload (MmpEntryStore *self,
        GError **error)
{
  g_autoptr (GKeyFile) key_file = mmp_shared_file_load (self->file, error);
  g_autofree char *text = key_file != NULL ? g_key_file_to_data (key_file, NULL, NULL) : NULL;
  GHashTable *entries;

  if (key_file == NULL)
    return FALSE;
  if (g_strcmp0 (text, self->text) == 0)
    return TRUE;
  entries = mmp_entry_store_parse (key_file, self->kind, error);
  if (entries == NULL)
    {
      mmp_shared_file_prefix_error (self->file, error);
      return FALSE;
    }
  g_clear_pointer (&self->entries, g_hash_table_unref);
  self->entries = entries;
  g_free (self->text);
  self->text = g_steal_pointer (&text);
  g_signal_emit (self, signals[CHANGED], 0);

  return TRUE;
}

static void
on_file_changed (gpointer user_data)
{
  g_autoptr (MmpEntryStore) self = g_object_ref (user_data);
  g_autoptr (GError) error = NULL;

  if (!reload (self, &error))
    g_debug ("the list stays as it was: %s", error->message);
}

static void
mmp_entry_store_finalize (GObject *object)
{
  MmpEntryStore *self = MMP_ENTRY_STORE (object);

  mmp_shared_file_free (self->file);
  g_clear_pointer (&self->entries, g_hash_table_unref);
  g_free (self->text);

  G_OBJECT_CLASS (mmp_entry_store_parent_class)->finalize (object);
}

static void
mmp_entry_store_class_init (MmpEntryStoreClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = mmp_entry_store_finalize;
  signals[CHANGED] = g_signal_new ("changed", MMP_TYPE_ENTRY_STORE, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
mmp_entry_store_init (MmpEntryStore *self)
{
}

/**
 * mmp_entry_store_new:
 * @directory: the account's folder; made if it is missing
 * @kind: what is kept; static
 * @error: FILE_INVALID
 *
 * Returns: (transfer full): the entries, watched from now on
 */
MmpEntryStore *
mmp_entry_store_new (const char *directory,
                     const MmpEntryKind *kind,
                     GError **error)
{
  g_autoptr (MmpEntryStore) self = g_object_new (MMP_TYPE_ENTRY_STORE, NULL);

  self->kind = kind;
  self->file = mmp_shared_file_new (directory, kind->file_name, kind->main_group, error);
  if (self->file == NULL || !reload (self, error))
    return NULL;
  mmp_shared_file_watch (self->file, on_file_changed, self);

  return g_steal_pointer (&self);
}

/**
 * mmp_entry_store_list:
 *
 * Returns: (transfer container): all entries in no order, until the store changes
 */
GPtrArray *
mmp_entry_store_list (MmpEntryStore *self)
{
  return g_hash_table_get_values_as_ptr_array (self->entries);
}

/**
 * mmp_entry_store_find:
 *
 * Returns: (transfer none) (nullable): the entry @id, until the store changes
 */
gconstpointer
mmp_entry_store_find (MmpEntryStore *self,
                      const char *id)
{
  return g_hash_table_lookup (self->entries, id);
}

static gboolean
edit_entry (GKeyFile *key_file,
            gpointer user_data,
            GError **error)
{
  const Edit *edit = user_data;
  g_autoptr (GHashTable) entries = mmp_entry_store_parse (key_file, edit->kind, error);

  if (entries == NULL)
    return FALSE;
  if (edit->entry == NULL)
    return g_key_file_remove_group (key_file, edit->id, NULL);
  if (!g_hash_table_contains (entries, edit->id) && g_hash_table_size (entries) >= MMP_ENTRIES_MAX)
    {
      g_set_error (error, MMP_ERROR, MMP_ERROR_LIMIT, "there can be at most %d of them", MMP_ENTRIES_MAX);
      return FALSE;
    }
  edit->kind->unparse (edit->entry, key_file);

  return TRUE;
}

static gboolean
apply (MmpEntryStore *self,
       Edit *edit,
       GError **error)
{
  g_autoptr (GError) edit_error = NULL;

  edit->kind = self->kind;
  /* Without an error it was not there any more. */
  if (!mmp_shared_file_edit (self->file, edit_entry, edit, &edit_error) && edit_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&edit_error));
      return FALSE;
    }

  return reload (self, error);
}

/**
 * mmp_entry_store_save:
 * @entry: (inout): what to save; one whose id is "" gets one
 * @error: FILE_INVALID; LIMIT
 *
 * Blocks until it is on the disk.
 */
gboolean
mmp_entry_store_save (MmpEntryStore *self,
                      gpointer entry,
                      GError **error)
{
  char **id = entry;
  Edit edit = { .entry = entry };

  if ((*id)[0] == '\0')
    {
      g_free (*id);
      *id = g_uuid_string_random ();
    }
  edit.id = *id;

  return apply (self, &edit, error);
}

/**
 * mmp_entry_store_remove:
 * @error: FILE_INVALID
 *
 * From now on it is not there, whether or not it was. Blocks until that is on the disk.
 */
gboolean
mmp_entry_store_remove (MmpEntryStore *self,
                        const char *id,
                        GError **error)
{
  Edit edit = { .id = id };

  return apply (self, &edit, error);
}
