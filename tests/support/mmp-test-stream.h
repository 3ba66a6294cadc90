/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "link/mmp-stream.h"

G_BEGIN_DECLS

/**
 * MmpTestStream:
 * @to_send: how many bytes to send
 * @lasting: does not end its direction after them
 * @reading: takes what comes at once; else it is left waiting for mmp_test_stream_read()
 * @unread: bytes that came and were not taken
 * @chunk: most bytes that it gives at once; 0: as many as fit
 * @finished: the other side's end came
 * @over, @code: the stream is over, and why
 *
 * A user of one end of a stream. It sends bytes that depend on their position, and fails the test if what comes is not
 * exactly what the user at the other end sends.
 */
typedef struct
{
  MmpStream *stream; /* NULL: over */
  guint32 key; /* of what it sends */
  guint32 peer_key;
  guint64 to_send;
  guint64 sent;
  guint64 received;
  gsize unread;
  gsize chunk;
  gboolean lasting;
  gboolean reading;
  gboolean finished;
  gboolean over;
  guint code;
} MmpTestStream;

MmpTestStream *mmp_test_stream_new (MmpStream *stream,
                                    gboolean opener,
                                    guint64 to_send);
void mmp_test_stream_free (MmpTestStream *self);
void mmp_test_stream_send (MmpTestStream *self,
                           guint64 more);
void mmp_test_stream_read (MmpTestStream *self,
                           gsize max);
void mmp_test_stream_set_reading (MmpTestStream *self,
                                  gboolean reading);
void mmp_test_stream_reset (MmpTestStream *self,
                            MmpStreamCode code);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpTestStream, mmp_test_stream_free)

G_END_DECLS
