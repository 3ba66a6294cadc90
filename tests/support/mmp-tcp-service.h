/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * MmpTcpService:
 *
 * A real TCP server on a free port of 127.0.0.1. Each connection has a thread of its own with a blocking socket, so what
 * it does is written as it reads.
 */
typedef struct _MmpTcpService MmpTcpService;

typedef void (*MmpTcpServiceFunc) (GSocket *socket,
                                   gpointer user_data);

MmpTcpService *mmp_tcp_service_new (MmpTcpServiceFunc func,
                                    gpointer user_data);
void mmp_tcp_service_free (MmpTcpService *self);
guint mmp_tcp_service_get_port (MmpTcpService *self);
guint mmp_tcp_service_count (MmpTcpService *self);

/* For services and their clients */
void mmp_tcp_echo (GSocket *socket,
                   gpointer user_data);
void mmp_tcp_digest (GSocket *socket,
                     gpointer user_data);
GSocket *mmp_tcp_connect (guint port);
GSocket *mmp_tcp_new_pair (int *other);
void mmp_tcp_reset (GSocket *socket);
gboolean mmp_tcp_send (GSocket *socket,
                       gconstpointer data,
                       gsize size);
GBytes *mmp_tcp_receive_all (GSocket *socket,
                             GError **error);
guint mmp_test_count_descriptors (void);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpTcpService, mmp_tcp_service_free)

G_END_DECLS
