/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "base/mmp-histogram.h"

#include <math.h>

/* Each bucket ends GROWTH times above its lower end, and its middle stands for all in it: at most 1 % beside the value. The
 * first one takes all below LOWEST, the last one all from 10^9 on. In whatever unit, that is room for nanoseconds to years. */
#define GROWTH 1.02
#define LOWEST 1e-6
#define BUCKETS 1746

struct _MmpHistogram
{
  guint64 count;
  double sum;
  double min;
  double max;
  guint64 buckets[BUCKETS];
};

static guint
find_bucket (double value)
{
  double place;

  if (value < LOWEST)
    return 0;

  place = log (value / LOWEST) / log (GROWTH);

  return 1 + (guint) MIN (place, BUCKETS - 2);
}

static double
get_middle (guint bucket)
{
  return LOWEST * pow (GROWTH, (double) bucket - 0.5);
}

/**
 * mmp_histogram_new:
 *
 * Returns: (transfer full): without a value
 */
MmpHistogram *
mmp_histogram_new (void)
{
  return g_new0 (MmpHistogram, 1);
}

/**
 * mmp_histogram_free:
 * @self: (nullable): a histogram
 */
void
mmp_histogram_free (MmpHistogram *self)
{
  g_free (self);
}

/**
 * mmp_histogram_add:
 * @value: a finite number; others are ignored. Quantiles tell numbers from 0.000001 to 1,000,000,000 apart
 */
void
mmp_histogram_add (MmpHistogram *self,
                   double value)
{
  if (!isfinite (value))
    return;

  self->min = self->count > 0 ? MIN (self->min, value) : value;
  self->max = self->count > 0 ? MAX (self->max, value) : value;
  self->count++;
  self->sum += value;
  self->buckets[find_bucket (value)]++;
}

/**
 * mmp_histogram_merge:
 *
 * Adds all that was added to @other, as if it had been added to @self.
 */
void
mmp_histogram_merge (MmpHistogram *self,
                     const MmpHistogram *other)
{
  if (other->count == 0)
    return;

  self->min = self->count > 0 ? MIN (self->min, other->min) : other->min;
  self->max = self->count > 0 ? MAX (self->max, other->max) : other->max;
  self->count += other->count;
  self->sum += other->sum;
  for (guint i = 0; i < BUCKETS; i++)
    self->buckets[i] += other->buckets[i];
}

/**
 * mmp_histogram_get_count:
 *
 * Returns: how many values were added
 */
guint64
mmp_histogram_get_count (const MmpHistogram *self)
{
  return self->count;
}

/**
 * mmp_histogram_get_mean:
 *
 * Returns: the arithmetic mean; 0 if there is no value
 */
double
mmp_histogram_get_mean (const MmpHistogram *self)
{
  return self->count > 0 ? self->sum / (double) self->count : 0;
}

/**
 * mmp_histogram_get_min:
 *
 * Returns: the smallest value, exactly; 0 if there is none
 */
double
mmp_histogram_get_min (const MmpHistogram *self)
{
  return self->min;
}

/**
 * mmp_histogram_get_max:
 *
 * Returns: the greatest value, exactly; 0 if there is none
 */
double
mmp_histogram_get_max (const MmpHistogram *self)
{
  return self->max;
}

/**
 * mmp_histogram_get_quantile:
 * @q: 0 to 1; 0.5 is the median
 *
 * The quantile by nearest rank, as mmp_series_get_quantile() tells it, within 1 %.
 *
 * Returns: the quantile; 0 if there is no value
 */
double
mmp_histogram_get_quantile (const MmpHistogram *self,
                            double q)
{
  double rank;
  guint64 below = 0;
  guint bucket = 0;

  g_return_val_if_fail (q >= 0 && q <= 1, 0);

  /* The ends are known, and a rank that is one of them needs no bucket. */
  rank = q * (double) self->count - 1e-9;
  if (rank <= 1)
    return self->min;
  if (rank > (double) (self->count - 1))
    return self->max;

  while (bucket < BUCKETS - 1 && (double) (below + self->buckets[bucket]) < rank)
    below += self->buckets[bucket++];

  return CLAMP (get_middle (bucket), self->min, self->max);
}
