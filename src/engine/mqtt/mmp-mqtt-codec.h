/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "mqtt/mmp-mqtt-broker.h"
#include "mqtt/mmp-mqtt-message.h"
#include "mqtt/mmp-mqtt-packet.h"

G_BEGIN_DECLS

/**
 * MmpMqttCodec:
 *
 * libmosquitto without a network: it turns requests into bytes for the broker and packets of the broker into calls, and
 * looks after packet ids, acknowledgements and keep-alive. It belongs to one connection, and to one thread.
 */
typedef struct _MmpMqttCodec MmpMqttCodec;

/**
 * MmpMqttCodecFuncs:
 * @greeted: the broker accepted the connection; @max_packet is the largest packet it takes, 0 for no limit; @resumed
 *   whether it still knew the session
 * @message: a message of a subscribed topic
 * @subscribed: the answer to a subscription: the granted QoS, or a reason code from 0x80 on
 * @published: a message of QoS 0 was turned into bytes, or one of QoS 1 was answered with this reason code
 *
 * Called from inside mmp_mqtt_codec_feed() and mmp_mqtt_codec_drain() only; they may call the requests, but not free
 * the codec.
 */
typedef struct
{
  void (*greeted) (gsize max_packet,
                   gboolean resumed,
                   gpointer user_data);
  void (*message) (const MmpMqttMessage *message,
                   gpointer user_data);
  void (*subscribed) (int id,
                      int code,
                      gpointer user_data);
  void (*published) (int id,
                     int code,
                     gpointer user_data);
} MmpMqttCodecFuncs;

MmpMqttCodec *mmp_mqtt_codec_new (MmpMqttBroker *broker,
                                  const MmpMqttOptions *options,
                                  gboolean v5,
                                  const MmpMqttCodecFuncs *funcs,
                                  gpointer user_data,
                                  GError **error);
void mmp_mqtt_codec_free (MmpMqttCodec *self);

gboolean mmp_mqtt_codec_feed (MmpMqttCodec *self,
                              const guint8 *data,
                              gsize size,
                              const MmpMqttPacket *packet,
                              GError **error);
void mmp_mqtt_codec_acknowledge (MmpMqttCodec *self,
                                 guint16 id);
guint mmp_mqtt_codec_count_acknowledgements (MmpMqttCodec *self);
void mmp_mqtt_codec_ping (MmpMqttCodec *self);
gboolean mmp_mqtt_codec_has_output (MmpMqttCodec *self);
gssize mmp_mqtt_codec_drain (MmpMqttCodec *self,
                             guint8 *data,
                             gsize size,
                             GError **error);
gboolean mmp_mqtt_codec_tick (MmpMqttCodec *self,
                              GError **error);

int mmp_mqtt_codec_get_next_id (MmpMqttCodec *self);
gboolean mmp_mqtt_codec_subscribe (MmpMqttCodec *self,
                                   const char *filter,
                                   int qos,
                                   MmpMqttSubscribeFlags flags,
                                   int *id,
                                   GError **error);
void mmp_mqtt_codec_unsubscribe (MmpMqttCodec *self,
                                 const char *filter);
gboolean mmp_mqtt_codec_publish (MmpMqttCodec *self,
                                 const MmpMqttMessage *message,
                                 int *id,
                                 GError **error);
void mmp_mqtt_codec_disconnect (MmpMqttCodec *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpMqttCodec, mmp_mqtt_codec_free)

G_END_DECLS
