/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "profile/mmp-profile-kind.h"
#include "profile/mmp-profile-private.h"
#include "profile/mmp-shared-file.h"

#define UUID "6a2f41a3-c54c-4f63-8c1a-0d8f4f8f2f1e"

int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize size);

/* What is taken is complete, and saved again it says the same. */
int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize size)
{
  g_autoptr (GKeyFile) key_file = mmp_shared_file_parse ((const char *) data, size, MMP_PROFILE_GROUP, NULL);
  g_autoptr (MmpProfile) profile = key_file != NULL ? mmp_profile_from_key_file (key_file, UUID, NULL) : NULL;

  if (profile != NULL)
    {
      g_autoptr (MmpProfile) again = NULL;

      g_assert_true (mmp_profile_check (profile, NULL));
      mmp_profile_to_key_file (profile, key_file);
      again = mmp_profile_from_key_file (key_file, UUID, NULL);
      g_assert_cmpstr (profile->name, ==, again->name);
      g_assert_cmpuint (profile->services->len, ==, again->services->len);
      g_assert_cmpuint (profile->forwards->len, ==, again->forwards->len);
      g_assert_cmpuint (mmp_profile_has_rules (profile) ? profile->bridge->rules->len : 0, ==, again->bridge->rules->len);
    }

  return 0;
}
