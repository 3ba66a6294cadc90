/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The thesis's message is about 35 bytes long. */
#define MMP_RTT_PAYLOAD_MAX 256

GBytes *mmp_rtt_payload_encode (gint64 timestamp);
gboolean mmp_rtt_payload_decode (GBytes *payload,
                                 gint64 *timestamp,
                                 GError **error);

G_END_DECLS
