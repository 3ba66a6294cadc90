/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-profile"

#include "profile/mmp-profile-private.h"

#include "base/mmp-error.h"

static gboolean
check_devices (char **devices,
               GError **error)
{
  if (g_strv_length (devices) > MMP_PROFILE_CLASSIC_DEVICES_MAX)
    {
      g_set_error_literal (error, MMP_ERROR, MMP_ERROR_FILE_INVALID, "there are too many trusted keys");
      return FALSE;
    }
  for (guint i = 0; devices[i] != NULL; i++)
    {
      MmpPublicKey key;

      if (!mmp_public_key_from_text (devices[i], &key, NULL))
        {
          g_set_error_literal (error, MMP_ERROR, MMP_ERROR_FILE_INVALID, "a trusted key is no public key");
          return FALSE;
        }
    }

  return TRUE;
}

gboolean
mmp_profile_check_classic (const MmpProfile *self,
                           GError **error)
{
  if (self->classic && self->services->len + self->forwards->len > 1)
    {
      g_set_error_literal (error, MMP_ERROR, MMP_ERROR_FILE_INVALID, "one of the classic mode has one service or local address");
      return FALSE;
    }

  return check_devices (self->classic_devices, error);
}

/**
 * mmp_profile_set_classic_devices:
 * @text: public keys, with spaces or commas between them
 * @error: FILE_INVALID: one of them is none
 *
 * Sets who may connect to a listener of the classic mode from what a person wrote; nothing is changed if that is wrong.
 */
gboolean
mmp_profile_set_classic_devices (MmpProfile *self,
                                 const char *text,
                                 GError **error)
{
  g_auto (GStrv) devices = mmp_profile_split (text);

  if (!check_devices (devices, error))
    return FALSE;
  g_strfreev (self->classic_devices);
  self->classic_devices = g_steal_pointer (&devices);

  return TRUE;
}

void
mmp_profile_read_classic (MmpProfile *self,
                          GKeyFile *key_file)
{
  g_auto (GStrv) devices = g_key_file_get_string_list (key_file, MMP_PROFILE_GROUP, "ClassicDevices", NULL, NULL);

  self->classic = g_key_file_get_boolean (key_file, MMP_PROFILE_GROUP, "Classic", NULL);
  if (devices != NULL)
    {
      g_strfreev (self->classic_devices);
      self->classic_devices = g_steal_pointer (&devices);
    }
}

/* Most are not, and then nothing of it stands there. */
void
mmp_profile_write_classic (const MmpProfile *self,
                           GKeyFile *key_file)
{
  const char *group = MMP_PROFILE_GROUP;

  if (self->classic)
    g_key_file_set_boolean (key_file, group, "Classic", TRUE);
  else
    g_key_file_remove_key (key_file, group, "Classic", NULL);
  if (self->classic_devices[0] != NULL)
    g_key_file_set_string_list (key_file, group, "ClassicDevices", (const char *const *) self->classic_devices, g_strv_length (self->classic_devices));
  else
    g_key_file_remove_key (key_file, group, "ClassicDevices", NULL);
}
