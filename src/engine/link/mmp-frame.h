/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define MMP_MESSAGE_HEADER_SIZE 17
#define MMP_FRAME_HEADER_SIZE 7

typedef enum
{
  MMP_FRAME_OPEN = 1,
  MMP_FRAME_DATA = 2,
  MMP_FRAME_FIN = 3,
  MMP_FRAME_RESET = 4,
  MMP_FRAME_WINDOW = 5,
  MMP_FRAME_PING = 6,
  MMP_FRAME_PONG = 7,
  MMP_FRAME_JSON = 8,
  MMP_FRAME_PATH = 9,
} MmpFrameType;

/**
 * MmpFrame:
 * @type: a #MmpFrameType, or a number that this version does not know
 * @stream: 0 for frames that belong to no stream
 * @body: what the frame carries; not NUL-terminated
 * @value: the number in the body of RESET, WINDOW, PING, PONG and PATH, else 0
 */
typedef struct
{
  guint type;
  guint32 stream;
  const guint8 *body;
  gsize size;
  guint64 value;
} MmpFrame;

/**
 * MmpMessage:
 * @number: 0: not numbered
 * @received: all numbered messages of this lane up to here have arrived at the sender of this one
 * @frames: those not read yet, in the bytes that were decoded
 *
 * A decoded link message (PROTOCOL.md, "Link"). Points into the bytes that it was decoded from.
 */
typedef struct
{
  guint lane;
  guint64 number;
  guint64 received;
  const guint8 *frames;
  gsize size;
} MmpMessage;

gboolean mmp_message_decode (GBytes *bytes,
                             MmpMessage *out,
                             GError **error);
gboolean mmp_message_is_numbered (GBytes *bytes);
gboolean mmp_message_next (MmpMessage *self,
                           MmpFrame *out);
gboolean mmp_frame_service_is_valid (const char *name,
                                     gsize size);

/**
 * MmpMessageWriter:
 *
 * A message that is being put together. Initialize with mmp_message_writer_init(); ends with mmp_message_writer_finish()
 * or mmp_message_writer_clear().
 */
typedef struct
{
  guint8 *data;
  gsize size;
  gsize limit;
} MmpMessageWriter;

void mmp_message_writer_init (MmpMessageWriter *self,
                              gsize limit);
void mmp_message_writer_clear (MmpMessageWriter *self);
gsize mmp_message_writer_get_room (const MmpMessageWriter *self);
gboolean mmp_message_writer_is_empty (const MmpMessageWriter *self);
void mmp_message_writer_add (MmpMessageWriter *self,
                             MmpFrameType type,
                             guint32 stream,
                             const void *body,
                             gsize size);
void mmp_message_writer_add_number (MmpMessageWriter *self,
                                    MmpFrameType type,
                                    guint32 stream,
                                    guint64 value);
guint8 *mmp_message_writer_begin_data (MmpMessageWriter *self);
void mmp_message_writer_end_data (MmpMessageWriter *self,
                                  guint32 stream,
                                  gsize size);
GBytes *mmp_message_writer_finish (MmpMessageWriter *self,
                                   guint lane,
                                   guint64 number,
                                   guint64 received);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (MmpMessageWriter, mmp_message_writer_clear)

G_END_DECLS
