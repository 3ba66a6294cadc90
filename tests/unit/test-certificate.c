/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mmp-error.h"
#include "rtc/mmp-certificate.h"

#include <string.h>

#define BEGIN "-----BEGIN CERTIFICATE-----\n"
#define END "-----END CERTIFICATE-----\n"
#define LINE64 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

/* Made with: openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes */
static const char certificate[] = "-----BEGIN CERTIFICATE-----\n"
                                  "MIIBdDCCARmgAwIBAgIUH46gbjxzH9uNxC6p60Z3ciiZ7t4wCgYIKoZIzj0EAwIw\n"
                                  "DzENMAsGA1UEAwwEdGVzdDAeFw0yNjExMjMwOTA5MDJaFw0yNjExMjQwOTA5MDJa\n"
                                  "MA8xDTALBgNVBAMMBHRlc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAATla2ys\n"
                                  "7OL51WPvhnbpjQojS0X+Gt9rvBMr02Oe1OP2tEud9+m8+y22lwL8VOe/6Q3Ffbfx\n"
                                  "k4WWe0+EeHao1rk6o1MwUTAdBgNVHQ4EFgQUb91Y03w7LSI1oxpID8riFANXXr0w\n"
                                  "HwYDVR0jBBgwFoAUb91Y03w7LSI1oxpID8riFANXXr0wDwYDVR0TAQH/BAUwAwEB\n"
                                  "/zAKBggqhkjOPQQDAgNJADBGAiEAmho/gZwRDvsKRvqA3iAp66tYbRJH6fxNNIgN\n"
                                  "1KjGNFICIQDesUY+sJaxL9B++AF3a1u66Btv3w0MjkJfR1oXIs4Brg==\n"
                                  "-----END CERTIFICATE-----\n";

/* As printed by: openssl x509 -noout -fingerprint -sha256 */
static const guint8 certificate_fingerprint[] = {
  0x54,
  0xfa,
  0xb0,
  0x6e,
  0x41,
  0x86,
  0x25,
  0x0d,
  0x4e,
  0x12,
  0x05,
  0xaf,
  0x2e,
  0x81,
  0xa8,
  0x61,
  0xc4,
  0x96,
  0x51,
  0x82,
  0x3a,
  0x15,
  0xb0,
  0x6e,
  0x7a,
  0xc3,
  0xc1,
  0x05,
  0x53,
  0x46,
  0x74,
  0x52,
};

static void
test_a_certificate_has_its_fingerprint (void)
{
  guint8 fingerprint[MMP_CERTIFICATE_FINGERPRINT_SIZE];
  g_autoptr (GError) error = NULL;

  g_assert_true (mmp_certificate_get_fingerprint (certificate, strlen (certificate), fingerprint, &error));
  g_assert_no_error (error);
  g_assert_cmpmem (fingerprint, sizeof fingerprint, certificate_fingerprint, sizeof certificate_fingerprint);
}

static void
test_one_line_is_a_certificate (void)
{
  guint8 fingerprint[MMP_CERTIFICATE_FINGERPRINT_SIZE];

  /* SEQUENCE of one NULL, in 4 bytes */
  g_assert_true (mmp_certificate_get_fingerprint (BEGIN "MAIFAA==\n" END, strlen (BEGIN "MAIFAA==\n" END), fingerprint, NULL));
}

static void
assert_refused (const char *pem,
                gsize size)
{
  guint8 fingerprint[MMP_CERTIFICATE_FINGERPRINT_SIZE];
  guint8 untouched[MMP_CERTIFICATE_FINGERPRINT_SIZE];
  g_autoptr (GError) error = NULL;

  memset (fingerprint, 0x5a, sizeof fingerprint);
  memset (untouched, 0x5a, sizeof untouched);
  g_assert_false (mmp_certificate_get_fingerprint (pem, size, fingerprint, &error));
  g_assert_error (error, MMP_ERROR, MMP_ERROR_MESSAGE_INVALID);
  g_assert_cmpmem (fingerprint, sizeof fingerprint, untouched, sizeof untouched);
}

static void
test_anything_else_is_refused (void)
{
  static const char *const table[] = {
    "",
    "\n",
    BEGIN,
    END,
    BEGIN END, /* empty */
    BEGIN "\n" END,
    "MAIFAA==\n", /* no frame */
    "x" BEGIN "MAIFAA==\n" END, /* text before */
    BEGIN "MAIFAA==\n" END "x", /* text after */
    BEGIN "MAIFAA==\n" END "\n",
    BEGIN "MAIFAA==\n" END BEGIN "MAIFAA==\n" END, /* two */
    BEGIN "MAIFAA==" END, /* no line end */
    BEGIN "MAIFAA==\r\n" END,
    BEGIN "MAIF\nAA==\n" END, /* short line that is not the last */
    BEGIN "MAIFAA==\n\n" END,
    BEGIN "MAIFAA= =\n" END,
    BEGIN "MAIFAA-=\n" END, /* not in the alphabet */
    BEGIN "MAIFAA=\n" END, /* no whole group */
    BEGIN "MAIFAB==\n" END, /* bits after the end */
    BEGIN "MAIF====\n" END,
    BEGIN "====\n" END,
    BEGIN "MQIFAA==\n" END, /* a SET */
    BEGIN "MAEFAA==\n" END, /* length too small */
    BEGIN "MAMFAA==\n" END, /* length too large */
    BEGIN "MIECBQA=\n" END, /* length not in its shortest form */
    BEGIN "MIAFAA==\n" END, /* indefinite length */
    BEGIN "MIT/////\n" END, /* length of four bytes */
    BEGIN "MIE=\n" END, /* no room for the length */
    BEGIN "MA==\n" END,
    BEGIN LINE64 "A\n" END, /* line too long */
  };

  for (gsize i = 0; i < G_N_ELEMENTS (table); i++)
    assert_refused (table[i], strlen (table[i]));
}

static void
test_a_changed_certificate_is_another (void)
{
  const gsize size = strlen (certificate);

  for (gsize i = 0; i < size; i++)
    {
      g_autofree char *changed = g_strdup (certificate);
      guint8 fingerprint[MMP_CERTIFICATE_FINGERPRINT_SIZE];

      changed[i] = changed[i] == 'Q' ? 'R' : 'Q';
      if (mmp_certificate_get_fingerprint (changed, size, fingerprint, NULL))
        g_assert_cmpint (memcmp (fingerprint, certificate_fingerprint, sizeof fingerprint), !=, 0);
    }
}

static void
test_a_part_of_a_certificate_is_refused (void)
{
  for (gsize i = 0; i < strlen (certificate); i++)
    assert_refused (certificate, i);
}

static void
test_a_huge_text_is_refused (void)
{
  g_autoptr (GString) pem = g_string_new (BEGIN);

  while (pem->len < 32768)
    g_string_append (pem, LINE64 "\n");
  g_string_append (pem, END);
  assert_refused (pem->str, pem->len);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/certificate/a-certificate-has-its-fingerprint", test_a_certificate_has_its_fingerprint);
  g_test_add_func ("/certificate/one-line-is-a-certificate", test_one_line_is_a_certificate);
  g_test_add_func ("/certificate/anything-else-is-refused", test_anything_else_is_refused);
  g_test_add_func ("/certificate/a-changed-certificate-is-another", test_a_changed_certificate_is_another);
  g_test_add_func ("/certificate/a-part-of-a-certificate-is-refused", test_a_part_of_a_certificate_is_refused);
  g_test_add_func ("/certificate/a-huge-text-is-refused", test_a_huge_text_is_refused);

  return g_test_run ();
}
