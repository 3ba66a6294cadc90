/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "profile/mmp-device-store-private.h"
#include "profile/mmp-shared-file.h"

int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize size);

/* What is taken and saved again says the same. */
int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize size)
{
  g_autoptr (GKeyFile) key_file = mmp_shared_file_parse ((const char *) data, size, "Devices", NULL);
  g_autoptr (GHashTable) devices = key_file != NULL ? mmp_device_store_parse (key_file, NULL) : NULL;

  if (devices != NULL)
    {
      gsize length;
      g_autofree char *text = g_key_file_to_data (key_file, &length, NULL);
      g_autoptr (GKeyFile) again = mmp_shared_file_parse (text, length, "Devices", NULL);
      g_autoptr (GHashTable) devices_again = mmp_device_store_parse (again, NULL);

      g_assert_cmpuint (g_hash_table_size (devices), ==, g_hash_table_size (devices_again));
    }

  return 0;
}
