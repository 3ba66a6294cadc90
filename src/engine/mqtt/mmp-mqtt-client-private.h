/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/mmp-backoff.h"
#include "mqtt/mmp-mqtt-client.h"
#include "mqtt/mmp-mqtt-connection.h"
#include "mqtt/mmp-mqtt-requests-private.h"

G_BEGIN_DECLS

struct _MmpMqttClient
{
  GObject parent_instance;

  GMainContext *context;
  MmpClock *clock;
  MmpMqttBroker *broker;
  MmpMqttClientFuncs funcs; /* cleared by detach */
  gpointer user_data;
  MmpMqttOptions options;
  char *client_id;
  char *will_topic;

  MmpMqttState state;
  gboolean stopping; /* DISCONNECT is on its way */
  gboolean v3; /* the broker does not speak MQTT 5 */
  gboolean v3_guessed; /* it did not say so, it only closed */
  MmpMqttConnection *connection; /* nullable */
  MmpBackoff backoff;
  guint retry_timer;
  guint refused_timer;
  gint64 online_since;
  gboolean resumed; /* the broker still knew the session */
  gboolean paused;
  gsize max_packet;

  MmpMqttRequests *requests;
};

gboolean mmp_mqtt_client_is_usable (MmpMqttClient *self);
void mmp_mqtt_client_send_subscriptions (MmpMqttClient *self,
                                         gboolean all);

G_END_DECLS
