/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/mmp-histogram.h"

G_BEGIN_DECLS

/**
 * MmpSeries:
 *
 * A measurement that goes on, such as round trips. Its newest values are kept, with exact statistics over them; of what is
 * older remains a histogram, so that days of it take no more memory than minutes. Values are finite.
 */
typedef struct _MmpSeries MmpSeries;

/**
 * MmpSeriesSummary:
 * @count: how many values there were in all
 * @exact: whether the quantiles are: while all values are still kept. Else they are within 1 %
 *
 * A series from its beginning. Without a value all is 0.
 */
typedef struct
{
  guint64 count;
  double mean;
  double min;
  double max;
  double median;
  double p95;
  double p99;
  gboolean exact;
} MmpSeriesSummary;

MmpSeries *mmp_series_new (guint capacity);
void mmp_series_free (MmpSeries *self);
void mmp_series_add (MmpSeries *self,
                     double value);
void mmp_series_clear (MmpSeries *self);
guint mmp_series_get_count (const MmpSeries *self);
double mmp_series_get_mean (const MmpSeries *self);
double mmp_series_get_min (MmpSeries *self);
double mmp_series_get_max (MmpSeries *self);
double mmp_series_get_quantile (MmpSeries *self,
                                double q);
void mmp_series_add_to (const MmpSeries *self,
                        MmpHistogram *histogram);
void mmp_series_summarize (MmpSeries *self,
                           MmpSeriesSummary *out);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpSeries, mmp_series_free)

G_END_DECLS
