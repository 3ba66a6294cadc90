/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define _GNU_SOURCE /* for locks that belong to an open file and can be asked about */
#define G_LOG_DOMAIN "mmp-hub"

#include "hub/mmp-run-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mmp-error.h"

#define DIRECTORY_NAME "run"
#define GROUP "Run"

struct _MmpRunFile
{
  int lock; /* held as long as this lives, and let go of by the kernel when the process dies */
  char *path;
  char *said;
};

static char *
make_path (const char *directory,
           const char *id,
           const char *suffix)
{
  g_autofree char *name = g_strconcat (id, suffix, NULL);

  return g_build_filename (directory, DIRECTORY_NAME, name, NULL);
}

/**
 * mmp_run_file_take:
 * @directory: the account's folder
 * @id: a profile's
 * @error: RUNNING: somebody else has it; NOT_WRITABLE, DISK_FULL
 *
 * Returns: (transfer full): from now on the profile runs here
 */
MmpRunFile *
mmp_run_file_take (const char *directory,
                   const char *id,
                   GError **error)
{
  g_autofree char *folder = g_build_filename (directory, DIRECTORY_NAME, NULL);
  g_autofree char *lock_path = make_path (directory, id, ".lock");
  struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
  MmpRunFile *self;
  int lock;

  if (g_mkdir_with_parents (folder, 0700) != 0 || (lock = g_open (lock_path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600)) < 0)
    {
      g_set_error (error, MMP_ERROR, mmp_error_from_write (errno), "%s cannot be made: %s", lock_path, g_strerror (errno));
      return NULL;
    }
  if (fcntl (lock, F_OFD_SETLK, &whole) != 0)
    {
      close (lock);
      g_set_error_literal (error, MMP_ERROR, MMP_ERROR_RUNNING, "another program of this account runs this profile");
      return NULL;
    }

  self = g_new0 (MmpRunFile, 1);
  self->lock = lock;
  self->path = make_path (directory, id, ".status");

  return self;
}

/**
 * mmp_run_file_free:
 *
 * From now on the profile does not run.
 */
void
mmp_run_file_free (MmpRunFile *self)
{
  g_unlink (self->path);
  close (self->lock);
  g_free (self->path);
  g_free (self->said);
  g_free (self);
}

/* Others see the old or the new text. It need not outlive the machine, so the disk, which may be slow, is not waited for. */
static gboolean
replace (const char *path,
         const char *text)
{
  g_autofree char *new_path = g_strconcat (path, ".new", NULL);
  int fd = g_open (new_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0600);
  gboolean written = fd >= 0 && write (fd, text, strlen (text)) == (gssize) strlen (text);

  if (fd >= 0)
    close (fd);

  return written && g_rename (new_path, path) == 0;
}

/**
 * mmp_run_file_tell:
 * @state: the name of a state
 * @path: (nullable): the name of a path
 * @rtt: milliseconds; negative: unknown
 *
 * Says how it is doing, if that is another thing than before.
 */
void
mmp_run_file_tell (MmpRunFile *self,
                   const char *state,
                   const char *path,
                   double rtt)
{
  g_autoptr (GKeyFile) key_file = g_key_file_new ();
  g_autofree char *text = NULL;

  g_key_file_set_string (key_file, GROUP, "State", state);
  if (path != NULL)
    g_key_file_set_string (key_file, GROUP, "Path", path);
  if (rtt >= 0)
    g_key_file_set_double (key_file, GROUP, "Rtt", rtt);
  text = g_key_file_to_data (key_file, NULL, NULL);
  if (g_strcmp0 (text, self->said) == 0)
    return;
  /* Nothing depends on it but what `mmp status` shows. */
  if (!replace (self->path, text))
    g_debug ("%s cannot be written", self->path);
  g_free (self->said);
  self->said = g_steal_pointer (&text);
}

/**
 * mmp_run_file_read:
 * @state: (out) (transfer full): the name of a state
 * @path: (out) (transfer full) (nullable): the name of a path
 * @rtt: (out): milliseconds; negative: unknown
 *
 * Returns: whether the profile runs somewhere; otherwise nothing is set
 */
gboolean
mmp_run_file_read (const char *directory,
                   const char *id,
                   char **state,
                   char **path,
                   double *rtt)
{
  g_autofree char *lock_path = make_path (directory, id, ".lock");
  g_autofree char *status_path = make_path (directory, id, ".status");
  g_autoptr (GKeyFile) key_file = g_key_file_new ();
  int lock = g_open (lock_path, O_RDWR | O_CLOEXEC | O_NOCTTY, 0600);
  struct flock whole = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
  gboolean taken = lock >= 0 && fcntl (lock, F_OFD_GETLK, &whole) == 0 && whole.l_type != F_UNLCK;

  if (lock >= 0)
    close (lock);
  if (!taken)
    return FALSE;

  g_key_file_load_from_file (key_file, status_path, G_KEY_FILE_NONE, NULL);
  *state = g_key_file_get_string (key_file, GROUP, "State", NULL);
  if (*state == NULL)
    *state = g_strdup ("connecting");
  *path = g_key_file_get_string (key_file, GROUP, "Path", NULL);
  *rtt = g_key_file_has_key (key_file, GROUP, "Rtt", NULL) ? g_key_file_get_double (key_file, GROUP, "Rtt", NULL) : -1;

  return TRUE;
}
