/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mmp-error.h"
#include "crypto/mmp-box-private.h"
#include "crypto/mmp-key-pair-private.h"

#include <string.h>

/* Made with PyNaCl: keys 00..1f and 20..3f, nonce 00..17 */
#define VECTOR_TEXT "{\"sdp\": \"v=0\\r\\n\", \"type\": \"offer\"}"
#define VECTOR_SEALED "00dc22cb076b43197fc38b255055535418f0cc540c5a728f63058bc178d8abf82f9aa05f35d0f0c85fa3089dad9afea186b74b"

static MmpKeyPair *
key_pair_from (guint8 first)
{
  guint8 secret[MMP_SECRET_KEY_SIZE];

  for (guint i = 0; i < sizeof secret; i++)
    secret[i] = (guint8) (first + i);

  return mmp_key_pair_new (secret, NULL);
}

static char *
to_hex (GBytes *bytes,
        gsize offset)
{
  gsize size;
  const guint8 *data = g_bytes_get_data (bytes, &size);
  GString *text = g_string_new (NULL);

  for (gsize i = offset; i < size; i++)
    g_string_append_printf (text, "%02x", data[i]);

  return g_string_free_and_steal (text);
}

static void
test_the_vector_of_the_protocol (void)
{
  g_autoptr (MmpKeyPair) a = key_pair_from (0);
  g_autoptr (MmpKeyPair) b = key_pair_from (0x20);
  g_autoptr (MmpBox) sealing = mmp_box_new (a, mmp_key_pair_get_public (b), NULL);
  g_autoptr (MmpBox) opening = mmp_box_new (b, mmp_key_pair_get_public (a), NULL);
  guint8 nonce[MMP_BOX_NONCE_SIZE];
  g_autoptr (GBytes) sealed = NULL;
  g_autoptr (GBytes) opened = NULL;
  g_autofree char *hex = NULL;

  for (guint i = 0; i < sizeof nonce; i++)
    nonce[i] = (guint8) i;
  sealed = mmp_box_seal_with_nonce (sealing, nonce, VECTOR_TEXT, strlen (VECTOR_TEXT));
  hex = to_hex (sealed, MMP_BOX_NONCE_SIZE);
  g_assert_cmpstr (hex, ==, VECTOR_SEALED);
  g_assert_cmpmem (g_bytes_get_data (sealed, NULL), MMP_BOX_NONCE_SIZE, nonce, sizeof nonce);

  opened = mmp_box_open (opening, sealed, NULL);
  g_assert_cmpmem (g_bytes_get_data (opened, NULL), g_bytes_get_size (opened), VECTOR_TEXT, strlen (VECTOR_TEXT));
}

static void
test_what_was_altered_does_not_open (void)
{
  g_autoptr (MmpKeyPair) a = key_pair_from (0);
  g_autoptr (MmpKeyPair) b = key_pair_from (0x20);
  g_autoptr (MmpKeyPair) c = key_pair_from (0x40);
  g_autoptr (MmpBox) box = mmp_box_new (a, mmp_key_pair_get_public (b), NULL);
  g_autoptr (MmpBox) other = mmp_box_new (c, mmp_key_pair_get_public (b), NULL);
  g_autoptr (GBytes) sealed = mmp_box_seal (box, "hello", 5);
  g_autoptr (GError) error = NULL;

  g_assert_null (mmp_box_open (other, sealed, &error));
  g_assert_error (error, MMP_ERROR, MMP_ERROR_MESSAGE_INVALID);
  for (gsize i = 0; i < g_bytes_get_size (sealed); i++)
    {
      g_autofree guint8 *data = g_memdup2 (g_bytes_get_data (sealed, NULL), g_bytes_get_size (sealed));
      g_autoptr (GBytes) altered = NULL;
      g_autoptr (GBytes) shorter = g_bytes_new_from_bytes (sealed, 0, i);

      data[i] ^= 1;
      altered = g_bytes_new (data, g_bytes_get_size (sealed));
      g_assert_null (mmp_box_open (box, altered, NULL));
      g_assert_null (mmp_box_open (box, shorter, NULL));
    }
}

static void
test_empty_and_large_messages (void)
{
  g_autoptr (MmpKeyPair) a = key_pair_from (0);
  g_autoptr (MmpKeyPair) b = key_pair_from (0x20);
  g_autoptr (MmpBox) box = mmp_box_new (a, mmp_key_pair_get_public (b), NULL);
  static const gsize sizes[] = { 0, 1, 31, 32, 33, 16384 };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autofree char *data = g_strnfill (sizes[i], 'x');
      g_autoptr (GBytes) sealed = mmp_box_seal (box, data, sizes[i]);
      g_autoptr (GBytes) again = mmp_box_seal (box, data, sizes[i]);
      g_autoptr (GBytes) opened = mmp_box_open (box, sealed, NULL);

      g_assert_cmpuint (g_bytes_get_size (sealed), ==, sizes[i] + MMP_BOX_OVERHEAD);
      g_assert_cmpmem (g_bytes_get_data (opened, NULL), g_bytes_get_size (opened), data, sizes[i]);
      g_assert_false (g_bytes_equal (sealed, again));
    }
}

static void
test_ones_own_key_is_refused (void)
{
  g_autoptr (MmpKeyPair) a = key_pair_from (0);
  g_autoptr (GError) error = NULL;

  g_assert_null (mmp_box_new (a, mmp_key_pair_get_public (a), &error));
  g_assert_error (error, MMP_ERROR, MMP_ERROR_KEY_INVALID);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/box/the-vector-of-the-protocol", test_the_vector_of_the_protocol);
  g_test_add_func ("/box/what-was-altered-does-not-open", test_what_was_altered_does_not_open);
  g_test_add_func ("/box/empty-and-large-messages", test_empty_and_large_messages);
  g_test_add_func ("/box/ones-own-key-is-refused", test_ones_own_key_is_refused);

  return g_test_run ();
}
