/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-rtc"

#include "rtc/mmp-dtls-certificate.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>

#define VALID_BEFORE (-24L * 3600) /* seconds: clocks of two devices differ */
#define VALID_FOR (30L * 24 * 3600)
#define VERSION_3 2

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BIO, BIO_free_all)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_PKEY, EVP_PKEY_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (X509, X509_free)

static gboolean
fill (X509 *certificate,
      EVP_PKEY *key)
{
  X509_NAME *name = X509_get_subject_name (certificate);
  const guint64 serial = ((guint64) g_random_int () << 31) | g_random_int ();

  return X509_set_version (certificate, VERSION_3)
         && ASN1_INTEGER_set_uint64 (X509_get_serialNumber (certificate), serial)
         && X509_gmtime_adj (X509_getm_notBefore (certificate), VALID_BEFORE) != NULL
         && X509_gmtime_adj (X509_getm_notAfter (certificate), VALID_FOR) != NULL
         && X509_NAME_add_entry_by_txt (name, "CN", MBSTRING_UTF8, (const guint8 *) "mmp", -1, -1, 0)
         && X509_set_issuer_name (certificate, name)
         && X509_set_pubkey (certificate, key)
         && X509_sign (certificate, key, EVP_sha256 ()) > 0;
}

/**
 * mmp_dtls_certificate_new:
 *
 * Makes a self-signed certificate with a key of its own on P-256, as RFC 8827 (6.5) wants it of everybody: nobody looks at
 * more of it than its fingerprint. GStreamer makes one itself, with RSA, with which newer versions of aiortc do not talk.
 * OpenSSL makes it, since that is what GStreamer's DTLS is made of.
 *
 * Returns: (transfer full) (nullable): certificate and private key in PEM, to be freed with mmp_dtls_certificate_free();
 *   %NULL if OpenSSL cannot do it here
 */
char *
mmp_dtls_certificate_new (void)
{
  g_autoptr (EVP_PKEY) key = EVP_EC_gen ("P-256");
  g_autoptr (X509) certificate = X509_new ();
  g_autoptr (BIO) memory = BIO_new (BIO_s_mem ());
  char *data;
  long size;

  if (key == NULL || certificate == NULL || memory == NULL || !fill (certificate, key)
      || !PEM_write_bio_X509 (memory, certificate) || !PEM_write_bio_PrivateKey (memory, key, NULL, NULL, 0, NULL, NULL))
    return NULL;

  size = BIO_get_mem_data (memory, &data);

  return g_strndup (data, (gsize) size);
}

/**
 * mmp_dtls_certificate_free:
 * @pem: (nullable): what mmp_dtls_certificate_new() gave; it is wiped
 */
void
mmp_dtls_certificate_free (char *pem)
{
  if (pem != NULL)
    explicit_bzero (pem, strlen (pem));
  g_free (pem);
}
