/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#include "bridge/mmp-record.h"

#include "base/mmp-limits.h"
#include "crypto/mmp-bridge-seal.h"
#include "mqtt/mmp-mqtt-topic.h"

#include <string.h>

int LLVMFuzzerTestOneInput (const guint8 *data,
                            gsize size);

/* What somebody with the key may have sealed. What is taken is the same when it is sealed and opened again. */
int
LLVMFuzzerTestOneInput (const guint8 *data,
                        gsize size)
{
  static const guint8 bytes[MMP_BRIDGE_KEY_SIZE] = { 1 };
  g_autoptr (MmpBridgeKey) key = mmp_bridge_key_new (bytes);
  g_autoptr (GBytes) plain = g_bytes_new_static (data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (MmpRecord) record = mmp_record_decode (plain, &error);
  g_autoptr (GBytes) sealed = NULL;
  g_autoptr (GBytes) opened = NULL;
  g_autoptr (MmpRecord) again = NULL;

  g_assert ((record == NULL) == (error != NULL));
  if (record == NULL)
    return 0;

  g_assert (strlen (record->topic) <= MMP_BRIDGE_TOPIC_MAX && record->topic[0] != '$');
  g_assert (mmp_mqtt_topic_is_name (record->topic, strlen (record->topic)));
  sealed = mmp_record_seal (record, key, NULL);
  opened = mmp_bridge_open (key, sealed, NULL);
  again = mmp_record_decode (opened, NULL);
  g_assert (again != NULL && g_str_equal (again->topic, record->topic) && again->number == record->number);
  g_assert (g_bytes_equal (again->payload, record->payload));
  g_assert (mmp_mqtt_properties_measure (again->properties) == mmp_mqtt_properties_measure (record->properties));

  return 0;
}
