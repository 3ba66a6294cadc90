/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-device-text.h"

#include "mmp-text.h"

/**
 * mmp_device_text_name:
 *
 * Returns: (transfer none): what it is called
 */
const char *
mmp_device_text_name (const MmpDevice *device)
{
  return device->name[0] != '\0' ? device->name : _ ("Unnamed device");
}

static gboolean
is_there (const MmpStatus *status,
          const MmpPublicKey *key)
{
  return status->state == MMP_STATE_CONNECTED && status->has_device && mmp_public_key_equal (&status->device, key);
}

/* How @key is connected by @connection; NULL: it is not */
static const MmpStatus *
find_status (MmpConnection *connection,
             const MmpPublicKey *key)
{
  GPtrArray *devices = mmp_connection_get_devices (connection);

  if (!mmp_connection_is_running (connection))
    return NULL;
  for (guint i = 0; i < devices->len; i++)
    {
      if (is_there (g_ptr_array_index (devices, i), key))
        return g_ptr_array_index (devices, i);
    }

  return is_there (mmp_connection_get_status (connection), key) ? mmp_connection_get_status (connection) : NULL;
}

/**
 * mmp_device_text_moment:
 *
 * Returns: (transfer full): a moment by the calendar, and how long ago it was
 */
char *
mmp_device_text_moment (gint64 seconds_since_1970)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_unix_local (seconds_since_1970);
  g_autofree char *ago = mmp_text_ago (seconds_since_1970);
  /* Translators: a date and a time of day, as g_date_time_format() knows them */
  g_autofree char *text = time != NULL ? g_date_time_format (time, _ ("%-d %B %Y, %H:%M")) : NULL;

  /* Translators: a moment and how long ago it was, such as “24 November 2026, 17:30 (3 days ago)” */
  return text != NULL ? g_strdup_printf (_ ("%s (%s)"), text, ago) : g_steal_pointer (&ago);
}

/**
 * mmp_device_text_seen:
 * @by_calendar: with the date and the time, for below a heading; otherwise how long ago, as a sentence
 *
 * Returns: (transfer full): whether it is there, or when it last was
 */
char *
mmp_device_text_seen (MmpAccount *account,
                      const MmpDevice *device,
                      gboolean by_calendar)
{
  GListModel *model = mmp_account_get_connections (account);
  g_autofree char *ago = NULL;

  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (MmpConnection) connection = g_list_model_get_item (model, i);

      if (find_status (connection, &device->key) != NULL)
        return g_strdup (_ ("Connected now"));
    }
  if (device->seen == 0)
    return g_strdup (_ ("Not seen yet"));
  if (by_calendar)
    return mmp_device_text_moment (device->seen);
  ago = mmp_text_ago (device->seen);

  /* Translators: the text is such as “3 hours ago” */
  return g_strdup_printf (_ ("Last seen %s"), ago);
}

static gboolean
lets_in (const MmpProfile *profile,
         const MmpPublicKey *key)
{
  if (!profile->classic || profile->access == MMP_PROFILE_ACCESS_ANYONE)
    return TRUE;
  for (guint i = 0; profile->classic_devices != NULL && profile->classic_devices[i] != NULL; i++)
    {
      MmpPublicKey other;

      if (mmp_public_key_from_text (profile->classic_devices[i], &other, NULL) && mmp_public_key_equal (&other, key))
        return TRUE;
    }

  return FALSE;
}

/**
 * mmp_device_text_use:
 * @key: a trusted device
 *
 * Returns: (transfer full) (nullable): what @connection has to do with it; %NULL: nothing
 */
char *
mmp_device_text_use (MmpConnection *connection,
                     const MmpPublicKey *key)
{
  const MmpProfile *profile = mmp_connection_get_profile (connection);
  const MmpStatus *status = find_status (connection, key);

  if (profile == NULL || !mmp_profile_has_tunnel (profile))
    return NULL;
  if (status != NULL)
    return g_strdup_printf (_ ("Connected, %s"), mmp_text_path (status->path));
  if (mmp_profile_is_called (profile))
    return lets_in (profile, key) ? g_strdup (_ ("May connect")) : NULL;

  return profile->has_device && mmp_public_key_equal (&profile->device, key) ? g_strdup (_ ("Leads to this device")) : NULL;
}
