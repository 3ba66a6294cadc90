/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "profile/mmp-invitation-store-private.h"
#include "profile/mmp-shared-file.h"

int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize size);

int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize size)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GKeyFile) key_file = mmp_shared_file_parse ((const char *) data, size, "Invitations", &error);
  g_autoptr (GPtrArray) invitations = key_file != NULL ? mmp_invitation_store_parse (key_file, &error) : NULL;

  g_assert_true ((invitations == NULL) == (error != NULL));

  return 0;
}
