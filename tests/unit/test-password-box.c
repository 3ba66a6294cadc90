/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "crypto/mmp-password-box.h"

#include <string.h>

#include "base/mmp-error.h"
#include "crypto/mmp-key-pair.h"
#include "crypto/mmp-password-box-private.h"
#include "mmp-test.h"

#define PASSWORD "correct horse"

static GBytes *
seal (const char *text)
{
  g_autoptr (MmpSecret) secret = mmp_secret_new (text, strlen (text));
  g_autoptr (GError) error = NULL;
  GBytes *box = mmp_password_box_seal (secret, PASSWORD, &error);

  g_assert_no_error (error);

  return box;
}

static void
test_opens_with_its_password_only (void)
{
  g_autoptr (GBytes) box = seal ("inside");
  g_autoptr (GBytes) other = seal ("inside");
  g_autoptr (GError) error = NULL;
  g_autoptr (MmpSecret) secret = mmp_password_box_open (box, PASSWORD, &error);
  gsize size;

  g_assert_no_error (error);
  g_assert_cmpstr (mmp_secret_get_data (secret, &size), ==, "inside");
  g_assert_cmpuint (size, ==, 6);
  g_assert_false (g_bytes_equal (box, other));
  g_assert_null (mmp_password_box_open (box, "correct horsf", &error));
  g_assert_error (error, MMP_ERROR, MMP_ERROR_SECRETS);
}

static void
test_changed_boxes_do_not_open (void)
{
  g_autoptr (GBytes) box = seal ("");
  gsize size;
  const guint8 *data = g_bytes_get_data (box, &size);
  const gsize places[] = { 14, 30, 54, size - 1 }; /* salt, nonce, tag */

  for (gsize i = 0; i < G_N_ELEMENTS (places); i++)
    {
      g_autofree guint8 *copy = g_memdup2 (data, size);
      g_autoptr (GBytes) changed = NULL;
      g_autoptr (GError) error = NULL;

      copy[places[i]] ^= 1;
      changed = g_bytes_new (copy, size);
      g_assert_null (mmp_password_box_open (changed, PASSWORD, &error));
      g_assert_error (error, MMP_ERROR, MMP_ERROR_SECRETS);
    }
}

static void
test_unreasonable_boxes_are_refused (void)
{
  static const struct
  {
    gsize place;
    guint8 value;
  } cases[] = { { 0, 'X' }, { 4, 2 }, { 5, 1 }, { 8, 0 }, { 8, 17 }, { 9, 1 }, { 10, 0x11 } };
  g_autoptr (GBytes) box = seal ("inside");
  gsize size;
  const guint8 *data = g_bytes_get_data (box, &size);
  MmpPasswordBox parts = { .passes = 77 };

  g_assert_false (mmp_password_box_decode (data, 68, &parts, NULL));
  g_assert_false (mmp_password_box_decode (data, 0, &parts, NULL));
  g_assert_cmpuint (parts.passes, ==, 77);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree guint8 *copy = g_memdup2 (data, size);
      g_autoptr (GError) error = NULL;

      copy[cases[i].place] = cases[i].value;
      g_assert_false (mmp_password_box_decode (copy, size, &parts, &error));
      g_assert_error (error, MMP_ERROR, MMP_ERROR_FILE_INVALID);
    }
  g_assert_true (mmp_password_box_decode (data, size, &parts, NULL));
  g_assert_cmpuint (parts.memory, ==, 128 * 1024);
}

static void
test_short_passwords_are_refused (void)
{
  g_autoptr (MmpSecret) secret = mmp_secret_new ("x", 1);
  g_autoptr (GError) error = NULL;

  g_assert_null (mmp_password_box_seal (secret, "1234567", &error));
  g_assert_error (error, MMP_ERROR, MMP_ERROR_SECRETS);
}

static void
test_key_pairs_are_kept_as_secrets (void)
{
  g_autoptr (MmpKeyPair) pair = mmp_key_pair_generate ();
  g_autoptr (MmpSecret) secret = mmp_key_pair_to_secret (pair);
  g_autoptr (MmpKeyPair) again = mmp_key_pair_from_secret (secret, NULL);
  g_autoptr (MmpSecret) wrong = mmp_secret_new ("no key", 6);
  g_autoptr (GError) error = NULL;

  g_assert_true (mmp_public_key_equal (mmp_key_pair_get_public (pair), mmp_key_pair_get_public (again)));
  g_assert_null (mmp_key_pair_from_secret (wrong, &error));
  g_assert_error (error, MMP_ERROR, MMP_ERROR_KEY_INVALID);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/password-box/opens-with-its-password-only", test_opens_with_its_password_only);
  g_test_add_func ("/password-box/changed-boxes-do-not-open", test_changed_boxes_do_not_open);
  g_test_add_func ("/password-box/unreasonable-boxes-are-refused", test_unreasonable_boxes_are_refused);
  g_test_add_func ("/password-box/short-passwords-are-refused", test_short_passwords_are_refused);
  g_test_add_func ("/password-box/key-pairs-are-kept-as-secrets", test_key_pairs_are_kept_as_secrets);

  return g_test_run ();
}
