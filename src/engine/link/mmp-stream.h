/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* RESET codes on the wire */
typedef enum
{
  MMP_STREAM_NO_SERVICE = 1,
  MMP_STREAM_REFUSED = 2,
  MMP_STREAM_UNREACHABLE = 3,
  MMP_STREAM_TIME_OUT = 4,
  MMP_STREAM_DENIED = 5,
  MMP_STREAM_OVERLOAD = 6,
  MMP_STREAM_IO = 7,
} MmpStreamCode;

/**
 * MmpStream:
 *
 * One byte stream in a link, both directions, each closed on its own. Owned by its link until it is over; lives on the
 * link's thread.
 */
typedef struct _MmpStream MmpStream;

/**
 * MmpStreamFuncs:
 * @pull: (only while ready) writes at most @size bytes to @buffer and returns how many; 0: nothing now (the stream is no
 *   longer ready until mmp_stream_set_ready()). To end this direction it calls mmp_stream_finish() and returns 0
 * @deliver: @size bytes came; take them all (they are within the window that was granted) and say mmp_stream_consumed()
 *   when they were really handed on. May do so from inside
 * @finished: the other side will send no more
 * @over: the stream is over: FIN went both ways, everything of ours was acknowledged and everything that came was
 *   consumed (@code 0), or a RESET came (@code), or the link ended or had no carrier for too long (@code MMP_STREAM_IO).
 *   The stream must not be used after this returns, and inside it only mmp_stream_get_…
 */
typedef struct
{
  gsize (*pull) (MmpStream *self, guint8 *buffer, gsize size, gpointer user_data);
  void (*deliver) (MmpStream *self, const guint8 *data, gsize size, gpointer user_data);
  void (*finished) (MmpStream *self, gpointer user_data);
  void (*over) (MmpStream *self, guint code, gpointer user_data);
} MmpStreamFuncs;

void mmp_stream_set_funcs (MmpStream *self, const MmpStreamFuncs *funcs, gpointer user_data);
guint32 mmp_stream_get_id (MmpStream *self);
void mmp_stream_set_ready (MmpStream *self);
void mmp_stream_consumed (MmpStream *self, gsize size);
void mmp_stream_finish (MmpStream *self);
void mmp_stream_reset (MmpStream *self, MmpStreamCode code);
guint64 mmp_stream_get_sent (MmpStream *self);
guint64 mmp_stream_get_received (MmpStream *self);

G_END_DECLS
