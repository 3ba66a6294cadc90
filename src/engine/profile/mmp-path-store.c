/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-profile"

#include "profile/mmp-path-store.h"
#include "profile/mmp-path-store-private.h"

#include <gio/gio.h>
#include <string.h>

#include "crypto/mmp-base32.h"
#include "profile/mmp-shared-file.h"

/* [Paths] Version=1, then a group for each device, named by its key of 52 characters */
#define FILE_NAME "paths.ini"
#define MAIN_GROUP "Paths"
#define TURN_KEY "TurnSince"

#define GROUP_LENGTH MMP_BASE32_BARE_LENGTH (MMP_PUBLIC_KEY_SIZE)

struct _MmpPathStore
{
  MmpSharedFile *file;
};

/* What one call does to one device */
typedef struct
{
  const char *group;
  gboolean turn;
  gint64 now;
} Edit;

/* One device of the file */
typedef struct
{
  const char *group;
  gint64 since;
} Entry;

/* The newest first */
static int
compare_entries (gconstpointer a,
                 gconstpointer b)
{
  const Entry *first = a;
  const Entry *second = b;

  return (first->since < second->since) - (first->since > second->since);
}

static gboolean
edit_device (GKeyFile *key_file,
             gpointer user_data,
             GError **error)
{
  const Edit *edit = user_data;
  g_autoptr (GDateTime) now = g_date_time_new_from_unix_utc (edit->now);
  g_autofree char *since = g_date_time_format (now, "%Y-%m-%dT%H:%M:%SZ");

  if (!edit->turn)
    return g_key_file_remove_group (key_file, edit->group, NULL);

  mmp_path_store_make_room (key_file, edit->now);
  g_key_file_set_string (key_file, edit->group, TURN_KEY, since);

  return TRUE;
}

/**
 * mmp_path_store_parse:
 * @key_file: what the file says
 * @group: one of its groups, or not
 * @now: seconds since 1970
 * @since: (out): when that device was first reached over TURN alone, in seconds since 1970
 *
 * Returns: whether the group says so of a device, and of a time that still counts; if not, @since is left alone
 */
gboolean
mmp_path_store_parse (GKeyFile *key_file,
                      const char *group,
                      gint64 now,
                      gint64 *since)
{
  g_autofree char *text = g_key_file_get_string (key_file, group, TURN_KEY, NULL);
  g_autoptr (GDateTime) time = text != NULL ? g_date_time_new_from_iso8601 (text, NULL) : NULL;
  MmpPublicKey key;
  gint64 seconds;

  if (time == NULL || strlen (group) != GROUP_LENGTH || !mmp_public_key_from_text (group, &key, NULL))
    return FALSE;
  seconds = g_date_time_to_unix (time);
  if (seconds > now || seconds <= now - MMP_PATHS_SECONDS)
    return FALSE;

  *since = seconds;
  return TRUE;
}

/**
 * mmp_path_store_make_room:
 * @key_file: what the file says
 * @now: seconds since 1970
 *
 * Takes out what does not count, and so many of the oldest devices that there is room for one.
 */
void
mmp_path_store_make_room (GKeyFile *key_file,
                          gint64 now)
{
  g_auto (GStrv) groups = g_key_file_get_groups (key_file, NULL);
  g_autoptr (GArray) devices = g_array_new (FALSE, FALSE, sizeof (Entry));

  for (guint i = 0; groups[i] != NULL; i++)
    {
      Entry entry = { .group = groups[i] };

      if (strcmp (groups[i], MAIN_GROUP) == 0)
        continue;
      if (mmp_path_store_parse (key_file, groups[i], now, &entry.since))
        g_array_append_val (devices, entry);
      else
        g_key_file_remove_group (key_file, groups[i], NULL);
    }
  g_array_sort (devices, compare_entries);
  for (guint i = MMP_PATHS_MAX - 1; i < devices->len; i++)
    g_key_file_remove_group (key_file, g_array_index (devices, Entry, i).group, NULL);
}

/**
 * mmp_path_store_new:
 * @directory: where `paths.ini` is; made if it is missing
 * @error: return location
 *
 * Returns: (transfer full): the store; %NULL with %MMP_ERROR_FILE_INVALID if there can be no such directory
 */
MmpPathStore *
mmp_path_store_new (const char *directory,
                    GError **error)
{
  g_autoptr (MmpSharedFile) file = mmp_shared_file_new (directory, FILE_NAME, MAIN_GROUP, error);
  MmpPathStore *self;

  if (file == NULL)
    return NULL;
  self = g_new0 (MmpPathStore, 1);
  self->file = g_steal_pointer (&file);

  return self;
}

/**
 * mmp_path_store_free:
 * @self: (nullable): a store
 */
void
mmp_path_store_free (MmpPathStore *self)
{
  if (self == NULL)
    return;

  mmp_shared_file_free (self->file);
  g_free (self);
}

/**
 * mmp_path_store_needs_turn:
 * @self: a store
 * @device: a device
 * @now: seconds since 1970
 *
 * Blocks for as long as the disk needs.
 *
 * Returns: whether the device was reached over TURN alone, and that for less than %MMP_PATHS_SECONDS: after a day it is
 *   looked at again whether there is a direct path
 */
gboolean
mmp_path_store_needs_turn (MmpPathStore *self,
                           const MmpPublicKey *device,
                           gint64 now)
{
  g_autofree char *group = mmp_public_key_to_short_text (device);
  g_autoptr (GError) error = NULL;
  g_autoptr (GKeyFile) key_file = mmp_shared_file_load (self->file, &error);
  gint64 since;

  if (key_file == NULL)
    {
      g_debug ("no paths are remembered: %s", error->message);
      return FALSE;
    }

  return mmp_path_store_parse (key_file, group, now, &since);
}

/**
 * mmp_path_store_set_turn:
 * @self: a store
 * @device: a device that a path other than the relay leads to now
 * @turn: whether it is one over TURN
 * @now: seconds since 1970
 *
 * What is remembered already keeps its time. Blocks until it is on the disk, but mostly there is nothing to write.
 */
void
mmp_path_store_set_turn (MmpPathStore *self,
                         const MmpPublicKey *device,
                         gboolean turn,
                         gint64 now)
{
  g_autofree char *group = mmp_public_key_to_short_text (device);
  g_autoptr (GError) error = NULL;
  const Edit edit = { .group = group, .turn = turn, .now = now };

  if (turn == mmp_path_store_needs_turn (self, device, now))
    return;
  if (!mmp_shared_file_edit (self->file, edit_device, (gpointer) &edit, &error) && error != NULL)
    g_debug ("a path is not remembered: %s", error->message);
}
