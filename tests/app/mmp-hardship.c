/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define _GNU_SOURCE /* for unshare() */
#include "mmp-hardship.h"

#include <fcntl.h>
#include <gmodule.h>
#include <glib/gstdio.h>
#include <linux/capability.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#define DISK_SIZE "size=192k"
#define OVERRIDES ((1u << CAP_DAC_OVERRIDE) | (1u << CAP_DAC_READ_SEARCH))

static char *disk;
static gint64 shift; /* seconds */

/**
 * mmp_hardship_init:
 *
 * Makes a small disk that only this process sees, where that is possible. To be called before there are threads.
 */
void
mmp_hardship_init (void)
{
  g_autofree char *path = g_dir_make_tmp ("mmp-disk-XXXXXX", NULL);

  if (unshare (CLONE_NEWNS) != 0)
    return;
  if (mount (NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 && mount ("tmpfs", path, "tmpfs", 0, DISK_SIZE) == 0)
    disk = g_steal_pointer (&path);
}

/**
 * mmp_hardship_get_small_disk:
 *
 * Returns: (transfer none) (nullable): a folder with room for some small files; %NULL: none can be made here
 */
const char *
mmp_hardship_get_small_disk (void)
{
  return disk;
}

/**
 * mmp_hardship_fill_disk:
 * @full: whether nothing more finds room on the small disk from now on
 */
void
mmp_hardship_fill_disk (gboolean full)
{
  g_autofree char *path = g_build_filename (disk, "filler", NULL);
  static const char block[4096];
  int fd;

  if (!full)
    {
      g_assert_no_errno (g_unlink (path));
      return;
    }
  fd = g_open (path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
  g_assert_no_errno (fd);
  while (write (fd, block, sizeof block) > 0)
    ;
  close (fd);
}

/**
 * mmp_hardship_obey_permissions:
 * @obey: whether files that this user may not touch cannot be touched by this thread, even if the user is root
 *
 * Returns: whether it is so now
 */
gboolean
mmp_hardship_obey_permissions (gboolean obey)
{
  struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
  struct __user_cap_data_struct data[2];

  if (geteuid () != 0)
    return TRUE;
  if (syscall (SYS_capget, &header, data) != 0)
    return FALSE;
  if (obey)
    data[0].effective &= ~OVERRIDES;
  else
    data[0].effective |= data[0].permitted & OVERRIDES;

  return syscall (SYS_capset, &header, data) == 0;
}

/**
 * mmp_hardship_shift_clock:
 * @seconds: how far from the true time of day this program is from now on
 */
void
mmp_hardship_shift_clock (gint64 seconds)
{
  shift = seconds;
}

/* These stand before the C library's for everything in this process. */
G_MODULE_EXPORT int
clock_gettime (clockid_t clock,
               struct timespec *now)
{
  int result = (int) syscall (SYS_clock_gettime, clock, now);

  if (result == 0 && clock == CLOCK_REALTIME)
    now->tv_sec += shift;

  return result;
}

G_MODULE_EXPORT int
gettimeofday (struct timeval *restrict now,
              void *restrict zone)
{
  struct timespec exact;
  int result = clock_gettime (CLOCK_REALTIME, &exact);

  now->tv_sec = exact.tv_sec;
  now->tv_usec = exact.tv_nsec / 1000;

  return result;
}
