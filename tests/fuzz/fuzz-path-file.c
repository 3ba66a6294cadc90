/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "profile/mmp-path-store-private.h"
#include "profile/mmp-shared-file.h"

#define NOW 1795737600

int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize size);

/* Whatever it says, afterwards there are only devices that count, and room for one more. */
int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize size)
{
  g_autoptr (GKeyFile) key_file = mmp_shared_file_parse ((const char *) data, size, "Paths", NULL);

  if (key_file != NULL)
    {
      g_auto (GStrv) groups = NULL;
      gsize n;

      mmp_path_store_make_room (key_file, NOW);
      groups = g_key_file_get_groups (key_file, &n);
      g_assert_cmpuint (n, <=, MMP_PATHS_MAX);
      for (gsize i = 0; i < n; i++)
        {
          gint64 since = 0;

          g_assert_true (g_str_equal (groups[i], "Paths") || mmp_path_store_parse (key_file, groups[i], NOW, &since));
        }
    }

  return 0;
}
