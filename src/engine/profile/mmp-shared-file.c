/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-profile"

#include "profile/mmp-shared-file.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mmp-error.h"

#define VERSION 1
#define VERSION_KEY "Version"

/* 4,096 devices with long names have room. */
#define FILE_SIZE_MAX (2 * 1024 * 1024)

/* Others hold the lock for one write to the disk. */
#define LOCK_STEP_USEC 10000
#define LOCK_STEPS 500

struct _MmpSharedFile
{
  char *path;
  char *lock_path;
  char *group; /* holds the version */
  GFileMonitor *monitor;
  gulong monitor_handler;
  MmpSharedFileFunc changed;
  gpointer user_data;
};

static void
close_descriptor (int *fd)
{
  if (*fd >= 0)
    close (*fd);
}

#define auto_close __attribute__ ((cleanup (close_descriptor)))

static gboolean
fail (GError **error,
      const char *action,
      const char *path,
      int code)
{
  g_set_error (error, MMP_ERROR, mmp_error_from_write (code), "%s cannot be %s: %s", path, action, g_strerror (code));

  return FALSE;
}

static gboolean
fail_broken (GError **error,
             const char *message)
{
  g_set_error_literal (error, MMP_ERROR, MMP_ERROR_FILE_INVALID, message);

  return FALSE;
}

static void
on_monitor_changed (MmpSharedFile *self)
{
  if (self->changed != NULL)
    self->changed (self->user_data);
}

/* What is known before the first byte is read */
static gboolean
check_stat (const struct stat *info,
            GError **error)
{
  if (!S_ISREG (info->st_mode))
    return fail_broken (error, "it is not a file");
  if (info->st_mode & S_IWOTH)
    return fail_broken (error, "everybody can write to it; look at what it says, then take that right away");
  if (info->st_size > FILE_SIZE_MAX)
    return fail_broken (error, "it is too large");

  return TRUE;
}

/* The content; NULL without an error if there is no such file yet */
static char *
read_content (MmpSharedFile *self,
              gsize *size,
              GError **error)
{
  /* Not blocking, so that a FIFO of that name cannot hold us. */
  auto_close int fd = open (self->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
  g_autofree char *content = NULL;
  struct stat info;

  *size = 0;
  if (fd < 0 && errno == ENOENT)
    return NULL;
  if (fd < 0 || fstat (fd, &info) < 0)
    {
      fail_broken (error, g_strerror (errno));
      return NULL;
    }
  if (!check_stat (&info, error))
    return NULL;

  content = g_malloc (info.st_size + 1);
  while (*size < (gsize) info.st_size)
    {
      gssize got = read (fd, content + *size, info.st_size - *size);

      if (got < 0 && errno == EINTR)
        continue;
      if (got <= 0)
        {
          fail_broken (error, got < 0 ? g_strerror (errno) : "it was changed while it was read");
          return NULL;
        }
      *size += got;
    }
  content[*size] = '\0';

  return g_steal_pointer (&content);
}

/* Waits for the lock; the descriptor holds it until it is closed, also if the process dies. */
static int
take_lock (MmpSharedFile *self,
           GError **error)
{
  auto_close int fd = open (self->lock_path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);

  if (fd < 0)
    {
      fail (error, "opened", self->lock_path, errno);
      return -1;
    }
  for (guint i = 0; flock (fd, LOCK_EX | LOCK_NB) != 0; i++)
    {
      if (errno != EWOULDBLOCK && errno != EINTR)
        {
          fail (error, "locked", self->lock_path, errno);
          return -1;
        }
      if (i == LOCK_STEPS)
        {
          g_set_error (error, MMP_ERROR, MMP_ERROR_FILE_INVALID, "another program does not let go of %s", self->lock_path);
          return -1;
        }
      g_usleep (LOCK_STEP_USEC);
    }

  return g_steal_fd (&fd);
}

static gboolean
save (MmpSharedFile *self,
      GKeyFile *key_file,
      GError **error)
{
  g_autoptr (GError) write_error = NULL;
  gsize size;
  g_autofree char *text = g_key_file_to_data (key_file, &size, NULL);

  if (size > FILE_SIZE_MAX)
    {
      g_set_error (error, MMP_ERROR, MMP_ERROR_LIMIT, "%s would become too large", self->path);
      return FALSE;
    }
  if (!g_file_set_contents_full (self->path, text, size, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600, &write_error))
    {
      /* GLib has no code for a quota that is used up or a file that grew too large. */
      gboolean full = g_error_matches (write_error, G_FILE_ERROR, G_FILE_ERROR_NOSPC) || g_error_matches (write_error, G_FILE_ERROR, G_FILE_ERROR_FAILED);

      g_set_error (error, MMP_ERROR, full ? MMP_ERROR_DISK_FULL : MMP_ERROR_NOT_WRITABLE, "%s cannot be written: %s", self->path, write_error->message);
      return FALSE;
    }

  return TRUE;
}

/**
 * mmp_shared_file_parse:
 * @text: (array length=size): the content of a file
 * @size: its bytes
 * @group: the group that holds the version
 * @error: return location
 *
 * Returns: (transfer full): what it says; %NULL with %MMP_ERROR_FILE_INVALID
 */
GKeyFile *
mmp_shared_file_parse (const char *text,
                       gsize size,
                       const char *group,
                       GError **error)
{
  g_autoptr (GKeyFile) key_file = g_key_file_new ();
  g_autoptr (GError) parse_error = NULL;

  if (!g_utf8_validate_len (text, size, NULL))
    {
      fail_broken (error, "it is not text");
      return NULL;
    }
  if (!g_key_file_load_from_data (key_file, text, size, G_KEY_FILE_KEEP_COMMENTS | G_KEY_FILE_KEEP_TRANSLATIONS, &parse_error))
    {
      fail_broken (error, parse_error->message);
      return NULL;
    }
  if (g_key_file_get_integer (key_file, group, VERSION_KEY, NULL) != VERSION)
    {
      fail_broken (error, "it is of a version that this program does not know");
      return NULL;
    }

  return g_steal_pointer (&key_file);
}

/**
 * mmp_shared_file_new:
 * @directory: where the file is; made (mode 0700) if it is missing
 * @name: its name
 * @group: the group of the file that holds its version
 * @error: return location
 *
 * Returns: (transfer full): the file, which need not be there yet; %NULL with %MMP_ERROR_NOT_WRITABLE or %MMP_ERROR_DISK_FULL
 */
MmpSharedFile *
mmp_shared_file_new (const char *directory,
                     const char *name,
                     const char *group,
                     GError **error)
{
  MmpSharedFile *self;

  if (g_mkdir_with_parents (directory, 0700) != 0)
    {
      fail (error, "made", directory, errno);
      return NULL;
    }

  self = g_new0 (MmpSharedFile, 1);
  self->path = g_build_filename (directory, name, NULL);
  self->lock_path = g_strconcat (self->path, ".lock", NULL);
  self->group = g_strdup (group);

  return self;
}

/**
 * mmp_shared_file_watch:
 * @self: a file
 * @changed: called whenever the file may have changed, be it by ourselves
 * @user_data: its argument
 *
 * To be called at most once.
 */
void
mmp_shared_file_watch (MmpSharedFile *self,
                       MmpSharedFileFunc changed,
                       gpointer user_data)
{
  g_autoptr (GFile) file = g_file_new_for_path (self->path);

  self->changed = changed;
  self->user_data = user_data;
  /* Where nothing can be watched the program still works; changes by others are then seen with the next own one. */
  self->monitor = g_file_monitor_file (file, G_FILE_MONITOR_WATCH_MOVES, NULL, NULL);
  if (self->monitor != NULL)
    self->monitor_handler = g_signal_connect_swapped (self->monitor, "changed", G_CALLBACK (on_monitor_changed), self);
}

/**
 * mmp_shared_file_prefix_error:
 * @self: a file
 * @error: what is wrong with it
 *
 * Puts in front that it cannot be used, and where it is.
 */
void
mmp_shared_file_prefix_error (MmpSharedFile *self,
                              GError **error)
{
  g_prefix_error (error, "%s cannot be used: ", self->path);
}

/**
 * mmp_shared_file_load:
 * @self: a file
 * @error: return location
 *
 * Blocks for as long as the disk needs.
 *
 * Returns: (transfer full): what the file says; %NULL with %MMP_ERROR_FILE_INVALID and a sentence that holds the path
 */
GKeyFile *
mmp_shared_file_load (MmpSharedFile *self,
                      GError **error)
{
  g_autoptr (GKeyFile) key_file = NULL;
  g_autoptr (GError) read_error = NULL;
  gsize size;
  g_autofree char *content = read_content (self, &size, &read_error);

  if (content != NULL)
    {
      key_file = mmp_shared_file_parse (content, size, self->group, &read_error);
    }
  else if (read_error == NULL)
    {
      key_file = g_key_file_new ();
      g_key_file_set_integer (key_file, self->group, VERSION_KEY, VERSION);
    }
  if (read_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&read_error));
      mmp_shared_file_prefix_error (self, error);
    }

  return g_steal_pointer (&key_file);
}

