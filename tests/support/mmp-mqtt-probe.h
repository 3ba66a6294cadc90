/* SPDX-FileCopyrightText: The Message Portal developers
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "base/mmp-error.h"
#include "mqtt/mmp-mqtt-client.h"

G_BEGIN_DECLS

/**
 * MmpMqttProbe:
 * @client: the client under test
 * @clock: (nullable): its virtual clock
 * @states: a letter for each state it came to: S(topped), C(onnecting), O(nline), W(aiting)
 * @cause: (nullable): the last cause of a state
 * @messages: what came: "topic payload", and " retained" if so
 * @done: how many requests were answered
 * @error: (nullable): the last answer
 *
 * A client and all that it said.
 */
typedef struct
{
  MmpMqttClient *client;
  MmpClock *clock;
  GString *states;
  GError *cause;
  GPtrArray *messages;
  guint done;
  GError *error;
} MmpMqttProbe;

MmpMqttProbe *mmp_mqtt_probe_new (MmpMqttBroker *broker,
                                  MmpClock *clock);
void mmp_mqtt_probe_free (MmpMqttProbe *self);
void mmp_mqtt_probe_on_done (MmpMqttClient *client,
                             const GError *error,
                             gpointer user_data);
void mmp_mqtt_probe_subscribe (MmpMqttProbe *self,
                               const char *filter,
                               int qos);
void mmp_mqtt_probe_publish (MmpMqttProbe *self,
                             const char *topic,
                             const char *payload,
                             int qos);
gboolean mmp_mqtt_probe_is_online (MmpMqttProbe *self);
const char *mmp_mqtt_probe_get_message (MmpMqttProbe *self,
                                        guint index);
MmpMqttBroker *mmp_test_broker (guint port,
                                gboolean tls);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (MmpMqttProbe, mmp_mqtt_probe_free)

/* The last cause must have this code and speak of this. */
#define mmp_mqtt_probe_assert_cause(self, expected, part)              \
  G_STMT_START                                                         \
  {                                                                    \
    g_assert_error ((self)->cause, MMP_ERROR, (int) (expected));       \
    g_assert_cmpstr (strstr ((self)->cause->message, part), !=, NULL); \
  }                                                                    \
  G_STMT_END

G_END_DECLS
