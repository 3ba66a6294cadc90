/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "mqtt/mmp-mqtt-packet.h"

#include "base/mmp-error.h"

#define LENGTH_BYTES_MAX 4

#define TLS_ALERT 0x15
#define CONNACK_HEADER (MMP_MQTT_PACKET_CONNACK << 4)

static gboolean
check_first_byte (guint8 first,
                  gboolean greeted,
                  GError **error)
{
  const char *clause = NULL;

  if (!greeted && first == TLS_ALERT)
    clause = "the broker's port expects TLS";
  else if (!greeted && first == 'H')
    clause = "a web server answers at the broker's port";
  else if (!greeted && first != CONNACK_HEADER)
    clause = "what answers at the broker's port is not an MQTT broker";
  if (clause != NULL)
    {
      g_set_error_literal (error, MMP_ERROR, first == TLS_ALERT ? MMP_ERROR_BROKER_TLS : MMP_ERROR_BROKER_PROTOCOL, clause);
      return FALSE;
    }

  switch (first >> 4)
    {
    case MMP_MQTT_PACKET_CONNACK:
      if (!greeted)
        return TRUE;
      clause = "the broker greeted twice";
      break;
    case MMP_MQTT_PACKET_PUBLISH:
      /* We subscribe with QoS 0 or 1 only; messages of QoS 2 would pile up in libmosquitto until they are released. */
      if ((first >> 1 & 3) <= 1)
        return TRUE;
      clause = "the broker sent a message with a quality of service that was not asked for";
      break;
    case MMP_MQTT_PACKET_PUBACK:
    case MMP_MQTT_PACKET_SUBACK:
    case MMP_MQTT_PACKET_UNSUBACK:
    case MMP_MQTT_PACKET_PINGRESP:
    case MMP_MQTT_PACKET_DISCONNECT:
      if ((first & 15) == 0)
        return TRUE;
      clause = "the broker sent a packet with wrong flags";
      break;
    default:
      clause = "the broker sent a packet that only clients send";
      break;
    }
  g_set_error_literal (error, MMP_ERROR, MMP_ERROR_BROKER_PROTOCOL, clause);

  return FALSE;
}

/**
 * mmp_mqtt_packet_decode:
 * @data: what came from the broker
 * @size: how much of it, at least 1
 * @greeted: whether the broker's CONNACK came already
 * @max: largest packet that is taken, in bytes
 * @cuts: whether larger ones are taken, too, if they are messages
 * @packet: (out): the first packet of @data
 *
 * Decides about a packet by its fixed header (MQTT 5, section 2.1), before anything is kept for it. libmosquitto does
 * not: it takes what is announced, up to 256 MiB, whatever maximum packet size we gave.
 *
 * Returns: %FALSE with %MMP_ERROR_BROKER_LIMIT, _PROTOCOL or _TLS if it must not be read further
 */
gboolean
mmp_mqtt_packet_decode (const guint8 *data,
                        gsize size,
                        gboolean greeted,
                        gsize max,
                        gboolean cuts,
                        MmpMqttPacket *packet,
                        GError **error)
{
  gsize length = 0;
  gsize used = 0;

  if (!check_first_byte (data[0], greeted, error))
    return FALSE;

  do
    {
      if (used == LENGTH_BYTES_MAX)
        {
          g_set_error_literal (error, MMP_ERROR, MMP_ERROR_BROKER_PROTOCOL, "the broker sent a packet with a wrong length");
          return FALSE;
        }
      if (1 + used == size)
        {
          *packet = (MmpMqttPacket) { 0 };
          return TRUE;
        }
      used++;
      length |= (gsize) (data[used] & 0x7f) << (7 * (used - 1));
    }
  while ((data[used] & 0x80) != 0);

  if (1 + used + length > max && !(cuts && data[0] >> 4 == MMP_MQTT_PACKET_PUBLISH))
    {
      g_set_error (error, MMP_ERROR, MMP_ERROR_BROKER_LIMIT,
                   "the broker announced a packet of %" G_GSIZE_FORMAT " bytes; %" G_GSIZE_FORMAT " are the most that is taken",
                   1 + used + length, max);
      return FALSE;
    }

  *packet = (MmpMqttPacket) {
    .type = (MmpMqttPacketType) (data[0] >> 4),
    .size = 1 + used + length,
    .body = 1 + used,
    .acknowledged = data[0] >> 4 == MMP_MQTT_PACKET_PUBLISH && (data[0] >> 1 & 3) == 1,
  };

  return TRUE;
}

/**
 * mmp_mqtt_packet_get_reason:
 * @data: a whole CONNACK or DISCONNECT
 * @packet: what mmp_mqtt_packet_decode() said about it
 *
 * Returns: the reason code (MQTT 5, sections 3.2.2.2 and 3.14.2.1) or the return code of MQTT 3.1.1; -1 if it is missing
 *   and must not be
 */
int
mmp_mqtt_packet_get_reason (const guint8 *data,
                            const MmpMqttPacket *packet)
{
  gsize size = packet->size - packet->body;

  if (packet->type == MMP_MQTT_PACKET_DISCONNECT)
    return size > 0 ? data[packet->body] : 0;

  return size > 1 ? data[packet->body + 1] : -1;
}
