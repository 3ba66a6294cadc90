/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#define G_LOG_DOMAIN "mmp-link"

#include "link/mmp-window.h"

#include "base/mmp-limits.h"

/* The process's sum is counted in these, so that it fits an atomic int. */
#define UNIT MMP_LINK_WINDOW_MIN

struct _MmpPool
{
  gsize reserved;
};

static int process_units;

/**
 * mmp_pool_new:
 *
 * Returns: (transfer full): a pool from which nothing is reserved
 */
MmpPool *
mmp_pool_new (void)
{
  return g_new0 (MmpPool, 1);
}

/**
 * mmp_pool_free:
 * @self: (nullable): a pool to which everything was given back
 */
void
mmp_pool_free (MmpPool *self)
{
  g_assert (self == NULL || self->reserved == 0);

  g_free (self);
}

/**
 * mmp_pool_reserve:
 * @size: a multiple of 64 KiB
 *
 * Returns: whether there was room, in the link and in the process
 */
gboolean
mmp_pool_reserve (MmpPool *self,
                  gsize size)
{
  int units = (int) (size / UNIT);

  if (self->reserved + size > MMP_LINK_POOL_MAX)
    return FALSE;
  if (g_atomic_int_add (&process_units, units) + units > MMP_PROCESS_POOL_MAX / UNIT)
    {
      g_atomic_int_add (&process_units, -units);
      return FALSE;
    }
  self->reserved += size;

  return TRUE;
}

/**
 * mmp_pool_release:
 * @size: what was reserved
 */
void
mmp_pool_release (MmpPool *self,
                  gsize size)
{
  g_assert (size <= self->reserved);

  g_atomic_int_add (&process_units, -(int) (size / UNIT));
  self->reserved -= size;
}

/**
 * mmp_pool_get_reserved:
 *
 * Returns: bytes that are reserved for this link
 */
gsize
mmp_pool_get_reserved (const MmpPool *self)
{
  return self->reserved;
}

/**
 * mmp_window_init:
 * @self: (out caller-allocates):
 * @pool: from where it takes its memory; must live longer
 *
 * Returns: %FALSE if the pool has no room for another stream
 */
gboolean
mmp_window_init (MmpWindow *self,
                 MmpPool *pool)
{
  *self = (MmpWindow) { NULL };
  if (!mmp_pool_reserve (pool, MMP_LINK_WINDOW_MIN))
    return FALSE;

  self->pool = pool;
  self->size = MMP_LINK_WINDOW_MIN;
  self->limit = MMP_LINK_WINDOW_MIN;

  return TRUE;
}

/**
 * mmp_window_clear:
 *
 * Gives the memory back to the pool.
 */
void
mmp_window_clear (MmpWindow *self)
{
  if (self->pool != NULL)
    mmp_pool_release (self->pool, self->size);
  self->pool = NULL;
}

/**
 * mmp_window_receive:
 * @size: bytes that came
 *
 * Returns: %FALSE if the other side was not allowed to send them
 */
gboolean
mmp_window_receive (MmpWindow *self,
                    gsize size,
                    gint64 now)
{
  if (size > self->limit - self->received)
    return FALSE;

  if (self->received == 0)
    self->lap_since = now;
  self->received += size;

  return TRUE;
}

/* A reader that empties a window within four round trips is held up by the window and not by itself. */
static void
grow (MmpWindow *self,
      gint64 now,
      gint64 rtt)
{
  if (self->consumed - self->lap_start < self->size)
    return;

  if (now - self->lap_since <= 4 * rtt && self->size < MMP_LINK_WINDOW_MAX && mmp_pool_reserve (self->pool, self->size))
    self->size *= 2;
  self->lap_start = self->consumed;
  self->lap_since = now;
}

/**
 * mmp_window_consume:
 * @size: bytes that were handed on, at most those that came
 * @rtt: the round trip of the path, microseconds
 *
 * Raises the limit, in steps of a quarter of the window.
 *
 * Returns: whether the other side has to be told the new limit
 */
gboolean
mmp_window_consume (MmpWindow *self,
                    gsize size,
                    gint64 now,
                    gint64 rtt)
{
  g_assert (size <= self->received - self->consumed);

  self->consumed += size;
  grow (self, now, rtt);
  if (self->consumed + self->size - self->limit < self->size / 4)
    return FALSE;

  self->limit = self->consumed + self->size;

  return TRUE;
}
