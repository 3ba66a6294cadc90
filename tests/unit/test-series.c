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

static void
test_a_short_run_is_summarized_exactly (void)
{
  g_autoptr (MmpSeries) series = mmp_series_new (100);
  MmpSeriesSummary summary;

  mmp_series_summarize (series, &summary);
  g_assert_cmpuint (summary.count, ==, 0);
  g_assert_cmpfloat (summary.p99, ==, 0);

  for (guint i = 0; i < 100; i++)
    mmp_series_add (series, (i * 37) % 100 + 1);
  mmp_series_summarize (series, &summary);
  g_assert_true (summary.exact);
  g_assert_cmpuint (summary.count, ==, 100);
  g_assert_cmpfloat (summary.mean, ==, 50.5);
  g_assert_cmpfloat (summary.median, ==, 50);
  g_assert_cmpfloat (summary.p95, ==, 95);
  g_assert_cmpfloat (summary.p99, ==, 99);
}

/* What left the window still counts: here the smallest and the greatest value, and half of all. */
static void
test_a_long_run_keeps_its_beginning (void)
{
  g_autoptr (MmpSeries) series = mmp_series_new (50);
  MmpSeriesSummary summary;

  mmp_series_add (series, 0.5);
  mmp_series_add (series, 9000);
  for (guint i = 0; i < 499; i++)
    mmp_series_add (series, 10);
  for (guint i = 0; i < 499; i++)
    mmp_series_add (series, 20);

  mmp_series_summarize (series, &summary);
  g_assert_false (summary.exact);
  g_assert_cmpuint (summary.count, ==, 1000);
  g_assert_cmpfloat_with_epsilon (summary.mean, (9000.5 + 499 * 30) / 1000, 1e-9);
  g_assert_cmpfloat (summary.min, ==, 0.5);
  g_assert_cmpfloat (summary.max, ==, 9000);
  g_assert_cmpfloat_with_epsilon (summary.median, 10, 0.1);
  g_assert_cmpfloat_with_epsilon (summary.p95, 20, 0.2);
  g_assert_cmpuint (mmp_series_get_count (series), ==, 50);
  g_assert_cmpfloat (mmp_series_get_min (series), ==, 20);

  mmp_series_clear (series);
  mmp_series_summarize (series, &summary);
  g_assert_true (summary.exact);
  g_assert_cmpuint (summary.count, ==, 0);
}

static void
test_several_series_make_one (void)
{
  g_autoptr (MmpSeries) first = mmp_series_new (10);
  g_autoptr (MmpSeries) second = mmp_series_new (1000);
  g_autoptr (MmpHistogram) both = mmp_histogram_new ();

  for (guint i = 1; i <= 100; i++)
    {
      mmp_series_add (first, i);
      mmp_series_add (second, i + 100);
    }
  mmp_series_add_to (first, both);
  mmp_series_add_to (second, both);

  g_assert_cmpuint (mmp_histogram_get_count (both), ==, 200);
  g_assert_cmpfloat (mmp_histogram_get_mean (both), ==, 100.5);
  g_assert_cmpfloat_with_epsilon (mmp_histogram_get_quantile (both, 0.75), 150, 1.5);
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
  g_test_add_func ("/series/a-short-run-is-summarized-exactly", test_a_short_run_is_summarized_exactly);
  g_test_add_func ("/series/a-long-run-keeps-its-beginning", test_a_long_run_keeps_its_beginning);
  g_test_add_func ("/series/several-series-make-one", test_several_series_make_one);
  g_test_add_func ("/series/what-is-no-number-is-ignored", test_what_is_no_number_is_ignored);

  return g_test_run ();
}
