/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "session/mmp-invitation.h"

int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize size);

/* What is taken can be written, and what was written says the same. */
int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize size)
{
  g_autofree char *text = g_strndup ((const char *) data, size);
  g_autoptr (MmpInvitation) invitation = mmp_invitation_parse (text, NULL);

  if (invitation != NULL)
    {
      g_autofree char *uri = mmp_invitation_to_uri (invitation);
      g_autofree char *qr = mmp_invitation_to_qr_text (invitation);
      g_autoptr (MmpInvitation) from_uri = mmp_invitation_parse (uri, NULL);
      g_autofree char *uri_again = mmp_invitation_to_uri (from_uri);
      g_autoptr (MmpInvitation) from_qr = qr != NULL ? mmp_invitation_parse (qr, NULL) : NULL;
      g_autofree char *qr_again = from_qr != NULL ? mmp_invitation_to_qr_text (from_qr) : NULL;

      g_assert_cmpstr (uri, ==, uri_again);
      g_assert_cmpstr (qr, ==, qr_again);
    }

  return 0;
}
