/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "base/mmp-clock.h"

G_BEGIN_DECLS

#define MMP_TYPE_FORWARD_PORT (mmp_forward_port_get_type ())

G_DECLARE_FINAL_TYPE (MmpForwardPort, mmp_forward_port, MMP, FORWARD_PORT, GObject)

/**
 * MmpForwardPortFuncs:
 * @listening: the port is open; @port is the real one
 * @failed: it cannot be opened (ADDRESS_INVALID, PORT_IN_USE, PORT_DENIED); it is tried again every few seconds. Called again only
 *   with another cause or after it was open
 * @accepted: somebody connected; @fd (transfer full) does not block
 *
 * Never called from inside a function of the port but mmp_forward_port_open().
 */
typedef struct
{
  void (*listening) (MmpForwardPort *self, guint port, gpointer user_data);
  void (*failed) (MmpForwardPort *self, const GError *error, gpointer user_data);
  void (*accepted) (MmpForwardPort *self, int fd, gpointer user_data);
} MmpForwardPortFuncs;

/**
 * MmpForwardPort:
 *
 * The local port of one forward: opened and closed at will, at the same number each time. I/O thread.
 */
MmpForwardPort *mmp_forward_port_new (MmpClock *clock,
                                      GMainContext *context,
                                      const char *address,
                                      guint port,
                                      const MmpForwardPortFuncs *funcs,
                                      gpointer user_data);
void mmp_forward_port_open (MmpForwardPort *self);
void mmp_forward_port_close (MmpForwardPort *self);

G_END_DECLS
