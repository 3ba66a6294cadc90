/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mmp-error.h"
#include "hub/mmp-qr.h"
#include "mmp-test.h"

#define SHORT_TEXT "MMP:1/L/RVC45WSASZAGKAJZT24NC3GTCEENN7FCZO3QC7Z5S2ZSQOL22UXQ/BROKER.EXAMPLE.ORG:8883"

/* A finder pattern is a dark square of 7 modules with a light ring in it (ISO/IEC 18004). */
static void
assert_finder_pattern (MmpQr *qr,
                       int left,
                       int top)
{
  for (int y = 0; y < 7; y++)
    for (int x = 0; x < 7; x++)
      {
        int ring = MIN (MIN (x, 6 - x), MIN (y, 6 - y));

        g_assert_cmpint (mmp_qr_is_dark (qr, left + x, top + y), ==, ring != 1);
      }
}

static void
test_three_corners_are_marked (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (MmpQr) qr = mmp_qr_new (SHORT_TEXT, &error);
  int size;

  g_assert_no_error (error);
  size = (int) mmp_qr_get_size (qr);
  g_assert_cmpint (size % 4, ==, 1);
  assert_finder_pattern (qr, 0, 0);
  assert_finder_pattern (qr, size - 7, 0);
  assert_finder_pattern (qr, 0, size - 7);
}

static void
test_outside_is_light (void)
{
  g_autoptr (MmpQr) qr = mmp_qr_new (SHORT_TEXT, NULL);
  int size = (int) mmp_qr_get_size (qr);

  for (int i = -MMP_QR_QUIET_ZONE; i < size + MMP_QR_QUIET_ZONE; i++)
    {
      g_assert_false (mmp_qr_is_dark (qr, i, -1));
      g_assert_false (mmp_qr_is_dark (qr, i, size));
      g_assert_false (mmp_qr_is_dark (qr, -1, i));
      g_assert_false (mmp_qr_is_dark (qr, size, i));
    }
}

static void
test_the_short_form_makes_a_smaller_code (void)
{
  g_autofree char *lower = g_ascii_strdown (SHORT_TEXT, -1);
  g_autoptr (MmpQr) small = mmp_qr_new (SHORT_TEXT, NULL);
  g_autoptr (MmpQr) large = mmp_qr_new (lower, NULL);

  g_assert_cmpuint (mmp_qr_get_size (small), <, mmp_qr_get_size (large));
}

static void
test_too_long_a_text_is_refused (void)
{
  g_autofree char *text = g_strnfill (4000, 'x');
  g_autoptr (GError) error = NULL;
  g_autoptr (MmpQr) qr = mmp_qr_new (text, &error);

  g_assert_error (error, MMP_ERROR, MMP_ERROR_LIMIT);
  g_assert_null (qr);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/qr/three-corners-are-marked", test_three_corners_are_marked);
  g_test_add_func ("/qr/outside-is-light", test_outside_is_light);
  g_test_add_func ("/qr/the-short-form-makes-a-smaller-code", test_the_short_form_makes_a_smaller_code);
  g_test_add_func ("/qr/too-long-a-text-is-refused", test_too_long_a_text_is_refused);

  return g_test_run ();
}
