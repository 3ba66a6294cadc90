/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-profile"

#include "profile/mmp-profile-private.h"

#include <string.h>

#include "base/mmp-error.h"

static gboolean
fail (GError **error,
      const char *message)
{
  g_set_error_literal (error, MMP_ERROR, MMP_ERROR_FILE_INVALID, message);

  return FALSE;
}

/* A login in there would be a password in a file. */
static gboolean
check_servers (char **servers,
               GError **error)
{
  if (g_strv_length (servers) > MMP_PROFILE_TURN_MAX)
    return fail (error, "there are too many TURN servers");
  for (guint i = 0; servers[i] != NULL; i++)
    {
      const char *colon = strchr (servers[i], ':');

      if (!mmp_profile_is_line (servers[i], MMP_PROFILE_TEXT_MAX) || strpbrk (servers[i], "@; ") != NULL || !(g_str_has_prefix (servers[i], "turn:") || g_str_has_prefix (servers[i], "turns:")) || colon[1] == '\0')
        return fail (error, "a TURN server is turn:HOST:PORT, turn:HOST:PORT?transport=tcp or turns:HOST:PORT, without a login");
    }

  return TRUE;
}

gboolean
mmp_profile_check_turn (const MmpProfile *self,
                        GError **error)
{
  if (!check_servers (self->turn, error))
    return FALSE;
  if (!mmp_profile_is_line (self->turn_user, MMP_PROFILE_TEXT_MAX) || !mmp_profile_is_line (self->turn_ca_file, MMP_PROFILE_TEXT_MAX))
    return fail (error, "the login at its TURN servers is wrong");
  if (self->turn[0] != NULL && self->turn_user[0] == '\0')
    return fail (error, "its TURN servers want a user name");

  return TRUE;
}

/**
 * mmp_profile_set_turn:
 * @text: TURN servers, with spaces or commas between them
 * @error: FILE_INVALID: one of them is none
 *
 * Sets the TURN servers from what a person wrote; nothing is changed if that is wrong.
 */
gboolean
mmp_profile_set_turn (MmpProfile *self,
                      const char *text,
                      GError **error)
{
  g_auto (GStrv) servers = mmp_profile_split (text);

  if (!check_servers (servers, error))
    return FALSE;
  g_strfreev (self->turn);
  self->turn = g_steal_pointer (&servers);

  return TRUE;
}

/**
 * mmp_profile_get_turn_secret_id:
 * @id: a profile's
 *
 * Returns: (transfer full): under which the password at its TURN servers is kept
 */
char *
mmp_profile_get_turn_secret_id (const char *id)
{
  return g_strconcat ("turn/", id, NULL);
}

void
mmp_profile_read_turn (MmpProfile *self,
                       GKeyFile *key_file)
{
  const char *group = MMP_PROFILE_GROUP;
  g_auto (GStrv) servers = g_key_file_get_string_list (key_file, group, "Turn", NULL, NULL);
  char *user = g_key_file_get_string (key_file, group, "TurnUser", NULL);
  char *ca_file = g_key_file_get_string (key_file, group, "TurnCaFile", NULL);

  if (servers != NULL)
    {
      g_strfreev (self->turn);
      self->turn = g_steal_pointer (&servers);
    }
  g_free (self->turn_user);
  self->turn_user = user != NULL ? user : g_strdup ("");
  g_free (self->turn_ca_file);
  self->turn_ca_file = ca_file != NULL ? ca_file : g_strdup ("");
}

/* Most have none, and then nothing of it stands there. */
void
mmp_profile_write_turn (const MmpProfile *self,
                        GKeyFile *key_file)
{
  const char *group = MMP_PROFILE_GROUP;

  if (self->turn[0] != NULL)
    g_key_file_set_string_list (key_file, group, "Turn", (const char *const *) self->turn, g_strv_length (self->turn));
  else
    g_key_file_remove_key (key_file, group, "Turn", NULL);
  if (self->turn_user[0] != '\0')
    g_key_file_set_string (key_file, group, "TurnUser", self->turn_user);
  else
    g_key_file_remove_key (key_file, group, "TurnUser", NULL);
  if (self->turn_ca_file[0] != '\0')
    g_key_file_set_string (key_file, group, "TurnCaFile", self->turn_ca_file);
  else
    g_key_file_remove_key (key_file, group, "TurnCaFile", NULL);
}
