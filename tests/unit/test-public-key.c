/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "crypto/mmp-public-key.h"

#include "base/mmp-error.h"
#include "crypto/mmp-crypto-private.h"
#include "crypto/mmp-crypto.h"
#include "mmp-vectors.h"

/* The key that the thesis prints, as it is meant */
#define THESIS_KEY "RVC45WSASZAGKAJZT24NC3GTCEENN7FCZO3QC7Z5S2ZSQOL22UXQ===="
#define SHORT_KEY "RVC45WSASZAGKAJZT24NC3GTCEENN7FCZO3QC7Z5S2ZSQOL22UXQ"

static void
test_both_texts_are_read (void)
{
  g_autoptr (GError) error = NULL;
  MmpPublicKey from_padded;
  MmpPublicKey from_short;
  g_autofree char *padded = NULL;
  g_autofree char *short_text = NULL;

  mmp_public_key_from_text (THESIS_KEY, &from_padded, &error);
  g_assert_no_error (error);
  mmp_public_key_from_text (SHORT_KEY, &from_short, &error);
  g_assert_no_error (error);
  g_assert_true (mmp_public_key_equal (&from_padded, &from_short));
  g_assert_cmpuint (mmp_public_key_hash (&from_padded), ==, mmp_public_key_hash (&from_short));

  padded = mmp_public_key_to_text (&from_short);
  short_text = mmp_public_key_to_short_text (&from_padded);
  g_assert_cmpstr (padded, ==, THESIS_KEY);
  g_assert_cmpstr (short_text, ==, SHORT_KEY);
}

static void
test_other_texts_are_refused (void)
{
  static const char *const texts[] = {
    "",
    "RVC4",
    "rvc45wsaszagkajzt24nc3gtceenn7fczo3qc7z5s2zsqol22uxq",
    " RVC45WSASZAGKAJZT24NC3GTCEENN7FCZO3QC7Z5S2ZSQOL22UXQ",
    SHORT_KEY "=",
    SHORT_KEY "===",
    THESIS_KEY "=",
    THESIS_KEY "\n",
    "RVC45WSASZAGKAJZT24NC3GTCEENN7FCZO3QC7Z5S2ZSQOL22UXR", /* stray bits */
    "0VC45WSASZAGKAJZT24NC3GTCEENN7FCZO3QC7Z5S2ZSQOL22UXQ",
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", /* of small order */
    "AEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    "7777777777777777777777777777777777777777777777777777", /* stray bits */
    "777777777777777777777777777777777777777777777777777Q", /* top bit */
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GError) error = NULL;
      MmpPublicKey key = { { 0xa5 } };

      mmp_test_case (texts[i]);
      g_assert_false (mmp_public_key_from_text (texts[i], &key, &error));
      g_assert_error (error, MMP_ERROR, MMP_ERROR_KEY_INVALID);
      g_assert_cmpuint (key.bytes[0], ==, 0xa5);
    }
}

/* Independent of our list: everything near the edges of the field is put to the multiplication itself. */
static void
test_keys_without_a_product_are_refused (void)
{
  guint8 secret[32];
  guint8 product[32];
  guint refused = 0;

  mmp_crypto_random (secret, sizeof secret);
  for (guint low = 0; low < 256; low++)
    {
      for (guint side = 0; side < 2; side++)
        {
          guint8 bytes[32];
          MmpPublicKey key;
          gboolean good;

          memset (bytes, side ? 0xff : 0, sizeof bytes);
          bytes[0] = (guint8) low;
          bytes[31] &= 0x7f;
          good = mmp_crypto_x25519 (secret, bytes, product);
          refused += !good;
          g_assert_cmpint (mmp_public_key_from_bytes (bytes, &key, NULL), ==, good);
        }
    }
  g_assert_cmpuint (refused, ==, 5);
}

