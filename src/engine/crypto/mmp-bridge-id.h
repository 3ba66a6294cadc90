/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "crypto/mmp-bridge-key.h"

G_BEGIN_DECLS

void mmp_bridge_id_generate (guint8 id[MMP_BRIDGE_ID_SIZE]);
gboolean mmp_bridge_id_parse (const char *text,
                              guint8 id[MMP_BRIDGE_ID_SIZE],
                              GError **error);
char *mmp_bridge_id_to_text (const guint8 id[MMP_BRIDGE_ID_SIZE]);

G_END_DECLS
