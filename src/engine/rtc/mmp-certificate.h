/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define MMP_CERTIFICATE_FINGERPRINT_SIZE 32

gboolean mmp_certificate_get_fingerprint (const char *pem,
                                          gsize size,
                                          guint8 fingerprint[MMP_CERTIFICATE_FINGERPRINT_SIZE],
                                          GError **error);

G_END_DECLS
