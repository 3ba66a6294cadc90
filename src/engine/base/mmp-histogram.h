/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * MmpHistogram:
 *
 * Statistics over any number of values in some kilobytes: count, sum and both ends are exact, quantiles within 1 % of the
 * value. Two histograms can be added to each other, so that parts of a long run, or several runs, make one.
 */
typedef struct _MmpHistogram MmpHistogram;

MmpHistogram *mmp_histogram_new (void);
void mmp_histogram_free (MmpHistogram *self);
void mmp_histogram_add (MmpHistogram *self,
                        double value);
void mmp_histogram_merge (MmpHistogram *self,
                          const MmpHistogram *other);
guint64 mmp_histogram_get_count (const MmpHistogram *self);
double mmp_histogram_get_mean (const MmpHistogram *self);
double mmp_histogram_get_min (const MmpHistogram *self);
double mmp_histogram_get_max (const MmpHistogram *self);
double mmp_histogram_get_quantile (const MmpHistogram *self,
                                   double q);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpHistogram, mmp_histogram_free)

G_END_DECLS
