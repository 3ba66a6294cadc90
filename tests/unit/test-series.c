/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mmp-series.h"

#include <math.h>

static void
test_an_empty_series_has_no_figures (void)
{
  g_autoptr (MmpSeries) series = mmp_series_new (4);

  g_assert_cmpuint (mmp_series_get_count (series), ==, 0);
  g_assert_cmpfloat (mmp_series_get_mean (series), ==, 0);
  g_assert_cmpfloat (mmp_series_get_min (series), ==, 0);
  g_assert_cmpfloat (mmp_series_get_quantile (series, 0.5), ==, 0);
}

static void
test_quantiles_are_measured_values (void)
{
  static const struct
  {
    double q;
    double expected;
  } rows[] = {
    { 0, 1 },
    { 0.01, 1 },
    { 0.07, 7 },
    { 0.5, 50 },
    { 0.501, 51 },
    { 0.95, 95 },
    { 0.99, 99 },
    { 1, 100 },
  };
  g_autoptr (MmpSeries) series = mmp_series_new (100);

  for (guint i = 0; i < 100; i++)
    mmp_series_add (series, (i * 37) % 100 + 1);

  g_assert_cmpfloat (mmp_series_get_mean (series), ==, 50.5);
  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    g_assert_cmpfloat (mmp_series_get_quantile (series, rows[i].q), ==, rows[i].expected);
}

static void
test_one_value_is_every_quantile (void)
{
  g_autoptr (MmpSeries) series = mmp_series_new (3);

  mmp_series_add (series, 7);
  g_assert_cmpfloat (mmp_series_get_quantile (series, 0), ==, 7);
  g_assert_cmpfloat (mmp_series_get_quantile (series, 0.5), ==, 7);
  g_assert_cmpfloat (mmp_series_get_quantile (series, 1), ==, 7);
}

static void
test_old_values_go (void)
{
  g_autoptr (MmpSeries) series = mmp_series_new (3);

  for (guint i = 1; i <= 5; i++)
    {
      mmp_series_add (series, i);
      g_assert_cmpfloat (mmp_series_get_max (series), ==, i);
    }
  g_assert_cmpuint (mmp_series_get_count (series), ==, 3);
  g_assert_cmpfloat (mmp_series_get_min (series), ==, 3);
  g_assert_cmpfloat (mmp_series_get_mean (series), ==, 4);

  mmp_series_clear (series);
  g_assert_cmpuint (mmp_series_get_count (series), ==, 0);
  mmp_series_add (series, 9);
  g_assert_cmpfloat (mmp_series_get_max (series), ==, 9);
}

static void
test_what_is_no_number_is_ignored (void)
{
  g_autoptr (MmpSeries) series = mmp_series_new (3);

  mmp_series_add (series, NAN);
  mmp_series_add (series, INFINITY);
  g_assert_cmpuint (mmp_series_get_count (series), ==, 0);
}

int
main (int argc,
      char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/series/an-empty-series-has-no-figures", test_an_empty_series_has_no_figures);
  g_test_add_func ("/series/quantiles-are-measured-values", test_quantiles_are_measured_values);
  g_test_add_func ("/series/one-value-is-every-quantile", test_one_value_is_every_quantile);
  g_test_add_func ("/series/old-values-go", test_old_values_go);
  g_test_add_func ("/series/what-is-no-number-is-ignored", test_what_is_no_number_is_ignored);

  return g_test_run ();
}
