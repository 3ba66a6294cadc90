/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "crypto/mmp-base32.h"

#include "mmp-vectors.h"

/* RFC 4648 section 10 */
static const struct
{
  const char *data;
  const char *text;
} vectors[] = {
  { "", "" },
  { "f", "MY======" },
  { "fo", "MZXQ====" },
  { "foo", "MZXW6===" },
  { "foob", "MZXW6YQ=" },
  { "fooba", "MZXW6YTB" },
  { "foobar", "MZXW6YTBOI======" },
};

static void
test_vectors_of_the_rfc (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (vectors); i++)
    {
      gsize size = strlen (vectors[i].data);
      gsize bare_length = strcspn (vectors[i].text, "=");
      g_autofree char *padded = mmp_base32_encode (vectors[i].data, size, MMP_BASE32_PADDED);
      g_autofree char *bare = mmp_base32_encode (vectors[i].data, size, MMP_BASE32_BARE);
      char data[8];

      g_assert_cmpstr (padded, ==, vectors[i].text);
      g_assert_cmpuint (strlen (bare), ==, bare_length);
      g_assert_true (g_str_has_prefix (vectors[i].text, bare));
      g_assert_true (mmp_base32_decode (padded, strlen (padded), MMP_BASE32_PADDED, data, size));
      g_assert_cmpmem (data, size, vectors[i].data, size);
      g_assert_true (mmp_base32_decode (bare, bare_length, MMP_BASE32_EITHER, data, size));
      g_assert_cmpmem (data, size, vectors[i].data, size);
    }
}

static void
test_every_pair_of_bytes_comes_back (void)
{
  for (guint value = 0; value <= G_MAXUINT16; value++)
    {
      const guint8 bytes[2] = { (guint8) (value >> 8), (guint8) value };
      g_autofree char *text = mmp_base32_encode (bytes, sizeof bytes, MMP_BASE32_BARE);
      guint8 back[2];

      g_assert_true (mmp_base32_decode (text, strlen (text), MMP_BASE32_BARE, back, sizeof back));
      g_assert_cmpmem (back, sizeof back, bytes, sizeof bytes);
    }
}

static void
test_only_the_alphabet_is_taken (void)
{
  for (guint c = 0; c < 256; c++)
    {
      const char text[8] = { 'A', 'A', 'A', (char) c, 'A', 'A', 'A', 'A' };
      gboolean expected = (c >= 'A' && c <= 'Z') || (c >= '2' && c <= '7');
      guint8 back[5];

      g_assert_cmpint (mmp_base32_decode (text, sizeof text, MMP_BASE32_EITHER, back, sizeof back), ==, expected);
    }
}

static void
test_other_texts_are_refused (void)
{
  static const struct
  {
    const char *text;
    MmpBase32Form forms;
    gsize size;
  } cases[] = {
    { "MZXW6===", MMP_BASE32_BARE, 3 }, /* padding where there must be none */
    { "MZXW6", MMP_BASE32_PADDED, 3 }, /* and the reverse */
    { "MZXW6==", MMP_BASE32_EITHER, 3 }, /* not complete */
    { "MZXW6====", MMP_BASE32_EITHER, 3 },
    { "MZXW6==A", MMP_BASE32_EITHER, 3 }, /* something in the padding */
    { "=ZXW6===", MMP_BASE32_EITHER, 3 },
    { "MZXW7===", MMP_BASE32_EITHER, 3 }, /* stray bits */
    { "MZ", MMP_BASE32_EITHER, 1 },
    { "mzxw6===", MMP_BASE32_EITHER, 3 },
    { " MZXW6===", MMP_BASE32_EITHER, 3 },
    { "MZXW6===\n", MMP_BASE32_EITHER, 3 },
    { "MZXW6===", MMP_BASE32_EITHER, 4 }, /* another number of bytes */
    { "MZXW6===", MMP_BASE32_EITHER, 2 },
    { "", MMP_BASE32_EITHER, 1 },
    { "A", MMP_BASE32_EITHER, 0 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      guint8 back[8] = { 0xa5, 0xa5, 0xa5, 0xa5 };

      mmp_test_case (cases[i].text);
      g_assert_false (mmp_base32_decode (cases[i].text, strlen (cases[i].text), cases[i].forms, back, cases[i].size));
      g_assert_cmpmem (back, 4, "\xa5\xa5\xa5\xa5", 4);
    }
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/base32/vectors-of-the-rfc", test_vectors_of_the_rfc);
  g_test_add_func ("/base32/every-pair-of-bytes-comes-back", test_every_pair_of_bytes_comes_back);
  g_test_add_func ("/base32/only-the-alphabet-is-taken", test_only_the_alphabet_is_taken);
  g_test_add_func ("/base32/other-texts-are-refused", test_other_texts_are_refused);

  return g_test_run ();
}