static void
test_points_of_order_eight_are_refused (void)
{
  static const guint8 points[][32] = {
    { 0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3, 0xfa, 0xf1, 0x9f, 0xc4, 0x6a,
      0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32, 0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00 },
    { 0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1, 0x55, 0x9c, 0x83, 0xef, 0x5b,
      0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c, 0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (points); i++)
    {
      guint8 secret[32];
      guint8 product[32];
      MmpPublicKey key;

      mmp_crypto_random (secret, sizeof secret);
      g_assert_false (mmp_crypto_x25519 (secret, points[i], product));
      g_assert_false (mmp_public_key_from_bytes (points[i], &key, NULL));
    }
}

static void
test_typed_keys_are_understood (void)
{
  static const struct
  {
    const char *text;
    guint n;
  } cases[] = {
    { THESIS_KEY, 1 },
    { SHORT_KEY, 1 },
    { "  rvc4 5wsa szag kajz t24n c3gt ceen n7fc zo3q c7z5 s2zs qol2 2uxq\n", 1 },
    { "RVC45WSASZAGKAJZT24NC3GTCEENN7FCZ03QC7Z5S2ZSQ0L22UXQ====", 1 }, /* as the thesis prints it */
    { "RVC45WSASZAGKAJZT24NC3GTCEENN7FCZ03QC7Z5S2ZSQ0122UXQ", 2 }, /* L or I */
    { "1VC45WSASZAGKAJZT24NC3GTCEENN7FCZO3QC7Z5S2ZSQO122UXQ", 4 },
    { "1VC45WSASZAGKAJZT24NC3GTCEENN7FCZO3QC7Z5S2ZSQ1122UXQ", 4 }, /* eight readings, four are offered */
    { "111111WSASZAGKAJZT24NC3GTCEENN7FCZO3QC7Z5S2ZSQOL22UXQ", 0 }, /* 53 characters */
    { "1111111SASZAGKAJZT24NC3GTCEENN7FCZO3QC7Z5S2ZSQOL22UX", 0 },
    { "1111111SASZAGKAJZT24NC3GTCEENN7FCZO3QC7Z5S2ZSQOL22UXQ", 0 },
    { "1111111ASZAGKAJZT24NC3GTCEENN7FCZO3QC7Z5S2ZSQOL22UXQ", 0 }, /* seven ones are too many to guess */
    { "", 0 },
    { "RVC4", 0 },
    { "RVC45WSASZAGKAJZT24NC3GTCEENN7FCZO3QC7Z5S2ZSQOL22UX9", 0 },
    { "RVC45WSASZAGKAJZT24NC3GTCEENN7FCZO3QC7Z5S2ZSQOL22UXR", 0 },
    { "RVC45WSASZAGKAJZT24NC3GTCEENN7FCZO3QC7Z5S2ZSQOL22UX\xc3\x96", 0 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_auto (GStrv) found = mmp_public_key_suggest (cases[i].text);

      mmp_test_case (cases[i].text);
      g_assert_cmpuint (g_strv_length (found), ==, cases[i].n);
      for (guint j = 0; j < cases[i].n; j++)
        {
          MmpPublicKey key;

          g_assert_true (mmp_public_key_from_text (found[j], &key, NULL));
          for (guint k = 0; k < j; k++)
            g_assert_cmpstr (found[j], !=, found[k]);
        }
      if (i < 4)
        g_assert_cmpstr (found[0], ==, THESIS_KEY);
      if (i == 4)
        g_assert_true (g_strv_contains ((const char *const *) found, THESIS_KEY));
    }
}

static void
test_long_typed_texts_are_not_searched (void)
{
  g_autofree char *spaces = g_strnfill (100000, ' ');
  g_autofree char *text = g_strconcat (spaces, THESIS_KEY, NULL);
  g_auto (GStrv) found = mmp_public_key_suggest (text);

  g_assert_cmpuint (g_strv_length (found), ==, 0);
}

static void
test_fingerprint_and_rendezvous_are_the_agreed_ones (void)
{
  g_autoptr (MmpVectors) vectors = mmp_vectors_load ("session-v1.json");
  g_autofree char *text = mmp_vectors_get_text (vectors, "$.listener_public");
  g_autofree char *expected_fingerprint = mmp_vectors_get_text (vectors, "$.fingerprint");
  g_autofree char *expected_rendezvous = mmp_vectors_get_text (vectors, "$.rendezvous");
  g_autoptr (GError) error = NULL;
  g_autofree char *fingerprint = NULL;
  g_autofree char *rendezvous = NULL;
  MmpPublicKey key;

  mmp_public_key_from_text (text, &key, &error);
  g_assert_no_error (error);
  fingerprint = mmp_public_key_to_fingerprint (&key);
  rendezvous = mmp_public_key_to_rendezvous (&key);
  g_assert_cmpstr (fingerprint, ==, expected_fingerprint);
  g_assert_cmpstr (rendezvous, ==, expected_rendezvous);
}

static void
test_keys_live_in_tables_and_values (void)
{
  g_autoptr (GHashTable) table = g_hash_table_new_full (mmp_public_key_hash, mmp_public_key_equal, (GDestroyNotify) mmp_public_key_free, NULL);
  g_auto (GValue) value = G_VALUE_INIT;
  MmpPublicKey key;
  MmpPublicKey other;

  g_assert_true (mmp_public_key_from_text (THESIS_KEY, &key, NULL));
  other = key;
  other.bytes[0] ^= 1;
  g_hash_table_add (table, mmp_public_key_copy (&key));
  g_assert_true (g_hash_table_contains (table, &key));
  g_assert_false (g_hash_table_contains (table, &other));

  g_value_init (&value, MMP_TYPE_PUBLIC_KEY);
  g_value_set_boxed (&value, &key);
  g_assert_true (mmp_public_key_equal (g_value_get_boxed (&value), &key));
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/public-key/both-texts-are-read", test_both_texts_are_read);
  g_test_add_func ("/public-key/other-texts-are-refused", test_other_texts_are_refused);
  g_test_add_func ("/public-key/keys-without-a-product-are-refused", test_keys_without_a_product_are_refused);
  g_test_add_func ("/public-key/points-of-order-eight-are-refused", test_points_of_order_eight_are_refused);
  g_test_add_func ("/public-key/typed-keys-are-understood", test_typed_keys_are_understood);
  g_test_add_func ("/public-key/long-typed-texts-are-not-searched", test_long_typed_texts_are_not_searched);
  g_test_add_func ("/public-key/fingerprint-and-rendezvous-are-the-agreed-ones", test_fingerprint_and_rendezvous_are_the_agreed_ones);
  g_test_add_func ("/public-key/keys-live-in-tables-and-values", test_keys_live_in_tables_and_values);

  return g_test_run ();
}
