/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "rtc/mmp-stun.h"

G_BEGIN_DECLS

/* The magic cookie and the transaction id of RFC 8489 */
#define MMP_STUN_ID_SIZE 16

void mmp_stun_request_set_id (MmpStunRequest *self,
                              const guint8 id[MMP_STUN_ID_SIZE]);

G_END_DECLS
