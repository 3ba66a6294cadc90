/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * MmpSeries:
 *
 * The newest values of a measurement, such as round trips, with exact statistics over them. Values are finite.
 */
typedef struct _MmpSeries MmpSeries;

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

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpSeries, mmp_series_free)

G_END_DECLS
