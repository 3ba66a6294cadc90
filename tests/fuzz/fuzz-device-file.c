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

      GHashTableIter iter;
      gpointer value;

      g_assert_cmpuint (g_hash_table_size (devices), ==, g_hash_table_size (devices_again));
      /* What is written of a device is what was read. */
      g_hash_table_iter_init (&iter, devices);
      while (g_hash_table_iter_next (&iter, NULL, &value))
        {
          const MmpDevice *device = value;
          const MmpDevice *same;

          mmp_device_write (device, again);
          g_hash_table_unref (devices_again);
          devices_again = mmp_device_store_parse (again, NULL);
          same = g_hash_table_lookup (devices_again, &device->key);
          g_assert_cmpstr (same->name, ==, device->name);
          g_assert_true (same->standing == device->standing && same->added == device->added && same->trusted == device->trusted && same->seen == device->seen);
        }
    }

  return 0;
}
