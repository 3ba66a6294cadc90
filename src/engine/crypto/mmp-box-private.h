/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "crypto/mmp-box.h"

G_BEGIN_DECLS

GBytes *mmp_box_seal_with_nonce (const MmpBox *self,
                                 const guint8 nonce[MMP_BOX_NONCE_SIZE],
                                 const void *data,
                                 gsize size);

G_END_DECLS
