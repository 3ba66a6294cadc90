/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp-peak-memory.h"

#include <sys/resource.h>

/* Kilobytes. An address sanitizer keeps for a while what was freed, up to 256 MiB. */
#if defined __SANITIZE_ADDRESS__ || g_macro__has_feature(address_sanitizer)
#define FEW (300 * 1024)
#else
#define FEW (8 * 1024)
#endif

/**
 * mmp_test_peak_memory:
 *
 * Returns: the most memory that this process ever had at once, in kilobytes
 */
glong
mmp_test_peak_memory (void)
{
  struct rusage usage;

  g_assert_cmpint (getrusage (RUSAGE_SELF, &usage), ==, 0);

  return usage.ru_maxrss;
}

/**
 * mmp_test_assert_memory:
 * @before: what mmp_test_peak_memory() was
 *
 * Fails the test if the peak rose by more than a few MiB since then.
 */
void
mmp_test_assert_memory (glong before)
{
  glong rise = mmp_test_peak_memory () - before;

  g_test_message ("peak memory rose by %ld kB", rise);
  g_assert_cmpint (rise, <, FEW);
}
