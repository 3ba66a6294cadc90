/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "crypto/mmp-bridge-key.h"
#include "mqtt/mmp-mqtt-properties.h"

G_BEGIN_DECLS

/**
 * MmpRecord:
 * @qos: 0 to 2, as its publisher chose
 * @retain: whether brokers shall keep it
 * @sender: who sealed it
 * @run: which start of the sender, rising
 * @number: counts the sender's messages of this run from 0
 * @time: milliseconds since 1970 by the sender's clock
 * @topic: where it was published
 * @properties: (nullable): what came with it
 * @payload: what was published
 *
 * What is inside a sealed message of the format MMB1.
 */
typedef struct
{
  int qos;
  gboolean retain;
  guint64 sender;
  guint64 run;
  guint64 number;
  gint64 time;
  char *topic;
  MmpMqttProperties *properties;
  GBytes *payload;
} MmpRecord;

GBytes *mmp_record_seal (const MmpRecord *self,
                         MmpBridgeKey *key,
                         const guint8 *nonce);
MmpRecord *mmp_record_decode (GBytes *plain,
                              GError **error);
void mmp_record_free (MmpRecord *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpRecord, mmp_record_free)

G_END_DECLS
