/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-test.h"

#include <glib/gstdio.h>

/* Long enough for a loaded machine and a sanitizer build; a test that waits this long has failed. */
#define DEADLINE (40 * G_USEC_PER_SEC)

/**
 * mmp_test_deadline:
 *
 * Returns: a deadline that begins now
 */
MmpTestDeadline
mmp_test_deadline (void)
{
  return (MmpTestDeadline) { .end = g_get_monotonic_time () + DEADLINE };
}

static gboolean
on_wake (gpointer user_data)
{
  return G_SOURCE_REMOVE;
}

/**
 * mmp_test_iterate:
 *
 * One turn of the default context, at most 10 ms; fails the test after the deadline. Used by mmp_test_await().
 */
void
mmp_test_iterate (MmpTestDeadline *deadline,
                  const char *what,
                  const char *file,
                  int line)
{
  g_autoptr (GSource) source = g_timeout_source_new (10);

  if (g_get_monotonic_time () > deadline->end)
    g_error ("%s:%d: waited in vain for: %s", file, line, what);

  g_source_set_callback (source, on_wake, NULL, NULL);
  g_source_attach (source, NULL);
  g_main_context_iteration (NULL, TRUE);
  g_source_destroy (source);
}

/**
 * mmp_test_await_finalize:
 * @object: (transfer full): a #GObject
 *
 * Drops the reference and proves that the object dies.
 */
void
mmp_test_await_finalize (gpointer object)
{
  gpointer weak = object;

  g_object_add_weak_pointer (object, &weak);
  g_object_unref (object);
  mmp_test_await (weak == NULL);
}

/**
 * mmp_test_data:
 * @name: a file below tests/data
 *
 * Returns: (transfer full): its content, NUL-terminated
 */
char *
mmp_test_data (const char *name,
               gsize *size)
{
  g_autofree char *path = g_build_filename (g_getenv ("MMP_TEST_DATA"), name, NULL);
  g_autoptr (GError) error = NULL;
  char *content = NULL;

  g_file_get_contents (path, &content, size, &error);
  g_assert_no_error (error);

  return content;
}

/**
 * mmp_test_directory:
 *
 * Returns: (transfer full): the path of a new empty directory; give it to mmp_test_directory_free()
 */
char *
mmp_test_directory (void)
{
  g_autoptr (GError) error = NULL;
  char *path = g_dir_make_tmp ("mmp-test-XXXXXX", &error);

  g_assert_no_error (error);

  return path;
}

/**
 * mmp_test_directory_free:
 * @path: (transfer full): what mmp_test_directory() gave
 *
 * Removes the directory with all that is in it.
 */
void
mmp_test_directory_free (char *path)
{
  g_autoptr (GDir) directory = g_dir_open (path, 0, NULL);
  const char *name;

  while (directory != NULL && (name = g_dir_read_name (directory)) != NULL)
    {
      char *file = g_build_filename (path, name, NULL);

      if (g_file_test (file, G_FILE_TEST_IS_DIR) && !g_file_test (file, G_FILE_TEST_IS_SYMLINK))
        {
          mmp_test_directory_free (file);
          continue;
        }
      g_assert_no_errno (g_remove (file));
      g_free (file);
    }
  g_rmdir (path);
  g_free (path);
}
