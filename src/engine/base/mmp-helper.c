/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mmp-helper.h"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

/* Runs between fork and exec: only what is allowed there. */
static void
end_with_parent (gpointer parent)
{
  prctl (PR_SET_PDEATHSIG, SIGTERM);
  /* If it is gone already, nobody tells. */
  if (getppid () != GPOINTER_TO_INT (parent))
    _exit (1);
}

/**
 * mmp_helper_launcher_new:
 *
 * For programs that are of use to this one only: they get SIGTERM when the thread that starts them ends, even if this
 * process is killed. To be started on the main thread.
 *
 * Returns: (transfer full): a launcher
 */
GSubprocessLauncher *
mmp_helper_launcher_new (GSubprocessFlags flags)
{
  GSubprocessLauncher *launcher = g_subprocess_launcher_new (flags);

  g_subprocess_launcher_set_child_setup (launcher, end_with_parent, GINT_TO_POINTER (getpid ()), NULL);

  return launcher;
}
