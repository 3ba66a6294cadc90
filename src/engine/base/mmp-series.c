/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mmp-series.h"

#include <math.h>
#include <string.h>

struct _MmpSeries
{
  guint capacity;
  guint count;
  guint next; /* where the next value goes */
  double *values; /* a ring */
  double *sorted; /* the first count of them, if is_sorted */
  gboolean is_sorted;
  MmpHistogram *older; /* nullable: values that had to go */
};

static int
compare_values (const void *a,
                const void *b)
{
  double first = *(const double *) a;
  double second = *(const double *) b;

  return first < second ? -1 : first > second;
}

static const double *
get_sorted (MmpSeries *self)
{
  if (!self->is_sorted)
    {
      memcpy (self->sorted, self->values, self->count * sizeof (double));
      qsort (self->sorted, self->count, sizeof (double), compare_values);
      self->is_sorted = TRUE;
    }

  return self->sorted;
}

/**
 * mmp_series_new:
 * @capacity: how many values to keep, at least 1; an older one goes into the histogram when a newer one comes
 *
 * Returns: (transfer full): an empty series
 */
MmpSeries *
mmp_series_new (guint capacity)
{
  MmpSeries *self = g_new0 (MmpSeries, 1);

  g_assert (capacity > 0);

  self->capacity = capacity;
  self->values = g_new (double, capacity);
  self->sorted = g_new (double, capacity);

  return self;
}

/**
 * mmp_series_free:
 * @self: (nullable): a series
 */
void
mmp_series_free (MmpSeries *self)
{
  if (self == NULL)
    return;

  g_clear_pointer (&self->older, mmp_histogram_free);
  g_free (self->values);
  g_free (self->sorted);
  g_free (self);
}

/**
 * mmp_series_add:
 * @value: a finite number; others are ignored
 */
void
mmp_series_add (MmpSeries *self,
                double value)
{
  if (!isfinite (value))
    return;

  if (self->count == self->capacity)
    {
      if (self->older == NULL)
        self->older = mmp_histogram_new ();
      mmp_histogram_add (self->older, self->values[self->next]);
    }
  self->values[self->next] = value;
  self->next = (self->next + 1) % self->capacity;
  self->count = MIN (self->count + 1, self->capacity);
  self->is_sorted = FALSE;
}

/**
 * mmp_series_clear:
 *
 * Forgets all values.
 */
void
mmp_series_clear (MmpSeries *self)
{
  self->count = 0;
  self->next = 0;
  self->is_sorted = FALSE;
  g_clear_pointer (&self->older, mmp_histogram_free);
}

/**
 * mmp_series_get_count:
 *
 * Returns: how many values are kept, at most the capacity
 */
guint
mmp_series_get_count (const MmpSeries *self)
{
  return self->count;
}

/**
 * mmp_series_get_mean:
 *
 * Returns: the arithmetic mean of the values that are kept; 0 if there is no value
 */
double
mmp_series_get_mean (const MmpSeries *self)
{
  double sum = 0;

  if (self->count == 0)
    return 0;

  for (guint i = 0; i < self->count; i++)
    sum += self->values[i];

  return sum / self->count;
}

/**
 * mmp_series_get_min:
 *
 * Returns: the smallest value that is kept; 0 if there is none
 */
double
mmp_series_get_min (MmpSeries *self)
{
  return mmp_series_get_quantile (self, 0);
}

/**
 * mmp_series_get_max:
 *
 * Returns: the greatest value that is kept; 0 if there is none
 */
double
mmp_series_get_max (MmpSeries *self)
{
  return mmp_series_get_quantile (self, 1);
}

/**
 * mmp_series_get_quantile:
 * @q: 0 to 1; 0.5 is the median
 *
 * The quantile by nearest rank over the values that are kept: the smallest one that at least @q of them do not exceed. So
 * it is always a value that was really measured.
 *
 * Returns: the quantile; 0 if there is no value
 */
double
mmp_series_get_quantile (MmpSeries *self,
                         double q)
{
  double rank;
  guint index;

  g_return_val_if_fail (q >= 0 && q <= 1, 0);

  if (self->count == 0)
    return 0;

  /* 0.07 * 100 is a little more than 7 in binary and still means the seventh. */
  rank = q * self->count - 1e-9;
  index = rank > 0 ? (guint) rank : 0;

  return get_sorted (self)[index];
}

/**
 * mmp_series_add_to:
 * @histogram: takes every value since the beginning
 *
 * To make one of several series.
 */
void
mmp_series_add_to (const MmpSeries *self,
                   MmpHistogram *histogram)
{
  if (self->older != NULL)
    mmp_histogram_merge (histogram, self->older);
  for (guint i = 0; i < self->count; i++)
    mmp_histogram_add (histogram, self->values[i]);
}

/**
 * mmp_series_summarize:
 * @out: (out caller-allocates): the figures since the beginning
 */
void
mmp_series_summarize (MmpSeries *self,
                      MmpSeriesSummary *out)
{
  g_autoptr (MmpHistogram) all = NULL;

  if (self->older == NULL)
    {
      *out = (MmpSeriesSummary) {
        .count = self->count,
        .mean = mmp_series_get_mean (self),
        .min = mmp_series_get_min (self),
        .max = mmp_series_get_max (self),
        .median = mmp_series_get_quantile (self, 0.5),
        .p95 = mmp_series_get_quantile (self, 0.95),
        .p99 = mmp_series_get_quantile (self, 0.99),
        .exact = TRUE,
      };
      return;
    }

  all = mmp_histogram_new ();
  mmp_series_add_to (self, all);
  *out = (MmpSeriesSummary) {
    .count = mmp_histogram_get_count (all),
    .mean = mmp_histogram_get_mean (all),
    .min = mmp_histogram_get_min (all),
    .max = mmp_histogram_get_max (all),
    .median = mmp_histogram_get_quantile (all, 0.5),
    .p95 = mmp_histogram_get_quantile (all, 0.95),
    .p99 = mmp_histogram_get_quantile (all, 0.99),
  };
}
