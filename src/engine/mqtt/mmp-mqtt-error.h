/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * MmpMqttAnswer:
 *
 * What kind of number a broker or libmosquitto gave; the same number means different things in different places.
 */
typedef enum
{
  MMP_MQTT_ANSWER_CONNACK_3, /* return code of MQTT 3.1.1, section 3.2.2.3 */
  MMP_MQTT_ANSWER_CONNACK_5, /* reason code of MQTT 5, section 3.2.2.2 */
  MMP_MQTT_ANSWER_SUBACK,
  MMP_MQTT_ANSWER_PUBACK,
  MMP_MQTT_ANSWER_DISCONNECT,
  MMP_MQTT_ANSWER_END, /* enum mosq_err_t, for a connection */
  MMP_MQTT_ANSWER_REQUEST, /* enum mosq_err_t, for what was asked of libmosquitto */
} MmpMqttAnswer;

GError *mmp_mqtt_error_new (MmpMqttAnswer answer,
                            int value);
GError *mmp_mqtt_error_new_for_certificate (GTlsCertificateFlags flags);
GError *mmp_mqtt_error_new_for_io (const GError *cause,
                                   int otherwise);

G_END_DECLS
