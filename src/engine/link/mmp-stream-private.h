/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/mmp-limits.h"
#include "link/mmp-frame.h"
#include "link/mmp-link.h"
#include "link/mmp-window.h"

G_BEGIN_DECLS

/* Room for OPEN with the longest name, WINDOW and FIN */
#define MMP_STREAM_ROOM_MIN (3 * MMP_FRAME_HEADER_SIZE + MMP_SERVICE_NAME_MAX + 8)

/* A stream as its link sees it. */
struct _MmpStream
{
  MmpLink *link; /* NULL: over */
  guint32 id;
  guint lane;
  MmpStreamFuncs funcs;
  gpointer user_data;

  /* Sending */
  char *service; /* OPEN has to go out; NULL: it did, or the other side opened */
  guint64 sent;
  guint64 limit; /* what `sent` may become */
  gboolean ready;
  gboolean finishing; /* FIN has to go out */
  guint64 finish_number; /* the message that has FIN; 0: it did not go out yet */
  gboolean finish_acknowledged;

  /* Receiving */
  MmpWindow window;
  gboolean window_due; /* WINDOW has to go out */
  gboolean finish_received;

  /* Waiting for its turn in its lane */
  GList node;
  GQueue *queue; /* NULL: not waiting */
  gint64 tokens; /* bytes that it may send as a small stream */
  gint64 tokens_at;
};

MmpStream *mmp_stream_new (MmpLink *link,
                           guint32 id,
                           guint lane);
MmpStream *mmp_stream_ref (MmpStream *self);
void mmp_stream_unref (MmpStream *self);
gboolean mmp_stream_reserve (MmpStream *self,
                             MmpPool *pool);
void mmp_stream_end (MmpStream *self,
                     guint code);

gboolean mmp_stream_has_control (const MmpStream *self);
gboolean mmp_stream_has_data (const MmpStream *self);
gboolean mmp_stream_is_small (MmpStream *self,
                              gint64 now);
gboolean mmp_stream_is_over (const MmpStream *self);
gsize mmp_stream_compose (MmpStream *self,
                          MmpMessageWriter *writer,
                          guint64 number,
                          gboolean small_only,
                          gint64 now);

const char *mmp_stream_handle_frame (MmpStream *self,
                                     const MmpFrame *frame,
                                     gint64 now);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpStream, mmp_stream_unref)

G_END_DECLS
