/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-profile"

#include "profile/mmp-device-store.h"
#include "profile/mmp-device-store-private.h"

#include <string.h>

#include "base/mmp-error.h"
#include "base/mmp-limits.h"
#include "crypto/mmp-base32.h"

/* [Devices] Version=1, then a group for each device, named by its key of 52 characters */
#define STANDING_KEY "Standing"
#define NAME_KEY "Name"
#define ADDED_KEY "Added"
#define TRUSTED_KEY "Trusted"
#define SEEN_KEY "LastSeen"

#define GROUP_LENGTH MMP_BASE32_BARE_LENGTH (MMP_PUBLIC_KEY_SIZE)
#define TRUSTED "trusted"
#define BLOCKED "blocked"

static MmpStanding
parse_standing (const char *text)
{
  if (g_strcmp0 (text, TRUSTED) == 0)
    return MMP_STANDING_TRUSTED;

  return g_strcmp0 (text, BLOCKED) == 0 ? MMP_STANDING_BLOCKED : MMP_STANDING_UNKNOWN;
}

/* Whom to trust does not hang on a time: a wrong one is one that is not known. */
static gint64
parse_time (GKeyFile *key_file,
            const char *group,
            const char *key)
{
  g_autofree char *text = g_key_file_get_string (key_file, group, key, NULL);
  g_autoptr (GDateTime) time = text != NULL ? g_date_time_new_from_iso8601 (text, NULL) : NULL;

  return time != NULL ? MAX (g_date_time_to_unix (time), 0) : 0;
}

static void
write_time (GKeyFile *key_file,
            const char *group,
            const char *key,
            gint64 seconds)
{
  g_autoptr (GDateTime) time = seconds > 0 ? g_date_time_new_from_unix_utc (seconds) : NULL;
  g_autofree char *text = time != NULL ? g_date_time_format (time, "%Y-%m-%dT%H:%M:%SZ") : NULL;

  if (text != NULL)
    g_key_file_set_string (key_file, group, key, text);
}

static MmpDevice *
parse_device (GKeyFile *key_file,
              const char *group,
              GError **error)
{
  g_autoptr (MmpDevice) device = g_new0 (MmpDevice, 1);
  g_autofree char *standing = g_key_file_get_string (key_file, group, STANDING_KEY, NULL);
  g_autofree char *name = g_key_file_get_string (key_file, group, NAME_KEY, NULL);

  device->standing = parse_standing (standing);
  /* The key has another text with padding; a device that stood there twice could not be taken out. */
  if (strlen (group) != GROUP_LENGTH || !mmp_public_key_from_text (group, &device->key, NULL) || device->standing == MMP_STANDING_UNKNOWN)
    {
      g_set_error (error, MMP_ERROR, MMP_ERROR_FILE_INVALID, "the group %.60s is not a device that is trusted or blocked", group);
      return NULL;
    }
  device->name = name != NULL && mmp_device_is_name (name) ? g_steal_pointer (&name) : g_strdup ("");
  device->added = parse_time (key_file, group, ADDED_KEY);
  device->trusted = parse_time (key_file, group, TRUSTED_KEY);
  device->seen = parse_time (key_file, group, SEEN_KEY);
  /* Older programs wrote only when it came into the list. */
  if (device->trusted == 0 && device->standing == MMP_STANDING_TRUSTED)
    device->trusted = device->added;

  return g_steal_pointer (&device);
}

/**
 * mmp_device_is_name:
 * @name: UTF-8
 *
 * Names were cleaned before they came here, but a file may have been written by anybody.
 *
 * Returns: whether it is one line of at most %MMP_DEVICE_NAME_MAX bytes
 */
gboolean
mmp_device_is_name (const char *name)
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
 * mmp_device_copy:
 * @self: a device
 *
 * Returns: (transfer full): a copy
 */
MmpDevice *
mmp_device_copy (const MmpDevice *self)
{
  MmpDevice *copy = g_memdup2 (self, sizeof *self);

  copy->name = g_strdup (self->name);

  return copy;
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

      if (strcmp (groups[i], MMP_DEVICES_GROUP) == 0)
        continue;
      device = parse_device (key_file, groups[i], error);
      if (device == NULL)
        return NULL;
      g_hash_table_replace (devices, &device->key, device);
    }

  return g_steal_pointer (&devices);
}

/**
 * mmp_device_write:
 * @self: a device
 * @key_file: (inout): gets its group, or what differs there
 *
 * A time that is not known of @self is left as it is.
 */
void
mmp_device_write (const MmpDevice *self,
                  GKeyFile *key_file)
{
  g_autofree char *group = mmp_public_key_to_short_text (&self->key);

  write_time (key_file, group, ADDED_KEY, self->added);
  g_key_file_set_string (key_file, group, STANDING_KEY, self->standing == MMP_STANDING_TRUSTED ? TRUSTED : BLOCKED);
  if (self->name[0] != '\0')
    g_key_file_set_string (key_file, group, NAME_KEY, self->name);
  else
    g_key_file_remove_key (key_file, group, NAME_KEY, NULL);
  write_time (key_file, group, TRUSTED_KEY, self->trusted);
  write_time (key_file, group, SEEN_KEY, self->seen);
}

/**
 * mmp_device_write_seen:
 * @self: a device
 * @key_file: (inout): says of it when it was last seen; it has its group already, unless it was just taken out
 */
void
mmp_device_write_seen (const MmpDevice *self,
                       GKeyFile *key_file)
{
  g_autofree char *group = mmp_public_key_to_short_text (&self->key);

  if (g_key_file_has_group (key_file, group))
    write_time (key_file, group, SEEN_KEY, self->seen);
}
