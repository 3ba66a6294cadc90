/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-cli-notify.h"

#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/**
 * mmp_cli_notify:
 *
 * Tells the service manager that started this program how it is doing (sd_notify(3)): a datagram of lines to the socket that
 * `NOTIFY_SOCKET` names. Without one, nobody wants to know.
 */
void
mmp_cli_notify (const char *format,
                ...)
{
  const char *path = g_getenv ("NOTIFY_SOCKET");
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  g_autofree char *message = NULL;
  gsize length = path != NULL ? strlen (path) : 0;
  va_list args;
  int fd;

  if (length < 2 || length >= sizeof address.sun_path || (path[0] != '/' && path[0] != '@'))
    return;
  memcpy (address.sun_path, path, length);
  if (path[0] == '@') /* a name without a file */
    address.sun_path[0] = '\0';

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);
  fd = socket (AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || sendto (fd, message, strlen (message), MSG_NOSIGNAL, (const struct sockaddr *) &address, (socklen_t) (offsetof (struct sockaddr_un, sun_path) + length)) < 0)
    g_debug ("the service manager does not listen");
  if (fd >= 0)
    close (fd);
}
