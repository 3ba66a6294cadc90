/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "base/mmp-clock.h"
#include "link/mmp-stream.h"

G_BEGIN_DECLS

#define MMP_TYPE_CONNECTOR (mmp_connector_get_type ())

G_DECLARE_FINAL_TYPE (MmpConnector, mmp_connector, MMP, CONNECTOR, GObject)

/**
 * MmpConnectorFunc:
 * @fd: (transfer full): a connected socket, or -1
 * @code: if @fd is -1: why, for the other side
 *
 * Called once, never from inside mmp_connector_new().
 */
typedef void (*MmpConnectorFunc) (MmpConnector *self,
                                  int fd,
                                  MmpStreamCode code,
                                  gpointer user_data);

/**
 * MmpConnector:
 *
 * One attempt to reach a service's host and port over TCP. I/O thread.
 */
MmpConnector *mmp_connector_new (MmpClock *clock,
                                 const char *host,
                                 guint port,
                                 MmpConnectorFunc done,
                                 gpointer user_data);
void mmp_connector_cancel (MmpConnector *self);

G_END_DECLS
