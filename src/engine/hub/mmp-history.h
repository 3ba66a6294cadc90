/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "tunnel/mmp-status.h"

G_BEGIN_DECLS

/* An hour at one a second */
#define MMP_HISTORY_MAX 3600

/**
 * MmpSample:
 *
 * One measurement of the round trip.
 */
typedef struct
{
  gint64 time; /* microseconds, as g_get_monotonic_time() counts */
  double rtt; /* milliseconds; negative: lost */
  MmpPath path; /* that it went */
} MmpSample;

/* What the samples of a while say; in milliseconds, and negative where there was none */
typedef struct
{
  guint n_samples; /* those that came back */
  guint n_lost;
  double mean;
  double min;
  double max;
  double p95;
} MmpSummary;

/**
 * MmpHistory:
 *
 * The round trips of the last hour, oldest first. Belongs to one thread.
 */
typedef struct _MmpHistory MmpHistory;

MmpHistory *mmp_history_new (void);
void mmp_history_free (MmpHistory *self);
void mmp_history_add (MmpHistory *self,
                      gint64 time,
                      double rtt,
                      MmpPath path);
void mmp_history_await (MmpHistory *self,
                        gint64 since);
void mmp_history_miss (MmpHistory *self,
                       gint64 now,
                       MmpPath path,
                       gboolean busy);
void mmp_history_clear (MmpHistory *self);
guint mmp_history_get_size (MmpHistory *self);
const MmpSample *mmp_history_get (MmpHistory *self,
                                  guint index);
guint mmp_history_find (MmpHistory *self,
                        gint64 time);
MmpSummary mmp_history_summarize (MmpHistory *self,
                                  gint64 since);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpHistory, mmp_history_free)

G_END_DECLS
