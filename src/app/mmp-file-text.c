/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-file-text.h"

#include <glib/gi18n.h>

#include "mmp-text.h"

static const struct
{
  int code;
  const char *text;
} texts[] = {
  { G_IO_ERROR_NO_SPACE, N_ ("There is no room left. Free some space or choose another folder.") },
  { G_IO_ERROR_PERMISSION_DENIED, N_ ("You have no right to this file. Choose another one.") },
  { G_IO_ERROR_READ_ONLY, N_ ("Nothing can be written there. Choose another folder.") },
  { G_IO_ERROR_NOT_FOUND, N_ ("The file or its folder is not there. Choose another one.") },
  { G_IO_ERROR_IS_DIRECTORY, N_ ("This is a folder. Choose a file.") },
};

/**
 * mmp_file_text_explain:
 * @error: why a file that a person chose could not be read or written
 *
 * Returns: (transfer full): a sentence about what is the matter, and the next step
 */
char *
mmp_file_text_explain (const GError *error)
{
  if (g_error_matches (error, MMP_ERROR, MMP_ERROR_FILE_INVALID))
    return g_strdup (_ ("Message Portal did not write this file, or it was changed. Choose another one."));
  if (g_error_matches (error, MMP_ERROR, MMP_ERROR_KEY_FILE) || g_error_matches (error, MMP_ERROR, MMP_ERROR_KEY_INVALID))
    return g_strdup (_ ("There is no private key in this file. Choose another one."));
  if (g_error_matches (error, MMP_ERROR, MMP_ERROR_SECRETS))
    return g_strdup (_ ("The password is wrong, or the file was changed. Try again."));
  if (error->domain == MMP_ERROR)
    return mmp_text_explain (error);

  for (gsize i = 0; error->domain == G_IO_ERROR && i < G_N_ELEMENTS (texts); i++)
    if (error->code == texts[i].code)
      return g_strdup (_ (texts[i].text));

  return g_strdup_printf (_ ("The file cannot be used (%s). Choose another one."), error->message);
}
