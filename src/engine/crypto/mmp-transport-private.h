/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "crypto/mmp-transport.h"

G_BEGIN_DECLS

#define MMP_TRANSPORT_KEY_SIZE 32

MmpTransport *mmp_transport_new (const guint8 send_key[MMP_TRANSPORT_KEY_SIZE],
                                 const guint8 receive_key[MMP_TRANSPORT_KEY_SIZE]);
void mmp_transport_set_sent (MmpTransport *self,
                             guint64 sent);

G_END_DECLS
