/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

#define MMP_ENTRIES_MAX 1000

/**
 * MmpEntryKind:
 * @file_name: in the account's folder
 * @main_group: holds the version
 * @parse: (transfer full): what one group says; %NULL with an error
 * @unparse: writes it into its group; what else is there stays
 * @free: frees what @parse gave
 *
 * What the entries of a store are: plain structures whose first member is their id, a `char *`.
 */
typedef struct
{
  const char *file_name;
  const char *main_group;
  gpointer (*parse) (GKeyFile *key_file, const char *id, GError **error);
  void (*unparse) (gconstpointer entry, GKeyFile *key_file);
  GDestroyNotify free;
} MmpEntryKind;

#define MMP_TYPE_ENTRY_STORE (mmp_entry_store_get_type ())

G_DECLARE_FINAL_TYPE (MmpEntryStore, mmp_entry_store, MMP, ENTRY_STORE, GObject)

/**
 * MmpEntryStore:
 *
 * Entries with ids, all in one file, which other processes may change meanwhile: brokers, key pairs. The signal `changed`
 * says that something did. Control thread.
 */
MmpEntryStore *mmp_entry_store_new (const char *directory,
                                    const MmpEntryKind *kind,
                                    GError **error);
GPtrArray *mmp_entry_store_list (MmpEntryStore *self);
gconstpointer mmp_entry_store_find (MmpEntryStore *self,
                                    const char *id);
gboolean mmp_entry_store_save (MmpEntryStore *self,
                               gpointer entry,
                               GError **error);
gboolean mmp_entry_store_remove (MmpEntryStore *self,
                                 const char *id,
                                 GError **error);
GHashTable *mmp_entry_store_parse (GKeyFile *key_file,
                                   const MmpEntryKind *kind,
                                   GError **error);

G_END_DECLS
