/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mmp.h"

int
main (void)
{
  g_print ("%s\n", mmp_error_get_name (MMP_ERROR_FAILED));

  return 0;
}
