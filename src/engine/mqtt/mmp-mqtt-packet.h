/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Control packet types that a broker may send to us, MQTT 5 section 2.1.2 */
typedef enum
{
  MMP_MQTT_PACKET_CONNACK = 2,
  MMP_MQTT_PACKET_PUBLISH = 3,
  MMP_MQTT_PACKET_PUBACK = 4,
  MMP_MQTT_PACKET_SUBACK = 9,
  MMP_MQTT_PACKET_UNSUBACK = 11,
  MMP_MQTT_PACKET_PINGRESP = 13,
  MMP_MQTT_PACKET_DISCONNECT = 14,
} MmpMqttPacketType;

/**
 * MmpMqttPacket:
 * @type: what it is
 * @size: of the whole packet; 0 while too little is known
 * @body: where the variable header begins
 * @acknowledged: the broker waits for an acknowledgement of it
 *
 * What the fixed header of an incoming packet says.
 */
typedef struct
{
  MmpMqttPacketType type;
  gsize size;
  gsize body;
  gboolean acknowledged;
} MmpMqttPacket;

gboolean mmp_mqtt_packet_decode (const guint8 *data,
                                 gsize size,
                                 gboolean greeted,
                                 gsize max,
                                 gboolean cuts,
                                 MmpMqttPacket *packet,
                                 GError **error);
int mmp_mqtt_packet_get_reason (const guint8 *data,
                                const MmpMqttPacket *packet);

G_END_DECLS
