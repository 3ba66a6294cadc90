/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-cli-secret.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#define SECRET_MAX 4096

/**
 * mmp_cli_secret_free:
 * @secret: (nullable) (transfer full): what is not needed any more
 */
void
mmp_cli_secret_free (char *secret)
{
  if (secret != NULL)
    explicit_bzero (secret, strlen (secret));
  g_free (secret);
}

/**
 * mmp_cli_secret_wipe_arguments:
 *
 * Takes a secret out of the process's own arguments, where every user of the machine can read it: wherever an argument
 * is it or ends with it (`--sigpassword=SECRET`, `-pSECRET`).
 */
void
mmp_cli_secret_wipe_arguments (const char *secret,
                               int argc,
                               char *argv[])
{
  gsize length = strlen (secret);

  for (int i = 0; i < argc; i++)
    {
      gsize size = strlen (argv[i]);

      if (size >= length && memcmp (argv[i] + size - length, secret, length) == 0)
        explicit_bzero (argv[i] + size - length, length);
    }
}

/**
 * mmp_cli_secret_read:
 * @path: a file, or `-` for standard input
 *
 * Returns: (transfer full): its first line; free it with mmp_cli_secret_free()
 */
char *
mmp_cli_secret_read (const char *path,
                     GError **error)
{
  char buffer[SECRET_MAX + 1];
  gsize size = 0;
  gssize n = 0;
  char *secret = NULL;
  int fd = g_str_equal (path, "-") ? dup (STDIN_FILENO) : open (path, O_RDONLY | O_CLOEXEC);

  if (fd >= 0)
    while (size < sizeof buffer && (n = read (fd, buffer + size, sizeof buffer - size)) > 0 && memchr (buffer, '\n', size + (gsize) n) == NULL)
      size += (gsize) n;

  if (fd < 0 || n < 0)
    g_set_error (error, MMP_ERROR, MMP_ERROR_FILE_INVALID, "cannot read the password from %s: %s", path, g_strerror (errno));
  else if (size + (gsize) n > SECRET_MAX)
    g_set_error (error, MMP_ERROR, MMP_ERROR_FILE_INVALID, "the password in %s is too long", path);
  else
    {
      secret = g_strndup (buffer, size + (gsize) n);
      secret[strcspn (secret, "\r\n")] = '\0';
    }

  explicit_bzero (buffer, sizeof buffer);
  if (fd >= 0)
    close (fd);

  return secret;
}
