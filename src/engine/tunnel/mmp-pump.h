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

MmpPump *mmp_pump_new (MmpStream *stream,
                       MmpPumpOverFunc over,
                       gpointer user_data);
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
