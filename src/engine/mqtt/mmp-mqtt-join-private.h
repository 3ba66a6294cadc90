/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

#include "mqtt/mmp-mqtt-message.h"

G_BEGIN_DECLS

struct mosquitto;

int mmp_mqtt_join (struct mosquitto *mosquitto,
                   const MmpMqttOptions *options,
                   gboolean v5,
                   GError **error);

G_END_DECLS
