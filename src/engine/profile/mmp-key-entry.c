/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-profile"

#include "profile/mmp-key-entry.h"

#include <string.h>

#include "base/mmp-error.h"

/**
 * mmp_key_entry_new:
 * @name: for people, one line
 *
 * Returns: (transfer full): a key pair that was added now
 */
MmpKeyEntry *
mmp_key_entry_new (const char *name,
                   const MmpPublicKey *public_key)
{
  MmpKeyEntry *self = g_new0 (MmpKeyEntry, 1);

  self->id = g_strdup ("");
  self->name = g_strdup (name);
  self->public_key = *public_key;
  self->added = g_get_real_time () / G_USEC_PER_SEC;

  return self;
}

/**
 * mmp_key_entry_copy:
 *
 * Returns: (transfer full): a copy
 */
MmpKeyEntry *
mmp_key_entry_copy (const MmpKeyEntry *self)
{
  MmpKeyEntry *copy = mmp_key_entry_new (self->name, &self->public_key);

  g_set_str (&copy->id, self->id);
  copy->added = self->added;
  copy->use = self->use;

  return copy;
}

/**
 * mmp_key_entry_free:
 */
void
mmp_key_entry_free (MmpKeyEntry *self)
{
  g_free (self->id);
  g_free (self->name);
  g_free (self);
}

/**
 * mmp_key_entry_get_secret_id:
 *
 * Returns: (transfer full): under which its private half is among the secrets
 */
char *
mmp_key_entry_get_secret_id (const char *id)
{
  return g_strconcat ("key/", id, NULL);
}

static const char *const uses[] = { "", "v1", "classic" };

static gboolean
parse_use (GKeyFile *key_file,
           const char *id,
           MmpKeyUse *use)
{
  g_autofree char *text = g_key_file_get_string (key_file, id, "Use", NULL);

  *use = MMP_KEY_USE_NONE;
  if (text == NULL)
    return TRUE;
  for (guint i = MMP_KEY_USE_V1; i < G_N_ELEMENTS (uses); i++)
    {
      if (g_str_equal (text, uses[i]))
        *use = i;
    }

  return *use != MMP_KEY_USE_NONE;
}

static gpointer
parse (GKeyFile *key_file,
       const char *id,
       GError **error)
{
  g_autofree char *name = g_key_file_get_string (key_file, id, "Name", NULL);
  g_autofree char *text = g_key_file_get_string (key_file, id, "Public", NULL);
  MmpPublicKey key;
  MmpKeyUse use;
  MmpKeyEntry *self;

  if (name == NULL || name[0] == '\0' || strlen (name) > 4 * MMP_KEY_NAME_MAX || strpbrk (name, "\r\n") != NULL || text == NULL || !mmp_public_key_from_text (text, &key, NULL) || !parse_use (key_file, id, &use))
    {
      g_set_error (error, MMP_ERROR, MMP_ERROR_FILE_INVALID, "the group %.60s is not a key pair", id);
      return NULL;
    }

  self = mmp_key_entry_new (name, &key);
  g_set_str (&self->id, id);
  self->use = use;
  self->added = g_key_file_get_int64 (key_file, id, "Added", NULL);

  return self;
}

static void
unparse (gconstpointer entry,
         GKeyFile *key_file)
{
  const MmpKeyEntry *self = entry;
  g_autofree char *text = mmp_public_key_to_short_text (&self->public_key);

  g_key_file_set_string (key_file, self->id, "Name", self->name);
  g_key_file_set_string (key_file, self->id, "Public", text);
  g_key_file_set_int64 (key_file, self->id, "Added", self->added);
  if (self->use != MMP_KEY_USE_NONE)
    g_key_file_set_string (key_file, self->id, "Use", uses[self->use]);
}

const MmpEntryKind mmp_key_entry_kind = {
  .file_name = "keys.ini",
  .main_group = "Keys",
  .parse = parse,
  .unparse = unparse,
  .free = (GDestroyNotify) mmp_key_entry_free,
};