/**
 * mmp_shared_file_edit:
 * @self: a file
 * @edit: changes it
 * @user_data: its argument
 * @error: return location
 *
 * Reads the file, lets @edit change it, and writes it, all while nobody else can do so. Blocks until it is on the disk, at
 * most some seconds if somebody holds the lock.
 *
 * Returns: whether it was saved; FALSE with %MMP_ERROR_FILE_INVALID, %MMP_ERROR_NOT_WRITABLE, %MMP_ERROR_DISK_FULL,
 *   %MMP_ERROR_LIMIT or what @edit said
 */
gboolean
mmp_shared_file_edit (MmpSharedFile *self,
                      MmpSharedFileEditFunc edit,
                      gpointer user_data,
                      GError **error)
{
  auto_close int lock = take_lock (self, error);
  g_autoptr (GKeyFile) key_file = lock >= 0 ? mmp_shared_file_load (self, error) : NULL;
  g_autoptr (GError) edit_error = NULL;

  if (key_file == NULL)
    return FALSE;
  if (edit (key_file, user_data, &edit_error))
    return save (self, key_file, error);
  if (g_error_matches (edit_error, MMP_ERROR, MMP_ERROR_FILE_INVALID))
    mmp_shared_file_prefix_error (self, &edit_error);
  if (edit_error != NULL)
    g_propagate_error (error, g_steal_pointer (&edit_error));

  return FALSE;
}

/**
 * mmp_shared_file_free:
 * @self: (nullable): a file
 */
void
mmp_shared_file_free (MmpSharedFile *self)
{
  if (self == NULL)
    return;

  if (self->monitor != NULL)
    {
      g_clear_signal_handler (&self->monitor_handler, self->monitor);
      g_file_monitor_cancel (self->monitor);
      g_object_unref (self->monitor);
    }
  g_free (self->path);
  g_free (self->lock_path);
  g_free (self->group);
  g_free (self);
}
