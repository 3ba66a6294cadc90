/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

#define MMP_TYPE_MQTT_BROKER (mmp_mqtt_broker_get_type ())

/**
 * MmpMqttBroker:
 *
 * Where a broker is and how to log in. Immutable, reference counted atomically. The password is wiped when freed and
 * never appears in a log or an error.
 */
typedef struct _MmpMqttBroker MmpMqttBroker;

GType mmp_mqtt_broker_get_type (void) G_GNUC_CONST;
MmpMqttBroker *mmp_mqtt_broker_new (const char *host,
                                    guint port,
                                    gboolean tls,
                                    GError **error);
MmpMqttBroker *mmp_mqtt_broker_with_login (MmpMqttBroker *self,
                                           const char *user,
                                           const char *password);
MmpMqttBroker *mmp_mqtt_broker_with_ca_file (MmpMqttBroker *self,
                                             const char *path);
MmpMqttBroker *mmp_mqtt_broker_ref (MmpMqttBroker *self);
void mmp_mqtt_broker_unref (MmpMqttBroker *self);
const char *mmp_mqtt_broker_get_host (MmpMqttBroker *self);
guint mmp_mqtt_broker_get_port (MmpMqttBroker *self);
gboolean mmp_mqtt_broker_get_tls (MmpMqttBroker *self);
const char *mmp_mqtt_broker_get_user (MmpMqttBroker *self);
const char *mmp_mqtt_broker_get_password (MmpMqttBroker *self);
const char *mmp_mqtt_broker_get_ca_file (MmpMqttBroker *self);
char *mmp_mqtt_broker_to_text (MmpMqttBroker *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpMqttBroker, mmp_mqtt_broker_unref)

G_END_DECLS
