/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mmp-histogram.h"

#include <math.h>

#define STEPS 100000

/* Within 1 % of what is right */
static void
assert_near (double value,
             double expected)
{
  g_assert_cmpfloat_with_epsilon (value, expected, fabs (expected) / 100);
}

static void
test_an_empty_histogram_has_no_figures (void)
{
  g_autoptr (MmpHistogram) histogram = mmp_histogram_new ();
  g_autoptr (MmpHistogram) other = mmp_histogram_new ();

  mmp_histogram_merge (histogram, other);
  g_assert_cmpuint (mmp_histogram_get_count (histogram), ==, 0);
  g_assert_cmpfloat (mmp_histogram_get_mean (histogram), ==, 0);
  g_assert_cmpfloat (mmp_histogram_get_max (histogram), ==, 0);
  g_assert_cmpfloat (mmp_histogram_get_quantile (histogram, 0.5), ==, 0);
  g_assert_cmpfloat (mmp_histogram_get_quantile (histogram, 1), ==, 0);
}

static void
test_quantiles_are_near_at_every_scale (void)
{
  static const double scales[] = { 1e-5, 0.001, 1, 37, 1e6 };
  static const double quantiles[] = { 0.001, 0.1, 0.5, 0.95, 0.99, 0.999 };

  for (guint i = 0; i < G_N_ELEMENTS (scales); i++)
    {
      g_autoptr (MmpHistogram) histogram = mmp_histogram_new ();

      for (guint j = 1; j <= STEPS; j++)
        mmp_histogram_add (histogram, scales[i] * (double) ((j * 7919) % (STEPS + 1)) / 1000);

      g_assert_cmpuint (mmp_histogram_get_count (histogram), ==, STEPS);
      assert_near (mmp_histogram_get_mean (histogram), scales[i] * (STEPS + 1) / 2000);
      g_assert_cmpfloat (mmp_histogram_get_min (histogram), ==, scales[i] * 1 / 1000);
      g_assert_cmpfloat (mmp_histogram_get_max (histogram), ==, scales[i] * STEPS / 1000);
      for (guint j = 0; j < G_N_ELEMENTS (quantiles); j++)
        assert_near (mmp_histogram_get_quantile (histogram, quantiles[j]), scales[i] * quantiles[j] * STEPS / 1000);
    }
}

static void
test_parts_make_the_whole (void)
{
  g_autoptr (MmpHistogram) whole = mmp_histogram_new ();
  g_autoptr (MmpHistogram) merged = mmp_histogram_new ();

  for (guint part = 0; part < 4; part++)
    {
      g_autoptr (MmpHistogram) histogram = mmp_histogram_new ();

      for (guint i = 0; i < 1000; i++)
        {
          double value = (i + 1) * (part + 1);

          mmp_histogram_add (histogram, value);
          mmp_histogram_add (whole, value);
        }
      mmp_histogram_merge (merged, histogram);
    }

  g_assert_cmpuint (mmp_histogram_get_count (merged), ==, 4000);
  g_assert_cmpfloat (mmp_histogram_get_mean (merged), ==, mmp_histogram_get_mean (whole));
  g_assert_cmpfloat (mmp_histogram_get_min (merged), ==, 1);
  g_assert_cmpfloat (mmp_histogram_get_max (merged), ==, 4000);
  for (double q = 0; q <= 1; q += 0.01)
    g_assert_cmpfloat (mmp_histogram_get_quantile (merged, q), ==, mmp_histogram_get_quantile (whole, q));
}

static void
test_odd_values_stay_in_their_place (void)
{
  g_autoptr (MmpHistogram) histogram = mmp_histogram_new ();

  mmp_histogram_add (histogram, NAN);
  mmp_histogram_add (histogram, INFINITY);
  g_assert_cmpuint (mmp_histogram_get_count (histogram), ==, 0);

  mmp_histogram_add (histogram, -5);
  mmp_histogram_add (histogram, 0);
  mmp_histogram_add (histogram, 1e300);
  g_assert_cmpfloat (mmp_histogram_get_quantile (histogram, 0), ==, -5);
  g_assert_cmpfloat_with_epsilon (mmp_histogram_get_quantile (histogram, 0.5), 0, 1e-6);
  g_assert_cmpfloat (mmp_histogram_get_quantile (histogram, 1), ==, 1e300);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/histogram/an-empty-histogram-has-no-figures", test_an_empty_histogram_has_no_figures);
  g_test_add_func ("/histogram/quantiles-are-near-at-every-scale", test_quantiles_are_near_at_every_scale);
  g_test_add_func ("/histogram/parts-make-the-whole", test_parts_make_the_whole);
  g_test_add_func ("/histogram/odd-values-stay-in-their-place", test_odd_values_stay_in_their_place);

  return g_test_run ();
}
