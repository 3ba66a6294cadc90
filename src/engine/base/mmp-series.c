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
 * @capacity: how many values to keep, at least 1; an older one goes when a newer one comes
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
}

/**
 * mmp_series_get_count:
 *
 * Returns: how many values there are, at most the capacity
 */
guint
mmp_series_get_count (const MmpSeries *self)
{
  return self->count;
}

/**
 * mmp_series_get_mean:
 *
 * Returns: the arithmetic mean; 0 if there is no value
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
 * Returns: the smallest value; 0 if there is none
 */
double
mmp_series_get_min (MmpSeries *self)
{
  return mmp_series_get_quantile (self, 0);
}

/**
 * mmp_series_get_max:
 *
 * Returns: the greatest value; 0 if there is none
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
 * The quantile by nearest rank: the smallest value that at least @q of all values do not exceed. So it is always a value
 * that was really measured.
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
