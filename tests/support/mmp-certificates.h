/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * MmpCertificates:
 *
 * Certificates for a broker at 127.0.0.1, made by the openssl program in a folder of their own:
 * `good`; `wrong-name`, for another host; `expired`; `untrusted`, signed by somebody else.
 */
typedef struct _MmpCertificates MmpCertificates;

MmpCertificates *mmp_certificates_new (void);
void mmp_certificates_free (MmpCertificates *self);
const char *mmp_certificates_get_ca_file (MmpCertificates *self);
char *mmp_certificates_get_file (MmpCertificates *self,
                                 const char *name,
                                 const char *suffix);
GTlsCertificate *mmp_certificates_load (MmpCertificates *self,
                                        const char *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpCertificates, mmp_certificates_free)

G_END_DECLS
