/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-profile"

#include "profile/mmp-moment.h"

#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define BOOT_PATH "/proc/sys/kernel/random/boot_id"

static void
read_boot (char boot[MMP_BOOT_SIZE])
{
  int fd = open (BOOT_PATH, O_RDONLY | O_CLOEXEC);
  gssize size = fd >= 0 ? read (fd, boot, MMP_BOOT_SIZE - 1) : 0;

  boot[MAX (size, 0)] = '\0';
  boot[strspn (boot, G_CSET_DIGITS "abcdef-")] = '\0';
  if (fd >= 0)
    close (fd);
}

static gboolean
lies_within (gint64 now,
             gint64 begin,
             gint64 seconds)
{
  return now >= begin && now - begin < seconds;
}

/**
 * mmp_moment_now:
 *
 * Returns: this moment
 */
MmpMoment
mmp_moment_now (void)
{
  MmpMoment now = { .wall = g_get_real_time () / G_USEC_PER_SEC };
  struct timespec uptime;

  read_boot (now.boot);
  if (clock_gettime (CLOCK_BOOTTIME, &uptime) == 0)
    now.uptime = uptime.tv_sec;
  else
    now.boot[0] = '\0';

  return now;
}

/**
 * mmp_moment_is_within:
 * @self: a moment
 * @begin: when something began
 * @seconds: how long it lasts
 *
 * Devices without a clock of their own start in the past, and any clock can be set back, so the time of the machine since
 * its start counts; what began before a restart is over. Only where a start cannot be told from another the clock on the
 * wall has to do, and then a time before the beginning is none within.
 *
 * Returns: whether @self lies between @begin and @seconds later
 */
gboolean
mmp_moment_is_within (const MmpMoment *self,
                      const MmpMoment *begin,
                      gint64 seconds)
{
  if (self->boot[0] == '\0' && begin->boot[0] == '\0')
    return lies_within (self->wall, begin->wall, seconds);

  return strcmp (self->boot, begin->boot) == 0 && lies_within (self->uptime, begin->uptime, seconds);
}
