/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "mqtt/mmp-mqtt-packet.h"

G_BEGIN_DECLS

/**
 * MmpMqttInbox:
 *
 * What came from a broker and is not yet taken, cut into packets. The fields are private.
 */
typedef struct
{
  guint8 *data;
  gsize capacity;
  gsize start; /* what stands before was taken */
  gsize end;
  gsize skip; /* bytes of a packet still to come that nobody wants */
  gsize packet_max;
  gboolean cuts; /* messages that are too large are cut, not refused */
} MmpMqttInbox;

void mmp_mqtt_inbox_init (MmpMqttInbox *self,
                          gsize packet_max,
                          gboolean cuts);
void mmp_mqtt_inbox_clear (MmpMqttInbox *self);
guint8 *mmp_mqtt_inbox_prepare (MmpMqttInbox *self,
                                gsize *room);
void mmp_mqtt_inbox_add (MmpMqttInbox *self,
                         gsize size);
gboolean mmp_mqtt_inbox_next (MmpMqttInbox *self,
                              gboolean greeted,
                              MmpMqttPacket *packet,
                              const guint8 **data,
                              gsize *size,
                              GError **error);
void mmp_mqtt_inbox_drop (MmpMqttInbox *self);

G_END_DECLS
