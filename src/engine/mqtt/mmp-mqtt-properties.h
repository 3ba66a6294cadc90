/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * MmpMqttProperties:
 * @expiry: seconds for which the message is of use; 0 for no limit
 * @payload_format: 0 or 1 as MQTT 5 section 3.3.2.3.2 has it; -1 for not said
 * @content_type: (nullable): what the payload is
 * @response_topic: (nullable): where an answer shall go
 * @correlation: (nullable): what the answer shall carry
 * @user: (nullable) (element-type utf8): names and values in turn
 *
 * Those properties of a message of MQTT 5 that are for whoever gets it, not for the connection. Reference counted, not
 * changed once others have it.
 */
typedef struct
{
  guint32 expiry;
  int payload_format;
  char *content_type;
  char *response_topic;
  GBytes *correlation;
  GPtrArray *user;
} MmpMqttProperties;

MmpMqttProperties *mmp_mqtt_properties_new (void);
MmpMqttProperties *mmp_mqtt_properties_copy (const MmpMqttProperties *self);
MmpMqttProperties *mmp_mqtt_properties_ref (MmpMqttProperties *self);
void mmp_mqtt_properties_unref (MmpMqttProperties *self);
void mmp_mqtt_properties_add_user (MmpMqttProperties *self,
                                   const char *name,
                                   const char *value);
gboolean mmp_mqtt_properties_has_user (const MmpMqttProperties *self,
                                       const char *name,
                                       const char *value);
gboolean mmp_mqtt_properties_is_empty (const MmpMqttProperties *self);
gsize mmp_mqtt_properties_measure (const MmpMqttProperties *self);
void mmp_mqtt_properties_encode (const MmpMqttProperties *self,
                                 GByteArray *into);
gboolean mmp_mqtt_properties_decode (const guint8 *data,
                                     gsize size,
                                     MmpMqttProperties **properties,
                                     GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpMqttProperties, mmp_mqtt_properties_unref)

G_END_DECLS
