/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-describe.h"

#include "mmp-text.h"

/**
 * mmp_describe_device:
 *
 * Returns: (transfer full): a listener's device: its fingerprint, and how it is connected
 */
char *
mmp_describe_device (const MmpStatus *status)
{
  g_autofree char *fingerprint = mmp_public_key_to_fingerprint (&status->device);
  g_autofree char *trip = status->rtt >= 0 ? mmp_text_rtt (status->rtt) : NULL;

  if (status->state != MMP_STATE_CONNECTED)
    return g_strdup_printf (_ ("%s\nNot connected at the moment"), fingerprint);
  if (trip == NULL)
    return g_strdup_printf ("%s\n%s", fingerprint, mmp_text_path (status->path));

  return g_strdup_printf ("%s\n%s · %s", fingerprint, mmp_text_path (status->path), trip);
}

/**
 * mmp_describe_device_name:
 *
 * Returns: (transfer none): what a device calls itself
 */
const char *
mmp_describe_device_name (const MmpStatus *status)
{
  return status->device_name != NULL && status->device_name[0] != '\0' ? status->device_name : _ ("Unnamed device");
}

/**
 * mmp_describe_path:
 *
 * Returns: (transfer full): which way data goes, and why
 */
char *
mmp_describe_path (const MmpStatus *status)
{
  switch (status->path)
    {
    case MMP_PATH_DIRECT_UDP:
      return g_strdup_printf (_ ("Direct, over UDP (%s to %s)"), status->local_candidate != NULL ? status->local_candidate : "?", status->remote_candidate != NULL ? status->remote_candidate : "?");
    case MMP_PATH_DIRECT_TCP:
      return g_strdup (_ ("Direct, over TCP"));
    case MMP_PATH_TURN:
      return g_strdup (_ ("Relayed by a TURN server"));
    case MMP_PATH_RELAY:
      return status->cause != NULL ? mmp_text_explain (status->cause) : g_strdup (_ ("Through the broker, a direct path is looked for"));
    case MMP_PATH_BRIDGE:
      return g_strdup (_ ("Sealed messages over another broker"));
    case MMP_PATH_NONE:
    default:
      return g_strdup (_ ("None yet"));
    }
}

/**
 * mmp_describe_local_address:
 *
 * Returns: (transfer full) (nullable): where it opens, or is going to
 */
char *
mmp_describe_local_address (MmpConnection *connection)
{
  const MmpProfile *profile = mmp_connection_get_profile (connection);
  const char *open = mmp_connection_get_address (connection);
  const MmpProfilePort *port = profile->forwards->len > 0 ? g_ptr_array_index (profile->forwards, 0) : NULL;

  if (open != NULL)
    return g_strdup (open);
  if (port == NULL)
    return NULL;
  if (port->port == 0)
    return g_strdup_printf (_ ("%s, any free port"), port->address);

  return g_strdup_printf ("%s:%u", port->address, port->port);
}

/**
 * mmp_describe_services:
 *
 * Returns: (transfer full): what is shared, a line each; "": nothing
 */
char *
mmp_describe_services (const MmpProfile *profile)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < profile->services->len; i++)
    {
      const MmpProfilePort *port = g_ptr_array_index (profile->services, i);

      if (i > 0)
        g_string_append_c (text, '\n');
      if (profile->services->len > 1)
        g_string_append_printf (text, "%s: ", port->service);
      g_string_append_printf (text, "%s:%u", port->address, port->port);
    }

  return g_string_free (text, FALSE);
}

/**
 * mmp_describe_is_locked:
 *
 * Returns: whether it does not start because its keys are locked away
 */
gboolean
mmp_describe_is_locked (MmpConnection *connection)
{
  const MmpStatus *status = mmp_connection_get_status (connection);

  return status != NULL && g_error_matches (status->cause, MMP_ERROR, MMP_ERROR_SECRETS);
}

/**
 * mmp_describe_own_key:
 *
 * Returns: (transfer full) (nullable): the fingerprint that the other side is asked about
 */
char *
mmp_describe_own_key (MmpAccount *account,
                      const MmpProfile *profile)
{
  const MmpKeyEntry *entry = profile->key_pair != NULL ? mmp_entry_store_find (mmp_account_get_keys (account), profile->key_pair) : NULL;

  return entry != NULL ? mmp_public_key_to_fingerprint (&entry->public_key) : NULL;
}

/**
 * mmp_describe_access:
 *
 * Returns: (transfer none) (nullable): what a listener's owner has to know of who may connect
 */
const char *
mmp_describe_access (const MmpProfile *profile)
{
  if (!mmp_profile_is_called (profile))
    return NULL;
  if (profile->access == MMP_PROFILE_ACCESS_ANYONE)
    return _ ("Whoever has the code can reach the service");

  return profile->classic ? _ ("Trusted keys are set up under Advanced; nobody is asked about others") : NULL;
}
