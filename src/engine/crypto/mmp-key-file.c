/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-crypto"

#include "crypto/mmp-key-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mmp-error.h"
#include "crypto/mmp-crypto.h"

/* A group may be let read a key, so that a service can be given one that way. */
#define FORBIDDEN_MODE (S_IWGRP | S_IRWXO)

static gboolean
fail (GError **error,
      const char *action,
      const char *path,
      int code)
{
  g_set_error (error, MMP_ERROR, MMP_ERROR_KEY_FILE, "%s cannot be %s: %s", path, action, g_strerror (code));

  return FALSE;
}

static void
close_descriptor (int *fd)
{
  if (*fd >= 0)
    close (*fd);
}

/* What is known before the first byte is read */
static gboolean
check_stat (const char *path,
            const struct stat *info,
            GError **error)
{
  if (!S_ISREG (info->st_mode))
    {
      g_set_error (error, MMP_ERROR, MMP_ERROR_KEY_FILE, "%s is not a file", path);
      return FALSE;
    }
  if (info->st_mode & FORBIDDEN_MODE)
    {
      g_set_error (error, MMP_ERROR, MMP_ERROR_KEY_FILE, "other users of this computer can get at the private key in %s; run first: chmod 600 %s", path, path);
      return FALSE;
    }
  if (info->st_size > MMP_KEY_FILE_SIZE_MAX)
    {
      g_set_error (error, MMP_ERROR, MMP_ERROR_KEY_FILE, "%s is too large for a private key", path);
      return FALSE;
    }

  return TRUE;
}

static gboolean
write_all (int fd,
           const guint8 *data,
           gsize left)
{
  while (left > 0)
    {
      gssize written = write (fd, data, left);

      if (written < 0 && errno == EINTR)
        continue;
      if (written < 0)
        return FALSE;
      data += written;
      left -= written;
    }

  return fsync (fd) == 0;
}

static void
sync_directory_of (const char *path)
{
  g_autofree char *directory = g_path_get_dirname (path);
  int fd = open (directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

  /* Some file systems cannot; the file itself is on the disk already. */
  if (fd >= 0)
    {
      fsync (fd);
      close (fd);
    }
}

static gboolean
fail_present (const char *path,
              GError **error)
{
  g_set_error (error, MMP_ERROR, MMP_ERROR_KEY_FILE, "%s is there already and would be lost; choose another folder or ask for it to be overwritten", path);

  return FALSE;
}

/**
 * mmp_key_file_read_private:
 * @path: a file
 * @text: (out caller-allocates): where its content goes; wipe it
 * @error: return location
 *
 * Permissions and size are looked at before anything is read, on the opened file and not on the name.
 *
 * Returns: bytes read; -1 with %MMP_ERROR_KEY_FILE
 */
gssize
mmp_key_file_read_private (const char *path,
                           char text[MMP_KEY_FILE_SIZE_MAX],
                           GError **error)
{
  /* Not blocking, so that a FIFO of that name cannot hold us. */
  __attribute__ ((cleanup (close_descriptor))) int fd = open (path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  struct stat info;
  gsize size = 0;
  gssize got;

  if (fd < 0 || fstat (fd, &info) < 0)
    {
      fail (error, "opened", path, errno);
      return -1;
    }
  if (!check_stat (path, &info, error))
    return -1;

  do
    {
      got = read (fd, text + size, MMP_KEY_FILE_SIZE_MAX - size);
      if (got > 0)
        size += got;
    }
  while (got > 0 || (got < 0 && errno == EINTR));
  if (got < 0)
    {
      fail (error, "read", path, errno);
      mmp_crypto_wipe (text, MMP_KEY_FILE_SIZE_MAX);
      return -1;
    }

  return size;
}

/**
 * mmp_key_file_prepare:
 * @directory: where key files shall be
 * @error: return location
 *
 * Returns: whether the folder is there now; FALSE with %MMP_ERROR_KEY_FILE
 */
gboolean
mmp_key_file_prepare (const char *directory,
                      GError **error)
{
  return g_mkdir_with_parents (directory, 0700) == 0 || fail (error, "made", directory, errno);
}

/**
 * mmp_key_file_check_absent:
 * @path: a file
 * @error: return location
 *
 * Returns: FALSE with %MMP_ERROR_KEY_FILE if something has this name, be it a dangling link
 */
gboolean
mmp_key_file_check_absent (const char *path,
                           GError **error)
{
  struct stat info;

  return lstat (path, &info) < 0 || fail_present (path, error);
}

/**
 * mmp_key_file_write:
 * @path: the file
 * @data: its content
 * @size: bytes of it
 * @mode: its permissions, which it has from the first instant on
 * @replace: whether a file that is there may be overwritten
 * @error: return location
 *
 * Writes to a temporary file beside, waits for the disk, then gives it its name: by link() where nothing may be
 * overwritten, since that one fails if the name is taken.
 *
 * Returns: FALSE with %MMP_ERROR_KEY_FILE; then nothing has changed
 */
gboolean
mmp_key_file_write (const char *path,
                    gconstpointer data,
                    gsize size,
                    int mode,
                    gboolean replace,
                    GError **error)
{
  g_autofree char *temporary = g_strconcat (path, ".XXXXXX", NULL);
  int fd = g_mkstemp_full (temporary, O_WRONLY | O_CLOEXEC, mode);
  gboolean named;
  int code;

  if (fd < 0)
    return fail (error, "written", path, errno);
  if (!write_all (fd, data, size))
    {
      code = errno;
      close (fd);
      g_unlink (temporary);
      return fail (error, "written", path, code);
    }
  close (fd);

  named = replace ? rename (temporary, path) == 0 : link (temporary, path) == 0;
  code = errno;
  if (!named || !replace)
    g_unlink (temporary);
  if (!named)
    return !replace && code == EEXIST ? fail_present (path, error) : fail (error, "written", path, code);
  sync_directory_of (path);

  return TRUE;
}
