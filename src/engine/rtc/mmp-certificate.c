/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "rtc/mmp-certificate.h"

#include "base/mmp-error.h"

#include <string.h>

#define PEM_BEGIN "-----BEGIN CERTIFICATE-----\n"
#define PEM_END "-----END CERTIFICATE-----\n"

/* The largest certificate that is looked at, in bytes of PEM; a DTLS handshake carries far smaller ones. */
#define PEM_SIZE_MAX 16384

/* RFC 7468: every line of the body has this many characters, but for the last, which may have fewer. */
#define PEM_LINE_LENGTH 64

#define DER_SEQUENCE 0x30

/* Copies the characters of the body without its line ends. */
static gboolean
join_lines (const char *body,
            gsize size,
            GString *base64)
{
  while (size > 0)
    {
      const char *end = memchr (body, '\n', size);
      gsize length = end != NULL ? (gsize) (end - body) : 0;

      if (length == 0 || length > PEM_LINE_LENGTH)
        return FALSE;
      if (length < PEM_LINE_LENGTH && length + 1 != size)
        return FALSE;
      g_string_append_len (base64, body, (gssize) length);
      body += length + 1;
      size -= length + 1;
    }

  return base64->len > 0;
}

/* g_base64_decode() skips what it does not know, so only what encodes back to the same text is taken. */
static guint8 *
decode_base64 (const GString *base64,
               gsize *size)
{
  g_autofree guint8 *der = NULL;
  g_autofree char *again = NULL;

  if (base64->len % 4 != 0)
    return NULL;
  der = g_base64_decode (base64->str, size);
  again = g_base64_encode (der, *size);

  return g_str_equal (again, base64->str) ? g_steal_pointer (&der) : NULL;
}

/* Whether @der is one SEQUENCE with a definite length in its shortest form, and nothing after it. */
static gboolean
is_one_sequence (const guint8 *der,
                 gsize size)
{
  gsize length;
  gsize n_bytes;

  if (size < 2 || der[0] != DER_SEQUENCE)
    return FALSE;
  if (der[1] < 0x80)
    return (gsize) der[1] + 2 == size;

  n_bytes = der[1] & 0x7f;
  if (n_bytes < 1 || n_bytes > 2 || size < 2 + n_bytes)
    return FALSE;
  length = n_bytes == 1 ? der[2] : (gsize) (der[2] << 8 | der[3]);
  if (length < (n_bytes == 1 ? 0x80 : 0x100))
    return FALSE;

  return 2 + n_bytes + length == size;
}

/**
 * mmp_certificate_get_fingerprint:
 * @pem: a certificate as PEM text (RFC 7468), as OpenSSL writes it; need not be NUL-terminated
 * @size: bytes of @pem
 * @fingerprint: (out caller-allocates): the SHA-256 of its DER form, as `a=fingerprint:sha-256` of RFC 8122 has it
 *
 * The text must be one certificate and nothing else: no text around it, no second certificate, no other line ends. What
 * the certificate says is not looked at, since for WebRTC only the hash counts.
 *
 * Returns: %TRUE; %FALSE with %MMP_ERROR_MESSAGE_INVALID and @fingerprint untouched if the text is anything else
 */
gboolean
mmp_certificate_get_fingerprint (const char *pem,
                                 gsize size,
                                 guint8 fingerprint[MMP_CERTIFICATE_FINGERPRINT_SIZE],
                                 GError **error)
{
  const gsize frame = strlen (PEM_BEGIN) + strlen (PEM_END);
  g_autoptr (GString) base64 = g_string_new (NULL);
  g_autoptr (GChecksum) checksum = NULL;
  g_autofree guint8 *der = NULL;
  gsize der_size = 0;
  gsize digest_size = MMP_CERTIFICATE_FINGERPRINT_SIZE;

  if (size > PEM_SIZE_MAX || size <= frame || memcmp (pem, PEM_BEGIN, strlen (PEM_BEGIN)) != 0 || memcmp (pem + size - strlen (PEM_END), PEM_END, strlen (PEM_END)) != 0 || !join_lines (pem + strlen (PEM_BEGIN), size - frame, base64) || (der = decode_base64 (base64, &der_size)) == NULL || !is_one_sequence (der, der_size))
    {
      g_set_error (error, MMP_ERROR, MMP_ERROR_MESSAGE_INVALID, "the text is not one certificate in PEM form");
      return FALSE;
    }

  checksum = g_checksum_new (G_CHECKSUM_SHA256);
  g_checksum_update (checksum, der, (gssize) der_size);
  g_checksum_get_digest (checksum, fingerprint, &digest_size);

  return TRUE;
}
