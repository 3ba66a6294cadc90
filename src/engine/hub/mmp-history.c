/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-hub"

#include "hub/mmp-history.h"

#include "base/mmp-limits.h"
#include "base/mmp-series.h"

/* How much later than it was due a sample may come */
#define LATE MMP_MSEC (1500)

struct _MmpHistory
{
  MmpSample samples[MMP_HISTORY_MAX]; /* a ring */
  guint first;
  guint size;
  gint64 awaited_since; /* the next one */
  gint64 every;
};

/**
 * mmp_history_new:
 *
 * Returns: (transfer full): no samples
 */
MmpHistory *
mmp_history_new (void)
{
  return g_new0 (MmpHistory, 1);
}

/**
 * mmp_history_free:
 */
void
mmp_history_free (MmpHistory *self)
{
  g_free (self);
}

/**
 * mmp_history_add:
 * @time: not before that of the newest sample
 * @rtt: milliseconds; negative: lost
 * @path: that it went
 *
 * The oldest makes room.
 */
void
mmp_history_add (MmpHistory *self,
                 gint64 time,
                 double rtt,
                 MmpPath path)
{
  MmpSample *sample = &self->samples[(self->first + self->size) % MMP_HISTORY_MAX];

  *sample = (MmpSample) { .time = time, .rtt = rtt, .path = path };
  if (self->size < MMP_HISTORY_MAX)
    self->size++;
  else
    self->first = (self->first + 1) % MMP_HISTORY_MAX;
  self->awaited_since = time;
}

/**
 * mmp_history_await:
 * @since: when samples can come again
 */
void
mmp_history_await (MmpHistory *self,
                   gint64 since)
{
  self->awaited_since = since;
}

/**
 * mmp_history_miss:
 * @path: that the next sample is to go
 * @busy: whether streams use it
 *
 * Adds a lost sample if one is missing. A link that nobody uses is measured rarely, and loses nothing by that.
 */
void
mmp_history_miss (MmpHistory *self,
                  gint64 now,
                  MmpPath path,
                  gboolean busy)
{
  gint64 every = MMP_LINK_PING_BUSY;

  if (!busy)
    every = path == MMP_PATH_RELAY ? MMP_LINK_PING_IDLE_RELAY : MMP_LINK_PING_IDLE_DIRECT;
  if (every != self->every)
    {
      self->every = every;
      self->awaited_since = now;
    }
  if (now - self->awaited_since < every + LATE)
    return;
  mmp_history_add (self, now, -1, path);
  /* The next one is due an interval after this one was. */
  self->awaited_since = now - LATE;
}

/**
 * mmp_history_clear:
 */
void
mmp_history_clear (MmpHistory *self)
{
  self->size = 0;
}

/**
 * mmp_history_get_size:
 *
 * Returns: how many samples there are, at most %MMP_HISTORY_MAX
 */
guint
mmp_history_get_size (MmpHistory *self)
{
  return self->size;
}

/**
 * mmp_history_get:
 * @index: 0 is the oldest
 *
 * Returns: (transfer none): a sample, until the next is added
 */
const MmpSample *
mmp_history_get (MmpHistory *self,
                 guint index)
{
  g_return_val_if_fail (index < self->size, NULL);

  return &self->samples[(self->first + index) % MMP_HISTORY_MAX];
}

/**
 * mmp_history_find:
 *
 * Returns: the index of the first sample at or after @time; the size if there is none
 */
guint
mmp_history_find (MmpHistory *self,
                  gint64 time)
{
  guint low = 0;
  guint high = self->size;

  while (low < high)
    {
      guint middle = (low + high) / 2;

      if (mmp_history_get (self, middle)->time < time)
        low = middle + 1;
      else
        high = middle;
    }

  return low;
}

/**
 * mmp_history_summarize:
 * @since: as g_get_monotonic_time() counts
 *
 * Returns: what the samples from @since on say
 */
MmpSummary
mmp_history_summarize (MmpHistory *self,
                       gint64 since)
{
  MmpSummary summary = { .mean = -1, .min = -1, .max = -1, .p95 = -1 };
  g_autoptr (MmpSeries) series = mmp_series_new (MMP_HISTORY_MAX);

  for (guint i = mmp_history_find (self, since); i < self->size; i++)
    {
      const MmpSample *sample = mmp_history_get (self, i);

      if (sample->rtt < 0)
        summary.n_lost++;
      else
        mmp_series_add (series, sample->rtt);
    }
  summary.n_samples = mmp_series_get_count (series);
  if (summary.n_samples > 0)
    {
      summary.mean = mmp_series_get_mean (series);
      summary.min = mmp_series_get_min (series);
      summary.max = mmp_series_get_max (series);
      summary.p95 = mmp_series_get_quantile (series, 0.95);
    }

  return summary;
}
