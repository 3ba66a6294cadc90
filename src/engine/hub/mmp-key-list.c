/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "hub/mmp-key-list.h"

#include <gio/gio.h>
#include <string.h>

#include "base/mmp-error.h"

/* Some thousand keys with comments */
#define LIST_SIZE_MAX (1024 * 1024)

/**
 * mmp_key_list_parse:
 * @text: the content of a file of trusted initiators, in the form of the thesis's programs: one public key a line, lines
 *   that begin with `#`, and empty ones
 * @size: its length in bytes
 * @error: FILE_INVALID, with the number of the line
 *
 * A file with one wrong line is refused as a whole, since whoever wrote that line believes that it counts.
 *
 * Returns: (transfer full): a set of #MmpPublicKey
 */
GHashTable *
mmp_key_list_parse (const char *text,
                    gsize size,
                    GError **error)
{
  g_autoptr (GHashTable) keys = g_hash_table_new_full (mmp_public_key_hash, mmp_public_key_equal, (GDestroyNotify) mmp_public_key_free, NULL);
  g_autofree char *copy = NULL;
  g_auto (GStrv) lines = NULL;

  if (size > LIST_SIZE_MAX || memchr (text, '\0', size) != NULL || !g_utf8_validate_len (text, size, NULL))
    {
      g_set_error (error, MMP_ERROR, MMP_ERROR_FILE_INVALID, "the list of trusted devices is not a text of at most %d bytes", LIST_SIZE_MAX);
      return NULL;
    }

  copy = g_strndup (text, size);
  lines = g_strsplit (copy, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++)
    {
      const char *line = g_strstrip (lines[i]);
      MmpPublicKey key;

      if (line[0] == '\0' || line[0] == '#')
        continue;
      if (!mmp_public_key_from_text (line, &key, NULL))
        {
          g_set_error (error, MMP_ERROR, MMP_ERROR_FILE_INVALID, "line %u of the list of trusted devices is not a public key", i + 1);
          return NULL;
        }
      g_hash_table_add (keys, mmp_public_key_copy (&key));
    }

  return g_steal_pointer (&keys);
}

/**
 * mmp_key_list_load:
 * @path: a file as mmp_key_list_parse() reads it
 * @error: FILE_INVALID
 *
 * Returns: (transfer full): a set of #MmpPublicKey
 */
GHashTable *
mmp_key_list_load (const char *path,
                   GError **error)
{
  g_autoptr (GHashTable) keys = NULL;
  g_autoptr (GError) cause = NULL;
  g_autofree char *text = NULL;
  gsize size;

  if (!g_file_get_contents (path, &text, &size, &cause))
    {
      g_set_error_literal (error, MMP_ERROR, MMP_ERROR_FILE_INVALID, cause->message);
      return NULL;
    }
  keys = mmp_key_list_parse (text, size, error);
  if (keys == NULL)
    g_prefix_error (error, "%s: ", path);

  return g_steal_pointer (&keys);
}
