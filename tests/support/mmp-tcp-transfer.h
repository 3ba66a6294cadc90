/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "mmp-tcp-service.h"

G_BEGIN_DECLS

/**
 * MmpTcpTransfer:
 *
 * What a client does with one direction of its socket, on a thread of its own, while the default context runs.
 */
typedef struct
{
  GSocket *socket;
  GBytes *data; /* to send, or what came (NULL: reset) */
  GThread *thread;
  int done; /* atomic */
} MmpTcpTransfer;

void mmp_tcp_transfer_begin_sending (MmpTcpTransfer *self,
                                     GSocket *socket,
                                     GBytes *data);
void mmp_tcp_transfer_begin_receiving (MmpTcpTransfer *self,
                                       GSocket *socket);
void mmp_tcp_transfer_finish (MmpTcpTransfer *self);
void mmp_tcp_transfer_finish_with (MmpTcpTransfer *self,
                                   GBytes *expected);
void mmp_tcp_transfer_check_echo (GSocket *socket,
                                  GBytes *data);
GBytes *mmp_test_make_data (gsize size,
                            guint32 seed);

G_END_DECLS
