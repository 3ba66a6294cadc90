/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-bridge"

#include "bridge/mmp-state-file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/mmp-error.h"
#include "crypto/mmp-base32.h"
#include "crypto/mmp-crypto.h"

#define NAME_LABEL "mmp1 bridge name"
#define NAME_BYTES 10

struct _MmpStateFile
{
  char *path;
  int lock;
  GMutex mutex;
  GBytes *next; /* nullable: what a thread is to write yet */
  gboolean writing; /* there is such a thread */
};

static void
mmp_state_file_clear (gpointer data)
{
  MmpStateFile *self = data;

  if (self->lock >= 0)
    close (self->lock);
  g_clear_pointer (&self->next, g_bytes_unref);
  g_mutex_clear (&self->mutex);
  g_free (self->path);
}

static gboolean
take_lock (MmpStateFile *self,
           GError **error)
{
  g_autofree char *path = g_strconcat (self->path, ".lock", NULL);

  self->lock = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (self->lock < 0)
    {
      g_set_error (error, MMP_ERROR, MMP_ERROR_FILE_INVALID, "%s cannot be opened: %s", path, g_strerror (errno));
      return FALSE;
    }
  if (flock (self->lock, LOCK_EX | LOCK_NB) != 0)
    {
      g_set_error_literal (error, MMP_ERROR, MMP_ERROR_LIMIT, "the same bridge runs already");
      return FALSE;
    }

  return TRUE;
}

static gpointer
write_in_thread (gpointer data)
{
  g_autoptr (MmpStateFile) self = data;

  for (;;)
    {
      g_autoptr (GBytes) state = NULL;
      g_autoptr (GError) error = NULL;

      g_mutex_lock (&self->mutex);
      state = g_steal_pointer (&self->next);
      self->writing = state != NULL;
      g_mutex_unlock (&self->mutex);
      if (state == NULL)
        return NULL;
      if (!mmp_state_file_save (self, state, &error))
        g_debug ("%s", error->message);
    }
}

/**
 * mmp_state_file_open:
 * @directory: where such files are; made if it is missing
 * @name: what tells this bridge from others; any text
 * @error: return location
 *
 * Returns: (transfer full) (nullable): the file; %NULL with %MMP_ERROR_FILE_INVALID, or %MMP_ERROR_LIMIT if another program
 *   has it
 */
MmpStateFile *
mmp_state_file_open (const char *directory,
                     const char *name,
                     GError **error)
{
  g_autoptr (MmpStateFile) self = g_atomic_rc_box_new0 (MmpStateFile);
  guint8 hash[MMP_CRYPTO_HASH_SIZE];
  g_autofree char *text = NULL;
  g_autofree char *file = NULL;

  mmp_crypto_hash (NAME_LABEL, name, strlen (name), hash);
  text = mmp_base32_encode (hash, NAME_BYTES, MMP_BASE32_BARE);
  file = g_strconcat (text, ".state", NULL);
  self->path = g_build_filename (directory, file, NULL);
  self->lock = -1;
  g_mutex_init (&self->mutex);
  if (g_mkdir_with_parents (directory, 0700) != 0)
    {
      g_set_error (error, MMP_ERROR, MMP_ERROR_FILE_INVALID, "%s cannot be made: %s", directory, g_strerror (errno));
      return NULL;
    }

  return take_lock (self, error) ? g_steal_pointer (&self) : NULL;
}

/**
 * mmp_state_file_ref:
 *
 * Returns: (transfer full): @self
 */
MmpStateFile *
mmp_state_file_ref (MmpStateFile *self)
{
  return g_atomic_rc_box_acquire (self);
}

/**
 * mmp_state_file_unref:
 *
 * With the last reference another program may have the file.
 */
void
mmp_state_file_unref (MmpStateFile *self)
{
  g_atomic_rc_box_release_full (self, mmp_state_file_clear);
}

/**
 * mmp_state_file_load:
 * @error: return location
 *
 * Reads the state, begins a new run and writes that down. Without a file a new sender begins. Blocks.
 *
 * Returns: (transfer full) (nullable): the book; %NULL with %MMP_ERROR_FILE_INVALID
 */
MmpSenderBook *
mmp_state_file_load (MmpStateFile *self,
                     GError **error)
{
  g_autoptr (MmpSenderBook) book = NULL;
  g_autoptr (GBytes) state = NULL;
  g_autoptr (GError) missing = NULL;
  gint64 now = g_get_real_time () / 1000;
  char *data;
  gsize size;

  if (g_file_get_contents (self->path, &data, &size, &missing))
    {
      g_autoptr (GBytes) bytes = g_bytes_new_take (data, size);

      book = mmp_sender_book_decode (bytes, now, error);
      if (book == NULL)
        {
          g_prefix_error (error, "%s: ", self->path);
          return NULL;
        }
    }
  else if (g_error_matches (missing, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    {
      book = mmp_sender_book_new (now);
    }
  else
    {
      g_set_error_literal (error, MMP_ERROR, MMP_ERROR_FILE_INVALID, missing->message);
      return NULL;
    }

  state = mmp_sender_book_encode (book);

  return mmp_state_file_save (self, state, error) ? g_steal_pointer (&book) : NULL;
}

/**
 * mmp_state_file_save:
 * @error: return location
 *
 * Writes, complete or not at all, and waits for the disk. Blocks.
 *
 * Returns: FALSE with %MMP_ERROR_FILE_INVALID
 */
gboolean
mmp_state_file_save (MmpStateFile *self,
                     GBytes *state,
                     GError **error)
{
  g_autoptr (GError) cause = NULL;
  gsize size;
  gconstpointer data = g_bytes_get_data (state, &size);

  if (g_file_set_contents_full (self->path, data, (gssize) size, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600, &cause))
    return TRUE;

  g_set_error_literal (error, MMP_ERROR, MMP_ERROR_FILE_INVALID, cause->message);

  return FALSE;
}

/**
 * mmp_state_file_save_later:
 *
 * Writes in a thread of its own, the newest state if several come. A failure is logged only; the next one may succeed.
 */
void
mmp_state_file_save_later (MmpStateFile *self,
                           GBytes *state)
{
  gboolean begin;

  g_mutex_lock (&self->mutex);
  g_clear_pointer (&self->next, g_bytes_unref);
  self->next = g_bytes_ref (state);
  begin = !self->writing;
  self->writing = TRUE;
  g_mutex_unlock (&self->mutex);

  if (begin)
    g_thread_unref (g_thread_new ("mmp-state", write_in_thread, mmp_state_file_ref (self)));
}
