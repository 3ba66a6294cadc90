/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

char *mmp_dtls_certificate_new (void);
void mmp_dtls_certificate_free (char *pem);

G_END_DECLS
