/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "crypto/mmp-bridge-key.h"

#include <glib/gstdio.h>
#include <sys/stat.h>

#include "base/mmp-error.h"
#include "crypto/mmp-bridge-id.h"
#include "mmp-test.h"

static void
test_file (void)
{
  g_autofree char *directory = mmp_test_directory ();
  g_autofree char *path = g_build_filename (directory, "secret_key.bin", NULL);
  g_autoptr (MmpBridgeKey) key = mmp_bridge_key_generate ();
  g_autoptr (MmpBridgeKey) loaded = NULL;
  g_autoptr (GError) error = NULL;
  struct stat info;

  g_assert_true (mmp_bridge_key_save (key, path, FALSE, &error));
  g_assert_no_error (error);
  g_assert_cmpint (stat (path, &info), ==, 0);
  g_assert_cmpint (info.st_size, ==, MMP_BRIDGE_KEY_SIZE);
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);
  loaded = mmp_bridge_key_load (path, &error);
  g_assert_no_error (error);
  g_assert_cmpmem (mmp_bridge_key_get_id (loaded), 4, mmp_bridge_key_get_id (key), 4);

  g_assert_false (mmp_bridge_key_save (loaded, path, FALSE, &error));
  g_assert_error (error, MMP_ERROR, MMP_ERROR_KEY_FILE);
  g_assert_true (mmp_bridge_key_save (loaded, path, TRUE, NULL));
  mmp_test_directory_free (g_steal_pointer (&directory));
}

static void
test_bad_files (void)
{
  g_autofree char *directory = mmp_test_directory ();
  g_autofree char *path = g_build_filename (directory, "key", NULL);

  for (gsize size = 0; size <= 64; size++)
    {
      g_autofree char *data = g_malloc0 (size + 1);
      g_autoptr (MmpBridgeKey) key = NULL;
      g_autoptr (GError) error = NULL;

      g_assert_true (g_file_set_contents_full (path, data, (gssize) size, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
      key = mmp_bridge_key_load (path, &error);
      g_assert_true ((key != NULL) == (size == MMP_BRIDGE_KEY_SIZE));
      g_assert_true ((error != NULL) == (key == NULL));
      g_assert_true (error == NULL || g_error_matches (error, MMP_ERROR, MMP_ERROR_KEY_FILE));
    }
  g_assert_null (mmp_bridge_key_load ("/nowhere/key", NULL));
  mmp_test_directory_free (g_steal_pointer (&directory));
}

static void
on_derived (GObject *source,
            GAsyncResult *result,
            gpointer user_data)
{
  g_set_object ((GAsyncResult **) user_data, result);
}

static void
test_password (void)
{
  static const guint8 id[MMP_BRIDGE_ID_SIZE] = { 1 };
  static const guint8 other_id[MMP_BRIDGE_ID_SIZE] = { 2 };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (MmpBridgeKey) first = NULL;
  g_autoptr (MmpBridgeKey) second = NULL;
  g_autoptr (MmpBridgeKey) third = NULL;
  g_autoptr (GError) error = NULL;

  mmp_bridge_key_derive_async ("correct horse", id, NULL, on_derived, &result);
  mmp_test_await (result != NULL);
  first = mmp_bridge_key_derive_finish (result, &error);
  g_assert_no_error (error);
  second = mmp_bridge_key_derive ("correct horse", id, NULL);
  third = mmp_bridge_key_derive ("correct horse", other_id, NULL);
  g_assert_cmpmem (mmp_bridge_key_get_id (first), 4, mmp_bridge_key_get_id (second), 4);
  g_assert_true (memcmp (mmp_bridge_key_get_id (first), mmp_bridge_key_get_id (third), 4) != 0);

  g_assert_null (mmp_bridge_key_derive ("", id, &error));
  g_assert_error (error, MMP_ERROR, MMP_ERROR_KEY_INVALID);
}

static void
test_cancelled (void)
{
  static const guint8 id[MMP_BRIDGE_ID_SIZE] = { 1 };
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  mmp_bridge_key_derive_async ("correct horse", id, cancellable, on_derived, &result);
  g_cancellable_cancel (cancellable);
  mmp_test_await (result != NULL);
  g_assert_null (mmp_bridge_key_derive_finish (result, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static const struct
{
  const char *text;
  gboolean good;
} ids[] = {
  { "AAAQEAYEAUDAOCAJBIFQYDIOB4", TRUE },
  { "aaaqeayeaudaocajbifqydiob4", TRUE },
  { "AAAQ EAYE-AUDA OCAJ BIFQ YDIO B4", TRUE },
  { "", FALSE },
  { "my bridge", FALSE },
  { "AAAQEAYEAUDAOCAJBIFQYDIOB", FALSE },
  { "AAAQEAYEAUDAOCAJBIFQYDIOB4A", FALSE },
  { "AAAQEAYEAUDAOCAJBIFQYDIOB1", FALSE },
  { "AAAQEAYEAUDAOCAJBIFQYDIOB5", FALSE },
  { "AAAQEAYEAUDAOCAJBIFQYDIOBä", FALSE },
};

static void
test_ids (void)
{
  guint8 id[MMP_BRIDGE_ID_SIZE];
  g_autofree char *text = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *again = NULL;

      g_assert_cmpint (mmp_bridge_id_parse (ids[i].text, id, &error), ==, ids[i].good);
      g_assert_true ((error == NULL) == ids[i].good);
      again = mmp_bridge_id_to_text (id);
      g_assert_true (!ids[i].good || g_str_equal (again, ids[0].text));
    }
  mmp_bridge_id_generate (id);
  text = mmp_bridge_id_to_text (id);
  g_assert_true (mmp_bridge_id_parse (text, id, NULL));
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/bridge-key/file", test_file);
  g_test_add_func ("/bridge-key/bad-files", test_bad_files);
  g_test_add_func ("/bridge-key/password", test_password);
  g_test_add_func ("/bridge-key/cancelled", test_cancelled);
  g_test_add_func ("/bridge-key/ids", test_ids);

  return g_test_run ();
}
