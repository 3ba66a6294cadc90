/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/mmp-context.h"
#include "link/mmp-direct.h"

G_BEGIN_DECLS

typedef struct _MmpTestSide MmpTestSide;

/**
 * MmpTestSideFilter:
 *
 * May change a signal of a side on its way.
 *
 * Returns: %FALSE if it is lost
 */
typedef gboolean (*MmpTestSideFilter) (MmpSignal *signal);

struct _MmpTestSide
{
  GMainContext *io;
  MmpPeerRole role;
  MmpTestSide *other;
  MmpDirect *direct;
  MmpTestSideFilter filter;

  guint n_attached;
  guint n_turn; /* of these, over a TURN server */
  gboolean direct_first; /* in the last of these */
  guint n_failed;
  GError *error; /* of the last failure */
  guint n_offers;
  guint n_answers;
  guint n_wishes;
  guint64 gen; /* of the last offer or answer */

  /* I/O thread */
  MmpClock *clock;
  MmpLink *link;
  MmpStream *stream;
  guint64 budget;
  guint64 sent;
  gboolean finishing;
  gint received; /* atomic, KiB */
  guint64 n_received;
  gint wrong; /* atomic */
  gint over; /* atomic */
  guint over_code;
};

/**
 * MmpTestSides:
 *
 * Both sides of a link.
 */
typedef struct
{
  MmpIoThread *io;
  MmpTestSide a; /* initiator */
  MmpTestSide b; /* listener */
} MmpTestSides;

MmpTestSides *mmp_test_sides_new (void);
void mmp_test_sides_free (MmpTestSides *self);
void mmp_test_sides_enable (MmpTestSides *self);
void mmp_test_side_begin_stream (MmpTestSide *self);
void mmp_test_side_finish_stream (MmpTestSide *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpTestSides, mmp_test_sides_free)

G_END_DECLS
