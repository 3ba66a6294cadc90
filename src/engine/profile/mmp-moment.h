/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define MMP_BOOT_SIZE 64

/**
 * MmpMoment:
 * @boot: which start of the machine this is; "" if that is not to be known
 * @uptime: seconds since then, sleep included
 * @wall: seconds since 1970, by a clock that may be wrong and may be set back
 *
 * A point in time that can be kept in a file. A plain value.
 */
typedef struct
{
  char boot[MMP_BOOT_SIZE];
  gint64 uptime;
  gint64 wall;
} MmpMoment;

MmpMoment mmp_moment_now (void);
gboolean mmp_moment_is_within (const MmpMoment *self,
                               const MmpMoment *begin,
                               gint64 seconds);

G_END_DECLS
