/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "link/mmp-stream.h"

G_BEGIN_DECLS

/**
 * MmpPump:
 *
 * Joins one TCP socket and one stream, both directions, each closed on its own. Lives on the link's thread.
 */
typedef struct _MmpPump MmpPump;

/**
 * MmpPumpOverFunc:
 * @code: 0 when both directions came to their end in order, else an #MmpStreamCode
 *
 * The pump has let go of its socket and of its stream. It may be freed from here.
 */
typedef void (*MmpPumpOverFunc) (MmpPump *self,
                                 guint code,
                                 gpointer user_data);

/**
 * MmpPumpFarFuncs:
 * @set_ready: mmp_pump_pull() has something; it may be called from inside
 * @consumed: the socket has taken so many of the bytes that were delivered
 * @finish: the socket came to its end: mmp_pump_pull() will bring no more
 * @reset: the socket failed; the pump is over next
 *
 * The far end of a pump where that is no stream. The pump must not be freed from inside any of these.
 */
typedef struct
{
  void (*set_ready) (gpointer far);
  void (*consumed) (gpointer far, gsize size);
  void (*finish) (gpointer far);
  void (*reset) (gpointer far, MmpStreamCode code);
} MmpPumpFarFuncs;

MmpPump *mmp_pump_new (MmpStream *stream,
                       MmpPumpOverFunc over,
                       gpointer user_data);
MmpPump *mmp_pump_new_to (const MmpPumpFarFuncs *far_funcs,
                          gpointer far,
                          MmpPumpOverFunc over,
                          gpointer user_data);
gsize mmp_pump_pull (MmpPump *self,
                     guint8 *buffer,
                     gsize size);
void mmp_pump_deliver (MmpPump *self,
                       const guint8 *data,
                       gsize size);
void mmp_pump_finish (MmpPump *self);
void mmp_pump_end (MmpPump *self,
                   guint code);
void mmp_pump_free (MmpPump *self);
void mmp_pump_connect (MmpPump *self,
                       int fd,
                       GMainContext *context);
void mmp_pump_abort (MmpPump *self,
                     MmpStreamCode code);
guint64 mmp_pump_get_sent (MmpPump *self);
guint64 mmp_pump_get_received (MmpPump *self);

void mmp_socket_reset (int fd);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpPump, mmp_pump_free)

G_END_DECLS
