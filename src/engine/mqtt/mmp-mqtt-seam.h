/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * MmpMqttSeam:
 *
 * Follows a stream of packets that somebody else makes, to know where one of ours may go between. All zeros to begin with.
 * The fields are private.
 */
typedef struct
{
  gsize body; /* bytes to the end of the packet, as far as known */
  guint header; /* bytes of the fixed header that passed; 0 between packets and in a body */
} MmpMqttSeam;

void mmp_mqtt_seam_pass (MmpMqttSeam *self,
                         const guint8 *data,
                         gsize size);
gboolean mmp_mqtt_seam_is_here (const MmpMqttSeam *self);

G_END_DECLS
